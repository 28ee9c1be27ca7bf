//! Manifests on stdin and stdout, for hosts that call a program by its name alone.

use std::io;
use std::process::ExitCode;

use cnx_harden_core::config::ResolvedConfig;
use cnx_harden_core::{Door, Source, harden};

use crate::error::{Error, Errors};
use crate::summary::Wording;
use crate::{print, say, summary};

/// The hosts know success and failure, and show what was said on stderr.
const FAILED: u8 = 1;

/// Hardens the text of stdin as is asked for; nothing is printed on failure.
pub(crate) fn filter(
    text: Result<String, Error>,
    resolved: impl FnOnce() -> Result<ResolvedConfig, Errors>,
) -> ExitCode {
    let done = resolved().and_then(|resolved| {
        let text = text?;
        let source = Source {
            name: "-",
            text: &text,
        };
        let done = harden(&[source], &resolved.hardening);
        let mut run = done.map_err(|error| Error::from(error.worded(Door::Config)))?;
        run.report.findings.splice(..0, resolved.findings);
        run.report = run.report.worded(Door::Config);
        for output in &run.outputs {
            print(&mut io::stdout().lock(), &output.text)?;
        }
        Ok(summary::text(&run.report, Wording::Applied, false))
    });
    match done {
        Ok(words) => {
            say(&words);
            ExitCode::SUCCESS
        }
        Err(errors) => {
            say(&format!("{errors}\n"));
            ExitCode::from(FAILED)
        }
    }
}
