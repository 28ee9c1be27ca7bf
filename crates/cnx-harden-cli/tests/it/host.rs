//! A clone of the repository's examples with the program on PATH, as a user has it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::common::{objects, pki, read, root, stderr, stdout, tool};
use serde_yaml::Value;

/// A folder with the examples, the manifests and the test material, and a home.
pub(crate) struct Clone {
    folder: tempfile::TempDir,
}

impl Clone {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for part in ["examples", "manifests/upstream", "testdata/pki", "schemas"] {
            copy(&root().join(part), &folder.path().join(part));
        }
        fs::create_dir_all(folder.path().join("bin")).unwrap();
        fs::create_dir_all(folder.path().join("home")).unwrap();
        let program = env!("CARGO_BIN_EXE_cnx-harden");
        std::os::unix::fs::symlink(program, folder.path().join("bin/cnx-harden")).unwrap();
        for name in ["kubectl", "helm"] {
            std::os::unix::fs::symlink(tool(name), folder.path().join("bin").join(name)).unwrap();
        }
        Self { folder }
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// A program in a folder of the clone, with the clone's PATH and home, and the
    /// material in variables.
    pub(crate) fn command(&self, program: &str, folder: &str) -> Command {
        let mut command = Command::new(program);
        let path = std::env::var("PATH").unwrap();
        command.current_dir(self.path(folder));
        command.env("PATH", format!("{}:{path}", self.path("bin").display()));
        command.env("HOME", self.path("home"));
        for name in [
            "XDG_CONFIG_HOME",
            "KUSTOMIZE_PLUGIN_HOME",
            "CNX_HARDEN_CONFIG",
        ] {
            command.env_remove(name);
        }
        command.env("CNX_APISERVER_CA", read(pki("ca.crt")));
        command.env("CNX_APISERVER_CERT", read(pki("tls.crt")));
        command.env("CNX_APISERVER_KEY", read(pki("tls.key")));
        command
    }

    /// Runs the `console` blocks of a README, in its folder, and returns all output.
    /// The first command that fails ends it.
    pub(crate) fn run_readme(&self, host: &str) -> Output {
        let folder = format!("examples/{host}");
        let commands = commands(&read(self.path(&folder).join("README.md")));
        assert!(!commands.is_empty(), "{host}: no commands");
        let script = format!("set -eu\n{}\n", commands.join("\n"));
        self.command("sh", &folder)
            .arg("-c")
            .arg(script)
            .output()
            .unwrap()
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in walkdir::WalkDir::new(from) {
        let entry = entry.unwrap();
        let to = to.join(entry.path().strip_prefix(from).unwrap());
        match entry.file_type().is_dir() {
            true => fs::create_dir_all(to).unwrap(),
            false => fs::copy(entry.path(), to).map(drop).unwrap(),
        }
    }
}

/// The lines behind `$ ` of the `console` blocks.
fn commands(markdown: &str) -> Vec<String> {
    let blocks = markdown.split("```console\n").skip(1);
    let blocks = blocks.map(|block| block.split("```").next().unwrap());
    let lines = blocks.flat_map(str::lines);
    lines
        .filter_map(|line| line.strip_prefix("$ "))
        .map(str::to_owned)
        .collect()
}

/// Whether kpt is there. It is of no registry that the tests install from.
pub(crate) fn has_kpt() -> bool {
    let there = Command::new("kpt").arg("version").output().is_ok();
    if !there {
        eprintln!("kpt is not on PATH: nothing was tried with it");
    }
    there
}

/// Compares manifests object by object, whatever their order. What hosts add is
/// taken out first. A failure names the object, and shows none of it.
#[track_caller]
pub(crate) fn assert_objects(got: &str, wanted: &str, what: &str) {
    if let Err(differs) = same_objects(got, wanted) {
        panic!("{what}: {differs}");
    }
}

/// As [`assert_objects`], to be reported by the caller.
pub(crate) fn same_objects(got: &str, wanted: &str) -> Result<(), String> {
    let [got, wanted] = [got, wanted].map(|text| {
        let objects = objects(text).into_iter();
        objects.map(without_host).map(modes).collect::<Vec<_>>()
    });
    if got.len() != wanted.len() {
        return Err(format!("{} objects, not {}", got.len(), wanted.len()));
    }
    for wanted in &wanted {
        let (kind, name) = (&wanted["kind"], &wanted["metadata"]["name"]);
        if !got.contains(wanted) {
            return Err(format!("{kind:?} {name:?} is another one"));
        }
    }
    Ok(())
}

/// `0400` is octal to Kubernetes' YAML 1.1, and a string to this reader.
fn modes(value: Value) -> Value {
    match value {
        Value::Mapping(entries) => {
            let entries = entries
                .into_iter()
                .map(|(key, value)| match value.as_str() {
                    Some(octal) if key == "defaultMode" => {
                        (key, u64::from_str_radix(octal, 8).unwrap().into())
                    }
                    _ => (key, modes(value)),
                });
            Value::Mapping(entries.collect())
        }
        Value::Sequence(items) => Value::Sequence(items.into_iter().map(modes).collect()),
        other => other,
    }
}

/// Annotations by which hosts find their way back.
fn without_host(mut object: Value) -> Value {
    let host = |key: &Value| {
        let key = key.as_str().unwrap_or_default();
        [
            "config.kubernetes.io/",
            "config.k8s.io/",
            "kustomize.config.k8s.io/",
        ]
        .iter()
        .any(|prefix| key.starts_with(prefix) || key.starts_with(&format!("internal.{prefix}")))
    };
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_mapping_mut)
        && let Some(annotations) = metadata
            .get_mut("annotations")
            .and_then(Value::as_mapping_mut)
    {
        annotations.retain(|key, _| !host(key));
        if annotations.is_empty() {
            metadata.remove("annotations");
        }
    }
    object
}

#[track_caller]
pub(crate) fn assert_success(output: &Output) {
    assert!(
        output.status.success(),
        "{}{}",
        stdout(output),
        stderr(output)
    );
}
