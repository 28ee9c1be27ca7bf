//! The channel between kube-apiserver and the CNX API server.

use std::path::PathBuf;

use clap::Args;
use cnx_harden_core::ApiServerNames;

#[derive(Debug, Args)]
#[command(next_help_heading = "The API server: material (PEM)")]
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
    #[command(flatten)]
    pub(crate) names: ApiserverNameArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "The API server: names, where they aren't the vendor's")]
pub(crate) struct ApiserverNameArgs {
    /// Add the Secret where all other objects are there
    #[arg(long)]
    pub(crate) add_secret: bool,
    /// The Secret
    #[arg(long, value_name = "NAME", default_value_t = ApiServerNames::default().secret)]
    pub(crate) apiserver_secret: String,
    /// The Deployment
    #[arg(long, value_name = "NAME", default_value_t = ApiServerNames::default().deployment)]
    pub(crate) apiserver_deployment: String,
    /// Its container
    #[arg(long, value_name = "NAME", default_value_t = ApiServerNames::default().container)]
    pub(crate) apiserver_container: String,
    /// The volume that holds the Secret
    #[arg(long, value_name = "NAME", default_value_t = ApiServerNames::default().volume)]
    pub(crate) apiserver_volume: String,
    /// Where the container looks for its certificate
    #[arg(long, value_name = "PATH", default_value_t = ApiServerNames::default().mount_path)]
    pub(crate) apiserver_mount_path: String,
}
