//! Pictures of the documentation, drawn by the command itself.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::run::{Result, cargo, root, run, target};

/// The day that the certificates' days are counted from.
const AS_OF: &str = "2026-01-01";
/// CNX itself, and what else talks to etcd and Typha.
const UPSTREAM: [&str; 2] = [
    "manifests/upstream/cnx-etcd.yaml",
    "testdata/traffic/calico.yaml",
];
/// The material of all four channels.
const MATERIAL: [[&str; 2]; 13] = [
    ["--apiserver-ca", "ca.crt"],
    ["--apiserver-cert", "tls.crt"],
    ["--apiserver-key", "tls.key"],
    ["--etcd-ca", "etcd/ca.crt"],
    ["--etcd-cert", "etcd/client.crt"],
    ["--etcd-key", "etcd/client.key"],
    ["--typha-ca", "typha/ca.crt"],
    ["--typha-server-cert", "typha/server.crt"],
    ["--typha-server-key", "typha/server.key"],
    ["--typha-client-cert", "typha/client.crt"],
    ["--typha-client-key", "typha/client.key"],
    ["--manager-cert", "manager/tls.crt"],
    ["--manager-key", "manager/tls.key"],
];

/// Draws the same manifests before and after, into docs/.
pub(crate) fn docs(check: bool) -> Result<()> {
    let fresh = target().join("docs-pictures");
    let _ = fs::remove_dir_all(&fresh);
    let hardened = fresh.join("hardened");
    let mut apply = command();
    apply.args(["apply", "--quiet", "--manager-host", "cnx.example.com"]);
    for [flag, file] in MATERIAL {
        apply.arg(flag).arg(format!("testdata/pki/{file}"));
    }
    run(apply.arg("--output-dir").arg(&hardened).args(UPSTREAM))?;
    picture(
        &root(),
        &fresh.join("traffic-upstream.svg"),
        "As published",
        &UPSTREAM,
    )?;
    // In the folder above it: the names in a picture are the same on all machines.
    picture(
        &fresh,
        &fresh.join("traffic.svg"),
        "After apply",
        &["hardened"],
    )?;
    let mut stale = Vec::new();
    for name in ["traffic-upstream.svg", "traffic.svg"] {
        let path = root().join("docs").join(name);
        let new = read(&fresh.join(name))?;
        if fs::read(&path).is_ok_and(|old| old == new) {
            continue;
        }
        if !check {
            fs::create_dir_all(root().join("docs"))
                .and_then(|()| fs::write(&path, new))
                .map_err(|error| format!("{}: {error}", path.display()))?;
            println!("written: docs/{name}");
        }
        stale.push(name);
    }
    match (check, stale.is_empty()) {
        (_, true) => println!("docs is up to date"),
        (true, false) => {
            let stale = stale.join(", ");
            return Err(format!("docs is stale ({stale}): run `cargo xtask docs`"));
        }
        (false, false) => {}
    }
    Ok(())
}

fn picture(folder: &Path, path: &Path, title: &str, manifests: &[&str]) -> Result<()> {
    let mut report = command();
    report.current_dir(folder);
    report.args([
        "report", "--quiet", "--as-of", AS_OF, "--title", title, "--svg",
    ]);
    run(report.arg(path).args(manifests))
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn command() -> Command {
    let mut command = cargo();
    command.args(["run", "--quiet", "--manifest-path"]);
    command.arg(root().join("Cargo.toml"));
    command.args(["--package", "cnx-harden-cli"]);
    command.args(["--bin", "cnx-harden", "--"]);
    command
}
