//! Instructions, which are the same however busy the machine is.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::{material, processor, program};
use crate::debian;
use crate::run::{Result, cargo, root, run};

/// What is counted, by name.
const COUNTED: [(&str, &[&str]); 3] = [
    (
        "apply",
        &["apply", "MATERIAL", "manifests/upstream/cnx-etcd.yaml"],
    ),
    ("check", &["check", "manifests/upstream/cnx-etcd.yaml"]),
    ("report", &["report", "manifests/hardened/cnx-etcd.yaml"]),
];

/// Instructions of small runs, counted by valgrind: more than a twentieth above those in
/// `xtask/instructions.toml` is an error. `write`: writes that file.
///
/// They differ from one processor to another, since libraries choose their code by it.
pub(crate) fn instructions(write: bool) -> Result<()> {
    let valgrind = debian::valgrind()?;
    run(cargo().args(["build", "--release", "--quiet", "-p", "cnx-harden-cli"]))?;
    let path = root().join("xtask/instructions.toml");
    let known = fs::read_to_string(&path).unwrap_or_default();
    let known: toml::Table = known.parse().map_err(|error| format!("{error}"))?;
    let processor = processor();
    let mut page =
        format!("# By `cargo xtask bench --instructions --write`.\nprocessor = {processor:?}\n");
    let mut slower = Vec::new();
    for (name, arguments) in COUNTED {
        let count = count(&valgrind, arguments)?;
        let before = known.get(name).and_then(toml::Value::as_integer);
        let before = before.unwrap_or_default();
        println!("{name}: {count} instructions, {before} before");
        if count * 20 > before * 21 {
            slower.push(name);
        }
        let _ = writeln!(page, "{name} = {count}");
    }
    if write {
        return fs::write(&path, page).map_err(|error| error.to_string());
    }
    let other = known.get("processor").and_then(toml::Value::as_str);
    if other != Some(&processor) {
        println!("not compared: this is another processor, {processor}");
        return Ok(());
    }
    match slower.is_empty() {
        true => Ok(()),
        false => Err(format!(
            "{} takes over 5 % more instructions than xtask/instructions.toml says; where that is \
             meant, say why in the commit, and run cargo xtask bench --instructions --write",
            slower.join(", ")
        )),
    }
}

/// The instructions of one run.
fn count(valgrind: &Path, arguments: &[&str]) -> Result<i64> {
    let mut counted = Command::new(valgrind);
    counted
        .current_dir(root())
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program());
    arguments.iter().for_each(|argument| match *argument {
        "MATERIAL" => drop(counted.args(material())),
        other => drop(counted.arg(other)),
    });
    let output = counted.output();
    let output = output.map_err(|error| format!("valgrind: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let count = said.lines().find_map(|line| {
        let (_, rest) = line.split_once("Collected :")?;
        rest.trim().parse().ok()
    });
    count.ok_or_else(|| format!("valgrind says nothing of instructions: {said}"))
}
