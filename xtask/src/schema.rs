//! `schemas/hardening.v1alpha1.json`, by the command itself.

use std::fs;
use std::process::Stdio;

use crate::run::{Result, cargo, root};

const SCHEMA: &str = "schemas/hardening.v1alpha1.json";

pub(crate) fn schema(check: bool) -> Result<()> {
    let mut command = cargo();
    command.args([
        "run",
        "--quiet",
        "--package",
        "cnx-harden-cli",
        "--",
        "schema",
    ]);
    let output = command.stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| format!("cannot run cargo: {error}"))?;
    if !output.status.success() {
        return Err(format!("cnx-harden schema failed: {}", output.status));
    }
    let path = root().join(SCHEMA);
    if fs::read(&path).is_ok_and(|there| there == output.stdout) {
        println!("{SCHEMA} is up to date");
        return Ok(());
    }
    if check {
        return Err(format!(
            "{SCHEMA} is stale\n  help: run `cargo xtask schema`"
        ));
    }
    let folder = path.parent().unwrap_or(&path);
    let written = fs::create_dir_all(folder).and_then(|()| fs::write(&path, &output.stdout));
    written.map_err(|error| format!("{SCHEMA}: {error}"))?;
    println!("{SCHEMA} written");
    Ok(())
}
