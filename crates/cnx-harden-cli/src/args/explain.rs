//! `cnx-harden explain`.

use std::ffi::OsStr;

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::{Arg, Args, Command, Error};
use cnx_harden_core::Code;

pub(super) const EXPLAIN_HELP: &str = "\
Examples:
  cnx-harden explain                    all codes, with a line on each
  cnx-harden explain name-mismatch      its page: cause, how it fails, remedy

Exit codes: 0 done, 2 there is no such code.";

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// The code, as it stands in brackets behind `error` or `warning`
    #[arg(value_name = "CODE", value_parser = CodeName, hide_possible_values = true)]
    pub(crate) code: Option<String>,
}

/// Any name. Shells complete those of the codes.
#[derive(Clone)]
struct CodeName;

impl TypedValueParser for CodeName {
    type Value = String;

    fn parse_ref(
        &self,
        command: &Command,
        argument: Option<&Arg>,
        value: &OsStr,
    ) -> Result<String, Error> {
        StringValueParser::new().parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(Code::all().map(|code| {
            PossibleValue::new(code.as_str()).help(code.summary())
        })))
    }
}
