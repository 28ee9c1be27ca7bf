//! The crates as they would be published.

use std::fs;
use std::process::Command;

use crate::book;
use crate::run::{OURS, Result, cargo, quiet, root, run, target};

const CRATES: [&str; 4] = [
    "yaml-splice",
    "cnx-certs",
    "cnx-harden-core",
    "cnx-harden-cli",
];
/// What each has, beside its sources.
const WANTED: [&str; 4] = ["Cargo.toml", "README.md", "LICENSE-MIT", "LICENSE-APACHE"];

/// Each crate is packaged, has what its users need and no test data, and builds from its
/// package alone.
pub(crate) fn packages() -> Result<()> {
    for name in CRATES {
        let list = quiet(cargo().args(["package", "--allow-dirty", "--list", "--package", name]))?;
        let files: Vec<_> = list.lines().collect();
        if let Some(missing) = WANTED.iter().find(|wanted| !files.contains(wanted)) {
            return Err(format!("the package of {name} lacks {missing}"));
        }
        let is_test = |file: &&&str| file.starts_with("tests") || file.contains("testdata");
        if let Some(test) = files.iter().find(is_test) {
            return Err(format!("the package of {name} has {test}"));
        }
    }
    let mut package = cargo();
    package.args(["package", "--workspace", "--no-verify"]);
    package.args(OURS);
    run(package.args(["--allow-dirty", "--quiet"]))?;
    builds()
}

/// Unpacks the packages into a workspace of their own, where they take each other, and compiles
/// them. (`cargo package` does so too, but keeps what it unpacked of a version once.)
fn builds() -> Result<()> {
    let folder = target().join("package/unpacked");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let version = env!("CARGO_PKG_VERSION");
    let mut patches = String::new();
    for name in CRATES {
        let package = target().join(format!("package/{name}-{version}.crate"));
        run(Command::new("tar")
            .arg("-C")
            .arg(&folder)
            .arg("-xf")
            .arg(package))?;
        patches.push_str(&format!("{name} = {{ path = \"{name}-{version}\" }}\n"));
    }
    let manifest = format!(
        "[workspace]\nresolver = \"3\"\nmembers = [\"*-{version}\"]\n\n[patch.crates-io]\n{patches}"
    );
    book::write(&folder.join("Cargo.toml"), &manifest)?;
    book::write(
        &folder.join("Cargo.lock"),
        &book::read(&root().join("Cargo.lock"))?,
    )?;
    // What they are built from is there already.
    let mut check = cargo();
    check.args(["check", "--quiet", "--workspace", "--target-dir"]);
    run(check.arg(target()).current_dir(folder))
}
