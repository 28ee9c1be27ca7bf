//! `schemas/`: of the config and of what is printed as JSON, by the command itself.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::run::{Result, program, root};

/// The files, each with the document's name.
const SCHEMAS: [(&str, &str); 5] = [
    ("schemas/hardening.v1alpha1.json", "config"),
    ("schemas/check.v1.json", "check"),
    ("schemas/run.v1.json", "run"),
    ("schemas/inspect.v1.json", "inspect"),
    ("schemas/verify.v1.json", "verify"),
];

pub(crate) fn schema(check: bool) -> Result<()> {
    let program = program()?;
    SCHEMAS
        .iter()
        .try_for_each(|(file, document)| one(&program, file, document, check))
}

fn one(program: &Path, file: &str, document: &str, check: bool) -> Result<()> {
    let mut command = Command::new(program);
    command.current_dir(root()).args(["schema", document]);
    let output = command.stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| format!("cannot run cnx-harden: {error}"))?;
    if !output.status.success() {
        return Err(format!(
            "cnx-harden schema {document} failed: {}",
            output.status
        ));
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
