//! yaml-splice beside other editors of YAML: `peers/` writes docs/peers.md.

use std::fs;

use crate::run::{Result, cargo, quiet, root, target};

/// What differs from run to run stands behind this.
const TIMES: &str = "\n## Time\n";

/// Writes docs/peers.md, or checks what does not depend on the machine.
pub(crate) fn peers(check: bool) -> Result<()> {
    let mut peers = cargo();
    // yamlpatch names a newer Rust than it needs.
    peers
        .args(["run", "--release", "--quiet", "--ignore-rust-version"])
        .args(["--manifest-path", "peers/Cargo.toml", "--target-dir"])
        .arg(target().join("peers"))
        .arg("--")
        .arg(root());
    if check {
        peers.arg("--counts");
    }
    let made = quiet(&mut peers)? + "\n";
    let path = root().join("docs/peers.md");
    if !check {
        fs::write(&path, made).map_err(|error| format!("{}: {error}", path.display()))?;
        println!("wrote docs/peers.md");
        return Ok(());
    }
    let there = fs::read_to_string(&path).unwrap_or_default();
    let counts = there.split(TIMES).next().unwrap_or_default();
    if counts.trim_end() == made.trim_end() {
        Ok(())
    } else {
        Err("docs/peers.md is not what would be written; run cargo xtask peers".into())
    }
}
