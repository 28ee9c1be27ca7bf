//! The picture of the traffic.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use clap::Args;
use cnx_certs::UnixTime;
use cnx_harden_core::picture;

use super::{FolderArgs, NameArgs};

pub(crate) const REPORT_HELP: &str = "\
Examples:
  What is plain, what is verified, in the terminal:
    cnx-harden report manifests/
  A page for the browser and the printer, and the diagram by itself:
    cnx-harden report --html traffic.html --svg traffic.svg manifests/
  Which certificates will have to be renewed by the end of the year:
    cnx-harden report --as-of 2026-12-31 --expires-within 60d manifests/
  For other programs:
    cnx-harden report --json manifests/ | jq '.connections[] | {link, state}'

States: plain (no TLS), not verified, broken (it will not connect), unknown (the manifests do not
say), verified, mutual. A state is certain, or unknown.

Exit codes: 0 done, 2 an error (nothing was written). `cnx-harden check` is what fails on findings.";

#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// Manifests: files, folders (their .yaml, .yml and .json files; hidden
    /// folders are skipped), or - for stdin
    #[arg(value_name = "PATH", required = true)]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) folders: FolderArgs,
    /// Write one page with the diagram and a table, which loads nothing; - for stdout
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Write the diagram; - for stdout
    #[arg(long, value_name = "FILE")]
    pub(crate) svg: Option<PathBuf>,
    /// Print all that the pictures are drawn of, as one JSON object
    #[arg(long)]
    pub(crate) json: bool,
    /// What the pictures are headed by
    #[arg(long, value_name = "TEXT", default_value = picture::TITLE)]
    pub(crate) title: String,
    /// A config of kind Hardening: the names of the objects, the Manager's hosts,
    /// spec.checks.expiresWithin, and what spec.audit accepts. Flags override it
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Mark certificates that expire within this time: 30d, 6months, 1year
    /// [default: 30d]
    #[arg(long, value_name = "TIME", value_parser = super::term)]
    pub(crate) expires_within: Option<Duration>,
    /// Look at the certificates as of this day (UTC), not today: 2026-12-31
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub(crate) as_of: Option<UnixTime>,
    /// A host name or address in the address bar of those who use the Manager,
    /// which its certificate must have (may be repeated)
    #[arg(long, value_name = "NAME", value_parser = super::host)]
    pub(crate) manager_host: Vec<String>,
    #[command(flatten)]
    pub(crate) names: NameArgs,
}

/// A day, or a time as RFC 3339 has it.
fn date(text: &str) -> Result<UnixTime, String> {
    let whole = match text.len() {
        10 => format!("{text}T00:00:00Z"),
        _ => text.to_owned(),
    };
    let time = humantime::parse_rfc3339_weak(&whole)
        .map_err(|_| "write it as 2026-12-31 or 2026-12-31T12:00:00Z".to_owned())?;
    let since = time.duration_since(SystemTime::UNIX_EPOCH);
    let since = since.map_err(|_| "write a day after 1970".to_owned())?;
    Ok(UnixTime::since_unix_epoch(since))
}
