//! The command line.

mod api_service;
mod apiserver;
mod certs;
mod check;
mod checks;
mod client_config;
mod doors;
mod etcd;
mod explain;
mod inspect;
mod install;
mod manager;
mod names;
mod report;
#[cfg(test)]
mod settings;
mod typha;
mod verify;

pub(crate) use api_service::ApiServiceArgs;
pub(crate) use apiserver::ApiserverArgs;
pub(crate) use certs::{CertsCommand, GenerateArgs, JoinArgs};
pub(crate) use check::{ChannelName, CheckCommand, Format};
pub(crate) use checks::CheckArgs;
pub(crate) use client_config::{Client, ClientArgs, ClientConfigArgs};
pub(crate) use doors::{KrmArgs, KustomizePluginArgs};
pub(crate) use etcd::{EtcdArgs, EtcdMaterialArgs};
pub(crate) use explain::ExplainArgs;
pub(crate) use inspect::InspectArgs;
pub(crate) use install::{CompletionsArgs, Install, InstallPluginArgs, ManArgs};
pub(crate) use manager::ManagerArgs;
pub(crate) use names::NameArgs;
pub(crate) use report::ReportArgs;
pub(crate) use typha::TyphaArgs;
pub(crate) use verify::VerifyArgs;

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::builder::UnknownArgumentValueParser;
use clap::{Arg, ArgAction, ArgGroup, Args, Parser, Subcommand, ValueEnum};
use cnx_certs::generate::{Host, NameError};

/// A name or an address that a server is reached by, as it was given: an IPv6 address
/// may be in brackets.
fn host(text: &str) -> Result<String, NameError> {
    let inner = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'));
    inner.unwrap_or(text).parse::<Host>()?;
    Ok(text.to_owned())
}

/// A span of time, with its unit.
fn term(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text)
        .map_err(|_| "write a number with its unit, such as 30d, 6months or 1year".to_owned())
}

/// TLS that is verified on the connections of Tigera CNX manifests.
///
/// Makes the edits that the vendor's page "Configuring encryption and
/// authentication" (CNX v2.3) describes, the same on any aggregated API server that is
/// asked for, and nothing else: every byte that no edit names comes out as it went in.
#[derive(Debug, Parser)]
#[command(name = "cnx-harden", version, max_term_width = 100, after_help = EXIT_CODES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) color: colorchoice_clap::Color,
}

