//! `manifests/hardened` from `manifests/upstream`, by the command itself.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::run::{Result, program, root, run, target};

pub(crate) fn harden(check: bool) -> Result<()> {
    let hardened = root().join("manifests/hardened");
    let fresh = target().join("hardened");
    let _ = fs::remove_dir_all(&fresh);
    let mut command = Command::new(program()?);
    command.current_dir(root());
    command.args(["apply", "--quiet"]);
    for (flag, file) in [
        ("apiserver-ca", "ca.crt"),
        ("apiserver-cert", "tls.crt"),
        ("apiserver-key", "tls.key"),
        ("etcd-ca", "etcd/ca.crt"),
        ("etcd-cert", "etcd/client.crt"),
        ("etcd-key", "etcd/client.key"),
    ] {
        command.arg(format!("--{flag}"));
        command.arg(format!("testdata/pki/{file}"));
    }
    for (what, file) in [
        ("ca", "ca.crt"),
        ("server-cert", "server.crt"),
        ("server-key", "server.key"),
        ("client-cert", "client.crt"),
        ("client-key", "client.key"),
    ] {
        command.arg(format!("--typha-{what}"));
        command.arg(format!("testdata/pki/typha/{file}"));
    }
    for (flag, file) in [("cert", "tls.crt"), ("key", "tls.key")] {
        command.arg(format!("--manager-{flag}"));
        command.arg(format!("testdata/pki/manager/{file}"));
    }
    let api_service = "v1beta1.metrics.k8s.io";
    command.args(["--api-service", api_service]);
    for (flag, file) in [("ca", "ca.crt"), ("cert", "tls.crt"), ("key", "tls.key")] {
        command.arg(format!("--api-service-{flag}"));
        command.arg(format!("testdata/pki/apiservices/{api_service}/{file}"));
    }
    // By itself, as the vendor's page has it made: the manifests have just their edits.
    command.args(["--manager-host", "cnx.example.com", "--manager-secret-file"]);
    command.arg(fresh.join("cnx-manager-tls.yaml"));
    command
        .arg("--output-dir")
        .arg(&fresh)
        .arg("manifests/upstream");
    run(&mut command)?;
    let names: BTreeSet<_> = names(&fresh)?.union(&names(&hardened)?).cloned().collect();
    let mut stale = Vec::new();
    for name in names {
        let (new, old) = (
            fs::read(fresh.join(&name)).ok(),
            fs::read(hardened.join(&name)).ok(),
        );
        if new == old {
            continue;
        }
        let path = hardened.join(&name);
        let done = match &new {
            _ if check => Ok(()),
            Some(new) => fs::create_dir_all(&hardened).and_then(|()| fs::write(&path, new)),
            None => fs::remove_file(&path),
        };
        done.map_err(|error| format!("{}: {error}", path.display()))?;
        println!(
            "{}: manifests/hardened/{name}",
            if check { "stale" } else { "written" }
        );
        stale.push(name);
    }
    match (check, stale.is_empty()) {
        (_, true) => println!("manifests/hardened is up to date"),
        (true, false) => {
            let stale = stale.join(", ");
            return Err(format!(
                "manifests/hardened is stale ({stale}): run `cargo xtask harden`"
            ));
        }
        (false, false) => {}
    }
    Ok(())
}

fn names(folder: &Path) -> Result<BTreeSet<String>> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Ok(BTreeSet::new());
    };
    let names = entries.map(|entry| entry.map(|e| e.file_name().to_string_lossy().into_owned()));
    names
        .collect::<std::io::Result<_>>()
        .map_err(|error| format!("{}: {error}", folder.display()))
}
