//! What the program is built with: licences and sources, the oldest versions that are
//! said to do, and the oldest Rust.

use std::fs;
use std::process::Command;

use crate::run::{OURS, Result, cargo, quiet, root, run, target};
use crate::tools::{self, pip_install};

/// Workspaces of their own, which ordinary builds pass by.
const APART: [&str; 2] = ["fuzz", "peers"];

/// All that is here.
pub(crate) fn all() -> Result<()> {
    deny()
        .and_then(|()| locked())
        .and_then(|()| oldest_rust())
        .and_then(|()| oldest_versions())
}

/// Licences, sources and bans, by `deny.toml`.
pub(crate) fn deny() -> Result<()> {
    check(&["licenses", "sources", "bans"])
}

/// The lock files of the workspaces apart name what these depend on.
pub(crate) fn locked() -> Result<()> {
    APART.iter().try_for_each(|folder| {
        let mut metadata = cargo();
        metadata.args(["metadata", "--locked", "--format-version=1"]);
        let manifest = root().join(folder).join("Cargo.toml");
        quiet(metadata.arg("--manifest-path").arg(manifest)).map(drop)
    })
}

/// Published advisories, which are fetched.
pub(crate) fn advisories() -> Result<()> {
    check(&["advisories"])
}

fn check(what: &[&str]) -> Result<()> {
    let bin = tools::install()?;
    let requirements = "xtask/cargo-requirements.txt";
    let stamp = target().join("tools/cargo.txt");
    let wanted = fs::read_to_string(root().join(requirements)).map_err(|e| e.to_string())?;
    if !fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        run(&mut pip_install(&bin.join("python"), requirements))?;
        fs::write(&stamp, wanted).map_err(|error| error.to_string())?;
    }
    let mut check = Command::new(bin.join("cargo-deny"));
    check.current_dir(root()).args(["--locked", "check"]);
    run(check.arg("--hide-inclusion-graph").args(what))
}

/// The workspace with the oldest versions that Cargo.toml asks for: it compiles.
pub(crate) fn oldest_versions() -> Result<()> {
    let folder = target().join("oldest-versions");
    let wrong = |error: std::io::Error| format!("{}: {error}", folder.display());
    fs::create_dir_all(&folder).map_err(wrong)?;
    for part in ["crates", "xtask"] {
        let link = folder.join(part);
        let _ = fs::remove_file(&link);
        std::os::unix::fs::symlink(root().join(part), &link).map_err(wrong)?;
    }
    fs::copy(root().join("Cargo.toml"), folder.join("Cargo.toml")).map_err(wrong)?;
    let mut lock = cargo();
    lock.current_dir(&folder);
    lock.args([
        "generate-lockfile",
        "--quiet",
        "-Z",
        "direct-minimal-versions",
    ]);
    // The one unstable option: it is about the choice of versions, not the compiler.
    run(lock.env("RUSTC_BOOTSTRAP", "1"))?;
    let mut check = cargo();
    check.current_dir(&folder);
    // Dependencies are mostly those of the tests, and built for them already.
    check.args(["check", "--locked", "--quiet", "--workspace"]);
    check.args(OURS);
    run(check.arg("--target-dir").arg(target()))
}

/// The oldest Rust that Cargo.toml names: where rustup has it, all is checked with it.
/// Everywhere, no dependency asks for a newer one, and clippy knows what std had then.
pub(crate) fn oldest_rust() -> Result<()> {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).map_err(|e| e.to_string())?;
    let oldest = manifest
        .lines()
        .find_map(|line| line.strip_prefix("rust-version = "));
    let oldest = oldest
        .ok_or("Cargo.toml names no rust-version")?
        .trim_matches('"');
    let metadata = ["metadata", "--locked", "--format-version=1"];
    let newer = newer_than(oldest, &quiet(cargo().args(metadata))?, &needed()?)?;
    if !newer.is_empty() {
        return Err(format!("newer than Rust {oldest}: {}", newer.join(", ")));
    }
    let installed = quiet(Command::new("rustup").args(["toolchain", "list"])).unwrap_or_default();
    let toolchain = installed
        .split_whitespace()
        .find(|name| name.starts_with(oldest));
    let Some(toolchain) = toolchain else {
        println!(
            "Rust {oldest} is not installed: no dependency asks for more, nothing was compiled"
        );
        return Ok(());
    };
    let mut check = Command::new("rustup");
    check
        .current_dir(root())
        .args(["run", toolchain, "cargo", "check", "--locked", "--quiet"]);
    check.arg("--workspace").args(OURS);
    run(check.arg("--target-dir").arg(target().join("oldest-rust")))
}

/// What the program and the libraries are built from, as `name version`.
fn needed() -> Result<String> {
    let tree = ["tree", "--locked", "--workspace", "--edges=normal,build"];
    let mut needed = cargo();
    needed.args(tree).args(OURS);
    quiet(needed.args(["--prefix=none", "--format={p}"]))
}

/// The crates that are needed and ask for a newer Rust.
fn newer_than(oldest: &str, metadata: &str, needed: &str) -> Result<Vec<String>> {
    let metadata: serde_json::Value = serde_json::from_str(metadata).map_err(|e| e.to_string())?;
    // 1.88 is 1.88.0.
    let numbers = |version: &str| -> Vec<u32> {
        let numbers = version.split('.').map(|number| number.parse().unwrap_or(0));
        numbers.chain([0, 0]).take(3).collect()
    };
    let packages = metadata
        .get("packages")
        .and_then(serde_json::Value::as_array);
    let mut newer = Vec::new();
    for package in packages.ok_or("cargo metadata names no packages")? {
        let field = |name| package.get(name).and_then(serde_json::Value::as_str);
        let (Some(name), Some(version)) = (field("name"), field("version")) else {
            continue;
        };
        let is_needed = || {
            let start = format!("{name} v{version}");
            needed
                .lines()
                .any(|line| line.split(" (").next() == Some(&start))
        };
        let asks = field("rust_version").filter(|asks| numbers(asks) > numbers(oldest));
        if let Some(asks) = asks.filter(|_| is_needed()) {
            newer.push(format!("{name} {version} ({asks})"));
        }
    }
    Ok(newer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_that_asks_for_more_is_named() {
        let metadata = r#"{"packages": [
            {"name": "a", "version": "1.0.0", "rust_version": "1.88.1"},
            {"name": "b", "version": "1.0.0", "rust_version": "1.88.0"},
            {"name": "c", "version": "1.0.0", "rust_version": "1.90"},
            {"name": "d", "version": "1.0.0"}]}"#;
        let needed = "a v1.0.0\nb v1.0.0\nd v1.0.0 (/d)\n";
        let newer = newer_than("1.88", metadata, needed).unwrap();
        assert_eq!(newer, ["a 1.0.0 (1.88.1)"]);
    }
}
