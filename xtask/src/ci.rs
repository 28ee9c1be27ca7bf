//! The tests, and everything else that must hold.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use crate::api::api;
use crate::bench::instructions;
use crate::book::book;
use crate::certs::{self, certs};
use crate::dependencies;
use crate::dist::dist;
use crate::docs::docs;
use crate::fuzz::fuzz;
use crate::harden::harden;
use crate::lint::lint;
use crate::packages::packages;
use crate::run::{Result, cargo, program, quiet, run};
use crate::sbom::sbom;
use crate::schema::schema;
use crate::tools;

/// All tests, with the tools that they need.
pub(crate) fn test(args: &[String]) -> Result<()> {
    let bin = tools::install()?;
    run(tests(&bin, args).arg("--no-fail-fast"))
}

fn tests(bin: &Path, args: &[String]) -> Command {
    let mut test = cargo();
    test.args(["test", "--workspace"])
        .args(args)
        .env("CNX_HARDEN_TOOLS", bin);
    // A snapshot that differs is a failure, never a new file.
    test.env("INSTA_UPDATE", "no")
        .env_remove("INSTA_FORCE_PASS");
    test
}

type Step = fn() -> Result<()>;

/// The library without its default features: it needs no C compiler, is without a
/// warning, and works.
fn without_c() -> Result<()> {
    let core = |command: &str| {
        let mut cargo = cargo();
        cargo.args([command, "-p", "cnx-harden-core", "--no-default-features"]);
        cargo
    };
    let edges = ["-e", "normal,build", "--prefix", "none", "--format", "{p}"];
    let tree = quiet(core("tree").args(edges))?;
    let name = |line: &str| line.split(' ').next().map(str::to_owned);
    let needs_c = |name: &String| name == "cc" || name == "cmake" || name.ends_with("-sys");
    let found: BTreeSet<String> = tree.lines().filter_map(name).filter(needs_c).collect();
    if !found.is_empty() {
        let found: Vec<_> = found.into_iter().collect();
        return Err(format!("cnx-harden-core brings {}", found.join(", ")));
    }
    let lint = ["--all-targets", "--quiet", "--", "-D", "warnings"];
    run(core("clippy").args(lint))?;
    let doc = ["--no-deps", "--quiet"];
    run(core("doc").args(doc).env("RUSTDOCFLAGS", "-D warnings"))?;
    run(core("test").args(["--quiet", "--test", "unchecked"]))?;
    // Where rustup has the target.
    let wasm = "wasm32-unknown-unknown";
    let mut rustc = Command::new("rustc");
    let library = quiet(rustc.args(["--print", "target-libdir", "--target", wasm]))?;
    if !Path::new(&library).is_dir() {
        println!("{wasm} is not installed: not tried");
        return Ok(());
    }
    run(core("check").args(["--quiet", "--target", wasm]))
}

/// A release's files, of the program as the tests run it: a static one takes minutes.
fn release() -> Result<()> {
    dist(Some(&program()?))
}

/// All steps, also behind one that failed.
pub(crate) fn ci() -> Result<()> {
    let steps: [(&str, Step); 20] = [
        ("formatting", || {
            run(cargo().args(["fmt", "--all", "--check"]))
        }),
        ("clippy", || {
            let lint = [
                "clippy",
                "--workspace",
                "--all-targets",
                "--quiet",
                "--",
                "-D",
                "warnings",
            ];
            run(cargo().args(lint))
        }),
        ("documentation", || {
            let doc = ["doc", "--workspace", "--no-deps", "--quiet"];
            run(cargo().args(doc).env("RUSTDOCFLAGS", "-D warnings"))
        }),
        ("public interface", || api(true)),
        ("without C", without_c),
        ("hardened manifests", || harden(true)),
        ("schema", || schema(true)),
        ("pictures", || docs(true)),
        ("documentation site", book),
        ("test certificates", || certs(true)),
        ("bill of materials", sbom),
        ("workflows and images", lint),
        ("packages", packages),
        ("release", release),
        ("dependencies", || {
            dependencies::deny().and_then(|()| dependencies::locked())
        }),
        ("oldest Rust", dependencies::oldest_rust),
        ("oldest versions", dependencies::oldest_versions),
        // From the same seed each time: what it finds, the change has brought. The library's
        // doors are a test.
        ("fuzzing", || {
            fuzz("random", 15, Some(1)).and_then(|()| certs::fuzz(10, Some(1)))
        }),
        ("instructions", || instructions(false)),
        ("tests", || test(&[])),
    ];
    let mut failed = Vec::new();
    let mut table = String::new();
    for (name, step) in steps {
        println!("==> {name}");
        let start = Instant::now();
        let result = step();
        let seconds = start.elapsed().as_secs();
        let verdict = if result.is_ok() { "ok" } else { "FAILED" };
        table.push_str(&format!("{name:<20} {verdict:<7} {seconds:>4} s\n"));
        if let Err(error) = result {
            eprintln!("error: {error}");
            failed.push(name);
        }
    }
    println!("\n{table}");
    if failed.is_empty() {
        Ok(())
    } else {
        Err(format!("failed: {}", failed.join(", ")))
    }
}
