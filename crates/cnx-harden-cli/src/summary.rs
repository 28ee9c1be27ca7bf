//! The words on stderr: which edit was made where, or was there already.

use std::fmt::Write as _;

use cnx_harden_core::{EditOutcome, Finding, Report};

/// Lines for people. `made` is how the changes are spoken of.
pub(crate) fn text(report: &Report, made: &str) -> String {
    let mut out = String::new();
    for file in &report.files {
        for edit in &file.edits {
            let what = match edit.outcome {
                EditOutcome::Changed => made.to_owned(),
                EditOutcome::AlreadyHardened => "already there".to_owned(),
                EditOutcome::Added => format!("{made} (Secret added)"),
            };
            let (name, line) = (&file.file, edit.line);
            let title = edit.edit.title();
            let title = match &edit.part {
                Some(part) => format!("{title} {part}"),
                None => title.to_owned(),
            };
            let _ = writeln!(out, "{name}:{line}: {}: {title} {what}", edit.resource);
        }
    }
    for finding in &report.findings {
        let _ = writeln!(out, "{finding}");
    }
    let files = report.files.len();
    let changed = report.files.iter().filter(|file| file.changed).count();
    let edits = report.count(EditOutcome::Changed) + report.count(EditOutcome::Added);
    let there = report.count(EditOutcome::AlreadyHardened);
    let _ = match edits + there {
        0 => writeln!(
            out,
            "nothing to harden in {files} file(s): no object of a CNX API server"
        ),
        _ => writeln!(
            out,
            "{edits} edit(s) {made}, {there} already there; in {changed} of {files} file(s)"
        ),
    };
    out
}

/// The report as JSON.
pub(crate) fn json(report: &Report) -> String {
    serde_json::to_string_pretty(report).unwrap_or_default() + "\n"
}

/// A failed run as JSON: no files, the findings, and the other errors' texts.
pub(crate) fn json_errors(findings: &[Finding], errors: &[String]) -> String {
    let value = serde_json::json!({ "files": [], "findings": findings, "errors": errors });
    serde_json::to_string_pretty(&value).unwrap_or_default() + "\n"
}
