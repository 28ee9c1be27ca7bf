//! `--format text`: each finding with its place in the manifest, as rustc has it.

use std::fmt::Write as _;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use cnx_harden_core::Severity;
use cnx_harden_core::audit::{Audit, AuditFinding, Suppression};

use super::shown::{Redacted, printable};
use super::{Run, count, severities};
use crate::input::Inputs;

/// Where the terminal's width is not known.
const WIDTH: usize = 100;

/// All findings, with colours; with `verbose`, those that are accepted too.
pub(super) fn render(run: &Run<'_>, verbose: bool) -> String {
    let width = terminal_size::terminal_size().map_or(WIDTH, |(width, _)| usize::from(width.0));
    let renderer = Renderer::styled().term_width(width.max(40));
    let mut redacted = Redacted::new(run.inputs);
    let mut out = String::new();
    for found in &run.audit.findings {
        let _ = writeln!(out, "{}\n", one(found, None, &renderer, &mut redacted));
    }
    if verbose {
        for suppressed in &run.audit.suppressed {
            let by = match suppressed.by {
                Suppression::Comment => "accepted by a comment",
                Suppression::Allowance => "accepted by --allow or --config",
                _ => "accepted by the baseline",
            };
            let why = match &suppressed.reason {
                Some(reason) => format!("{by}: {reason}"),
                None => by.to_owned(),
            };
            let text = one(&suppressed.found, Some(&why), &renderer, &mut redacted);
            let _ = writeln!(out, "{text}\n");
        }
    }
    out
}

fn one(
    found: &AuditFinding,
    accepted: Option<&str>,
    renderer: &Renderer,
    redacted: &mut Redacted<'_>,
) -> String {
    let finding = &found.finding;
    let level = match (accepted, finding.severity) {
        (Some(_), _) => Level::NOTE.with_name("accepted"),
        (None, Severity::Error) => Level::ERROR,
        (None, Severity::Warning) => Level::WARNING,
        (None, Severity::Info) => Level::INFO,
    };
    let message = match &finding.resource {
        Some(resource) => format!("{resource}: {}", finding.message),
        None => finding.message.clone(),
    };
    let message = printable(&message).replace('\n', " ");
    let file = printable(&finding.place.file).replace('\n', " ");
    let title = level.primary_title(message).id(finding.code.as_str());
    let mut group = Group::with_title(title);
    group = match redacted.show(found) {
        Some(shown) => {
            // An empty extent is shown as one place.
            let marked = shown.marked;
            group.element(
                Snippet::source(shown.text)
                    .path(file)
                    .line_start(finding.place.line)
                    .annotation(AnnotationKind::Primary.span(marked)),
            )
        }
        None => group.element(
            Origin::path(file)
                .line(finding.place.line)
                .char_column(finding.place.column),
        ),
    };
    group = match accepted {
        Some(why) => group.element(Level::NOTE.message(why)),
        None => group.element(Level::HELP.message(finding.help.to_string())),
    };
    renderer.render(&[group])
}

/// What to say of inputs beside what was found in them.
pub(super) fn warnings(inputs: &Inputs, audit: &Audit) -> String {
    let mut out = inputs.warnings();
    let without = audit.reading.without_objects.iter();
    for file in without.filter(|file| inputs.named(file)) {
        let _ = writeln!(
            out,
            "warning: {}: nothing in it is a Kubernetes object\n  help: name a manifest: each of \
             its objects has an apiVersion and a kind",
            printable(file)
        );
    }
    out
}

/// What it comes to, for stderr.
pub(super) fn summary(run: &Run<'_>) -> String {
    let audit = run.audit;
    let files = count(audit.reading.files, "file");
    let mut parts: Vec<String> = Vec::new();
    for (severity, name) in [
        (Severity::Error, "error"),
        (Severity::Warning, "warning"),
        (Severity::Info, "remark"),
    ] {
        match severities(audit, severity) {
            0 => {}
            number => parts.push(count(number, name)),
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
        let stale = count(audit.stale.len(), "finding");
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
