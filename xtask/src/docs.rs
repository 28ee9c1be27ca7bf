//! Pictures of the documentation, drawn by the command itself.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::run::{Result, program, root, run, target};

/// The day that the certificates' days are counted from.
const AS_OF: &str = "2026-01-01";
/// The pictures: a name, the manifests, the title.
const PICTURES: [[&str; 3]; 2] = [
    ["traffic-upstream.svg", "manifests/upstream", "As published"],
    [
        "traffic.svg",
        "manifests/hardened",
        "After cnx-harden apply",
    ],
];

/// Draws the manifests before and after, into docs/.
pub(crate) fn docs(check: bool) -> Result<()> {
    let fresh = target().join("docs-pictures");
    let mut stale = Vec::new();
    let program = program()?;
    for [name, manifests, title] in PICTURES {
        picture(&program, &fresh.join(name), title, manifests)?;
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

fn picture(program: &Path, path: &Path, title: &str, manifests: &str) -> Result<()> {
    let mut report = Command::new(program);
    report.current_dir(root());
    report.args([
        "report", "--quiet", "--as-of", AS_OF, "--title", title, "--svg",
    ]);
    run(report.arg(path).arg(manifests))
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| format!("{}: {error}", path.display()))
}