/// How much is said, by any command.
#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = "Words on stderr")]
pub(crate) struct OutputArgs {
    /// No summary and no progress; errors are still told
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Say more: `check` shows what is accepted, `apply` and `diff` what is in place already
    #[arg(long, short, global = true)]
    pub(crate) verbose: bool,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  done: hardened, or already so, or nothing there to harden
  1  `check` found something, or `diff --exit-code` a difference
  2  a usage error, bad input, a certificate that would not work, or a conflict: nothing was
     written";

const APPLY_EXAMPLES: &str = "\
Examples:
  From nothing to a hardened manifest, with certificates made for it:
    cnx-harden certs generate --pki pki
    cnx-harden apply --pki pki cnx-etcd.yaml > hardened.yaml
  With certificates that are there:
    cnx-harden apply --apiserver-ca ca.crt --apiserver-cert tls.crt --apiserver-key tls.key \\
      cnx-etcd.yaml > hardened.yaml
  Edit all manifests of a folder in place:
    cnx-harden apply --in-place --apiserver-ca ca.crt --apiserver-cert tls.crt \\
      --apiserver-key tls.key manifests/
  The API server and all clients of etcd, in one run of several files:
    cnx-harden apply -o hardened/ --apiserver-ca ca.crt --apiserver-cert tls.crt \\
      --apiserver-key tls.key --etcd-ca etcd-ca.crt --etcd-cert client.crt \\
      --etcd-key client.key calico.yaml cnx-etcd.yaml
  metrics-server, with certificates made for it:
    cnx-harden certs generate --pki pki --for components.yaml
    cnx-harden apply --pki pki --in-place components.yaml
  Or by cert-manager:
    cnx-harden apply --api-service v1beta1.metrics.k8s.io --trust cert-manager --issuer cluster-ca \\
      --issuer-kind ClusterIssuer --in-place components.yaml
  From a pipe:
    curl -sSf URL | cnx-harden apply --apiserver-ca ca.crt --apiserver-cert tls.crt \\
      --apiserver-key tls.key - | kubectl apply -f -

Exit codes: 0 done, 2 an error (nothing was written).";

/// What `-h` shows of them.
const APPLY_EXAMPLE: &str = "\
Example: from nothing to a hardened manifest, with certificates made for it
  cnx-harden certs generate --pki pki
  cnx-harden apply --pki pki --in-place cnx-etcd.yaml

More flags, a flag for each name, and more examples: cnx-harden apply --help";

const DIFF_EXAMPLES: &str = "\
Example:
  cnx-harden diff --apiserver-ca ca.crt --apiserver-cert tls.crt --apiserver-key tls.key cnx-etcd.yaml

Exit codes: 0 done, 1 a difference (with --exit-code), 2 an error.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Harden manifests: to stdout, in place, or into a folder
    ///
    /// All paths are one run: the objects may be spread over the files, and if
    /// there is one conflict, nothing is written at all. A second run changes
    /// nothing; a run with other certificates replaces the values.
    #[command(after_help = APPLY_EXAMPLE, after_long_help = APPLY_EXAMPLES, args = flags_of_others())]
    Apply(ApplyArgs),
    /// Show what apply would do, as a unified diff without the private keys
    #[command(after_help = DIFF_EXAMPLES)]
    Diff(DiffArgs),
    /// Find what is not secured, in manifests of any kind and in any state
    ///
    /// Nothing is changed, and no key is shown. What `apply` puts right, given the
    /// certificates, is marked so.
    #[command(after_help = check::CHECK_EXAMPLES)]
    Check(CheckCommand),
    /// A KRM function: a ResourceList on stdin and stdout, for kpt and kustomize
    ///
    /// The functionConfig is a config of kind Hardening. The items are edited in
    /// their places, what no edit names comes out byte for byte, and what was done
    /// stands in the results.
    ///
    /// Called without any arguments, cnx-harden is this function where stdin holds a
    /// ResourceList. Other manifests on stdin it hardens by the config that is its one
    /// argument, or that the variable CNX_HARDEN_CONFIG names, as a post-renderer for Helm 3.
    ///
    /// Exit codes: 0 done, 1 an error: the list comes out as it went in, with the
    /// errors in its results.
    Krm(KrmArgs),
    /// kustomize's exec plugin: manifests on stdin and stdout
    ///
    /// kustomize calls it by its place in the folder of plugins, see `install
    /// kustomize-plugin`; this is for trying it out. Material is relative to the
    /// folder in which it runs, which kustomize makes the kustomization's.
    KustomizePlugin(KustomizePluginArgs),
    /// Print the JSON Schema of the config, for editors, or of what is printed as JSON
    Schema(SchemaArgs),
    /// Certificates: make them, prove that they work, show what they are
    #[command(subcommand)]
    Certs(CertsCommand),
    /// A picture of the connections that manifests make: terminal, SVG or HTML
    ///
    /// Each connection with its state, its certificates, what is wrong with it and
    /// what says so. Nothing is changed, and no key is shown.
    #[command(after_help = report::REPORT_HELP)]
    Report(ReportArgs),
    /// What a finding means, how it fails in a cluster, and the remedy
    #[command(after_help = explain::EXPLAIN_HELP)]
    Explain(ExplainArgs),
    /// Completions for a shell, manual pages, kustomize's plugin
    #[command(subcommand, after_help = install::INSTALL_HELP)]
    Install(Install),
    /// Print the completions of a shell
    #[command(hide = true)]
    Completions(CompletionsArgs),
    /// Write the configuration file of a client of etcd outside of the manifests
    ///
    /// The file names the material's files, or with --inline holds the material;
    /// the two are never mixed.
    #[command(after_help = client_config::EXAMPLES)]
    ClientConfig(ClientConfigArgs),
}

/// What people try from other programs, and what it is here.
fn flags_of_others() -> [Arg; 2] {
    let hint = |name: &'static str, hint: &'static str| {
        Arg::new(name)
            .long(name)
            .hide(true)
            .action(ArgAction::SetTrue)
            .value_parser(UnknownArgumentValueParser::suggest(hint))
    };
    [
        hint("dry-run", "`cnx-harden diff` shows what `apply` would do"),
        hint(
            "filename",
            "paths stand by themselves: cnx-harden apply --pki pki cnx-etcd.yaml",
        )
        .short('f'),
    ]
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("destination").args(["in_place", "output_dir"]))]
pub(crate) struct ApplyArgs {
    /// Replace the files that change, each in one step, and keep mode and owner
    #[arg(long, short = 'i', conflicts_with = "output_dir")]
    pub(crate) in_place: bool,
    /// With --in-place or --output-dir: show the changes, as `diff` does, and ask before anything
    /// is written
    #[arg(long, hide_short_help = true, requires = "destination")]
    pub(crate) interactive: bool,
    /// With --in-place: keep what a file held before beside it, under its name with this
    /// behind it, such as .orig
    #[arg(
        long,
        hide_short_help = true,
        value_name = "SUFFIX",
        requires = "in_place",
        value_parser = suffix
    )]
    pub(crate) backup: Option<String>,
    /// Write all files into this folder, changed or not
    #[arg(long, short = 'o', value_name = "DIR")]
    pub(crate) output_dir: Option<PathBuf>,
    /// Print a result that holds a private key to a terminal
    #[arg(long, hide_short_help = true, conflicts_with_all = ["in_place", "output_dir"])]
    pub(crate) show_secrets: bool,
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

/// What a copy's name ends in. A folder's manifests must not be more by it.
fn suffix(text: &str) -> Result<String, &'static str> {
    let is_manifest = crate::input::is_manifest(Path::new(&format!("a{text}")));
    match text.is_empty() || text.contains(['/', '\\']) || is_manifest {
        true => Err("write an ending of file names that no manifest has, such as .orig"),
        false => Ok(text.to_owned()),
    }
}

