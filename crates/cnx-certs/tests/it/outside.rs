//! Certificates from outside of the repository, with what Go said of them:
//! `certs.tar.gz` and `certs.tsv` in the folder that `CNX_HARDEN_CASES` names.
//!
//! Without the variable there is nothing to compare, and the test prints a note.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use cnx_certs::{Finding, Identity, Material, Policy, Role, Severity, UnixTime, check};

use crate::catalogue::NAME;

#[test]
fn nothing_is_accepted_that_go_refuses() {
    let Some(folder) = std::env::var_os("CNX_HARDEN_CASES") else {
        println!("CNX_HARDEN_CASES is not set: nothing to compare");
        return;
    };
    let folder = Path::new(&folder);
    let unpacked = tempfile::tempdir().unwrap();
    let mut tar = Command::new("tar");
    tar.arg("-xzf").arg(folder.join("certs.tar.gz"));
    tar.arg("-C").arg(unpacked.path());
    assert!(tar.status().unwrap().success());
    let table = std::fs::read_to_string(folder.join("certs.tsv")).unwrap();
    let mut lines = table.lines();
    let columns: Vec<_> = lines.next().unwrap().split('\t').collect();
    let (mut accepted, mut refused, mut all) = (Vec::new(), Vec::new(), 0);
    for line in lines {
        let row: BTreeMap<_, _> = columns.iter().copied().zip(line.split('\t')).collect();
        let name = row["case"];
        let found = findings(&unpacked.path().join("certs").join(name));
        let errors = found.iter().filter(|f| f.severity == Severity::Error);
        let errors: Vec<_> = errors
            .map(|f| format!("{}: {}", f.code, f.message))
            .collect();
        let told = format!(
            "{name} ({}) {} {errors:?}",
            row["what it is"],
            row.get("go says").unwrap_or(&"")
        );
        all += 1;
        match (row["go1.26"], errors.is_empty()) {
            ("no", true) => accepted.push(told),
            ("ok", false) if row["go"] == "ok" => refused.push(told),
            _ => {}
        }
    }
    println!("{all} cases");
    assert!(
        accepted.is_empty() && refused.is_empty(),
        "{} accepted that Go refuses:\n{}\n{} refused that Go accepts:\n{}",
        accepted.len(),
        accepted.join("\n"),
        refused.len(),
        refused.join("\n"),
    );
}

fn findings(folder: &Path) -> Vec<Finding> {
    let read = |part| std::fs::read(folder.join(part)).unwrap();
    let (ca, certificate, key) = (read("ca.crt"), read("tls.crt"), read("tls.key"));
    let material = Material {
        role: Role::ApiServer,
        ca: Some(&ca),
        certificate: &certificate,
        key: Some(&key),
        names: &[NAME.to_owned()],
        identity: &Identity::default(),
    };
    // When Go was asked: one of them is valid from two hours later on.
    let asked = UnixTime::since_unix_epoch(Duration::from_secs(1_795_743_905));
    check(&[material], &Policy::at(asked))
}
