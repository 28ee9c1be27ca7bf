//! Configuration files of etcd's clients outside of the manifests.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};

use super::{CheckArgs, EtcdMaterialArgs};

pub(super) const EXAMPLES: &str = "\
Examples:
  For calicoctl, with the material in its file:
    cnx-harden client-config calicoctl --inline --etcd-endpoints https://10.0.0.1:2379 \\
      --etcd-ca ca.crt --etcd-cert client.crt --etcd-key client.key -o /etc/calico/calicoctl.cfg
  For Felix on another host, on which the files will be in /etc/calico:
    cnx-harden client-config felix --etcd-endpoints https://10.0.0.1:2379 --etcd-ca ca.crt \\
      --etcd-cert client.crt --etcd-key client.key --files-in /etc/calico > felix.cfg

Exit codes: 0 done, 2 an error (nothing was written).";

#[derive(Debug, Args)]
pub(crate) struct ClientConfigArgs {
    #[command(subcommand)]
    pub(crate) client: Client,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Client {
    /// calicoctl.cfg (YAML), which calicoctl reads from /etc/calico
    #[command(after_help = EXAMPLES)]
    Calicoctl(CalicoctlArgs),
    /// felix.cfg (ini), which Felix reads from /etc/calico on hosts without Kubernetes
    #[command(after_help = EXAMPLES)]
    Felix(ClientArgs),
    /// The fields that the CNI plugin's configuration needs (JSON)
    #[command(after_help = EXAMPLES)]
    Cni(ClientArgs),
}

#[derive(Debug, Args)]
pub(crate) struct CalicoctlArgs {
    #[command(flatten)]
    pub(crate) common: ClientArgs,
    /// Write the material itself, not the paths of its files: the file is a secret
    #[arg(long, conflicts_with = "files_in")]
    pub(crate) inline: bool,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("etcd_material").args(["etcd_ca", "pki"]).multiple(true))]
pub(crate) struct ClientArgs {
    #[command(flatten)]
    pub(crate) material: EtcdMaterialArgs,
    /// A folder that `certs generate` wrote; its etcd/ is what counts here
    #[arg(long, value_name = "DIR")]
    pub(crate) pki: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) checks: CheckArgs,
    /// The folder that the files will be in, where they will not be where they are
    #[arg(long, value_name = "DIR")]
    pub(crate) files_in: Option<PathBuf>,
    /// Write this file, in one step; with a key in it, for its owner alone
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

impl Client {
    pub(crate) const fn common(&self) -> &ClientArgs {
        match self {
            Self::Calicoctl(args) => &args.common,
            Self::Felix(args) | Self::Cni(args) => args,
        }
    }
}
