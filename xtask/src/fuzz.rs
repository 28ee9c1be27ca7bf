//! The fuzzer in `fuzz/`: built with coverage, run for a while, and what it found.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::run::{Result, cargo, quiet, root, run, target};

/// What libFuzzer needs to see which code an input reaches. Stable options all of
/// them; build scripts stay without, since a target is named.
const COVERAGE: [&str; 5] = [
    "--cfg=fuzzing",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=3",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
];

/// Folders whose files become seeds.
const SEEDS: [&str; 2] = ["CNX_HARDEN_CORPUS", "CNX_HARDEN_YAML_SUITE"];

/// Runs a target for some seconds, `random` from a seed of its own or from this one. An
/// error where something was found.
pub(crate) fn fuzz(name: &str, seconds: u64, seed: Option<u64>) -> Result<()> {
    // Without libFuzzer there is no use for coverage, and more executions.
    let guided = name != "random";
    let program = build(name, if guided { &COVERAGE } else { &[] })?;
    let folder = target().join("fuzz");
    let corpus = folder.join("corpus").join(name);
    let findings = folder.join("findings").join(name);
    let _ = fs::remove_dir_all(&findings);
    for folder in [&corpus, &findings] {
        fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    let log = findings.join("log.txt");
    let file = fs::File::create(&log).map_err(|error| format!("{}: {error}", log.display()))?;
    let shown = log.display();
    println!("fuzzing {name} for {seconds} s; its log is {shown}");
    let mut fuzzer = Command::new(program);
    if guided {
        let mut artifacts = OsString::from("-artifact_prefix=");
        artifacts.push(findings.join("libfuzzer-"));
        fuzzer
            .arg(&corpus)
            .arg(format!("-max_total_time={seconds}"))
            .args(["-max_len=2500", "-timeout=20", "-rss_limit_mb=4096"])
            // Entropic scheduling costs more than the run itself.
            .args(["-print_final_stats=1", "-reload=0", "-entropic=0"])
            .arg(artifacts)
            .env("YAML_SPLICE_CORPUS", &corpus);
    } else {
        fuzzer.arg(seconds.to_string());
        fuzzer.args(seed.map(|seed| seed.to_string()));
    }
    fuzzer
        .env("YAML_SPLICE_FINDINGS", &findings)
        .env("YAML_SPLICE_SEEDS", seeds()?)
        .stdout(Stdio::null())
        .stderr(file);
    let status = fuzzer
        .status()
        .map_err(|error| format!("cannot run the fuzzer: {error}"))?;
    report(&log, &findings, status.success())
}

/// Runs the library's doors for some seconds, from a seed of its own (`tests/fuzz` of
/// cnx-harden-core). An error where something was found.
pub(crate) fn doors(seconds: u64) -> Result<()> {
    let clock = std::time::SystemTime::UNIX_EPOCH.elapsed();
    let seed = clock.map_or(1, |since| since.as_nanos());
    let mut test = cargo();
    test.args(["test", "--release", "--quiet", "-p", "cnx-harden-core"])
        .args(["--test", "fuzz", "--target-dir"])
        .arg(target().join("fuzz/doors"))
        .args(["--", "--nocapture"])
        // What is slow in a release is of no use here.
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        .env("CARGO_PROFILE_RELEASE_DEBUG_ASSERTIONS", "true")
        .env("CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS", "true")
        .env("CNX_HARDEN_FUZZ_SECONDS", seconds.to_string())
        .env(
            "CNX_HARDEN_FUZZ_SEED",
            (seed >> 10 & u128::from(u32::MAX)).to_string(),
        );
    run(&mut test)
}

fn build(name: &str, flags: &[&str]) -> Result<PathBuf> {
    let host = quiet(Command::new("rustc").args(["--print", "host-tuple"]))?;
    let out = target().join("fuzz").join(name);
    let mut build = cargo();
    build
        .args(["build", "--release", "--quiet"])
        .args(["--manifest-path", "fuzz/Cargo.toml", "--bin", name])
        .args(["--target", &host, "--target-dir"])
        .arg(&out)
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
    run(&mut build).map_err(|error| {
        format!("{error}\n  help: libFuzzer is built from source, which needs a C++ compiler (Debian: g++)")
    })?;
    Ok(out.join(host).join("release").join(name))
}

fn seeds() -> Result<OsString> {
    let mut folders = vec![root().join("manifests/upstream")];
    for name in SEEDS {
        match std::env::var_os(name) {
            Some(folder) => folders.push(folder.into()),
            None => println!("note: {name} is not set: no seeds of it"),
        }
    }
    std::env::join_paths(folders).map_err(|error| error.to_string())
}

fn report(log: &Path, findings: &Path, success: bool) -> Result<()> {
    let log = fs::read(log).map_err(|error| error.to_string())?;
    let log = String::from_utf8_lossy(&log);
    let progress = log.lines().rfind(|line| line.contains(" cov: "));
    let mut words = progress.unwrap_or_default().split_whitespace();
    let coverage = words
        .find(|word| *word == "cov:")
        .and_then(|_| words.next());
    let stat = |name: &str| {
        let line = log.lines().find_map(|line| line.strip_prefix(name));
        line.map_or("?", str::trim)
    };
    println!(
        "executions: {}, per second: {}, coverage: {}",
        stat("stat::number_of_executed_units:"),
        stat("stat::average_exec_per_sec:"),
        coverage.map_or("not measured".to_owned(), |edges| format!("{edges} edges")),
    );
    let mut found = Vec::new();
    let entries = fs::read_dir(findings).map_err(|error| error.to_string())?;
    for entry in entries.filter_map(std::result::Result::ok) {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() {
            let told = fs::read_to_string(path.join("finding.txt")).unwrap_or_default();
            found.push(format!("{}\n{told}", path.display()));
        } else if name.starts_with("libfuzzer-") {
            found.push(format!(
                "{}\nit crashed, or took too long\n",
                path.display()
            ));
        }
    }
    found.sort();
    for finding in &found {
        println!("\n{finding}");
    }
    match (found.len(), success) {
        (0, true) => Ok(()),
        (0, false) => Err("the fuzzer ended by itself; its log says why".into()),
        (count, _) => Err(format!(
            "{count} findings, each with before.yaml, ops.yaml and document as in crates/yaml-splice/tests/data"
        )),
    }
}
