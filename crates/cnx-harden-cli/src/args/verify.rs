//! `cnx-harden certs verify`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::{FolderArgs, NameArgs, ReportFormat};

pub(super) const VERIFY_HELP: &str = "\
Examples:
  A hardened manifest:
    cnx-harden certs verify cnx-etcd.yaml
  What is in a cluster:
    kubectl get -o yaml -n kube-system apiservice/v3.projectcalico.org \\
      secret/cnx-apiserver-certs | cnx-harden certs verify -
  All that `certs generate` has made:
    cnx-harden certs verify --pki pki --manager-host cnx.example.com
  The files for one connection:
    cnx-harden certs verify --apiserver-ca ca.crt --apiserver-cert tls.crt --apiserver-key tls.key

What is made up where it is not given: a server, for a client's certificate alone.
It asks for a certificate of the client's CA, as etcd does with --client-cert-auth.
Browsers trust what --manager-ca says, or DIR/ca.crt of --pki, if that issued the
Manager's certificate; otherwise the end of the Manager's own chain, and the result
says so.

Files on a node's host (hostPath) are named, and not verified: give copies of them by
flags.

Exit codes: 0 every connection works, 2 one does not, or could not be tried, or
there is nothing to verify.";

#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// Hardened manifests: files, folders, or - for stdin
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) folders: FolderArgs,
    /// A folder with the files of all connections, as `certs generate` writes it
    #[arg(long, value_name = "DIR")]
    pub(crate) pki: Option<PathBuf>,
    /// A config of kind Hardening: the names of the objects, the Manager's hosts, and
    /// spec.checks.expiresWithin. Flags override it
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Warn of certificates that expire within this time: 30d, 6months, 1year
    /// [default: 30d]
    #[arg(long, value_name = "TIME", value_parser = super::term)]
    pub(crate) expires_within: Option<Duration>,
    /// The form of the result on stdout
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = ReportFormat::Text)]
    pub(crate) format: ReportFormat,
    #[command(flatten)]
    pub(crate) apiserver: VerifyApiserver,
    #[command(flatten)]
    pub(crate) etcd: VerifyEtcd,
    #[command(flatten)]
    pub(crate) typha: VerifyTypha,
    #[command(flatten)]
    pub(crate) manager: VerifyManager,
    #[command(flatten)]
    pub(crate) names: NameArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "kube-apiserver to the API server")]
pub(crate) struct VerifyApiserver {
    /// What kube-apiserver verifies the API server with: CA certificates
    #[arg(long, value_name = "FILE", requires_all = ["apiserver_cert", "apiserver_key"])]
    pub(crate) apiserver_ca: Option<PathBuf>,
    /// The API server's certificate, with its intermediates behind it
    #[arg(long, value_name = "FILE", requires_all = ["apiserver_ca", "apiserver_key"])]
    pub(crate) apiserver_cert: Option<PathBuf>,
    /// Its private key
    #[arg(long, value_name = "FILE", requires_all = ["apiserver_ca", "apiserver_cert"])]
    pub(crate) apiserver_key: Option<PathBuf>,
    /// The name that kube-apiserver asks for, SERVICE.NAMESPACE.svc; manifests say it
    /// themselves
    #[arg(long, value_name = "NAME", default_value = "cnx-api.kube-system.svc")]
    pub(crate) server_name: String,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Calico to etcd")]
pub(crate) struct VerifyEtcd {
    /// What etcd and its clients verify each other with: CA certificates
    #[arg(long, value_name = "FILE")]
    pub(crate) etcd_ca: Option<PathBuf>,
    /// What the clients present
    #[arg(long, value_name = "FILE", requires_all = ["etcd_ca", "etcd_key"])]
    pub(crate) etcd_cert: Option<PathBuf>,
    /// Its private key
    #[arg(long, value_name = "FILE", requires = "etcd_cert")]
    pub(crate) etcd_key: Option<PathBuf>,
    /// What etcd presents
    #[arg(long, value_name = "FILE", requires_all = ["etcd_ca", "etcd_server_key"])]
    pub(crate) etcd_server_cert: Option<PathBuf>,
    /// Its private key
    #[arg(long, value_name = "FILE", requires = "etcd_server_cert")]
    pub(crate) etcd_server_key: Option<PathBuf>,
    /// A name or IP address in the endpoints (may be repeated)
    #[arg(long, value_name = "HOST", value_delimiter = ',', value_parser = super::host)]
    pub(crate) etcd_host: Vec<String>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Felix to Typha")]
pub(crate) struct VerifyTypha {
    /// What Typha and Felix verify each other with: CA certificates
    #[arg(long, value_name = "FILE")]
    pub(crate) typha_ca: Option<PathBuf>,
    /// What Typha presents
    #[arg(long, value_name = "FILE", requires_all = ["typha_ca", "typha_server_key"])]
    pub(crate) typha_server_cert: Option<PathBuf>,
    /// Its private key
    #[arg(long, value_name = "FILE", requires = "typha_server_cert")]
    pub(crate) typha_server_key: Option<PathBuf>,
    /// What Felix presents
    #[arg(long, value_name = "FILE", requires_all = ["typha_ca", "typha_client_key"])]
    pub(crate) typha_client_cert: Option<PathBuf>,
    /// Its private key
    #[arg(long, value_name = "FILE", requires = "typha_client_cert")]
    pub(crate) typha_client_key: Option<PathBuf>,
    /// The Common Name that Felix asks of Typha [default, without a URI SAN: typha-server]
    #[arg(long, value_name = "NAME")]
    pub(crate) typha_server_cn: Option<String>,
    /// The URI SAN that Felix asks of Typha
    #[arg(long, value_name = "URI")]
    pub(crate) typha_server_uri_san: Option<String>,
    /// The Common Name that Typha asks of Felix [default, without a URI SAN: typha-client]
    #[arg(long, value_name = "NAME")]
    pub(crate) typha_client_cn: Option<String>,
    /// The URI SAN that Typha asks of Felix
    #[arg(long, value_name = "URI")]
    pub(crate) typha_client_uri_san: Option<String>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "A browser to the Manager")]
pub(crate) struct VerifyManager {
    /// What the browser trusts: CA certificates
    #[arg(long, value_name = "FILE")]
    pub(crate) manager_ca: Option<PathBuf>,
    /// What the Manager presents, with its intermediates behind it
    #[arg(long, value_name = "FILE", requires = "manager_key")]
    pub(crate) manager_cert: Option<PathBuf>,
    /// Its private key
    #[arg(long, value_name = "FILE", requires = "manager_cert")]
    pub(crate) manager_key: Option<PathBuf>,
    /// A name or IP address in the browser's address bar (may be repeated)
    #[arg(long, value_name = "HOST", value_delimiter = ',', value_parser = super::host)]
    pub(crate) manager_host: Vec<String>,
}
