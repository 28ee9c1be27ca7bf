//! `apply` and `diff` refuse certificates that would not work, all at once, and
//! write nothing then.

use std::fs;
use std::process::Command;

use crate::common::{MANIFESTS, pki, program, read, stderr, stdout, upstream, with_material};

/// `cnx-harden apply` with these three files of the test material.
fn apply(ca: &str, cert: &str, key: &str) -> Command {
    let mut command = program();
    command.arg("apply");
    for (flag, name) in [("ca", ca), ("cert", cert), ("key", key)] {
        command
            .arg(format!("--apiserver-{flag}"))
            .arg(format!("testdata/pki/{name}"));
    }
    command
}

#[test]
fn every_problem_is_told_at_once_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = folder.path().join("cnx-etcd.yaml");
    // Another Service than the certificate is for, and a YAML error in the manifest.
    let text = read(upstream(MANIFESTS[0])).replace("name: cnx-api\n", "name: cnx-other\n");
    assert_ne!(text, read(upstream(MANIFESTS[0])));
    fs::write(&manifest, &text).unwrap();
    let output = apply("other-ca.crt", "tls.crt", "rotated.key")
        .arg("--in-place")
        .arg(&manifest)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    insta::assert_snapshot!("refused-at-once", stderr(&output));
    assert_eq!(read(&manifest), text);
    let output = apply("other-ca.crt", "tls.crt", "rotated.key")
        .args(["--report", "json"])
        .arg(&manifest)
        .output()
        .unwrap();
    let report: serde_json::Value = serde_json::from_str(&stderr(&output)).unwrap();
    let codes = report["findings"].as_array().unwrap().iter();
    let codes: Vec<_> = codes
        .map(|finding| finding["code"].as_str().unwrap())
        .collect();
    assert_eq!(codes, ["key-mismatch", "name-mismatch", "unknown-issuer"]);
    assert!(output.stdout.is_empty());
}

#[test]
fn an_error_is_allowed_by_its_name_alone_and_reported() {
    let cn_only = |allow: &[&str]| {
        let mut command = with_material("apply", "cn-only");
        for code in allow {
            command.args(["--allow", code]);
        }
        command.arg(upstream(MANIFESTS[0])).output().unwrap()
    };
    for allow in [&[][..], &["name-mismatch"], &["expired", "key-mismatch"]] {
        let output = cn_only(allow);
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains("cn-only.crt:1:1: error[common-name-only]: "));
    }
    let output = cn_only(&["common-name-only"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stderr(&output).contains("cn-only.crt:1:1: allowed[common-name-only]: "));
    assert!(stdout(&output).contains("apiserver.key: "));
    let output = cn_only(&["common-name-onyl"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("did you mean common-name-only?"));
}

#[test]
fn what_expires_soon_is_a_warning_and_stops_nothing() {
    let soon = |within: &str| {
        let mut command = with_material("apply", "tls");
        command.args(["--expires-within", within]);
        command.arg(upstream(MANIFESTS[0])).output().unwrap()
    };
    let output = soon("200years");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    for warning in [
        "tls.crt:1:1: warning[expires-soon]: ",
        "ca.crt:1:1: warning[ca-expires-soon]: ",
    ] {
        assert!(stderr(&output).contains(warning), "{}", stderr(&output));
    }
    assert!(!stderr(&soon("30d")).contains("warning"));
    assert_eq!(soon("soon").status.code(), Some(2));
}

#[test]
fn a_file_that_is_no_pem_is_named_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let indented = folder.path().join("indented.crt");
    let text: String = read(pki("tls.crt"))
        .lines()
        .map(|line| format!("  {line}\n"))
        .collect();
    fs::write(&indented, format!("tls:\n{text}")).unwrap();
    let mut command = program();
    command
        .args([
            "diff",
            "--apiserver-ca",
            "testdata/pki/ca.crt",
            "--apiserver-key",
            "testdata/pki/tls.key",
        ])
        .arg("--apiserver-cert")
        .arg(&indented);
    let output = command.arg(upstream(MANIFESTS[0])).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let place = format!("{}:2:1: error[indented-pem]: ", indented.display());
    assert!(stderr(&output).starts_with(&place), "{}", stderr(&output));
}
