//! `cnx-harden check`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use cnx_harden_core::audit::Allowance;
use cnx_harden_core::{Channel, Code, Severity};

use super::{FolderArgs, NameArgs};

pub(super) const CHECK_EXAMPLES: &str = "\
Examples:
  All manifests of a repository:
    cnx-harden check .
  In a pull request, as annotations at the lines:
    cnx-harden check --format github manifests/
  For code scanning:
    cnx-harden check --format sarif manifests/ > cnx-harden.sarif
  In CI, where a wrong folder must not pass:
    cnx-harden check --fail-on-nothing manifests/
  What is new since the baseline was written:
    cnx-harden check --baseline baseline.json --write-baseline manifests/
    cnx-harden check --baseline baseline.json manifests/

Accepting a finding, with a reason, on its line or right above it:
  insecureSkipTLSVerify: true # cnx-harden: allow insecure-skip-tls-verify -- a test cluster
or in the config that --config names:
  spec: {audit: {allow: [{code: plain-etcd, reason: a test cluster}]}}

What cannot be read in a folder (a template, a file that is not YAML or not UTF-8) is passed by
with a warning, unless it certainly holds one of the objects; a file that is named is an error.

Exit codes: 0 nothing at or above --fail-on, 1 something, 2 a usage error or unreadable input.";

#[derive(Debug, Args)]
pub(crate) struct CheckCommand {
    /// Manifests: files, folders (their .yaml, .yml and .json files; hidden
    /// folders are skipped), or - for stdin
    #[arg(value_name = "PATH", required_unless_present = "schema")]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) folders: FolderArgs,
    /// The form of what is found, on stdout
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Text)]
    pub(crate) format: Format,
    /// Exit with 1 where there is a finding of this severity, or of a higher one
    #[arg(long, value_enum, value_name = "SEVERITY", default_value_t = FailOn::Error)]
    pub(crate) fail_on: FailOn,
    /// Exit with 2 if nothing in the input is part of a connection: a wrong folder,
    /// or names of your own
    #[arg(long)]
    pub(crate) fail_on_nothing: bool,
    /// Look at these connections alone, with commas between or given several times
    #[arg(long, value_enum, value_name = "CONNECTION", value_delimiter = ',')]
    pub(crate) channel: Vec<ChannelName>,
    /// A config of kind Hardening: the names of the objects, the Manager's hosts,
    /// spec.checks.expiresWithin, and what spec.audit accepts. Flags override it
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Warn of certificates that expire within this time: 30d, 6months, 1year
    /// [default: 30d]
    #[arg(long, value_name = "TIME", value_parser = super::term)]
    pub(crate) expires_within: Option<Duration>,
    /// A name by which browsers reach the Manager, which its certificate must have;
    /// may be given several times
    #[arg(long, value_name = "HOST", value_parser = super::host)]
    pub(crate) manager_host: Vec<String>,
    /// Accept findings of this code everywhere: 'CODE -- REASON'; may be given
    /// several times
    #[arg(long, value_name = "CODE -- REASON", value_parser = allowance)]
    pub(crate) allow: Vec<Allowance>,
    /// Accept the findings of this file, which --write-baseline writes. It knows files by
    /// their paths from its folder, whatever the folder that this runs in
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
    /// Write all findings into the baseline, and exit with 0
    #[arg(long, requires = "baseline")]
    pub(crate) write_baseline: bool,
    /// Print the JSON Schema of --format json
    #[arg(long, exclusive = true)]
    pub(crate) schema: bool,
    #[command(flatten)]
    pub(crate) names: NameArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Lines for people, with the places in the manifests
    Text,
    /// One JSON document; --schema prints its schema
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations of GitHub Actions
    Github,
    /// Markdown, for a pull request's comment
    Markdown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    /// Errors alone
    Error,
    /// Errors and warnings
    Warning,
    /// Anything
    Info,
}

impl FailOn {
    pub(crate) const fn severity(self) -> Severity {
        match self {
            Self::Error => Severity::Error,
            Self::Warning => Severity::Warning,
            Self::Info => Severity::Info,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ChannelName {
    /// kube-apiserver and the CNX API server
    #[value(aliases = ["kube-apiserver", "api-server"])]
    Apiserver,
    /// etcd and all that talks to it
    Etcd,
    /// Felix and Typha
    Typha,
    /// Browsers and the Manager
    Manager,
}

impl ChannelName {
    pub(crate) const fn channel(self) -> Channel {
        match self {
            Self::Apiserver => Channel::KubeApiserver,
            Self::Etcd => Channel::Etcd,
            Self::Typha => Channel::Typha,
            Self::Manager => Channel::Manager,
        }
    }
}

fn allowance(text: &str) -> Result<Allowance, String> {
    let (code, reason) = text.split_once("--").unwrap_or((text, ""));
    let (code, reason) = (code.trim(), reason.trim().to_owned());
    let code = code.parse::<Code>().map_err(|error| {
        match cnx_harden_core::nearest(code, Code::all().map(Code::as_str)) {
            Some(near) => format!("{error}; did you mean {near}?"),
            None => format!("{error}; `cnx-harden explain` lists them"),
        }
    })?;
    match reason.is_empty() {
        true => Err(format!("give a reason: '{code} -- REASON'")),
        false => Ok(Allowance { code, reason }),
    }
}
