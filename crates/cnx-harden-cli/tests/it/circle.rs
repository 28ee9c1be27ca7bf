//! The full circle: certificates are made, put into a manifest, taken out again,
//! and given to real servers and clients on loopback.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};

use crate::common::{MANIFESTS, object, objects, program, stderr, stdout, tool, upstream};
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

/// Felix's and Typha's names are Common Names, or SPIFFE IDs.
#[test]
fn every_handshake_of_the_hardened_manifests_is_done() {
    for (more, variable) in [
        (&[][..], "TYPHA_CLIENTCN"),
        (
            &["--spiffe-trust-domain=c.example.com"],
            "TYPHA_CLIENTURISAN",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let (pki, out) = (folder.path().join("pki"), folder.path().join("out"));
        let args = [
            "--etcd-host=etcd.example.com,127.0.0.1",
            "--manager-host=cnx.example.com",
        ];
        done(&generate(&pki, &[&args[..], more].concat()));
        fs::write(folder.path().join("calico.yaml"), CALICO).unwrap();
        let mut apply = program();
        apply.arg("apply").arg("--pki").arg(&pki);
        apply.args(["--manager-host", "cnx.example.com"]);
        apply.args(["--etcd-endpoints", "https://etcd.example.com:2379"]);
        apply
            .arg("--output-dir")
            .arg(&out)
            .arg(folder.path().join("calico.yaml"));
        let output = apply
            .args(MANIFESTS_OF_A_CLUSTER.map(upstream))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        let typha = fs::read_to_string(out.join("calico-typha.yaml")).unwrap();
        assert!(typha.contains(variable), "{variable}");

        let verify = |args: &[&OsStr]| program().args(["certs", "verify"]).args(args).output();
        let verified = verify(&[out.as_os_str()]).unwrap();
        let said = stdout(&verified) + &stderr(&verified);
        assert!(verified.status.success(), "{said}");
        assert!(said.contains("8 of 8 handshakes done"), "{said}");
        let verified = verify(&["--pki".as_ref(), pki.as_os_str()]).unwrap();
        let said = stdout(&verified) + &stderr(&verified);
        assert!(verified.status.success(), "{said}");
    }
}

/// Calico's own manifest is the one with Typha; [`CALICO`] has what etcd needs.
const MANIFESTS_OF_A_CLUSTER: [&str; 2] = ["calico-typha.yaml", "cnx-etcd.yaml"];

/// What a published `calico.yaml` says of etcd.
const CALICO: &str = r#"apiVersion: v1
kind: ConfigMap
metadata:
  name: calico-config
  namespace: kube-system
data:
  # Configure this with the location of your etcd cluster.
  etcd_endpoints: "http://127.0.0.1:2379"

  # If you're using TLS enabled etcd uncomment the following.
  # You must also populate the Secret below with these files.
  etcd_ca: ""   # "/calico-secrets/etcd-ca"
  etcd_cert: "" # "/calico-secrets/etcd-cert"
  etcd_key: ""  # "/calico-secrets/etcd-key"
---
apiVersion: v1
kind: Secret
type: Opaque
metadata:
  name: calico-etcd-secrets
  namespace: kube-system
data:
  # The keys below should be uncommented and the values populated with the
  # base64 encoded contents of each file.
  # etcd-key: null
  # etcd-cert: null
  # etcd-ca: null
"#;

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
}

impl Drop for Etcd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What Calico reads of etcd in a hardened manifest, as files.
struct Client {
    folder: tempfile::TempDir,
    endpoints: String,
}

