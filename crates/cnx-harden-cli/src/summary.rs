//! The words on stderr: which edit was made where, or was in place already.

use std::fmt::Write as _;

use cnx_certs::shown;
use cnx_harden_core::{ChannelState, EditOutcome, FileReport, Finding, Report, counted};
use schemars::JsonSchema;
use serde::Serialize;

use crate::show::pretty;

/// How the edits are spoken of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wording {
    /// `apply` made them.
    Applied,
    /// `diff` shows what `apply` would make.
    Proposed,
}

/// Lines for people; `verbose` includes the edits that were in place already.
pub(crate) fn text(report: &Report, wording: Wording, verbose: bool) -> String {
    let (done, made, changes) = match wording {
        Wording::Applied => ("done", "made", "changed"),
        Wording::Proposed => ("to do", "to make", "would change"),
    };
    let mut out = String::new();
    for file in &report.files {
        for edit in &file.edits {
            let what = match edit.outcome {
                EditOutcome::Changed => done.to_owned(),
                EditOutcome::AlreadyHardened if !verbose => continue,
                EditOutcome::AlreadyHardened => "already in place".to_owned(),
                EditOutcome::Added => format!("{done} ({} added)", shown(&edit.resource.kind)),
            };
            let (name, line) = (shown(&file.file), edit.line);
            let title = edit.edit.title();
            let title = match &edit.part {
                Some(part) => format!("{title} {}", shown(part)),
                None => title.to_owned(),
            };
            let _ = writeln!(out, "{name}:{line}: {}: {title} {what}", edit.resource);
        }
    }
    let files = counted(report.files.len(), "file");
    let changed = report.files.iter().filter(|file| file.changed).count();
    let edits = report.count(EditOutcome::Changed) + report.count(EditOutcome::Added);
    let there = report.count(EditOutcome::AlreadyHardened);
    for channel in nothing_here(report)
        .into_iter()
        .filter(|_| edits + there > 0)
    {
        let _ = writeln!(out, "{channel}: nothing found");
    }
    for finding in &report.findings {
        let _ = writeln!(out, "{finding}");
    }
    let _ = match edits + there {
        0 => {
            let channels = nothing_here(report);
            let channels = channels.join(" or ");
            writeln!(
                out,
                "nothing to harden in {files}: nothing of {channels} found"
            )
        }
        _ => writeln!(
            out,
            "{} {made}, {there} already in place; {changed} of {files} {changes}",
            counted(edits, "edit")
        ),
    };
    if !report.reading.passed.is_empty() {
        let _ = writeln!(out, "{}", report.reading);
    }
    let when = [
        (
            true,
            "Jobs and Pods cannot be changed; before they are applied, run",
        ),
        (
            false,
            "pods read certificates when they start; once all is applied, run",
        ),
    ];
    for (first, words) in when {
        let restarts = report.restarts.iter();
        let mut restarts = restarts
            .filter(|restart| restart.is_first() == first)
            .peekable();
        if restarts.peek().is_some() {
            let _ = writeln!(out, "{words}");
        }
        for restart in restarts {
            let _ = writeln!(out, "  {restart}");
        }
    }
    out
}

/// The channels that were asked for in vain.
fn nothing_here(report: &Report) -> Vec<&'static str> {
    let channels = report.channels.iter();
    let in_vain = channels.filter(|channel| channel.state == ChannelState::NothingHere);
    in_vain.map(|channel| channel.channel.title()).collect()
}

/// What `apply` and `diff` print with `--report json`. New fields may be added; none is
/// taken away or changes its meaning.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(title = "cnx-harden apply --report json")]
pub(crate) enum RunDocument<'r> {
    /// Of a run that is done.
    Done(&'r Report),
    /// Of one that failed: nothing was written.
    Failed {
        /// Empty.
        files: [FileReport; 0],
        /// What is wrong with the manifests and the material.
        findings: &'r [Finding],
        /// What else is wrong, as sentences.
        errors: &'r [String],
    },
}

/// The report as JSON.
pub(crate) fn json(report: &Report) -> String {
    pretty(&RunDocument::Done(report))
}

/// A failed run as JSON: no files, the findings, and the other errors' texts.
pub(crate) fn json_errors(findings: &[Finding], errors: &[String]) -> String {
    pretty(&RunDocument::Failed {
        files: [],
        findings,
        errors,
    })
}
