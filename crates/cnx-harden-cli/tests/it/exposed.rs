//! A warning if a key is written where others can read it.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::common::{program, stderr, upstream};

fn git(folder: &Path, arguments: &[&str]) {
    let mut git = Command::new("git");
    git.current_dir(folder)
        .args(["-c", "user.name=t", "-c", "user.email=t@example.com"]);
    assert!(
        git.args(arguments).output().unwrap().status.success(),
        "{arguments:?}"
    );
}

fn said(folder: &Path, arguments: &[&str]) -> String {
    let output = program()
        .current_dir(folder)
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    stderr(&output)
}

#[test]
fn a_key_that_a_commit_would_publish_is_told() {
    const WORDS: &str = "git does not ignore";
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let generate = ["certs", "generate", "--pki", "pki", "--force"];
    let apply = ["apply", "--pki", "pki", "-i", "a.yaml"];
    fs::copy(upstream("cnx-etcd.yaml"), folder.join("a.yaml")).unwrap();
    // In no working tree.
    assert!(!said(folder, &generate).contains(WORDS));
    git(folder, &["init", "-q"]);
    // What the config says to run is not run.
    let script = folder.join("run.sh");
    fs::write(&script, "#!/bin/sh\ntouch ran\n").unwrap();
    git(
        folder,
        &["config", "core.fsmonitor", script.to_str().unwrap()],
    );
    let told = said(folder, &generate);
    assert!(
        told.contains("warning: pki/apiserver/tls.key: and 2 more hold private keys now"),
        "{told}"
    );
    assert!(told.contains("add them to .gitignore"), "{told}");
    fs::write(folder.join(".gitignore"), "pki/\n*.key\n").unwrap();
    assert!(!said(folder, &generate).contains(WORDS));
    // A manifest that is not ignored, one that is, and one that is tracked all the same.
    let told = said(folder, &apply);
    assert!(
        told.contains("warning: a.yaml: holds a private key now, and git does not"),
        "{told}"
    );
    assert!(!said(folder, &apply).contains(WORDS), "nothing was written");
    for (tracked, wanted) in [(false, false), (true, true)] {
        fs::copy(upstream("cnx-etcd.yaml"), folder.join("a.yaml")).unwrap();
        fs::write(folder.join(".gitignore"), "pki/\na.yaml\n").unwrap();
        if tracked {
            git(
                folder,
                &["-c", "core.fsmonitor=false", "add", "-f", "a.yaml"],
            );
        }
        let told = said(folder, &apply);
        assert_eq!(told.contains(WORDS), wanted, "{told}");
    }
    fs::copy(upstream("cnx-etcd.yaml"), folder.join("a.yaml")).unwrap();
    assert!(!said(folder, &["-q", "apply", "--pki", "pki", "-i", "a.yaml"]).contains(WORDS));
    let told = said(folder, &["apply", "--pki", "pki", "-o", "out", "a.yaml"]);
    assert!(
        !told.contains(WORDS),
        "a.yaml is ignored in each folder: {told}"
    );
    fs::write(folder.join(".gitignore"), "pki/\n").unwrap();
    let told = said(folder, &["apply", "--pki", "pki", "-o", "out", "a.yaml"]);
    assert!(
        told.contains("warning: out/a.yaml: holds a private key"),
        "{told}"
    );
    assert!(!folder.join("ran").exists());
}
