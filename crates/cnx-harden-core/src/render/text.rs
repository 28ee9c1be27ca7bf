//! Each finding with its place in the manifest, as rustc has it.

use std::fmt::Write as _;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use cnx_certs::{Door, Setting, shown};

use super::shown::Redacted;
use crate::audit::{Audit, AuditFinding, Suppression};
use crate::finding::Severity;
use crate::source::Source;

/// Narrower than this nothing can be shown.
const NARROWEST: usize = 40;

/// How findings are shown to people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextOptions {
    /// How many columns there are.
    pub width: usize,
    /// Whether those that are accepted are shown too.
    pub accepted: bool,
    /// Whose words are used for what accepts a finding.
    pub door: Door,
}

/// All findings of an audit of `sources`, with ANSI colours. Of a manifest's values,
/// no key is shown.
#[must_use]
pub fn text(audit: &Audit, sources: &[Source<'_>], options: &TextOptions) -> String {
    let renderer = Renderer::styled().term_width(options.width.max(NARROWEST));
    let mut redacted = Redacted::new(sources);
    let mut out = String::new();
    for found in &audit.findings {
        let _ = writeln!(out, "{}\n", one(found, None, &renderer, &mut redacted));
    }
    for suppressed in audit.suppressed.iter().filter(|_| options.accepted) {
        let by = match suppressed.by {
            Suppression::Comment => "a comment".to_owned(),
            Suppression::Allowance => allowance(options.door),
            Suppression::Baseline => "the baseline".to_owned(),
        };
        let why = match &suppressed.reason {
            Some(reason) => format!("accepted by {by}: {}", shown(reason)),
            None => format!("accepted by {by}"),
        };
        let text = one(&suppressed.found, Some(&why), &renderer, &mut redacted);
        let _ = writeln!(out, "{text}\n");
    }
    out
}

/// The command takes them from a config, too.
fn allowance(door: Door) -> String {
    let said = Setting::Allow.for_door(door);
    match door {
        Door::Command => format!("{said} or {}", Setting::Allow.for_door(Door::Config)),
        _ => said.to_owned(),
    }
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
    let file = shown(&finding.place.file);
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
        None => group.element(Level::HELP.message(shown(&finding.help.to_string()))),
    };
    renderer.render(&[group])
}
