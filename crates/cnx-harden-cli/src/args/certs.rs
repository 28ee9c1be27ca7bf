//! The commands about certificates; those that make them have their arguments here.

use std::num::NonZeroU16;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::{Args, Subcommand, ValueEnum};
use cnx_certs::Role;
use cnx_certs::generate::{Host, KeyKind, TrustDomain, ValidityPeriod};

use super::ReportFormat;
use super::inspect::{INSPECT_HELP, InspectArgs};
use super::verify::{VERIFY_HELP, VerifyArgs};
use crate::pki::Place;

const GENERATE_HELP: &str = "\
What is written, each file for its owner alone (0600, folders 0700):
  DIR/ca.crt, ca.key   the authority; ca.key only where it was made here
  DIR/apiserver/       ca.crt tls.crt tls.key
  DIR/etcd/            ca.crt client.crt client.key server.crt server.key
  DIR/typha/           ca.crt server.crt server.key client.crt client.key
  DIR/manager/         tls.crt tls.key
  DIR/apiservices/NAME/  ca.crt tls.crt tls.key, with --for
The ca.crt of a folder is what the other side of that connection trusts. Without
--etcd-host and --manager-host, those two folders are left out.

With --for, manifests say what is needed: the names of each APIService's Service, the
hosts of etcd's endpoints, what Typha and Felix ask each other for. APIServices of one
server get one certificate.

A folder that is there is added to: its CA signs what is new, and what is there
stays. --force replaces certificates and keys, all or none of them, and keeps no
copy: the CA stays the same, so the old ones work on until they expire. The CA
itself is never replaced; make a new one in another folder.

