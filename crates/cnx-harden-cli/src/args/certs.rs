//! The commands about certificates.

use clap::Subcommand;

use super::ReportFormat;
use super::inspect::{INSPECT_HELP, InspectArgs};
use super::verify::{VERIFY_HELP, VerifyArgs};

#[derive(Debug, Subcommand)]
pub(crate) enum CertsCommand {
    /// Connect with TLS, in memory, as the programs of the cluster will
    ///
    /// Takes the certificates and keys back out of hardened manifests, or from files,
    /// or from a folder of `certs generate`. Checks them, and then shakes hands with
    /// them: kube-apiserver with the API server, Calico with etcd, Felix with Typha,
    /// a browser with the Manager; with TLS 1.3 and with TLS 1.2. Nothing is sent
    /// over a network.
    #[command(after_help = VERIFY_HELP)]
    Verify(Box<VerifyArgs>),
    /// Show what files and manifests hold: certificates, and of keys only the kind
    ///
    /// Reads PEM files, certificates in DER, folders of them, and the Secrets,
    /// ConfigMaps and APIServices of manifests.
    #[command(after_help = INSPECT_HELP)]
    Inspect(InspectArgs),
}

impl CertsCommand {
    /// The form of errors.
    pub(crate) fn format(&self) -> ReportFormat {
        match self {
            Self::Verify(args) => args.format,
            Self::Inspect(args) => args.format,
        }
    }
}
