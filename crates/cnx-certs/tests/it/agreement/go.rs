//! Agreement with Go, which kube-apiserver, Typha, Felix and etcd are written in.
//!
//! kubectl is the Go program at hand. Its verdict on a case is made of three:
//!
//! 1. `kubectl create secret tls` reads certificate and key with
//!    `tls.X509KeyPair`, as the API server does at its start;
//! 2. kubectl as a client that presents them shows which certificates of the
//!    file Go reads, and these are what the API server would present;
//! 3. kubectl connects to a server that presents just these, trusting the CA
//!    file, with the server name that the aggregator uses, and by the same
//!    client library as the aggregator.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::server::{Chain, serve, serve_recording};
use super::{Difference, We, agree};
use crate::catalogue::{Case, NAME, Verdict, ask, cases};

/// Where Go says another thing than we, and why we do not say what Go does.
const DIFFERENCES: &[Difference] = &[
    Difference {
        because: "A key where only certificates belong is passed over by Go, and would stand where others read it.",
        we: We::Refuse,
        cases: &["key-beside-ca", "key-beside-certificate"],
    },
    Difference {
        because: "The size is nothing to TLS; it is to the Secret that carries the file.",
        we: We::Refuse,
        cases: &["too-large"],
    },
];

#[test]
fn go_agrees() {
    let cases = cases();
    agree("Go", DIFFERENCES, ask(&cases, verdict), |case| {
        Some(&case.expected.go)
    });
}

fn verdict(case: &Case) -> Verdict {
    let (certificate, key) = (case.path("tls.crt"), case.path("tls.key"));
    let mut read = kubectl();
    read.args(["create", "secret", "tls", "x", "--dry-run=client"]);
    read.arg("--cert").arg(&certificate).arg("--key").arg(&key);
    if let refused @ Verdict::Refuses(_) = said(&mut read) {
        return refused;
    }
    let folder = tempfile::tempdir().unwrap();
    let server = serve(presented(case), &key, folder.path());
    said(&mut connect(server.port, &case.path("ca.crt"), NAME))
}

/// The certificates that Go reads from the case's certificate file.
fn presented(case: &Case) -> Chain {
    let record = Arc::default();
    let pki = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/pki");
    let chain = vec![CertificateDer::from_pem_file(pki.join("tls.crt")).unwrap()];
    let server = serve_recording(chain, &pki.join("tls.key"), Arc::clone(&record));
    let mut client = connect(server.port, &pki.join("ca.crt"), NAME);
    client.arg("--client-certificate").arg(case.path("tls.crt"));
    client.arg("--client-key").arg(case.path("tls.key"));
    let said = said(&mut client);
    let chain: Chain = std::mem::take(&mut *Mutex::lock(&record).unwrap());
    if !chain.is_empty() {
        return chain;
    }
    // A key with which Go makes no signature for TLS. These files are plain.
    assert!(
        !said.accepts(),
        "{}: no certificate was presented",
        case.name
    );
    CertificateDer::pem_slice_iter(case.certificate())
        .collect::<Result<_, _>>()
        .unwrap()
}

fn connect(port: u16, ca: &Path, server_name: &str) -> Command {
    let mut kubectl = kubectl();
    kubectl.args(["get", "--raw=/version", "--token=x"]);
    kubectl.arg(format!("--server=https://127.0.0.1:{port}"));
    kubectl.arg(format!("--tls-server-name={server_name}"));
    kubectl.arg("--certificate-authority").arg(ca);
    kubectl
}

fn kubectl() -> Command {
    let mut kubectl = Command::new(tool("kubectl"));
    kubectl
        .env("HOME", "/nonexistent")
        .arg("--kubeconfig=/dev/null");
    kubectl
}

fn said(kubectl: &mut Command) -> Verdict {
    let output = kubectl.output().unwrap();
    match output.status.success() {
        true => Verdict::Accepts,
        false => Verdict::Refuses(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
    }
}

/// A program that `cargo xtask tools` installs.
fn tool(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = std::env::var_os("CNX_HARDEN_TOOLS");
    let path = folder
        .map_or_else(|| root.join("target/tools/bin"), PathBuf::from)
        .join(name);
    assert!(
        path.exists(),
        "{}: not installed; run `cargo xtask tools`",
        path.display()
    );
    path
}
