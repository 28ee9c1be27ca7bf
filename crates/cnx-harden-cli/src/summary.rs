//! The words on stderr: which edit was made where, or was there already.

use std::fmt::Write as _;

use cnx_harden_core::{Channel, ChannelState, EditOutcome, Finding, Report};

/// Lines for people. `made` is how the changes are spoken of.
pub(crate) fn text(report: &Report, made: &str) -> String {
    let mut out = String::new();
    for file in &report.files {
        for edit in &file.edits {
            let what = match edit.outcome {
                EditOutcome::Changed => made.to_owned(),
                EditOutcome::AlreadyHardened => "already there".to_owned(),
                EditOutcome::Added => format!("{made} ({} added)", edit.resource.kind),
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
            "nothing to harden in {files} file(s): no object of {}",
            asked(report)
        ),
        _ => writeln!(
            out,
            "{edits} edit(s) {made}, {there} already there; in {changed} of {files} file(s)"
        ),
    };
    if !report.restarts.is_empty() {
        let _ = writeln!(
            out,
            "pods read certificates when they start; once all is applied, run"
        );
        for restart in &report.restarts {
            let _ = writeln!(out, "  {restart}");
        }
    }
    out
}

/// What the channels that were asked for are about.
fn asked(report: &Report) -> String {
    let asked = report.channels.iter();
    let asked = asked.filter(|c| c.state != ChannelState::NotAskedFor);
    let names: Vec<_> = asked
        .map(|c| match c.channel {
            Channel::KubeApiserver => "a CNX API server",
            Channel::Etcd => "an etcd client",
            Channel::Typha => "Typha",
            Channel::Manager => "a CNX Manager",
            _ => "another connection",
        })
        .collect();
    names.join(", ")
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
