//! `cnx-harden explain`.

use clap::Args;

pub(super) const EXPLAIN_HELP: &str = "\
Examples:
  cnx-harden explain                    all codes, with a line on each
  cnx-harden explain name-mismatch      its page: cause, how it fails, remedy

Exit codes: 0 done, 2 there is no such code.";

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// The code, as it stands in brackets behind `error` or `warning`
    #[arg(value_name = "CODE")]
    pub(crate) code: Option<String>,
}
