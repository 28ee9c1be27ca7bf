//! How many lines of the libraries their tests reach.

use std::process::Command;

use crate::run::{Result, root, run, target};
use crate::tools::{self, pip_install};

/// Of a hundred lines of the library crates.
const LEAST: &str = "95";

/// Runs the tests of the libraries with counters. An error where too few lines are reached.
pub(crate) fn coverage() -> Result<()> {
    let bin = tools::install()?;
    let folder = target().join("coverage");
    let own = folder.join("tools");
    if !own.join("bin/llvm-cov").exists() {
        run(Command::new("python3").args(["-m", "venv"]).arg(&own))?;
        run(&mut pip_install(
            &own.join("bin/python"),
            "xtask/coverage-requirements.txt",
        ))?;
        // Its first start puts LLVM's libraries in their place.
        run(Command::new(own.join("bin/python")).args(["-c", ""]))?;
    }
    let mut test = Command::new(own.join("bin/cargo-llvm-cov"));
    test.current_dir(root())
        .args(["llvm-cov", "test", "--lib", "--tests"]);
    for library in ["yaml-splice", "cnx-certs", "cnx-harden-core"] {
        test.args(["-p", library]);
    }
    test.args(["--ignore-filename-regex", "(cli|xtask|tests)/"]);
    test.args(["--fail-under-lines", LEAST]);
    test.env("CARGO_TARGET_DIR", &folder);
    test.env("CNX_HARDEN_TOOLS", bin).env("INSTA_UPDATE", "no");
    for tool in ["LLVM_COV", "LLVM_PROFDATA"] {
        let name = tool.to_lowercase().replace('_', "-");
        test.env(tool, own.join("bin").join(name));
    }
    // Counters are slow: what measures time is left out.
    run(test.args(["--", "--skip", "growth"]))
}
