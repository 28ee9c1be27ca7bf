//! The Manager's page in a browser: what is taken back out of its Secret is served,
//! and Chromium says whether it is secure.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::Value;
use tempfile::{TempDir, tempdir};

use crate::browser::Browser;
use crate::common::{
    MANIFESTS, object, objects, pki, program, stderr, stdout, tool, upstream, with_manager,
};
use crate::generate::{done, generate};

const BODY: &str = "<!doctype html><title>Manager</title>";

/// Serves the page with the Secret of a hardened manifest, on a port of its own.
fn serve(manifest: &str) -> u16 {
    let objects = objects(manifest);
    let data = &object(&objects, "Secret", "cnx-manager-tls")["data"];
    let decode = |key: &str| STANDARD.decode(data[key].as_str().unwrap()).unwrap();
    serve_files(&decode("cert"), &decode("key"))
}

fn serve_files(certificate: &[u8], key: &[u8]) -> u16 {
    let chain = CertificateDer::pem_slice_iter(certificate)
        .collect::<Result<Vec<_>, _>>()
        .unwrap();
    let key = PrivateKeyDer::from_pem_slice(key).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        // A browser opens more than it uses.
        for stream in listener.incoming().flatten() {
            let config = Arc::clone(&config);
            std::thread::spawn(move || answer(config, stream));
        }
    });
    port
}

fn answer(config: Arc<rustls::ServerConfig>, mut stream: TcpStream) {
    let _ = stream.set_read_timeout(Some(Duration::from_secs(20)));
    let mut tls = rustls::ServerConnection::new(config).unwrap();
    let mut tls = rustls::Stream::new(&mut tls, &mut stream);
    let mut request = [0; 8192];
    if tls.read(&mut request).is_ok_and(|n| n > 0) {
        let _ = write!(
            tls,
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\n\
             Connection: close\r\n\r\n{BODY}",
            BODY.len()
        );
        tls.conn.send_close_notify();
        let _ = tls.flush();
    }
}

/// A home whose NSS database trusts the authority, or nobody.
fn home(ca: Option<&Path>) -> TempDir {
    let home = tempdir().unwrap();
    let folder = home.path().join(".pki/nssdb");
    std::fs::create_dir_all(&folder).unwrap();
    let certutil = |args: &[&str]| {
        let mut certutil = Command::new(tool("certutil"));
        certutil.arg("-d").arg(format!("sql:{}", folder.display()));
        let output = certutil.args(args).output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
    };
    certutil(&["-N", "--empty-password"]);
    if let Some(ca) = ca {
        let ca = ca.to_str().unwrap();
        certutil(&["-A", "-n", "cnx-harden TEST CA", "-t", "C,,", "-i", ca]);
    }
    home
}

#[track_caller]
fn secure(browser: &mut Browser, host: &str) -> Value {
    // As the NodePort of the manifest has it.
    let response = browser.visit(&format!("https://{host}:30003/")).unwrap();
    assert_eq!(response["securityState"], "secure", "{response}");
    assert_eq!(browser.eval("document.title"), "Manager");
    assert_eq!(browser.eval("isSecureContext"), true);
    response["securityDetails"].clone()
}

#[test]
fn chromium_takes_the_page_for_secure_under_its_names_and_no_other() {
    let hosts = ["cnx.example.com", "192.0.2.10"];
    for name in MANIFESTS {
        let mut apply = with_manager("apply", "");
        for host in hosts {
            apply.args(["--manager-host", host]);
        }
        let output = apply.arg(upstream(name)).output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        let port = serve(&stdout(&output));
        let mut browser = Browser::at_home(home(Some(&pki("manager/ca.crt"))), port);
        for host in hosts {
            let details = secure(&mut browser, host);
            let names: Vec<&str> = details["sanList"]
                .as_array()
                .unwrap()
                .iter()
                .map(|name| name.as_str().unwrap())
                .collect();
            assert_eq!(names, hosts);
        }
        // Not `www.`, for which Chromium itself goes to the name without it.
        for other in ["other.example.com", "192.0.2.11", "a.cnx.example.com"] {
            let refused = browser.visit(&format!("https://{other}:30003/"));
            assert_eq!(
                refused.unwrap_err(),
                "net::ERR_CERT_COMMON_NAME_INVALID",
                "{other}"
            );
        }
    }
}

