//! Agreement with OpenSSL, by whose rules etcd's and the Manager's other clients
//! may go, and everybody who looks at a certificate by hand.
//!
//! Its verdict: the key is the certificate's, and `openssl verify` builds a chain
//! for a TLS server of this name, at security level 2, the default for TLS of
//! most distributions.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use super::{Difference, We, agree};
use crate::catalogue::{Case, NAME, Verdict, ask, cases};

/// Where OpenSSL's rules are not Go's.
const DIFFERENCES: &[Difference] = &[];

#[test]
fn openssl_agrees() {
    let cases = cases();
    agree("OpenSSL", DIFFERENCES, ask(&cases, verdict), |case| {
        Some(&case.expected.openssl)
    });
}

fn verdict(case: &Case) -> Verdict {
    let (ca, certificate) = (case.path("ca.crt"), case.path("tls.crt"));
    let public = run(
        &["pkey", "-pubout", "-passin", "pass:", "-in"],
        &case.path("tls.key"),
    );
    let certified = run(&["x509", "-noout", "-pubkey", "-in"], &certificate);
    for output in [&public, &certified] {
        if !output.status.success() {
            return Verdict::Refuses(words(output));
        }
    }
    if public.stdout != certified.stdout {
        return Verdict::Refuses("the key is not the certificate's".to_owned());
    }
    let mut verify = Command::new("openssl");
    verify.args([
        "verify",
        "-auth_level",
        "2",
        "-purpose",
        "sslserver",
        "-verify_hostname",
        NAME,
    ]);
    verify
        .arg("-CAfile")
        .arg(ca)
        .arg("-untrusted")
        .arg(&certificate)
        .arg(&certificate);
    let output = verify.stdin(Stdio::null()).output().unwrap();
    match output.status.success() {
        true => Verdict::Accepts,
        false => Verdict::Refuses(words(&output)),
    }
}

fn run(args: &[&str], file: &Path) -> Output {
    let mut openssl = Command::new("openssl");
    openssl
        .args(args)
        .arg(file)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn words(output: &Output) -> String {
    let both = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    String::from_utf8_lossy(&both).trim().to_owned()
}
