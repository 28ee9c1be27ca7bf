//! The full circle: certificates are made, put into a manifest, taken out again,
//! and given to real servers and clients on loopback.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};

use crate::common::{MANIFESTS, program, stderr, stdout, tool, upstream};
use crate::generate::{done, generate};
use crate::programs::{connect, take};

#[test]
fn from_nothing_to_a_manifest_that_kube_apiserver_verifies() {
    for more in [&[][..], &["--key-type=rsa-2048"]] {
        let pki = tempfile::tempdir().unwrap();
        done(&generate(
            pki.path(),
            &[&["--only", "apiserver"], more].concat(),
        ));
        for name in MANIFESTS {
            let mut apply = program();
            apply.arg("apply").arg("--pki").arg(pki.path());
            let hardened = apply.arg(upstream(name)).output().unwrap();
            assert!(hardened.status.success(), "{}", stderr(&hardened));
            let taken = take(&stdout(&hardened));
            let file = |name: &str| fs::read(pki.path().join("apiserver").join(name)).unwrap();
            assert!(taken.key == file("tls.key"));
            let (crt, key) = (&taken.certificate, &taken.key);
            let answer = connect(crt, key, Some(&taken.ca), &taken.server_name);
            assert!(answer.status.success(), "{}", stderr(&answer));
            assert!(stdout(&answer).contains("v1.13.0"));
            // As anybody else's.
            let answer = connect(crt, key, None, &taken.server_name);
            assert!(stderr(&answer).contains("signed by unknown authority"));
        }
    }
}

/// An etcd that asks for client certificates. Ended when dropped.
struct Etcd {
    child: Child,
    port: u16,
    folder: tempfile::TempDir,
}

impl Etcd {
    /// Starts one with what is in `etcd/` of the folder, and waits until it serves.
    fn start(pki: &Path) -> Self {
        // A free port may be taken by the time that etcd wants it.
        for _ in 0..5 {
            if let Some(etcd) = Self::try_start(pki) {
                return etcd;
            }
        }
        panic!("etcd does not start");
    }

