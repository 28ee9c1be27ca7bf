//! The program, its inputs and the tools around it.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

pub(crate) const MANIFESTS: [&str; 2] = ["cnx-etcd.yaml", "cnx-kdd.yaml"];

/// Those about etcd: they belong together.
pub(crate) const ETCD_MANIFESTS: [&str; 2] = ["calico-etcd.yaml", "calicoctl.yaml"];

/// That about Typha.
pub(crate) const TYPHA_MANIFEST: &str = "calico-typha.yaml";

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

pub(crate) fn upstream(name: &str) -> PathBuf {
    root().join("manifests/upstream").join(name)
}

pub(crate) fn hardened(name: &str) -> PathBuf {
    root().join("manifests/hardened").join(name)
}

pub(crate) fn pki(name: &str) -> PathBuf {
    root().join("testdata/pki").join(name)
}

pub(crate) fn read(path: impl AsRef<Path>) -> String {
    std::fs::read_to_string(path).unwrap()
}

/// The program, run at the repository's top so that paths are the same everywhere.
pub(crate) fn program() -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_cnx-harden"));
    program.current_dir(root());
    program
}

/// `cnx-harden COMMAND` with the material of this name.
pub(crate) fn with_material(command: &str, pair: &str) -> Command {
    let mut program = program();
    program
        .arg(command)
        .args(["--apiserver-ca", "testdata/pki/ca.crt"]);
    program
        .arg("--apiserver-cert")
        .arg(format!("testdata/pki/{pair}.crt"));
    program
        .arg("--apiserver-key")
        .arg(format!("testdata/pki/{pair}.key"));
    program
}

/// The material for etcd, by the flags that name it.
pub(crate) const ETCD_FILES: [(&str, &str); 3] = [
    ("ca", "etcd/ca.crt"),
    ("cert", "etcd/client.crt"),
    ("key", "etcd/client.key"),
];

/// `cnx-harden COMMAND` with the material for etcd.
pub(crate) fn with_etcd(command: &str) -> Command {
    let mut program = program();
    program.arg(command);
    for (flag, file) in ETCD_FILES {
        program.arg(format!("--etcd-{flag}"));
        program.arg(pki(file));
    }
    program
}

/// `cnx-harden COMMAND` with the material for Typha, `rotated-` or not.
pub(crate) fn with_typha(command: &str, rotated: &str) -> Command {
    let mut program = program();
    program.arg(command);
    program.args(["--typha-ca", "testdata/pki/typha/ca.crt"]);
    for side in ["server", "client"] {
        for (flag, ending) in [("cert", "crt"), ("key", "key")] {
            program.arg(format!("--typha-{side}-{flag}"));
            program.arg(format!("testdata/pki/typha/{rotated}{side}.{ending}"));
        }
    }
    program
}

/// `cnx-harden COMMAND` with the material for the Manager, `rotated-` or not.
pub(crate) fn with_manager(command: &str, rotated: &str) -> Command {
    let mut program = program();
    program.arg(command);
    for (flag, ending) in [("cert", "crt"), ("key", "key")] {
        program.arg(format!("--manager-{flag}"));
        program.arg(format!("testdata/pki/manager/{rotated}tls.{ending}"));
    }
    program
}

/// Certificates are long, and other ones each time that they are made anew.
pub(crate) fn shortened(diff: &str) -> String {
    let lines = diff.lines().map(|line| match line.find("LS0tLS1CRUdJTi") {
        Some(at) => format!("{}[certificate]\n", &line[..at]),
        None => format!("{line}\n"),
    });
    lines.collect()
}

/// Runs a program with this text on its stdin.
pub(crate) fn piped(mut program: Command, stdin: &str) -> Output {
    program.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut program = program.stderr(Stdio::piped()).spawn().unwrap();
    let mut input = program.stdin.take().unwrap();
    let text = stdin.to_owned();
    // A program may end before it has read everything.
    let writer = std::thread::spawn(move || {
        let _ = input.write_all(text.as_bytes());
    });
    let output = program.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A program that `cargo xtask tools` installs.
pub(crate) fn tool(name: &str) -> PathBuf {
    let folder = std::env::var_os("CNX_HARDEN_TOOLS");
    let folder = folder.map_or_else(|| root().join("target/tools/bin"), PathBuf::from);
    let path = folder.join(name);
    assert!(
        path.exists(),
        "{}: not installed; run `cargo xtask tools`",
        path.display()
    );
    path
}

/// The objects of a manifest.
pub(crate) fn objects(text: &str) -> Vec<serde_yaml::Value> {
    use serde::Deserialize as _;
    let documents = serde_yaml::Deserializer::from_str(text);
    let values = documents.map(|document| serde_yaml::Value::deserialize(document).unwrap());
    values.filter(|value| !value.is_null()).collect()
}

pub(crate) fn object<'o>(
    objects: &'o [serde_yaml::Value],
    kind: &str,
    name: &str,
) -> &'o serde_yaml::Value {
    let mut found = objects
        .iter()
        .filter(|o| o["kind"] == kind && o["metadata"]["name"] == name);
    found.next().unwrap_or_else(|| panic!("no {kind} {name}"))
}

/// Compares texts that hold keys: a failure names the first line that differs,
/// and prints nothing of it.
#[track_caller]
pub(crate) fn assert_same(got: &str, wanted: &str, what: &str) {
    let differs = got
        .lines()
        .zip(wanted.lines())
        .position(|(got, wanted)| got != wanted);
    let line = differs.map_or("their ends".to_owned(), |line| format!("line {}", line + 1));
    assert!(got == wanted, "{what}: not as wanted, from {line} on");
}

/// As [`assert_same`], for files by path.
#[track_caller]
pub(crate) fn assert_file(got: impl AsRef<Path>, wanted: &str) {
    let what = got.as_ref().display().to_string();
    assert_same(&read(&got), wanted, &what);
}
