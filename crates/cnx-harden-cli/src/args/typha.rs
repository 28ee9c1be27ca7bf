//! The channel between Felix and Typha.

use std::path::PathBuf;

use clap::Args;
use cnx_harden_core::TyphaNames;
use cnx_harden_core::typha::{PeerName, PeerNameError};

#[derive(Debug, Args)]
#[command(next_help_heading = "Typha: material (PEM)")]
pub(crate) struct TyphaArgs {
    /// What Typha and Felix verify each other with: CA certificates
    #[arg(long, value_name = "FILE", requires_all = SERVER_AND_CLIENT)]
    pub(crate) typha_ca: Option<PathBuf>,
    /// What Typha presents: a certificate, with its intermediates behind it
    #[arg(long, value_name = "FILE", requires_all = ["typha_ca", "typha_server_key"])]
    pub(crate) typha_server_cert: Option<PathBuf>,
    /// Its private key
    #[arg(long, value_name = "FILE", requires_all = ["typha_ca", "typha_server_cert"])]
    pub(crate) typha_server_key: Option<PathBuf>,
    /// What Felix presents: a certificate, with its intermediates behind it
    #[arg(long, value_name = "FILE", requires_all = ["typha_ca", "typha_client_key"])]
    pub(crate) typha_client_cert: Option<PathBuf>,
    /// Its private key
    #[arg(long, value_name = "FILE", requires_all = ["typha_ca", "typha_client_cert"])]
    pub(crate) typha_client_key: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) identities: TyphaIdentityArgs,
    #[command(flatten)]
    pub(crate) names: TyphaNameArgs,
}

const SERVER_AND_CLIENT: [&str; 4] = [
    "typha_server_cert",
    "typha_server_key",
    "typha_client_cert",
    "typha_client_key",
];

/// What is said here replaces what a manifest says. Where nothing is said, it is
/// the URI SAN that certificates of `--pki` have, or else the manifest's stays, or
/// it is the vendor's page's Common Name.
#[derive(Debug, Args)]
#[command(next_help_heading = "Typha: what each side accepts; with both names, either of them")]
pub(crate) struct TyphaIdentityArgs {
    /// The Common Name of Felix's certificate; without a name here, the manifest's
    /// stays, or else typha-client
    #[arg(long, value_name = "NAME", requires = "typha_material", value_parser = name)]
    pub(crate) typha_client_cn: Option<PeerName>,
    /// The URI SAN of Felix's certificate, as SPIFFE has it
    #[arg(long, value_name = "URI", requires = "typha_material", value_parser = name)]
    pub(crate) typha_client_uri_san: Option<PeerName>,
    /// The Common Name of Typha's certificate; without a name here, the manifest's
    /// stays, or else typha-server
    #[arg(long, value_name = "NAME", requires = "typha_material", value_parser = name)]
    pub(crate) typha_server_cn: Option<PeerName>,
    /// The URI SAN of Typha's certificate
    #[arg(long, value_name = "URI", requires = "typha_material", value_parser = name)]
    pub(crate) typha_server_uri_san: Option<PeerName>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Typha: names, where they aren't the vendor's")]
pub(crate) struct TyphaNameArgs {
    /// The Deployment
    #[arg(long, value_name = "NAME", default_value_t = TyphaNames::default().deployment)]
    pub(crate) typha_deployment: String,
    /// Its container
    #[arg(long, value_name = "NAME", default_value_t = TyphaNames::default().container)]
    pub(crate) typha_container: String,
    /// A DaemonSet that Felix runs in; may be given several times
    #[arg(long, value_name = "NAME", default_values_t = TyphaNames::default().daemon_sets)]
    pub(crate) typha_daemon_set: Vec<String>,
    /// Their container with Felix
    #[arg(long, value_name = "NAME", default_value_t = TyphaNames::default().node_container)]
    pub(crate) typha_node_container: String,
    /// The ConfigMap with the CA's certificates
    #[arg(long, value_name = "NAME", default_value_t = TyphaNames::default().ca_config_map)]
    pub(crate) typha_ca_config_map: String,
    /// Typha's Secret
    #[arg(long, value_name = "NAME", default_value_t = TyphaNames::default().server_secret)]
    pub(crate) typha_server_secret: String,
    /// Felix's Secret
    #[arg(long, value_name = "NAME", default_value_t = TyphaNames::default().client_secret)]
    pub(crate) typha_client_secret: String,
}

fn name(text: &str) -> Result<PeerName, PeerNameError> {
    PeerName::new(text)
}
