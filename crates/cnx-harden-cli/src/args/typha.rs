//! The channel between Felix and Typha.

use std::path::PathBuf;

use clap::Args;
use cnx_harden_core::typha::{PeerName, PeerNameError};

#[derive(Debug, Default, Args)]
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
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Typha: what each side accepts; with both names, either of them")]
pub(crate) struct TyphaIdentityArgs {
    /// The Common Name of Felix's certificate; without a name here, the manifest's
    /// stays, or else typha-client
    #[arg(long, hide_short_help = true, value_name = "NAME", requires = "typha_material", value_parser = name)]
    pub(crate) typha_client_cn: Option<PeerName>,
    /// The URI SAN of Felix's certificate, as SPIFFE has it
    #[arg(long, hide_short_help = true, value_name = "URI", requires = "typha_material", value_parser = name)]
    pub(crate) typha_client_uri_san: Option<PeerName>,
    /// The Common Name of Typha's certificate; without a name here, the manifest's
    /// stays, or else typha-server
    #[arg(long, hide_short_help = true, value_name = "NAME", requires = "typha_material", value_parser = name)]
    pub(crate) typha_server_cn: Option<PeerName>,
    /// The URI SAN of Typha's certificate
    #[arg(long, hide_short_help = true, value_name = "URI", requires = "typha_material", value_parser = name)]
    pub(crate) typha_server_uri_san: Option<PeerName>,
}

fn name(text: &str) -> Result<PeerName, PeerNameError> {
    PeerName::new(text)
}
