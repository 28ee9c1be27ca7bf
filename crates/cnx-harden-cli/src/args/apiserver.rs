//! The channel between kube-apiserver and the CNX API server.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Default, Args)]
#[command(next_help_heading = "The API server")]
pub(crate) struct ApiserverArgs {
    /// What kube-apiserver verifies the API server with: CA certificates
    #[arg(long, value_name = "FILE", requires_all = ["apiserver_cert", "apiserver_key"])]
    pub(crate) apiserver_ca: Option<PathBuf>,
    /// The API server's certificate, with its intermediates behind it
    #[arg(long, value_name = "FILE", requires_all = ["apiserver_ca", "apiserver_key"])]
    pub(crate) apiserver_cert: Option<PathBuf>,
    /// The certificate's private key
    #[arg(long, value_name = "FILE", requires_all = ["apiserver_ca", "apiserver_cert"])]
    pub(crate) apiserver_key: Option<PathBuf>,
    /// Add the Secret where all other objects are there
    #[arg(long, hide_short_help = true)]
    pub(crate) add_secret: bool,
}
