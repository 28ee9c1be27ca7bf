//! The channel between kube-apiserver and other aggregated API servers.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use cnx_harden_core::aggregated::{IssuerRef, Strategy};

#[derive(Debug, Args)]
#[command(next_help_heading = "Aggregated API servers")]
pub(crate) struct ApiServiceArgs {
    /// Harden the API server of this APIService, such as v1beta1.metrics.k8s.io; may be
    /// given several times. Without it, all that --pki has a folder for
    #[arg(long, value_name = "NAME", requires = "api_service_material")]
    pub(crate) api_service: Vec<String>,
    /// What kube-apiserver verifies these API servers with: CA certificates
    #[arg(long, value_name = "FILE", requires_all = ["api_service", "api_service_cert", "api_service_key"])]
    pub(crate) api_service_ca: Option<PathBuf>,
    /// Their certificate, with its intermediates behind it
    #[arg(long, value_name = "FILE", requires_all = ["api_service_ca", "api_service_key"])]
    pub(crate) api_service_cert: Option<PathBuf>,
    /// The certificate's private key
    #[arg(long, value_name = "FILE", requires_all = ["api_service_ca", "api_service_cert"])]
    pub(crate) api_service_key: Option<PathBuf>,
    /// How these API servers are told of their files; without it, as their manifests
    /// have it, or by flags
    #[arg(
        long,
        hide_short_help = true,
        value_enum,
        value_name = "STRATEGY",
        requires = "api_service_material"
    )]
    pub(crate) api_service_strategy: Option<StrategyName>,
    /// Where the certificates of the API servers that --api-service names come from
    #[arg(
        long,
        hide_short_help = true,
        value_enum,
        value_name = "SOURCE",
        default_value_t = TrustName::Files,
        requires_if("cert-manager", "issuer"),
        requires_if("cert-manager", "api_service")
    )]
    pub(crate) trust: TrustName,
    /// With --trust cert-manager: the issuer of the certificates
    #[arg(long, hide_short_help = true, value_name = "NAME")]
    pub(crate) issuer: Option<String>,
    /// Its kind: Issuer or ClusterIssuer, or that of an external issuer
    #[arg(long, hide_short_help = true, value_name = "KIND", requires = "issuer")]
    pub(crate) issuer_kind: Option<String>,
    /// Its API group, cert-manager.io by default
    #[arg(
        long,
        hide_short_help = true,
        value_name = "GROUP",
        requires = "issuer"
    )]
    pub(crate) issuer_group: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TrustName {
    /// PEM files: the certificate, its key and its CA come into the manifest
    Files,
    /// cert-manager: a Certificate is added, and an annotation by which it writes the
    /// caBundle
    CertManager,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum StrategyName {
    /// By --tls-cert-file and --tls-private-key-file
    Flags,
    /// By the folder of --cert-dir, with apiserver.crt and apiserver.key in it
    CertDir,
}

impl StrategyName {
    pub(crate) const fn strategy(self) -> Strategy {
        match self {
            Self::Flags => Strategy::Flags,
            Self::CertDir => Strategy::CertDir,
        }
    }
}

impl ApiServiceArgs {
    /// The issuer, where cert-manager is asked for.
    pub(crate) fn issuer(&self) -> Option<IssuerRef> {
        let name = match self.trust {
            TrustName::Files => return None,
            TrustName::CertManager => self.issuer.clone()?,
        };
        Some(IssuerRef {
            name,
            kind: self.issuer_kind.clone(),
            group: self.issuer_group.clone(),
        })
    }
}
