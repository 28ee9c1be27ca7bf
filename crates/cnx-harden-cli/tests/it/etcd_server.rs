//! A real etcd: what is taken back out of the hardened manifest serves mutual
//! TLS and lets its client in, and nobody else.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
};
use serde_yaml::Value;

use crate::common::{object, objects, program, stderr, stdout, tool, upstream};

/// An authority, and what it signs, as PEM.
struct Authority(Issuer<'static, KeyPair>, String);

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
            .distinguished_name
            .push(DnType::CommonName, "etcd TEST CA");
        let pem = params.self_signed(&key).unwrap().pem();
        Self(Issuer::new(params, key), pem)
    }

    /// The certificate and its key.
    fn sign(&self, name: &str, usage: ExtendedKeyUsagePurpose) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.extended_key_usages = vec![usage];
        let certificate = params.signed_by(&key, &self.0).unwrap();
        (certificate.pem(), key.serialize_pem())
    }
}

/// Killed with the test, however it ends.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

fn write(folder: &Path, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path
}

fn harden(material: [&PathBuf; 3], url: &str) -> Vec<Value> {
    let [ca, cert, key] = material;
    let mut run = program();
    run.arg("apply")
        .arg("--etcd-ca")
        .arg(ca)
        .arg("--etcd-cert")
        .arg(cert);
    run.arg("--etcd-key")
        .arg(key)
        .args(["--etcd-endpoints", url]);
    let output = run.arg(upstream("calico-etcd.yaml")).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    objects(&stdout(&output))
}

/// What the container reads in a variable, by way of the ConfigMap.
fn variable(objects: &[Value], name: &str) -> String {
    let node = object(objects, "DaemonSet", "calico-node");
    let container = &node["spec"]["template"]["spec"]["containers"][0];
    let mut env = container["env"].as_sequence().unwrap().iter();
    let item = env.find(|item| item["name"] == name).unwrap();
    let reference = &item["valueFrom"]["configMapKeyRef"];
    let config = object(objects, "ConfigMap", reference["name"].as_str().unwrap());
    config["data"][reference["key"].as_str().unwrap()]
        .as_str()
        .unwrap()
        .to_owned()
}

fn etcdctl(arguments: &[String]) -> Output {
    let mut etcdctl = Command::new(tool("etcdctl"));
    etcdctl
        .env("ETCDCTL_API", "3")
        .args(["--dial-timeout=2s", "--command-timeout=3s"]);
    etcdctl
        .args(arguments)
        .args(["put", "key", "value"])
        .output()
        .unwrap()
}

#[test]
fn etcd_lets_the_hardened_client_in_and_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let authority = Authority::new();
    let (server_cert, server_key) =
        authority.sign("127.0.0.1", ExtendedKeyUsagePurpose::ServerAuth);
    let (cert, key) = authority.sign("calico", ExtendedKeyUsagePurpose::ClientAuth);
    let material = [
        &write(folder, "ca.crt", &authority.1),
        &write(folder, "client.crt", cert),
        &write(folder, "client.key", key),
    ];
    let (url, peer) = (
        format!("https://127.0.0.1:{}", free_port()),
        format!("http://127.0.0.1:{}", free_port()),
    );
    let objects = harden(material, &url);

    // The Secret as a pod mounts it.
    let mounted = folder.join("calico-secrets");
    fs::create_dir(&mounted).unwrap();
    let secret = object(&objects, "Secret", "calico-etcd-secrets");
    for (name, value) in secret["data"].as_mapping().unwrap() {
        let bytes = STANDARD.decode(value.as_str().unwrap()).unwrap();
        write(&mounted, name.as_str().unwrap(), bytes);
    }
    let file = |name: &str| {
        let path = variable(&objects, name);
        let path = path.strip_prefix("/calico-secrets/").unwrap();
        mounted.join(path).display().to_string()
    };
    let endpoints = format!("--endpoints={}", variable(&objects, "ETCD_ENDPOINTS"));
    assert_eq!(endpoints, format!("--endpoints={url}"));
    let ca = format!("--cacert={}", file("ETCD_CA_CERT_FILE"));
    let cert = format!("--cert={}", file("ETCD_CERT_FILE"));
    let key = format!("--key={}", file("ETCD_KEY_FILE"));

    let mut etcd = Command::new(tool("etcd"));
    etcd.arg("--data-dir").arg(folder.join("data"));
    etcd.args(["--client-cert-auth", "--logger=zap", "--log-level=error"]);
    etcd.arg("--trusted-ca-file").arg(file("ETCD_CA_CERT_FILE"));
    etcd.arg("--cert-file")
        .arg(write(folder, "server.crt", server_cert));
    etcd.arg("--key-file")
        .arg(write(folder, "server.key", server_key));
    for flag in ["--listen-client-urls", "--advertise-client-urls"] {
        etcd.args([flag, &url]);
    }
    for flag in ["--listen-peer-urls", "--initial-advertise-peer-urls"] {
        etcd.args([flag, &peer]);
    }
    etcd.arg("--initial-cluster").arg(format!("default={peer}"));
    let log = fs::File::create(folder.join("log")).unwrap();
    let server = etcd.stdout(Stdio::null()).stderr(log).spawn().unwrap();
    let _server = Server(server);

    // The client that the manifest describes, as soon as etcd is up.
    let client = [endpoints.clone(), ca.clone(), cert.clone(), key.clone()];
    let start = Instant::now();
    let output = loop {
        let output = etcdctl(&client);
        if output.status.success() || start.elapsed() > Duration::from_secs(40) {
            break output;
        }
        std::thread::sleep(Duration::from_millis(200));
    };
    let log = fs::read_to_string(folder.join("log")).unwrap();
    assert!(output.status.success(), "{} {log}", stderr(&output));
    assert_eq!(stdout(&output), "OK\n");

    // At the label and the headers of a CA's block nobody of etcd looks.
    for (name, to) in [
        ("headers.crt", "BEGIN CERTIFICATE-----\nX-Origin: here"),
        ("label.crt", "BEGIN AUTHORITY-----"),
    ] {
        let text = authority.1.replace("BEGIN CERTIFICATE-----", to);
        let text = match name {
            "label.crt" => text.replace("END CERTIFICATE", "END AUTHORITY"),
            _ => text,
        };
        let ca = format!("--cacert={}", write(folder, name, text).display());
        let client = [endpoints.clone(), ca, cert.clone(), key.clone()];
        let output = etcdctl(&client);
        assert!(output.status.success(), "{name}: {}", stderr(&output));
    }

    // Without a certificate, with another authority's, and without TLS.
    let other = Authority::new();
    let (other_cert, other_key) = other.sign("calico", ExtendedKeyUsagePurpose::ClientAuth);
    let other_cert = write(folder, "other.crt", other_cert);
    let other_key = write(folder, "other.key", other_key);
    let other_ca = write(folder, "other-ca.crt", &other.1);
    let refused: [&[String]; 4] = [
        &[endpoints.clone(), ca.clone()],
        &[
            endpoints.clone(),
            ca.clone(),
            format!("--cert={}", other_cert.display()),
            format!("--key={}", other_key.display()),
        ],
        &[
            endpoints.clone(),
            format!("--cacert={}", other_ca.display()),
            cert,
            key,
        ],
        &[endpoints.replace("https://", "http://")],
    ];
    for arguments in refused {
        assert!(!etcdctl(arguments).status.success(), "{arguments:?}");
    }
    assert!(etcdctl(&client).status.success(), "it is still there");
}
