//! The channel between etcd and all that talks to it.

use std::path::PathBuf;

use clap::Args;
use cnx_harden_core::etcd::Endpoints;

#[derive(Debug, Default, Args)]
#[command(next_help_heading = "etcd")]
pub(crate) struct EtcdArgs {
    #[command(flatten)]
    pub(crate) material: EtcdMaterialArgs,
    /// A Secret or ConfigMap that is in none of the files is in the cluster
    #[arg(long, hide_short_help = true, requires = "etcd_material")]
    pub(crate) assume_secret: bool,
}

#[derive(Debug, Default, Args)]
pub(crate) struct EtcdMaterialArgs {
    /// What etcd is verified with: CA certificates
    #[arg(long, value_name = "FILE", requires_all = ["etcd_cert", "etcd_key"])]
    pub(crate) etcd_ca: Option<PathBuf>,
    /// What the clients present: a certificate, with its intermediates behind it
    #[arg(long, value_name = "FILE", requires_all = ["etcd_ca", "etcd_key"])]
    pub(crate) etcd_cert: Option<PathBuf>,
    /// The certificate's private key
    #[arg(long, value_name = "FILE", requires_all = ["etcd_ca", "etcd_cert"])]
    pub(crate) etcd_key: Option<PathBuf>,
    /// Where etcd is, as https://HOST:PORT, several with commas between; without
    /// this the manifests' own endpoints stay, with https://
    #[arg(long, value_name = "URLS", requires = "etcd_material", value_parser = endpoints)]
    pub(crate) etcd_endpoints: Option<Endpoints>,
}

fn endpoints(text: &str) -> Result<Endpoints, String> {
    let wanted = "write https://HOST:PORT, several with commas between";
    Endpoints::parse(text).map_err(|error| format!("{error}; {wanted}"))
}