/// How folders are walked.
#[derive(Clone, Copy, Debug, Default, Args)]
pub(crate) struct FolderArgs {
    /// In folders, leave out what git ignores: by .gitignore, by .git/info/exclude and by git's
    /// own settings
    ///
    /// Without it, every manifest in a folder is read. A file that is named is always read.
    /// Outside of a repository, the .gitignore files in the folder itself count.
    #[arg(long, hide_short_help = true)]
    pub(crate) git_ignore: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// Exit with 1 where there is a difference
    #[arg(long)]
    pub(crate) exit_code: bool,
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("material").args(["config", "pki"]).multiple(true))]
pub(crate) struct RunArgs {
    /// Manifests: files, folders (their .yaml, .yml and .json files; hidden
    /// folders are skipped), or - for stdin
    #[arg(value_name = "PATH", required = true)]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) folders: FolderArgs,
    /// What to harden, as a file of kind Hardening: the connections and their material,
    /// instead of the flags for those
    ///
    /// Paths in it are relative to it. --except, --rollout-annotation, --ca-overlap and
    /// --allow add to it; --pki, --expires-within and the names of objects override it. `cnx-harden
    /// schema` prints its JSON Schema.
    #[arg(long, value_name = "FILE", conflicts_with_all = CHANNEL_FLAGS)]
    pub(crate) config: Option<PathBuf>,
    /// The form of the summary on stderr
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = ReportFormat::Text)]
    pub(crate) report: ReportFormat,
    #[command(flatten)]
    pub(crate) channels: ChannelArgs,
    #[command(flatten)]
    pub(crate) checks: CheckArgs,
    #[command(flatten)]
    pub(crate) names: NameArgs,
}

#[derive(Debug, Args)]
pub(crate) struct SchemaArgs {
    /// Which document it describes
    #[arg(value_enum, value_name = "DOCUMENT", default_value_t = SchemaOf::Config)]
    pub(crate) of: SchemaOf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaOf {
    /// The config of --config, of kind Hardening
    Config,
    /// What check prints with --format json
    Check,
    /// What apply and diff print with --report json
    Run,
    /// What certs inspect prints with --format json
    Inspect,
    /// What certs verify prints with --format json
    Verify,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// Lines for people
    Text,
    /// One JSON object
    Json,
}

/// The flags, and groups of flags, that a config takes the place of. What flattens another
/// has no group.
const CHANNEL_FLAGS: [&str; 14] = [
    "ApiserverArgs",
    "ApiServiceArgs",
    "EtcdMaterialArgs",
    "assume_secret",
    "typha_ca",
    "typha_server_cert",
    "typha_server_key",
    "typha_client_cert",
    "typha_client_key",
    "TyphaIdentityArgs",
    "manager_cert",
    "manager_key",
    "manager_host",
    "api_service",
];

const ALL: &str = "All connections";

/// The channels, one file for each.
#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new("api_service_material").args(["api_service_ca", "issuer", "pki"]).multiple(true),
    group = ArgGroup::new("etcd_material").args(["etcd_ca", "pki"]).multiple(true),
    group = ArgGroup::new("typha_material").args(["typha_ca", "pki"]).multiple(true),
    group = ArgGroup::new("manager_material").args(["manager_cert", "pki"]).multiple(true),
    group = ArgGroup::new("manager_secret").args(["manager_cert", "pki", "config"]).multiple(true),
)]
pub(crate) struct ChannelArgs {
    /// The material of all connections that this folder has one for, as `certs
    /// generate` writes it; the flags of a connection override it
    #[arg(long, value_name = "DIR", help_heading = ALL)]
    pub(crate) pki: Option<PathBuf>,
    /// Leave this connection out, though --pki or --config has material for it; may be given
    /// several times, or with commas between
    #[arg(
        long,
        value_enum,
        value_name = "CONNECTION",
        value_delimiter = ',',
        requires = "material",
        help_heading = ALL
    )]
    pub(crate) except: Vec<ChannelName>,
    /// Keep the CAs that the manifests have now, behind the new ones
    ///
    /// For the rotation of a CA: apply with it, restart the pods, and apply
    /// without it once nothing presents certificates of the old CA any more.
    #[arg(long, help_heading = ALL, hide_short_help = true)]
    pub(crate) ca_overlap: bool,
    /// Put the certificate's hash on the pod templates as an annotation, so that
    /// a new certificate rolls out by itself
    #[arg(long, help_heading = ALL, hide_short_help = true)]
    pub(crate) rollout_annotation: bool,
    #[command(flatten)]
    pub(crate) apiserver: ApiserverArgs,
    #[command(flatten)]
    pub(crate) api_service: ApiServiceArgs,
    #[command(flatten)]
    pub(crate) etcd: EtcdArgs,
    #[command(flatten)]
    pub(crate) typha: TyphaArgs,
    #[command(flatten)]
    pub(crate) manager: ManagerArgs,
}
