//! `--format json`, and its schema.

use cnx_harden_core::Source;
use cnx_harden_core::audit::Audit;
use cnx_harden_core::audit::document::AuditDocument;
use serde::Serialize;

pub(super) fn render(audit: &Audit, sources: &[Source<'_>]) -> String {
    pretty(&AuditDocument::new(audit, sources))
}

/// The JSON Schema of the document.
pub(super) fn schema() -> String {
    pretty(&AuditDocument::schema())
}

pub(super) fn pretty(value: &impl Serialize) -> String {
    let text = serde_json::to_string_pretty(value);
    format!("{}\n", text.unwrap_or_default())
}
