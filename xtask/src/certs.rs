//! `testdata/certs`, and the fuzzer of certificates: both in `xtask/certificates`, since
//! no other task needs the crypto that they are built with.

use std::path::PathBuf;
use std::process::Command;

use crate::run::{Result, cargo, root, run, target};
use crate::tools::pip_install;

/// Writes the files, or only looks whether they are as they would be written.
pub(crate) fn certs(check: bool) -> Result<()> {
    let mut write = program();
    write.arg("write");
    if check {
        write.arg("--check");
    }
    run(&mut write)
}

/// Compares us with Go for some seconds, from a seed of its own or from this one. An error
/// where something was found.
pub(crate) fn fuzz(seconds: u64, seed: Option<u64>) -> Result<()> {
    let mut fuzz = program();
    fuzz.arg("fuzz").arg(oracle()?);
    fuzz.arg(target().join("fuzz/findings/certs"));
    fuzz.arg(seconds.to_string());
    run(fuzz.args(seed.map(|seed| seed.to_string())))
}

fn program() -> Command {
    let mut program = cargo();
    program.args(["run", "--package", "test-certificates", "--"]);
    program
}

/// Builds the program in Go.
fn oracle() -> Result<PathBuf> {
    let go = target().join("tools/bin/go");
    if !go.exists() {
        let python = target().join("tools/bin/python");
        run(&mut pip_install(&python, "xtask/go-requirements.txt"))
            .map_err(|error| format!("{error}\n  help: run `cargo xtask tools` first"))?;
    }
    let out = target().join("fuzz/go-oracle");
    let mut build = Command::new(go);
    build.args(["build", "-o"]).arg(&out).arg(".");
    build.current_dir(root().join("fuzz/go"));
    run(build.env("GOFLAGS", "-mod=mod").env("GOTOOLCHAIN", "local"))?;
    Ok(out)
}
