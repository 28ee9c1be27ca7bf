//! The channel between browsers and the Manager.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Default, Args)]
#[command(next_help_heading = "The Manager: material (PEM)")]
pub(crate) struct ManagerArgs {
    /// What browsers see: a certificate, with its intermediates behind it
    #[arg(long, value_name = "FILE", requires = "manager_key")]
    pub(crate) manager_cert: Option<PathBuf>,
    /// Its private key
    #[arg(long, value_name = "FILE", requires = "manager_cert")]
    pub(crate) manager_key: Option<PathBuf>,
    /// A host name or an IP address in the address bar; may be given several times
    #[arg(long, value_name = "HOST", requires = "manager_material", value_parser = super::host)]
    pub(crate) manager_host: Vec<String>,
    #[command(flatten)]
    pub(crate) output: ManagerOutputArgs,
}

/// Beside a config, too.
#[derive(Debug, Default, Args)]
pub(crate) struct ManagerOutputArgs {
    /// Write the Secret into this file, with mode 0600, instead of adding it to
    /// the manifest
    #[arg(
        long,
        hide_short_help = true,
        value_name = "PATH",
        requires = "manager_secret"
    )]
    pub(crate) manager_secret_file: Option<PathBuf>,
}
