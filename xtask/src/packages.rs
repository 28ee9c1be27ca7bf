//! The crates as they would be published.

use crate::run::{Result, cargo, quiet, run, target};

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
    package.args(["package", "--workspace", "--exclude", "xtask"]);
    package.args(["--allow-dirty", "--quiet"]);
    // What the crates are built from is there already.
    run(package.env("CARGO_TARGET_DIR", target()))
}
