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

use cnx_certs::Finding;
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
    let verdict = |case: &Case| verdict(case, "kubectl");
    agree("Go", DIFFERENCES, ask(&cases, verdict), |case| {
        Some(&case.expected.go)
    });
}

/// kubectl 1.30 is built with Go 1.22. The catalogue lists where it decides otherwise than
/// the newest, and our finding names the release from which on it is refused.
#[test]
fn an_older_go_differs_as_the_catalogue_says() {
    let cases = cases();
    let mut wrong = Vec::new();
    for (case, said) in ask(&cases, |case| verdict(case, "kubectl-1.30")) {
        let expected = &case.expected;
        let agrees = match &expected.go_1_22 {
            Some(other) => said.is(other),
            None => said.accepts() == (expected.go == "accepts"),
        };
        if !agrees {
            wrong.push(format!("{}: {:?}, {said:?}", case.name, expected.go_1_22));
        }
        let names_a_release = |finding: &Finding| {
            finding.message.contains("Go 1.2") && finding.message.contains("(Kubernetes 1.3")
        };
        if expected.go_1_22.is_some() && !case.findings().iter().any(names_a_release) {
            wrong.push(format!("{}: no finding names the release", case.name));
        }
    }
    wrong.sort();
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

fn verdict(case: &Case, program: &str) -> Verdict {
    let (certificate, key) = (case.path("tls.crt"), case.path("tls.key"));
    let kubectl = || kubectl(program);
    let mut read = kubectl();
    read.args(["create", "secret", "tls", "x", "--dry-run=client"]);
    read.arg("--cert").arg(&certificate).arg("--key").arg(&key);
    if let refused @ Verdict::Refuses(_) = said(&mut read) {
        return refused;
    }
    let folder = tempfile::tempdir().unwrap();
    let server = serve(presented(case, program), &key, folder.path());
    said(&mut connect(
        program,
        server.port,
        &case.path("ca.crt"),
        NAME,
    ))
}

/// The certificates that Go reads from the case's certificate file.
fn presented(case: &Case, program: &str) -> Chain {
    let record = Arc::default();
    let pki = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/pki");
    let chain = vec![CertificateDer::from_pem_file(pki.join("tls.crt")).unwrap()];
    let server = serve_recording(chain, &pki.join("tls.key"), Arc::clone(&record));
    let mut client = connect(program, server.port, &pki.join("ca.crt"), NAME);
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

fn connect(program: &str, port: u16, ca: &Path, server_name: &str) -> Command {
    let mut kubectl = kubectl(program);
    kubectl.args(["get", "--raw=/version", "--token=x"]);
    kubectl.arg(format!("--server=https://127.0.0.1:{port}"));
    kubectl.arg(format!("--tls-server-name={server_name}"));
    kubectl.arg("--certificate-authority").arg(ca);
    kubectl
}

fn kubectl(program: &str) -> Command {
    let mut kubectl = Command::new(tool(program));
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
pub(super) fn tool(name: &str) -> PathBuf {
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