#[test]
fn chromium_refuses_it_where_the_authority_is_not_trusted() {
    let output = with_manager("apply", "")
        .arg(upstream("cnx-kdd.yaml"))
        .output();
    let port = serve(&stdout(&output.unwrap()));
    for ca in [None, Some(pki("other-ca.crt"))] {
        let mut browser = Browser::at_home(home(ca.as_deref()), port);
        let refused = browser.visit("https://cnx.example.com:30003/");
        assert_eq!(refused.unwrap_err(), "net::ERR_CERT_AUTHORITY_INVALID");
    }
}

/// A host name that the certificate does not have is refused before anything is
/// written, as Chromium would refuse it afterwards.
#[test]
fn what_chromium_would_refuse_is_not_written() {
    let mut apply = with_manager("apply", "");
    apply.args(["--manager-host", "other.example.com"]);
    let output = apply.arg(upstream("cnx-kdd.yaml")).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    assert!(
        stderr(&output).contains("error[name-mismatch]"),
        "{}",
        stderr(&output)
    );
}

/// What `certs generate` makes is taken too, of either kind.
#[test]
fn chromium_takes_generated_certificates() {
    for kind in ["ecdsa-p256", "rsa-2048"] {
        let folder = tempdir().unwrap();
        let host = "cnx.example.com";
        let args = [
            "--only",
            "manager",
            "--manager-host",
            host,
            "--key-type",
            kind,
        ];
        done(&generate(folder.path(), &args));
        let mut apply = program();
        apply.arg("apply").arg("--pki").arg(folder.path());
        apply.args(["--manager-host", host]);
        let output = apply.arg(upstream("cnx-etcd.yaml")).output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        let port = serve(&stdout(&output));
        let mut browser = Browser::at_home(home(Some(&folder.path().join("ca.crt"))), port);
        secure(&mut browser, host);
        let refused = browser.visit("https://localhost.example.com:30003/");
        assert_eq!(refused.unwrap_err(), "net::ERR_CERT_COMMON_NAME_INVALID");
    }
}

/// The Manager's certificates of the catalogue: Chromium takes those that we accept. A CA with
/// an Ed25519 key is not among them: NSS does not let it into the database.
#[test]
fn chromium_agrees_on_the_catalogue() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/certs");
    let cases = [
        ("manager-by-name", "cnx.example.com"),
        ("manager-wildcard", "cnx.example.com"),
        ("manager-wildcard-on-single-label", "cnx.local"),
        ("manager-wildcard-on-public-suffix", "cnx.co.uk"),
        ("manager-p521", "cnx.example.com"),
        ("no-digital-signature-manager", "cnx.example.com"),
        ("printable-underscore", "cnx-api.kube-system.svc"),
        ("malformed-key-usage", "cnx-api.kube-system.svc"),
        ("p384", "cnx-api.kube-system.svc"),
        ("p521-ca", "cnx-api.kube-system.svc"),
    ];
    for (case, host) in cases {
        let read = |part| std::fs::read(root.join(case).join(part)).unwrap();
        let (ca, certificate, key) = (read("ca.crt"), read("tls.crt"), read("tls.key"));
        let material = cnx_certs::Material {
            role: cnx_certs::Role::Manager,
            ca: Some(&ca),
            certificate: &certificate,
            key: Some(&key),
            names: &[host.to_owned()],
            identity: &cnx_certs::Identity::default(),
        };
        let policy = cnx_certs::Policy::at(cnx_certs::UnixTime::now());
        let found = cnx_certs::check(&[material], &policy);
        let ours = found
            .iter()
            .find(|finding| finding.severity == cnx_certs::Severity::Error);
        let port = serve_files(&certificate, &key);
        let mut browser = Browser::at_home(home(Some(&root.join(case).join("ca.crt"))), port);
        let said = browser.visit(&format!("https://{host}:30003/"));
        assert_eq!(said.is_ok(), ours.is_none(), "{case}: {ours:?} {said:?}");
    }
}
