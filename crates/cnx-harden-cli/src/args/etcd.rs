//! The channel between etcd and all that talks to it.

use std::path::PathBuf;

use clap::Args;
use cnx_harden_core::EtcdNames;
use cnx_harden_core::etcd::{Endpoints, EndpointsError};

#[derive(Debug, Args)]
#[command(next_help_heading = "etcd: material (PEM)")]
pub(crate) struct EtcdArgs {
    #[command(flatten)]
    pub(crate) material: EtcdMaterialArgs,
    #[command(flatten)]
    pub(crate) names: EtcdNameArgs,
}

#[derive(Debug, Args)]
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

#[derive(Debug, Args)]
#[command(next_help_heading = "etcd: names, where they aren't the vendor's")]
pub(crate) struct EtcdNameArgs {
    /// A Secret or ConfigMap that is in none of the files is in the cluster
    #[arg(long, requires = "etcd_material")]
    pub(crate) assume_secret: bool,
    /// The Secret
    #[arg(long, value_name = "NAME", default_value_t = EtcdNames::default().secret)]
    pub(crate) etcd_secret: String,
    /// A ConfigMap that says where etcd is; may be given several times
    #[arg(long, value_name = "NAME", default_values_t = EtcdNames::default().config_maps)]
    pub(crate) etcd_config_map: Vec<String>,
    /// The volume that holds the Secret
    #[arg(long, value_name = "NAME", default_value_t = EtcdNames::default().volume)]
    pub(crate) etcd_volume: String,
    /// Where the containers find the Secret's files
    #[arg(long, value_name = "PATH", default_value_t = EtcdNames::default().mount_path)]
    pub(crate) etcd_mount_path: String,
}

fn endpoints(text: &str) -> Result<Endpoints, EndpointsError> {
    Endpoints::parse(text)
}
