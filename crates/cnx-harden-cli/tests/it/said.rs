//! What was read is reported: what is passed by in a folder, and is an error where it
//! is named.

use std::fs;
use std::path::Path;
use std::process::Output;

use serde_json::Value;

use crate::common::{MANIFESTS, program, read, stderr, stdout, upstream, with_etcd, with_material};

const LATIN_1: &[u8] = b"# caf\xe9\nkind: ConfigMap\n";
const TEMPLATE: &str =
    "{{- if .Values.etcd }}\nkind: Deployment\nenv:\n- name: ETCD_ENDPOINTS\n{{- end }}\n";
const BENCHMARK: &str = "---\ncontrols:\ntext: \"etcd: ETCD_CA_FILE of the Pod\" and more\n";
const COMPOSE: &str = "services:\n  etcd:\n    image: etcd\n";

/// A folder with a manifest, and these files.
fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(upstream(MANIFESTS[0]), folder.path().join("cnx.yaml")).unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn odd() -> tempfile::TempDir {
    folder(&[
        ("latin.yaml", LATIN_1),
        ("chart.yaml", TEMPLATE.as_bytes()),
        ("bench.yaml", BENCHMARK.as_bytes()),
        ("compose.yaml", COMPOSE.as_bytes()),
    ])
}

fn check(args: &[&str], path: &Path) -> Output {
    program()
        .arg("check")
        .args(args)
        .arg(path)
        .output()
        .unwrap()
}

#[test]
fn a_folder_is_hardened_whatever_else_is_in_it() {
    let folder = odd();
    let out = tempfile::tempdir().unwrap();
    let mut etcd = with_etcd("apply");
    etcd.arg("--assume-secret");
    for mut apply in [with_material("apply", "tls"), etcd] {
        let output = apply
            .arg("-o")
            .arg(out.path())
            .arg(folder.path())
            .output()
            .unwrap();
        let words = stderr(&output);
        assert_eq!(output.status.code(), Some(0), "{words}");
        for warning in [
            "latin.yaml:1: not UTF-8 at byte 5",
            "chart.yaml:1:3: warning[not-yaml]: ",
            "bench.yaml:3:",
            "5 files: ",
            "1 template, 1 not YAML, 1 not UTF-8)",
        ] {
            assert!(words.contains(warning), "{warning}: {words}");
        }
    }
    // All files of the folder are in the other one.
    assert_eq!(fs::read(out.path().join("latin.yaml")).unwrap(), LATIN_1);
    assert_eq!(read(out.path().join("chart.yaml")), TEMPLATE);
}

#[test]
fn what_certainly_holds_an_object_is_an_error_in_a_folder_too() {
    let latin: &[u8] = b"# caf\xe9\nkind: Secret\nmetadata: {name: cnx-apiserver-certs}\n";
    let broken: &[u8] = b"kind: Secret\nmetadata:\n\tname: cnx-apiserver-certs\n";
    for (text, said) in [(latin, "not UTF-8"), (broken, "error[not-yaml]")] {
        let folder = folder(&[("secret.yaml", text)]);
        let mut apply = with_material("apply", "tls");
        let output = apply.arg(folder.path()).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
        assert!(stderr(&output).contains(said), "{}", stderr(&output));
        assert!(stdout(&output).is_empty());
    }
}

#[test]
fn what_is_named_by_itself_is_an_error() {
    let folder = odd();
    for name in ["latin.yaml", "chart.yaml", "bench.yaml"] {
        let path = folder.path().join(name);
        for mut command in [with_material("apply", "tls"), with_etcd("diff")] {
            let output = command.arg(&path).output().unwrap();
            assert_eq!(output.status.code(), Some(2), "{name}");
            assert!(stderr(&output).contains(name), "{}", stderr(&output));
        }
        let output = program().arg("report").arg(&path).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{name}");
    }
    let output = check(&[], &folder.path().join("latin.yaml"));
    assert_eq!(output.status.code(), Some(2));
    let output = check(&[], &folder.path().join("bench.yaml"));
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).contains("error"), "{}", stdout(&output));
    // It will be YAML once it is rendered.
    let output = check(&[], &folder.path().join("chart.yaml"));
    assert_eq!(output.status.code(), Some(0));
    assert!(
        stdout(&output).contains("helm template"),
        "{}",
        stdout(&output)
    );
}

#[test]
fn check_ends_with_what_was_read() {
    let folder = odd();
    let output = check(&[], folder.path());
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let words = stderr(&output);
    let last = words.lines().last().unwrap();
    assert!(last.starts_with("5 files: "), "{last}");
    assert!(
        last.ends_with("1 template, 1 not YAML, 1 not UTF-8)"),
        "{last}"
    );
    let output = check(&["--format", "json"], folder.path());
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    let reading = &json["reading"];
    assert_eq!(reading["files"], 5);
    assert!(reading["documents"].as_u64().unwrap() > 3, "{reading}");
    let passed = reading["passed"].as_array().unwrap();
    let mut whys: Vec<_> = passed.iter().map(|p| p["why"].as_str().unwrap()).collect();
    whys.sort_unstable();
    assert_eq!(whys, ["not-utf8", "not-yaml", "template"]);
    let without = reading["withoutObjects"].as_array().unwrap();
    assert_eq!(without.len(), 1, "{reading}");
}

#[test]
fn nothing_to_check_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let compose = folder.path().join("compose.yaml");
    let notes = folder.path().join("notes.txt");
    fs::write(&compose, COMPOSE).unwrap();
    fs::write(&notes, "etcd and calico-node are to be hardened\n").unwrap();
    for path in [&compose, &notes] {
        let output = check(&[], path);
        assert_eq!(output.status.code(), Some(0));
        let warning = "nothing in it is a Kubernetes object";
        assert!(stderr(&output).contains(warning), "{}", stderr(&output));
    }
    let output = check(&["--fail-on-nothing"], folder.path());
    assert_eq!(output.status.code(), Some(2));
    let said = stderr(&output);
    assert!(
        said.contains("no object that a connection is about was found"),
        "{said}"
    );
    for manifest in ["manifests/upstream", "manifests/hardened"] {
        for file in fs::read_dir(crate::common::root().join(manifest)).unwrap() {
            let file = file.unwrap().path();
            let output = check(&["--fail-on-nothing", "--fail-on", "error"], &file);
            assert_ne!(output.status.code(), Some(2), "{}", file.display());
        }
    }
    let output = check(
        &["--fail-on-nothing", "--channel", "manager"],
        &upstream("calico-typha.yaml"),
    );
    assert_eq!(output.status.code(), Some(2));
}
