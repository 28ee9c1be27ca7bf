//! kustomize's exec plugin: a config by its path, manifests on stdin and stdout.

mod install;

pub(crate) use install::install;

use std::env;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser as _;
use cnx_harden_core::Source;
use cnx_harden_core::config::{API_VERSION, ConfigText, KIND};

use crate::args::KustomizePluginArgs;
use crate::config::Here;
use crate::error::Error;
use crate::filter::filter;
use crate::{clock, input};

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

/// Material is relative to the folder in which kustomize runs plugins, which is the
/// kustomization's. The config's own is a temporary one.
pub(crate) fn run(args: &KustomizePluginArgs) -> ExitCode {
    filter(input::read_stdin(), || {
        let text = input::read_text(&args.config)?;
        let source = Source {
            name: "(plugin config)",
            text: &text,
        };
        let config = ConfigText::parse_leniently(source).map_err(Error::from)?;
        let resolved = config.resolve(&Here::new(""), clock::now());
        Ok(resolved.map_err(Error::from)?)
    })
}
