//! Workflow commands, which GitHub Actions shows at the lines.

use std::fmt::Write as _;

use cnx_certs::shown;

use crate::audit::Audit;
use crate::audit::document::{AuditDocument, SeverityName};
use crate::source::Source;

/// An audit of `sources` as commands of a workflow, one line each.
#[must_use]
pub fn github(audit: &Audit, sources: &[Source<'_>]) -> String {
    let mut out = String::new();
    for finding in AuditDocument::new(audit, sources).findings {
        let command = match finding.severity {
            SeverityName::Error => "error",
            SeverityName::Warning => "warning",
            SeverityName::Info => "notice",
        };
        let object = finding.resource.map_or_else(String::new, |id| {
            format!("{} {}: ", shown(&id.kind), shown(&id.name))
        });
        let help = shown(&finding.help);
        let message = format!("{object}{}\nhelp: {help}", finding.message);
        let _ = write!(
            out,
            "::{command} file={},line={},endLine={}",
            property(&shown(&finding.file)),
            finding.line,
            finding.end_line
        );
        // Columns over several lines are refused.
        if finding.line == finding.end_line {
            let _ = write!(
                out,
                ",col={},endColumn={}",
                finding.column, finding.end_column
            );
        }
        let title = property(&format!("cnx-harden {}", finding.code));
        let _ = writeln!(out, ",title={title}::{}", data(&message));
    }
    out
}

/// As `@actions/core` escapes what stands behind `::`.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// As it escapes a property's value.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
