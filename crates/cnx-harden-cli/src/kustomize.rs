//! kustomize's exec plugin: a config by its path, manifests on stdin and stdout.

mod install;

pub(crate) use install::install;

use std::env;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser as _;
use cnx_harden_core::config::{API_VERSION, ConfigText, KIND};
use cnx_harden_core::{Source, harden};

use crate::args::KustomizePluginArgs;
use crate::config::Here;
use crate::error::{Error, Errors};
use crate::{clock, input, print, say, summary};

/// kustomize says what the plugin said on stderr, and stops.
const FAILED: u8 = 1;

/// Where the plugin stands in the folder of plugins: group, version, kind.
pub(crate) fn place() -> PathBuf {
    Path::new(API_VERSION)
        .join(KIND.to_ascii_lowercase())
        .join(KIND)
}

/// Called by the path at which kustomize looks for the plugin.
pub(crate) fn by_path() -> Option<ExitCode> {
    let program = env::args_os().next()?;
    let called = Path::new(&program).ends_with(place());
    called.then(|| run(&Plugin::parse().args))
}

/// The arguments that kustomize calls the plugin with.
#[derive(clap::Parser)]
#[command(name = KIND, about = "kustomize's exec plugin")]
struct Plugin {
    #[command(flatten)]
    args: KustomizePluginArgs,
}

pub(crate) fn run(args: &KustomizePluginArgs) -> ExitCode {
    match transform(&args.config) {
        Ok(words) => {
            say(&words);
            ExitCode::SUCCESS
        }
        Err(errors) => {
            say(&format!("{errors}\n"));
            ExitCode::from(FAILED)
        }
    }
}

/// Hardens what is on stdin. Material is relative to the folder in which kustomize
/// runs plugins: the kustomization's. The config's own is a temporary one.
fn transform(config: &Path) -> Result<String, Errors> {
    let text = input::read_text(config)?;
    let source = Source {
        name: "(plugin config)",
        text: &text,
    };
    let config = ConfigText::parse(source).map_err(Error::from)?;
    let resolved = config.resolve(&Here::new(""), clock::now());
    let resolved = resolved.map_err(Error::from)?;
    let text = input::read_stdin()?;
    let source = Source {
        name: "-",
        text: &text,
    };
    let mut run = harden(&[source], &resolved.hardening).map_err(Error::from)?;
    run.report.findings.splice(..0, resolved.findings);
    for output in &run.outputs {
        print(&mut io::stdout().lock(), &output.text)?;
    }
    Ok(summary::text(&run.report, "done"))
}