Examples:
  What a manifest needs, then the hardened manifest, and the proof that it works:
    cnx-harden certs generate --pki pki --for components.yaml
    cnx-harden apply --pki pki --in-place components.yaml
    cnx-harden certs verify components.yaml
  Everything for one cluster, then the hardened manifest:
    cnx-harden certs generate --pki pki --etcd-host etcd.example.com --etcd-host 10.0.0.7 \\
      --manager-host cnx.example.com
    cnx-harden apply --pki pki --etcd-endpoints https://etcd.example.com:2379 \\
      --in-place calico.yaml cnx-etcd.yaml
  The Manager's, later:
    cnx-harden certs generate --pki pki --only manager --manager-host cnx.example.com
  New certificates from the same CA, for half a year:
    cnx-harden certs generate --pki pki --only typha --days 180 --force
  By your own CA:
    cnx-harden certs generate --pki pki --ca-cert corp-ca.crt --ca-key corp-ca.key
  For an etcd that has a CA already, beside the others:
    cnx-harden certs generate --pki pki
    cnx-harden certs generate --pki pki --only etcd-client \\
      --ca-cert /etc/kubernetes/pki/etcd/ca.crt --ca-key /etc/kubernetes/pki/etcd/ca.key
  By a CA that others run:
    cnx-harden certs generate --pki pki --csr
    cnx-harden certs join --pki pki --ca corp-ca.crt signed/*.crt

Exit codes: 0 done, 2 an error (nothing was written).";

const JOIN_HELP: &str = "\
Each certificate is put beside the key that it is of, whatever its file is called.
It is checked before: the names that were requested, usages, dates and chain. A
file may hold several certificates, in any order; those between a certificate and
its root are kept behind it.

Example:
  cnx-harden certs join --pki pki --ca corp-ca.crt signed/*.crt

Exit codes: 0 done, 2 an error (nothing was written).";

#[derive(Debug, Subcommand)]
pub(crate) enum CertsCommand {
    /// Make a CA, and the certificates that the connections need
    #[command(after_help = GENERATE_HELP)]
    Generate(GenerateArgs),
    /// Put the certificates that a CA made of requests beside their keys
    #[command(after_help = JOIN_HELP)]
    Join(JoinArgs),
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
            Self::Generate(_) | Self::Join(_) => ReportFormat::Text,
            Self::Verify(args) => args.format,
            Self::Inspect(args) => args.format,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct GenerateArgs {
    /// The folder to write into; made where it isn't there
    #[arg(long, value_name = "DIR")]
    pub(crate) pki: PathBuf,
    /// Make what these manifests need: files, folders, or - for stdin
    #[arg(long = "for", value_name = "PATH", num_args = 1..)]
    pub(crate) manifests: Vec<PathBuf>,
    /// Only these, with commas between or given several times; etcd and typha are
    /// both ends of theirs
    #[arg(long, value_name = "ROLE", value_enum, value_delimiter = ',', num_args = 1..)]
    pub(crate) only: Vec<Only>,
    /// Replace certificates and keys that are there, except the CA's
    #[arg(long)]
    pub(crate) force: bool,
    /// Make keys and requests (CSR) for a CA elsewhere, instead of certificates
    #[arg(long, conflicts_with_all = ["ca_cert", "ca_key", "days", "ca_days"])]
    pub(crate) csr: bool,
    #[command(flatten)]
    pub(crate) names: GenerateNames,
    #[command(flatten)]
    pub(crate) validity: GenerateValidity,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Names")]
pub(crate) struct GenerateNames {
    /// A name or IP address of the API server: SERVICE.NAMESPACE.svc of the
    /// APIService; may be given several times [default: cnx-api.kube-system.svc and
    /// cnx-api.kube-system.svc.cluster.local, or what --for finds]
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(crate) apiserver_name: Vec<Host>,
    /// A name or IP address in etcd's endpoints; may be given several times
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(crate) etcd_host: Vec<Host>,
    /// A name or IP address that browsers have the Manager under; may be given
    /// several times
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(crate) manager_host: Vec<Host>,
    /// Give Typha and Felix SPIFFE IDs as well as Common Names:
    /// spiffe://DOMAIN/typha-server and spiffe://DOMAIN/typha-client
    #[arg(long, value_name = "DOMAIN")]
    pub(crate) spiffe_trust_domain: Option<TrustDomain>,
}

fn days(text: &str) -> Result<NonZeroU16, String> {
    text.parse()
        .map_err(|_| "write a number of days, from 1 to 65535".to_owned())
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Keys, dates and the CA")]
pub(crate) struct GenerateValidity {
    /// The algorithm and size of all new keys
    #[arg(long, value_name = "KIND", default_value_t, value_parser = key_kinds())]
    pub(crate) key_type: KeyKind,
    /// For how many days the certificates are valid, at most as long as the CA.
    /// Apple's browsers refuse a Manager's of more than 825
    #[arg(long, value_name = "N", default_value_t = ValidityPeriod::LEAF_DAYS, value_parser = days)]
    pub(crate) days: NonZeroU16,
    /// For how many days a new CA is valid
    #[arg(long, value_name = "N", default_value_t = ValidityPeriod::AUTHORITY_DAYS, value_parser = days)]
    pub(crate) ca_days: NonZeroU16,
    /// Sign with this CA: its certificate, with those above it behind it
    #[arg(
        long,
        value_name = "FILE",
        requires = "ca_key",
        conflicts_with = "ca_days"
    )]
    pub(crate) ca_cert: Option<PathBuf>,
    /// Its private key, which is read and never copied
    #[arg(long, value_name = "FILE", requires = "ca_cert")]
    pub(crate) ca_key: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct JoinArgs {
    /// The folder with the keys, as `certs generate --csr` wrote it
    #[arg(long, value_name = "DIR")]
    pub(crate) pki: PathBuf,
    /// The CA that signed, and that the other sides are to trust; DIR/ca.crt
    /// where it is there
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
    /// What the CA sent back (PEM)
    #[arg(value_name = "SIGNED", required = true)]
    pub(crate) signed: Vec<PathBuf>,
    /// Replace certificates that are there
    #[arg(long)]
    pub(crate) force: bool,
}

/// What `--only` takes: roles, and connections with both of their ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Only {
    #[value(aliases = ["api-server", "kube-apiserver"])]
    Apiserver,
    Apiservices,
    Etcd,
    EtcdClient,
    EtcdServer,
    Typha,
    TyphaServer,
    TyphaClient,
    Manager,
}

impl Only {
    /// Whether the certificate of a place is one of them.
    pub(crate) fn takes(self, place: &Place) -> bool {
        match self {
            Self::Apiserver => place.role == Role::ApiServer && !place.is_of_api_service(),
            Self::Apiservices => place.is_of_api_service(),
            Self::Etcd => matches!(place.role, Role::EtcdClient | Role::EtcdServer),
            Self::EtcdClient => place.role == Role::EtcdClient,
            Self::EtcdServer => place.role == Role::EtcdServer,
            Self::Typha => matches!(place.role, Role::TyphaServer | Role::TyphaClient),
            Self::TyphaServer => place.role == Role::TyphaServer,
            Self::TyphaClient => place.role == Role::TyphaClient,
            Self::Manager => place.role == Role::Manager,
        }
    }
}

fn key_kinds() -> impl clap::builder::TypedValueParser<Value = KeyKind> {
    PossibleValuesParser::new(KeyKind::ALL.map(KeyKind::as_str))
        .try_map(|name| name.parse::<KeyKind>())
}
