//! The channel of etcd through the program: the shipped manifests, and the
//! material.

use std::fs;

use crate::common::{
    ETCD_FILES, ETCD_MANIFESTS, assert_file, assert_same, hardened, pki, program, read, shortened,
    stderr, stdout, upstream, with_etcd, with_material,
};

/// The Secret and the ConfigMap are in the first, the client in the second.
fn paths(folder: &str) -> Vec<String> {
    let paths = ETCD_MANIFESTS.iter();
    paths
        .map(|name| format!("manifests/{folder}/{name}"))
        .collect()
}

#[test]
fn apply_writes_what_is_committed() {
    let folder = tempfile::tempdir().unwrap();
    let mut apply = with_etcd("apply");
    apply
        .arg("--output-dir")
        .arg(folder.path())
        .args(paths("upstream"));
    let output = apply.output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    for name in ETCD_MANIFESTS {
        assert_file(folder.path().join(name), &read(hardened(name)));
    }
}

#[test]
fn the_second_run_changes_nothing() {
    let output = with_etcd("diff")
        .arg("--exit-code")
        .args(paths("hardened"))
        .output();
    let output = output.unwrap();
    assert_eq!(
        (output.status.code(), stdout(&output).as_str()),
        (Some(0), "")
    );
    assert!(
        stderr(&output)
            .contains("\n0 edits to make, 24 already in place; 0 of 2 files would change\n")
    );
}

#[test]
fn diffs_and_reports() {
    let output = with_etcd("diff").args(paths("upstream")).output().unwrap();
    insta::assert_snapshot!("etcd-diff", shortened(&stdout(&output)));
    insta::assert_snapshot!("etcd-summary", stderr(&output));
    let mut apply = with_etcd("apply");
    let output = apply
        .args(["--report", "json"])
        .arg(upstream("calicoctl.yaml"))
        .output();
    insta::assert_snapshot!(
        "etcd-missing-secret",
        without_root(&stderr(&output.unwrap()))
    );
    let mut apply = with_etcd("apply");
    let apply = apply
        .arg("--assume-secret")
        .arg("manifests/upstream/calicoctl.yaml");
    insta::assert_snapshot!("etcd-assumed-secret", stderr(&apply.output().unwrap()));
}

fn without_root(text: &str) -> String {
    text.replace(&upstream("").display().to_string(), "")
}

/// Both channels in one run of all manifests, as `cargo xtask harden` does it.
#[test]
fn two_channels_are_one_run() {
    let mut both = with_material("apply", "tls");
    for (flag, file) in ETCD_FILES {
        both.arg(format!("--etcd-{flag}")).arg(pki(file));
    }
    let folder = tempfile::tempdir().unwrap();
    let names = ["cnx-etcd.yaml", "calico-etcd.yaml"];
    both.args(names.map(upstream)).arg("-o").arg(folder.path());
    let output = both.output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    for name in names {
        assert_file(folder.path().join(name), &read(hardened(name)));
    }
}

#[test]
fn a_channel_that_has_nothing_to_do_is_named() {
    let output = with_etcd("apply")
        .arg(upstream("cnx-kdd.yaml"))
        .output()
        .unwrap();
    assert_same(
        &stdout(&output),
        &read(upstream("cnx-kdd.yaml")),
        "cnx-kdd.yaml",
    );
    assert_eq!(
        stderr(&output),
        "nothing to harden in 1 file: nothing of etcd found\n"
    );
}

#[test]
fn material_comes_in_threes() {
    for given in [
        ["--etcd-ca", "etcd/ca.crt"],
        ["--etcd-key", "etcd/client.key"],
    ] {
        let mut run = program();
        run.args(["apply", given[0]])
            .arg(pki(given[1]))
            .arg(upstream("calico-etcd.yaml"));
        let output = run.output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(
            stderr(&output).contains("--etcd-cert <FILE>"),
            "{}",
            stderr(&output)
        );
    }
    let output = program()
        .arg("apply")
        .arg(upstream("calico-etcd.yaml"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("--apiserver-ca, --apiserver-cert and --apiserver-key"));
    let mut run = program();
    run.args(["apply", "--assume-secret"])
        .arg(upstream("calico-etcd.yaml"));
    assert_eq!(run.output().unwrap().status.code(), Some(2));
}

#[test]
fn a_pair_that_is_none_stops_the_run() {
    let mut run = program();
    run.arg("apply").arg("--etcd-ca").arg(pki("etcd/ca.crt"));
    run.arg("--etcd-cert").arg(pki("etcd/client.crt"));
    run.arg("--etcd-key").arg(pki("etcd/rotated-client.key"));
    let output = run.arg(upstream("calico-etcd.yaml")).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
}

#[test]
fn endpoints_are_written_and_rotated() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("calico-etcd.yaml");
    fs::copy(hardened("calico-etcd.yaml"), &path).unwrap();
    let mut apply = with_etcd("apply");
    apply.args(["-i", "--etcd-endpoints", "https://a:2379,https://b:2379"]);
    assert!(apply.arg(&path).output().unwrap().status.success());
    let wanted = read(hardened("calico-etcd.yaml"))
        .replace("https://127.0.0.1:2379", "https://a:2379,https://b:2379");
    assert_file(&path, &wanted);
}
