//! The tasks of the project itself: `cargo xtask --help`.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for developers: it speaks to a terminal"
)]

mod api;
mod bench;
mod book;
mod certs;
mod ci;
mod coverage;
mod debian;
mod dependencies;
mod dist;
mod docs;
mod fuzz;
mod harden;
mod lint;
mod npm;
mod packages;
mod peers;
mod run;
mod sbom;
mod schema;
mod soak;
mod tools;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Tasks of the project.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Write manifests/hardened from manifests/upstream, with the test certificates
    Harden {
        /// Write nothing; fail where a file is not what would be written
        #[arg(long)]
        check: bool,
    },
    /// Write schemas/: the JSON Schemas of the config and of what check prints
    Schema {
        /// Write nothing; fail where the file is not what would be written
        #[arg(long)]
        check: bool,
    },
    /// Draw the pictures in docs/
    Docs {
        /// Write nothing; fail where a file is not what would be written
        #[arg(long)]
        check: bool,
    },
    /// Build the documentation site into target/book/site, and check its links
    Book,
    /// Write testdata/certs, the catalogue's certificates
    Certs {
        /// Write nothing; fail where a file is not what would be written
        #[arg(long)]
        check: bool,
    },
    /// Install what the tests need into target/tools, where it isn't there
    Tools,
    /// Install the tools, then run all tests
    Test {
        /// Arguments for `cargo test`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Look for texts that yaml-splice gets wrong, certificates that Go reads in another
    /// way than we, or inputs with which a door of the library shows a key; fail if there
    /// are any
    Fuzz {
        /// The program in fuzz/ to run, or certs, or doors
        #[arg(long, default_value = "splice")]
        target: String,
        /// How long to run it
        #[arg(long, default_value_t = 60)]
        seconds: u64,
    },
    /// End runs of the program at random; fail if a file is torn, or anything left over
    Soak {
        /// How long to run it
        #[arg(long, default_value_t = 60)]
        seconds: u64,
    },
    /// Write docs/peers.md: yaml-splice beside other editors of YAML
    Peers {
        /// Write nothing; fail where the counts are not what would be written
        #[arg(long)]
        check: bool,
    },
    /// Write docs/speed.md: how fast the program is, beside others in the same run
    Bench {
        /// How many manifests are in the stream and in the folder
        #[arg(long, default_value_t = 10_000)]
        manifests: usize,
        /// The size of the input without an object to harden, in MB
        #[arg(long, default_value_t = 1_000)]
        megabytes: usize,
        /// Count instructions instead, by valgrind, and compare with xtask/instructions.toml
        #[arg(long)]
        instructions: bool,
        /// With --instructions, write the file
        #[arg(long, requires = "instructions")]
        write: bool,
    },
    /// Write target/cnx-harden.cdx.json: what the program is built from, as CycloneDX
    Sbom,
    /// Write docs/api: the public interface of the libraries, from what `cargo doc` made
    Api {
        /// Write nothing; fail where a file is not what would be written
        #[arg(long)]
        check: bool,
    },
    /// Package the crates as they would be published, and build the packages
    Packages,
    /// Lint workflows and images
    Lint,
    /// Write target/dist: a release's tarball, Debian package, bill of materials, checksums
    Dist {
        /// Package this program, and build none
        #[arg(long, value_name = "PROGRAM")]
        binary: Option<PathBuf>,
    },
    /// Run the libraries' tests with counters; fail where they reach too few lines
    Coverage,
    /// Check licences and sources, and build with the oldest versions that Cargo.toml asks for
    Dependencies {
        /// Instead, look for published advisories: fetches the RustSec database
        #[arg(long)]
        advisories: bool,
    },
    /// Everything that must hold before a change is merged
    Ci,
}

fn main() -> ExitCode {
    let result = match Cli::parse().task {
        Task::Harden { check } => harden::harden(check),
        Task::Schema { check } => schema::schema(check),
        Task::Docs { check } => docs::docs(check),
        Task::Book => book::book(),
        Task::Certs { check } => certs::certs(check),
        Task::Tools => tools::install().map(drop),
        Task::Test { args } => ci::test(&args),
        Task::Fuzz { target, seconds } => match target.as_str() {
            "certs" => certs::fuzz(seconds, None),
            "doors" => fuzz::doors(seconds),
            _ => fuzz::fuzz(&target, seconds, None),
        },
        Task::Soak { seconds } => soak::soak(seconds),
        Task::Peers { check } => peers::peers(check),
        Task::Bench {
            instructions: true,
            write,
            ..
        } => bench::instructions(write),
        Task::Bench {
            manifests,
            megabytes,
            ..
        } => bench::bench(manifests, megabytes),
        Task::Sbom => sbom::sbom(),
        Task::Api { check } => api::api(check),
        Task::Packages => packages::packages(),
        Task::Lint => lint::lint(),
        Task::Dist { binary } => dist::dist(binary.as_deref()),
        Task::Coverage => coverage::coverage(),
        Task::Dependencies { advisories: true } => dependencies::advisories(),
        Task::Dependencies { advisories: false } => dependencies::all(),
        Task::Ci => ci::ci(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
