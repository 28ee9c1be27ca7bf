//! `cnx-harden krm` and `cnx-harden kustomize-plugin`.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Default, Args)]
pub(crate) struct KrmArgs {
    /// A config, for a host that hands over no functionConfig
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// What paths in the functionConfig are relative to [default: the folder in which
    /// the host runs the function]
    #[arg(long, value_name = "DIR", conflicts_with = "config")]
    pub(crate) folder: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct KustomizePluginArgs {
    /// A config of kind Hardening
    #[arg(value_name = "CONFIG")]
    pub(crate) config: PathBuf,
}
