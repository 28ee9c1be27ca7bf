//! `testdata/certs`: certificates that are wrong in one way each, and good ones
//! that a careless check would refuse. What is expected of each stands in
//! `catalogue.toml` there. Every byte is made without chance.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for developers: it speaks to a terminal"
)]

mod cases;
mod draft;
mod fuzz;
mod key;
mod mutate;
mod plan;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use walkdir::WalkDir;

/// What went wrong, for the terminal.
pub(crate) type Result<T> = std::result::Result<T, String>;

/// What goes wrong in making a certificate.
pub(crate) type Wrong = Box<dyn std::error::Error>;

/// Files by their path below `testdata/certs`.
type Files = BTreeMap<PathBuf, Vec<u8>>;

/// What `cargo xtask` asks for.
#[derive(Parser)]
#[command(name = "test-certificates")]
enum Task {
    /// Write testdata/certs
    Write {
        /// Write nothing; fail where a file is not what would be written
        #[arg(long)]
        check: bool,
    },
    /// Compare what we make of certificates with what Go makes of them
    Fuzz {
        /// The program of `fuzz/go`
        oracle: PathBuf,
        /// Where findings go
        findings: PathBuf,
        /// How long to run it
        seconds: u64,
        /// What chance begins with
        seed: Option<u64>,
    },
}

fn main() -> ExitCode {
    let result = match Task::parse() {
        Task::Write { check } => certs(check),
        Task::Fuzz {
            oracle,
            findings,
            seconds,
            seed,
        } => fuzz::fuzz(&oracle, &findings, seconds, seed),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// `testdata/certs`.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/certs")
}

/// Writes the files, or only looks whether they are as they would be written.
fn certs(check: bool) -> Result<()> {
    let folder = folder();
    let wanted = wanted()?;
    let present = present(&folder)?;
    let mut stale = Vec::new();
    for path in present
        .keys()
        .chain(wanted.keys().filter(|path| !present.contains_key(*path)))
    {
        let new = wanted.get(path);
        if new == present.get(path) {
            continue;
        }
        stale.push(path.display().to_string());
        let whole = folder.join(path);
        let done = match new {
            _ if check => Ok(()),
            Some(new) => write(&whole, new),
            None => fs::remove_file(&whole),
        };
        done.map_err(|error| format!("{}: {error}", whole.display()))?;
    }
    match (check, stale.len()) {
        (_, 0) => println!(
            "testdata/certs is up to date: {} cases",
            cases::ALL.concat().len()
        ),
        (true, _) => {
            let stale = stale.join(", ");
            return Err(format!(
                "testdata/certs is stale ({stale}): run `cargo xtask certs`"
            ));
        }
        (false, count) => println!("testdata/certs: {count} files written"),
    }
    Ok(())
}

fn wanted() -> Result<Files> {
    let mut files = Files::new();
    for (name, recipe) in cases::ALL.concat() {
        let case = recipe(name).map_err(|error| format!("{name}: {error}"))?;
        let parts = [
            ("ca.crt", case.ca),
            ("tls.crt", case.certificate),
            ("tls.key", case.key),
        ];
        for (part, bytes) in parts {
            if files.insert(Path::new(name).join(part), bytes).is_some() {
                return Err(format!("two cases are called {name}"));
            }
        }
    }
    Ok(files)
}

/// The files in the cases' folders. Those beside them are written by hand.
fn present(folder: &Path) -> Result<Files> {
    let mut files = Files::new();
    for entry in WalkDir::new(folder).min_depth(2) {
        let entry = entry.map_err(|error| error.to_string())?;
        if entry.file_type().is_file() {
            let bytes = fs::read(entry.path()).map_err(|error| error.to_string())?;
            let path = entry.path().strip_prefix(folder).unwrap_or(entry.path());
            files.insert(path.to_owned(), bytes);
        }
    }
    Ok(files)
}

fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, bytes)
}
