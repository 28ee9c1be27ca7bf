//! `apply --interactive`: what is shown, and what each answer does. `script` gives the program
//! a terminal.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::common::{
    assert_file, hardened, piped, program, read, root, stderr, stdout, upstream, with_manager,
    with_material,
};

/// Runs the program on a terminal, where this is typed.
fn typed(apply: &Command, typed: &str) -> Output {
    let words = std::iter::once(apply.get_program()).chain(apply.get_args());
    let words: Vec<_> = words.map(|word| word.to_str().unwrap()).collect();
    let mut script = Command::new("script");
    script
        .args(["-qec", &words.join(" "), "/dev/null"])
        .current_dir(root());
    piped(script, typed)
}

fn copy(folder: &Path) -> std::path::PathBuf {
    let manifest = folder.join("cnx-etcd.yaml");
    fs::copy(upstream("cnx-etcd.yaml"), &manifest).unwrap();
    manifest
}

#[test]
fn the_changes_are_shown_without_keys_and_only_a_yes_writes() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = copy(folder.path());
    let mut apply = with_material("apply", "tls");
    apply.args(["-q", "-i", "--interactive"]).arg(&manifest);
    for answer in ["n\n", "\n", "yesterday\n", "\u{4}"] {
        let output = typed(&apply, answer);
        let shown = stdout(&output);
        assert_eq!(output.status.code(), Some(2), "{answer:?}: {shown}");
        assert!(shown.contains("Write 1 file? [y/N]"), "{answer:?}: {shown}");
        assert!(shown.contains("nothing was written"), "{answer:?}: {shown}");
        assert_file(&manifest, &read(upstream("cnx-etcd.yaml")));
    }
    let output = typed(&apply, "Y\n");
    let shown = stdout(&output);
    assert!(output.status.success(), "{shown}");
    assert!(shown.contains("-  insecureSkipTLSVerify: true"), "{shown}");
    assert!(shown.contains("apiserver.key: [private key"), "{shown}");
    let written = read(&manifest);
    let keys = written
        .lines()
        .filter(|line| line.contains("apiserver.key: LS0"));
    let keys: Vec<_> = keys
        .filter_map(|line| line.split(' ').next_back())
        .collect();
    assert!(keys.len() == 1 && !shown.contains(&keys[0][40..80]));
    let again = typed(&apply, "");
    assert!(again.status.success() && !stdout(&again).contains("Write"));
}

#[test]
fn a_folder_and_the_managers_secret_are_asked_for_too() {
    let folder = tempfile::tempdir().unwrap();
    let (out, secret) = (folder.path().join("out"), folder.path().join("secret.yaml"));
    let mut apply = with_manager("apply", "");
    apply.args(["-q", "--interactive", "-o"]).arg(&out);
    apply.arg("--manager-secret-file").arg(&secret);
    apply.arg(upstream("cnx-kdd.yaml"));
    let output = typed(&apply, "no\n");
    let shown = stdout(&output);
    assert!(shown.contains("Write 2 files? [y/N]"), "{shown}");
    assert!(shown.contains("name: cnx-manager-tls") && shown.contains("[private key"));
    assert!(!out.exists() && !secret.exists());
    assert!(typed(&apply, "yes\n").status.success());
    assert!(out.join("cnx-kdd.yaml").exists());
    assert_file(&secret, &read(hardened("cnx-manager-tls.yaml")));
}

#[test]
fn without_a_terminal_nothing_is_read_or_written() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = copy(folder.path());
    let mut apply = with_material("apply", "tls");
    apply.args(["-i", "--interactive"]).arg(&manifest);
    let output = piped(apply, "y\n");
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("`cnx-harden diff`"),
        "{}",
        stderr(&output)
    );
    assert_file(&manifest, &read(upstream("cnx-etcd.yaml")));
    let mut apply = program();
    apply
        .args(["apply", "--pki", "pki", "--interactive"])
        .arg(&manifest);
    let output = apply.stdin(Stdio::null()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("--in-place|--output-dir"),
        "{}",
        stderr(&output)
    );
}
