//! `schemas/`: of the config and of what `check` prints, by the command itself.

use std::fs;
use std::process::Stdio;

use crate::run::{Result, cargo, root};

/// The files, each with the arguments by which the command prints it.
const SCHEMAS: [(&str, &[&str]); 2] = [
    ("schemas/hardening.v1alpha1.json", &["schema"]),
    ("schemas/check.v1.json", &["check", "--schema"]),
];

pub(crate) fn schema(check: bool) -> Result<()> {
    SCHEMAS
        .iter()
        .try_for_each(|(file, arguments)| one(file, arguments, check))
}

fn one(file: &str, arguments: &[&str], check: bool) -> Result<()> {
    let mut command = cargo();
    command.args(["run", "--quiet", "--package", "cnx-harden-cli", "--"]);
    command.args(arguments);
    let output = command.stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| format!("cannot run cargo: {error}"))?;
    if !output.status.success() {
        let arguments = arguments.join(" ");
        return Err(format!("cnx-harden {arguments} failed: {}", output.status));
    }
    let path = root().join(file);
    if fs::read(&path).is_ok_and(|there| there == output.stdout) {
        println!("{file} is up to date");
        return Ok(());
    }
    if check {
        return Err(format!("{file} is stale\n  help: run `cargo xtask schema`"));
    }
    let folder = path.parent().unwrap_or(&path);
    let written = fs::create_dir_all(folder).and_then(|()| fs::write(&path, &output.stdout));
    written.map_err(|error| format!("{file}: {error}"))?;
    println!("{file} written");
    Ok(())
}
