//! What people type who do not know the command yet, and what it says to them.

use std::fmt::Write as _;
use std::fs;

use crate::common::{program, stderr, upstream};

const LINES: [&str; 12] = [
    "apply --dry-run cnx-etcd.yaml",
    "apply -f cnx-etcd.yaml",
    "apply --filename cnx-etcd.yaml",
    "apply --pki pki *.yaml",
    "apply --pki pki https://example.com/cnx-etcd.yaml",
    "apply --pki pki/ca.crt cnx-etcd.yaml",
    "apply --pki pki -o hard.yaml cnx-etcd.yaml",
    "apply",
    "check --expires-within 30 cnx-etcd.yaml",
    "check nothing-here.yaml",
    "certs generate --pki other --days 0",
    "explain name-mismach",
];

#[test]
fn what_people_type_is_answered_with_what_to_type() {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(
        upstream("cnx-etcd.yaml"),
        folder.path().join("cnx-etcd.yaml"),
    )
    .unwrap();
    let run = |line: &str| {
        let mut command = program();
        command.current_dir(folder.path()).args(line.split(' '));
        command.output().unwrap()
    };
    assert!(run("certs generate --pki pki").status.success());
    let mut said = String::new();
    for line in LINES {
        let output = run(line);
        assert_eq!(output.status.code(), Some(2), "{line}");
        assert!(output.stdout.is_empty(), "{line}");
        let _ = writeln!(said, "$ cnx-harden {line}\n{}", stderr(&output));
    }
    insta::assert_snapshot!(said);
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        2,
        "something was made"
    );
    assert!(run("explain NAME-MISMATCH").status.success());
    let colored = run("check --color always cnx-etcd.yaml");
    assert!(colored.stdout.contains(&0x1b), "no colour");
}
