//! Agreement with etcd: which CA files it and its clients start with.
//!
//! etcdctl reads `--cacert` as etcd reads `--trusted-ca-file`, before it connects to
//! anything. Whether a certificate is trusted is asked of Go (`go.rs`).

use std::process::Command;

use cnx_certs::{Code, Identity, Part, Policy, Role, Severity, UnixTime, check};

use super::go::tool;
use crate::catalogue::{Case, ask, cases};

/// Blocks that are taken for certificates and are none. With a file in which there is no
/// block, etcd starts, and trusts nobody.
const BLOCKS: [Code; 6] = [
    Code::BadCertificate,
    Code::KeyInsteadOfCertificate,
    Code::NegativeSerial,
    Code::PublicKey,
    Code::SigningRequest,
    Code::SkippedBlock,
];

#[test]
fn etcd_starts_with_the_ca_files_that_we_accept() {
    let cases = cases();
    let mut wrong = Vec::new();
    let (mut starts, mut stops) = (0, 0);
    for (case, said) in ask(&cases, started) {
        // What it begins with or not, whatever is trusted then.
        let ours = ca_errors(case);
        match (said.is_none(), ours.is_empty()) {
            (true, true) => starts += 1,
            (false, false) => stops += 1,
            (false, true) | (true, false) => {
                wrong.push(format!("{}: we: {ours:?}, etcdctl: {said:?}", case.name));
            }
        }
    }
    wrong.sort();
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(starts > 100 && stops > 10, "{starts} {stops}");
}

/// Why etcdctl does not start with the CA file of a case.
fn started(case: &Case) -> Option<String> {
    let mut etcdctl = Command::new(tool("etcdctl"));
    etcdctl.env("ETCDCTL_API", "3").arg("--cacert");
    etcdctl.arg(case.path("ca.crt"));
    // A port on which nobody answers.
    etcdctl.args(["--endpoints=https://127.0.0.1:1", "--dial-timeout=50ms"]);
    let output = etcdctl
        .args(["--command-timeout=50ms", "get", "x"])
        .output();
    let output = output.unwrap();
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    (!words.contains("deadline exceeded") && !words.contains("connection refused")).then_some(words)
}

/// Our errors on the file itself.
fn ca_errors(case: &Case) -> Vec<String> {
    let (names, identity) = (["etcd.example.com".to_owned()], Identity::default());
    let material = case.material(Role::EtcdServer, &names, &identity);
    let found = check(&[material], &Policy::at(UnixTime::now()));
    let of_file = found.iter().filter(|finding| {
        finding.part == Part::Ca
            && finding.severity == Severity::Error
            && BLOCKS.contains(&finding.code)
            // etcd 3.4 is built with an older Go.
            && !finding.message.contains("and later")
    });
    of_file.map(|finding| finding.code.to_string()).collect()
}
