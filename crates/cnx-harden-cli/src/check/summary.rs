//! What an audit comes to, in words for stderr.

use std::fmt::Write as _;

use cnx_certs::shown;
use cnx_harden_core::Severity;
use cnx_harden_core::audit::{Audit, Suppression};

use crate::input::Inputs;
use cnx_harden_core::counted;

/// What to say of inputs beside what was found in them.
pub(super) fn warnings(inputs: &Inputs, audit: &Audit) -> String {
    let mut out = inputs.warnings();
    let without = audit.reading.without_objects.iter();
    for file in without.filter(|file| inputs.named(file)) {
        let _ = writeln!(
            out,
            "warning: {}: nothing in it is a Kubernetes object\n  help: name a manifest: each of \
             its objects has an apiVersion and a kind",
            shown(file)
        );
    }
    out
}

/// What it comes to, for stderr.
pub(super) fn summary(audit: &Audit) -> String {
    let files = counted(audit.reading.files, "file");
    let mut parts: Vec<String> = Vec::new();
    for (severity, name) in [
        (Severity::Error, "error"),
        (Severity::Warning, "warning"),
        (Severity::Info, "remark"),
    ] {
        match audit.count(severity) {
            0 => {}
            number => parts.push(counted(number, name)),
        }
    }
    let mut out = match parts.as_slice() {
        [] => format!("{files} checked: nothing found"),
        parts => format!("{files} checked: {}", parts.join(", ")),
    };
    let accepted = |by| audit.suppressed.iter().filter(move |s| s.by == by).count();
    let baseline = accepted(Suppression::Baseline);
    let others = audit.suppressed.len() - baseline;
    if others > 0 {
        let _ = write!(out, "; {others} accepted with a reason");
    }
    if baseline > 0 {
        let _ = write!(out, "; {baseline} in the baseline");
    }
    out.push('\n');
    if !audit.stale.is_empty() {
        let stale = counted(audit.stale.len(), "finding");
        let _ = writeln!(
            out,
            "{stale} of the baseline not there any more: write it again"
        );
    }
    for code in &audit.unused_allowances {
        let _ = writeln!(out, "--allow {code}: there is none to be accepted");
    }
    let fixable = audit.findings.iter().filter(|f| f.fixable).count();
    if fixable > 0 {
        let _ = writeln!(
            out,
            "`cnx-harden apply` puts {fixable} of them right, given the certificates"
        );
    }
    if !audit.stopped.is_empty() {
        let stopped: Vec<_> = audit.stopped.iter().map(ToString::to_string).collect();
        let _ = writeln!(
            out,
            "`cnx-harden apply` edits nothing of {} yet: something found or missing there stops it",
            stopped.join(", ")
        );
    }
    if let Some(first) = audit.findings.first() {
        let code = first.finding.code;
        let _ = writeln!(out, "more about a code: cnx-harden explain {code}");
    }
    let _ = writeln!(out, "{}", audit.reading);
    out
}