impl Client {
    /// Hardens a manifest that names this etcd, and takes the material back out.
    fn of_a_manifest(pki: &Path, port: u16) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let calico = folder.path().join("calico.yaml");
        let there = format!("127.0.0.1:{port}");
        fs::write(&calico, CALICO.replace("127.0.0.1:2379", &there)).unwrap();
        let mut apply = program();
        apply.arg("apply").arg("--pki").arg(pki).arg(&calico);
        let output = apply.arg(upstream("cnx-etcd.yaml")).output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        let objects = objects(&stdout(&output));
        let secret = &object(&objects, "Secret", "calico-etcd-secrets")["data"];
        let config = &object(&objects, "ConfigMap", "calico-config")["data"];
        for (key, name) in [
            ("etcd-ca", "ca.crt"),
            ("etcd-cert", "client.crt"),
            ("etcd-key", "client.key"),
        ] {
            let bytes = STANDARD.decode(secret[key].as_str().unwrap()).unwrap();
            assert!(
                bytes == fs::read(pki.join("etcd").join(name)).unwrap(),
                "{key}"
            );
            fs::write(folder.path().join(name), bytes).unwrap();
        }
        let endpoints = config["etcd_endpoints"].as_str().unwrap().to_owned();
        assert_eq!(endpoints, format!("https://{there}"));
        Self { folder, endpoints }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// etcdctl, which tries until its time is over.
    fn ctl(&self, time: &str, ca: &Path, pair: Option<Pair>, args: &[&str]) -> Output {
        let mut ctl = Command::new(tool("etcdctl"));
        ctl.env_clear().env("ETCDCTL_API", "3");
        ctl.arg(format!("--endpoints={}", self.endpoints))
            .arg(format!("--dial-timeout={time}"))
            .arg(format!("--command-timeout={time}"));
        ctl.arg("--cacert").arg(ca);
        if let Some((certificate, key)) = pair {
            ctl.arg("--cert").arg(certificate).arg("--key").arg(key);
        }
        ctl.args(args).output().unwrap()
    }
}

/// A certificate and its key.
type Pair = (PathBuf, PathBuf);

fn pair(folder: &Path, name: &str) -> Option<Pair> {
    let file = |kind: &str| folder.join(format!("{name}.{kind}"));
    Some((file("crt"), file("key")))
}

/// An etcd with a value, and who may read it.
fn etcd_with_a_value(pki: &Path, kind: &str) -> (Etcd, Client) {
    let args = ["--etcd-host", "127.0.0.1", "--key-type", kind];
    done(&generate(pki, &args));
    let etcd = Etcd::start(pki);
    let client = Client::of_a_manifest(pki, etcd.port);
    let (ca, own) = (client.path().join("ca.crt"), pair(client.path(), "client"));
    let put = client.ctl("20s", &ca, own.clone(), &["put", "calico", "works"]);
    assert!(put.status.success(), "{}", stderr(&put));
    let get = client.ctl("20s", &ca, own, &["get", "calico"]);
    assert_eq!(stdout(&get), "calico\nworks\n", "{}", stderr(&get));
    (etcd, client)
}

#[test]
fn etcd_serves_who_has_the_client_certificate() {
    for kind in ["ecdsa-p256", "rsa-2048"] {
        let pki = tempfile::tempdir().unwrap();
        let (etcd, client) = etcd_with_a_value(pki.path(), kind);
        // etcd's gRPC gateway calls etcd with etcd's own certificate, as a client.
        let answer = gateway(&etcd, client.path());
        assert!(answer.contains("200 OK"), "{answer}");
        assert!(answer.contains("d29ya3M="), "{answer}\n{}", etcd.log());
    }
}

#[test]
fn etcd_refuses_who_has_not() {
    let (pki, stranger) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (pki, stranger) = (pki.path(), stranger.path());
    let (etcd, client) = etcd_with_a_value(pki, "ecdsa-p256");
    done(&generate(stranger, &["--etcd-host", "127.0.0.1"]));
    let refused = |ca: &Path, pair, reason: &str| {
        let before = etcd.log().len();
        let output = client.ctl("2s", ca, pair, &["get", "calico"]);
        assert!(!output.status.success(), "{reason}");
        assert!(!stdout(&output).contains("works"), "{reason}");
        // The reason, from either end.
        let said = stderr(&output) + &etcd.log()[before..];
        assert!(said.contains(reason), "{reason}: {said}");
    };
    let ca = client.path().join("ca.crt");
    refused(&ca, None, "didn't provide a certificate");
    let other = pair(stranger, "etcd/client");
    refused(&ca, other, "certificate signed by unknown authority");
    // A server's certificate is no client's, by the same CA.
    refused(&ca, pair(pki, "apiserver/tls"), "incompatible key usage");
    // And the client verifies etcd, which hears of it.
    let other_ca = stranger.join("etcd/ca.crt");
    let told = "remote error: tls: bad certificate";
    refused(&other_ca, pair(client.path(), "client"), told);
}

/// Asks for the key by the HTTP gateway.
fn gateway(etcd: &Etcd, client: &Path) -> String {
    let file = |name: &str| client.join(name);
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
