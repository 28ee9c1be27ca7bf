//! `cnx-harden certs inspect`.

use std::path::PathBuf;

use clap::Args;

use super::ReportFormat;

pub(super) const INSPECT_HELP: &str = "\
Examples:
  A certificate and its key: are they a pair?
    cnx-harden certs inspect tls.crt tls.key
  What a manifest's Secrets hold:
    cnx-harden certs inspect cnx-etcd.yaml
  What is in a cluster:
    kubectl get -n kube-system secret calico-etcd-secrets -o yaml | cnx-harden certs inspect -
  When does what expire?
    cnx-harden certs inspect --format json pki \\
      | jq -r '.files[].entries[] | select(.validity) | [.validity.notAfter, .subject] | @tsv'

Exit codes: 0 done, 2 a file could not be read.";

#[derive(Debug, Args)]
pub(crate) struct InspectArgs {
    /// Certificates, keys and manifests: files, folders (their .crt, .cer, .pem, .der,
    /// .key, .yaml, .yml and .json files), or - for stdin
    #[arg(value_name = "PATH", required = true)]
    pub(crate) paths: Vec<PathBuf>,
    /// The form of the result on stdout
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = ReportFormat::Text)]
    pub(crate) format: ReportFormat,
}
