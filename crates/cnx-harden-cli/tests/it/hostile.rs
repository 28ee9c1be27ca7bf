//! Certificates and files that are made to do harm.

use std::fs;
use std::process::Command;

use crate::common::{program, stderr, stdout};

/// A file without an end: no more is read than a file of certificates can have.
#[test]
fn files_without_an_end_are_refused() {
    for command in [&["certs", "verify"][..], &["apply", "manifests/upstream"]] {
        for endless in ["ca", "cert", "key"] {
            let files = [("ca", "ca.crt"), ("cert", "tls.crt"), ("key", "tls.key")];
            let flags = files.map(|(flag, file)| match flag == endless {
                true => format!("--apiserver-{flag}=/dev/zero"),
                false => format!("--apiserver-{flag}=testdata/pki/{file}"),
            });
            let output = program().args(command).args(flags).output().unwrap();
            assert_eq!(output.status.code(), Some(2));
            let said = stderr(&output);
            assert!(
                said.starts_with("error: /dev/zero: line 1: the file has more than"),
                "{said}"
            );
            assert!(said.contains("[too-large]"), "{said}");
        }
    }
}

/// What a certificate says comes out as text, whatever it would do to a terminal.
#[test]
fn names_steer_no_terminal() {
    const EVIL: &str = "typha\u{1b}[2J\r\u{7}\u{202e}\u{200b}x\nok";
    let folder = tempfile::tempdir().unwrap();
    let mut params = rcgen::CertificateParams::new([]).unwrap();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params
        .distinguished_name
        .push(rcgen::DnType::CommonName, EVIL);
    let key = rcgen::KeyPair::generate().unwrap();
    let pem = params.self_signed(&key).unwrap().pem();
    // A block of another kind, with a label of that sort.
    let label = "\u{1b}[2J\u{202e}X";
    let pem = format!("{pem}-----BEGIN {label}-----\n-----END {label}-----\n");
    let (cert, secret) = (folder.path().join("t.crt"), folder.path().join("t.key"));
    fs::write(&cert, pem).unwrap();
    fs::write(&secret, key.serialize_pem()).unwrap();
    let files = |names: &[&str], run: &mut Command| {
        for name in names {
            let file = if name.ends_with("key") {
                &secret
            } else {
                &cert
            };
            run.arg(format!("--{name}")).arg(file);
        }
        run.output().unwrap()
    };
    let typha = [
        "typha-ca",
        "typha-server-cert",
        "typha-server-key",
        "typha-client-cert",
        "typha-client-key",
    ];
    for command in [
        &["certs", "verify"][..],
        &["certs", "verify", "--format=json"],
        &["apply", "manifests/upstream/calico-typha.yaml"],
        &[
            "apply",
            "--report=json",
            "manifests/upstream/calico-typha.yaml",
        ],
    ] {
        let output = files(&typha, program().args(command));
        assert_eq!(output.status.code(), Some(2));
        let said = stdout(&output) + &stderr(&output);
        assert!(said.contains("u{1b}[2J"), "{command:?}: {said}");
        let steers = |c: &char| c.is_control() || matches!(c, '\u{202e}' | '\u{200b}');
        assert_eq!(
            said.chars().find(|c| *c != '\n' && steers(c)),
            None,
            "{said}"
        );
        assert!(!said.lines().any(|line| line.starts_with("ok")));
    }
    let inspected = program()
        .args(["certs", "inspect"])
        .arg(&cert)
        .output()
        .unwrap();
    let said = stdout(&inspected);
    assert!(said.contains("u{1b}[2J\\u{202e}X"), "{said}");
    assert!(
        !said.contains(['\u{1b}', '\u{202e}', '\r', '\u{7}']),
        "{said}"
    );
}
