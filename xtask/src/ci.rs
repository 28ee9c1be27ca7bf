//! The tests, and everything else that must hold.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use crate::certs::certs;
use crate::docs::docs;
use crate::harden::harden;
use crate::run::{Result, cargo, run};
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

/// All steps, also behind one that failed.
pub(crate) fn ci() -> Result<()> {
    let steps: [(&str, Step); 8] = [
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
        ("hardened manifests", || harden(true)),
        ("schema", || schema(true)),
        ("pictures", || docs(true)),
        ("test certificates", || certs(true)),
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
