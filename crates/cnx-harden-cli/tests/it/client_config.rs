//! `client-config`: what it writes, and who may read it.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use crate::common::{ETCD_FILES, pki, program, read, stderr, stdout};

fn client_config(client: &str) -> Command {
    let mut program = program();
    program.args(["client-config", client]);
    for (flag, file) in ETCD_FILES {
        program.arg(format!("--etcd-{flag}"));
        program.arg(format!("testdata/pki/{file}"));
    }
    program.args(["--etcd-endpoints", "https://10.0.0.1:2379"]);
    program
}

#[test]
fn each_client_gets_its_format() {
    for client in ["calicoctl", "felix", "cni"] {
        let mut run = client_config(client);
        let output = run.args(["--files-in", "/etc/calico"]).output().unwrap();
        insta::assert_snapshot!(format!("client-config-{client}"), stdout(&output));
        assert_eq!(stderr(&output), "");
    }
}

/// Without a folder the files are where they are, by their absolute paths.
#[test]
fn paths_are_absolute() {
    let output = client_config("felix").output().unwrap();
    let key = format!("EtcdKeyFile = {}\n", pki("etcd/client.key").display());
    assert!(stdout(&output).contains(&key), "{}", stdout(&output));
}

#[test]
fn a_file_with_a_key_is_for_its_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("calicoctl.cfg");
    let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o777;
    let run = |inline: bool| {
        let mut run = client_config("calicoctl");
        run.args(inline.then_some("--inline")).arg("-o").arg(&path);
        let output = run.output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        assert!(output.stdout.is_empty() && output.stderr.is_empty());
        read(&path)
    };
    let text = run(false);
    assert_eq!(mode() & 0o400, 0o400);
    assert!(text.contains("etcdKeyFile: ") && !text.contains("PRIVATE KEY"));
    // One that everybody could read until now.
    fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
    let text = run(true);
    assert_eq!(mode(), 0o600);
    let value: serde_yaml::Value = serde_yaml::from_str(&text).unwrap();
    assert!(value["spec"]["etcdKey"] == read(pki("etcd/client.key")).as_str());
    assert!(value["spec"]["etcdCACert"] == read(pki("etcd/ca.crt")).as_str());
    assert!(!text.contains("File"));
}

#[test]
fn what_is_missing_or_mixed_is_said() {
    let code = |run: &mut Command| {
        let output = run.output().unwrap();
        assert!(output.stdout.is_empty());
        (output.status.code(), stderr(&output))
    };
    let (status, words) = code(program().args(["client-config", "felix"]));
    assert_eq!(status, Some(2));
    assert!(words.contains("--etcd-ca, --etcd-cert and --etcd-key"));
    let mut run = client_config("calicoctl");
    let (status, _) = code(run.args(["--inline", "--files-in", "/etc/calico"]));
    assert_eq!(status, Some(2));
    let mut run = client_config("felix");
    let (status, words) = code(run.args(["--files-in", "etc;calico"]));
    assert_eq!(status, Some(2));
    assert!(words.contains("not absolute"), "{words}");
    let (status, _) = code(client_config("felix").arg("--inline"));
    assert_eq!(status, Some(2));
}
