//! A table for a pull request's comment.

use std::fmt::Write as _;

use cnx_certs::{is_hidden, shown};

use crate::audit::{Audit, AuditFinding};
use crate::finding::Severity;

/// An audit as Markdown.
#[must_use]
pub fn markdown(audit: &Audit) -> String {
    let mut out = String::from("## cnx-harden check\n\n");
    if audit.findings.is_empty() {
        let files = crate::counted(audit.reading.files, "file");
        let _ = writeln!(out, "{files}: nothing found.");
    } else {
        let errors = crate::counted(audit.count(Severity::Error), "error");
        let warnings = crate::counted(audit.count(Severity::Warning), "warning");
        let remarks = crate::counted(audit.count(Severity::Info), "remark");
        let _ = writeln!(out, "{errors}, {warnings}, {remarks}.\n");
        let _ = writeln!(out, "| | Place | Object | Finding |\n|---|---|---|---|");
        for found in &audit.findings {
            let _ = writeln!(out, "{}", row(found));
        }
    }
    if !audit.suppressed.is_empty() {
        let number = crate::counted(audit.suppressed.len(), "finding");
        let _ = writeln!(out, "\n<details><summary>{number} accepted</summary>\n");
        for suppressed in &audit.suppressed {
            let finding = &suppressed.found.finding;
            let reason = suppressed.reason.as_deref().unwrap_or("in the baseline");
            let place = finding.place.to_string();
            let (place, code) = (code(&place), finding.code);
            let _ = writeln!(out, "- {place}: `{code}`: {}", text(reason));
        }
        let _ = writeln!(out, "\n</details>");
    }
    out
}

fn row(found: &AuditFinding) -> String {
    let finding = &found.finding;
    let sign = match finding.severity {
        Severity::Error => "❌ error",
        Severity::Warning => "⚠️ warning",
        Severity::Info => "ℹ️ info",
    };
    let (file, line, column) = finding.place.position();
    let place = code(&format!("{file}:{line}:{column}"));
    let object = finding
        .resource
        .as_ref()
        .map_or_else(String::new, |id| text(&id.to_string()));
    let (message, help) = (text(&finding.message), text(&finding.help.to_string()));
    let name = finding.code;
    format!("| {sign} | {place} | {object} | **`{name}`** {message}<br>{help} |")
}

/// Text of a table's cell, of which nothing is Markdown, HTML or a mention.
fn text(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '@' => out.push_str("&#64;"),
            c if is_hidden(c) => out.extend(c.escape_default()),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '!' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

/// A code span in a table's cell.
fn code(text: &str) -> String {
    let text = shown(text).replace('`', "'").replace('|', "\\|");
    format!("`{text}`")
}