    fn try_start(pki: &Path) -> Option<Self> {
        let free = || TcpListener::bind("127.0.0.1:0").unwrap();
        let (client, peer) = (free(), free());
        let port = client.local_addr().unwrap().port();
        let url = format!("https://127.0.0.1:{port}");
        let peer_url = format!("http://{}", peer.local_addr().unwrap());
        drop((client, peer));
        let folder = tempfile::tempdir().unwrap();
        let log = File::create(folder.path().join("log")).unwrap();
        let file = |name: &str| pki.join("etcd").join(name);
        let mut etcd = Command::new(tool("etcd"));
        etcd.env_clear()
            .env("ETCD_UNSUPPORTED_ARCH", std::env::consts::ARCH)
            .args(["--name=one", "--client-cert-auth", "--log-outputs=stderr"])
            .arg(format!("--initial-cluster=one={peer_url}"))
            .arg(format!("--initial-advertise-peer-urls={peer_url}"))
            .arg(format!("--listen-peer-urls={peer_url}"))
            .arg(format!("--listen-client-urls={url}"))
            .arg(format!("--advertise-client-urls={url}"));
        etcd.arg("--data-dir").arg(folder.path().join("data"));
        etcd.arg("--cert-file").arg(file("server.crt"));
        etcd.arg("--key-file").arg(file("server.key"));
        etcd.arg("--trusted-ca-file").arg(file("ca.crt"));
        let child = etcd.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        let child = child.spawn().unwrap();
        let mut etcd = Self {
            child,
            port,
            folder,
        };
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(30) {
            if etcd.child.try_wait().unwrap().is_some() {
                eprintln!("etcd ended: {}", etcd.log());
                return None;
            }
            if etcd.log().contains("serving client requests on") {
                return Some(etcd);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        eprintln!("etcd is not ready: {}", etcd.log());
        None
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    /// etcdctl, with the material that is given. It tries until its time is over.
    fn ctl(&self, time: &str, ca: &Path, pair: Option<Pair>, args: &[&str]) -> Output {
        let mut ctl = Command::new(tool("etcdctl"));
        ctl.env_clear().env("ETCDCTL_API", "3");
        ctl.arg(format!("--endpoints=https://127.0.0.1:{}", self.port))
            .arg(format!("--dial-timeout={time}"))
            .arg(format!("--command-timeout={time}"));
        ctl.arg("--cacert").arg(ca);
        if let Some((certificate, key)) = pair {
            ctl.arg("--cert").arg(certificate).arg("--key").arg(key);
        }
        ctl.args(args).output().unwrap()
    }
}

impl Drop for Etcd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A certificate and its key.
type Pair = (PathBuf, PathBuf);

fn pair(pki: &Path, name: &str) -> Option<Pair> {
    let file = |kind: &str| pki.join(format!("{name}.{kind}"));
    Some((file("crt"), file("key")))
}

/// An etcd with a value, and the folder that it has its material from.
fn etcd_with_a_value(kind: &str) -> (Etcd, tempfile::TempDir) {
    let pki = tempfile::tempdir().unwrap();
    let args = ["--etcd-host", "127.0.0.1", "--key-type", kind];
    done(&generate(pki.path(), &args));
    let etcd = Etcd::start(pki.path());
    let ca = pki.path().join("etcd/ca.crt");
    let ctl = |args: &[&str]| etcd.ctl("20s", &ca, pair(pki.path(), "etcd/client"), args);
    let put = ctl(&["put", "calico", "works"]);
    assert!(put.status.success(), "{}", stderr(&put));
    let get = ctl(&["get", "calico"]);
    assert_eq!(stdout(&get), "calico\nworks\n", "{}", stderr(&get));
    (etcd, pki)
}

#[test]
fn etcd_serves_who_has_the_client_certificate() {
    for kind in ["ecdsa-p256", "rsa-2048"] {
        let (etcd, pki) = etcd_with_a_value(kind);
        // etcd's gRPC gateway calls etcd with etcd's own certificate, as a client.
        let answer = gateway(&etcd, pki.path());
        assert!(answer.contains("200 OK"), "{answer}");
        assert!(answer.contains("d29ya3M="), "{answer}\n{}", etcd.log());
    }
}

#[test]
fn etcd_refuses_who_has_not() {
    let (etcd, pki) = etcd_with_a_value("ecdsa-p256");
    let (pki, stranger) = (pki.path(), tempfile::tempdir().unwrap());
    let stranger = stranger.path();
    done(&generate(stranger, &["--etcd-host", "127.0.0.1"]));
    let refused = |ca: &Path, pair, reason: &str| {
        let before = etcd.log().len();
        let output = etcd.ctl("2s", ca, pair, &["get", "calico"]);
        assert!(!output.status.success(), "{reason}");
        assert!(!stdout(&output).contains("works"), "{reason}");
        // The reason, from either end.
        let said = stderr(&output) + &etcd.log()[before..];
        assert!(said.contains(reason), "{reason}: {said}");
    };
    let ca = pki.join("etcd/ca.crt");
    refused(&ca, None, "didn't provide a certificate");
    let other = pair(stranger, "etcd/client");
    refused(&ca, other, "certificate signed by unknown authority");
    // A server's certificate is no client's, by the same CA.
    refused(&ca, pair(pki, "apiserver/tls"), "incompatible key usage");
    // And the client verifies etcd, which hears of it.
    let other_ca = stranger.join("etcd/ca.crt");
    let told = "remote error: tls: bad certificate";
    refused(&other_ca, pair(pki, "etcd/client"), told);
}

/// Asks for the key by the HTTP gateway.
fn gateway(etcd: &Etcd, pki: &Path) -> String {
    let file = |name: &str| pki.join("etcd").join(name);
    let mut roots = rustls::RootCertStore::empty();
    let ca = CertificateDer::from_pem_file(file("ca.crt")).unwrap();
    roots.add(ca).unwrap();
    let chain = CertificateDer::from_pem_file(file("client.crt")).unwrap();
    let key = PrivateKeyDer::from_pem_file(file("client.key")).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_client_auth_cert(vec![chain], key)
        .unwrap();
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let mut tls = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = TcpStream::connect(("127.0.0.1", etcd.port)).unwrap();
    let limit = Some(Duration::from_secs(10));
    stream.set_read_timeout(limit).unwrap();
    let mut tls = rustls::Stream::new(&mut tls, &mut stream);
    let body = r#"{"key":"Y2FsaWNv"}"#;
    let head = "POST /v3/kv/range HTTP/1.1\r\nHost: etcd\r\nConnection: close\r\n";
    let length = body.len();
    write!(tls, "{head}Content-Length: {length}\r\n\r\n{body}").unwrap();
    let mut answer = Vec::new();
    let _ = tls.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}
