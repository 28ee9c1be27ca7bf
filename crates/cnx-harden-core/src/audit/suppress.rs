//! Findings that are accepted, with a reason.

use super::finding::{Audit, AuditFinding};
use super::options::AuditOptions;
use crate::source::Source;

/// Parts what is accepted from what is not.
pub(super) fn sort_out(
    _sources: &[Source<'_>],
    _options: &AuditOptions,
    findings: Vec<AuditFinding>,
) -> Audit {
    Audit {
        findings,
        ..Audit::default()
    }
}
