//! Findings that are accepted: by a comment, by an option, by a baseline.

use std::collections::BTreeSet;

use cnx_certs::Severity;
use yaml_splice::Span;

use super::finding::{Audit, AuditFinding, Suppressed, Suppression};
use super::options::AuditOptions;
use super::rule::{Draft, Report};
use crate::finding::{Code, Finding};
use crate::place::Place;
use crate::source::Source;

/// How a comment for this program begins.
const MARK: &str = "cnx-harden:";

/// `# cnx-harden: allow CODE[, CODE] -- reason`
struct Comment {
    source: usize,
    span: Span,
    /// The lines that it is about, from 1.
    lines: std::ops::RangeInclusive<usize>,
    codes: Vec<Code>,
    reason: String,
}

/// Parts what is accepted from what is not.
pub(super) fn sort_out(
    sources: &[Source<'_>],
    options: &AuditOptions,
    mut report: Report<'_>,
) -> Audit {
    let mut comments = Vec::new();
    for (number, source) in sources.iter().enumerate() {
        read(number, source, &mut comments, &mut report);
    }
    let findings = report.take();
    let allowed = options.allowed();
    let mut audit = Audit::default();
    let mut used: BTreeSet<(usize, Code)> = BTreeSet::new();
    let mut used_options: BTreeSet<Code> = BTreeSet::new();
    let mut known: BTreeSet<String> = BTreeSet::new();
    for found in findings {
        let code = found.finding.code;
        let comment = comments.iter().enumerate().find(|(_, comment)| {
            let here = Some(comment.source) == found.finding.place.input;
            here && comment.lines.contains(&found.finding.place.line)
                && comment.codes.contains(&code)
        });
        let (by, reason) = if let Some((number, comment)) = comment {
            used.insert((number, code));
            (Suppression::Comment, Some(comment.reason.clone()))
        } else if let Some(reason) = allowed.get(&code) {
            used_options.insert(code);
            (Suppression::Allowance, Some((*reason).to_owned()))
        } else if let Some(reason) = options.baseline.get(&found.fingerprint) {
            known.insert(found.fingerprint.clone());
            (Suppression::Baseline, reason.clone())
        } else {
            audit.findings.push(found);
            continue;
        };
        audit.suppressed.push(Suppressed { found, by, reason });
    }
    for (number, comment) in comments.iter().enumerate() {
        for code in &comment.codes {
            if !used.contains(&(number, *code)) && looked_at(*code, options) {
                let source = sources.get(comment.source);
                unused(comment, *code, source, &mut report);
            }
        }
    }
    audit.findings.extend(report.take());
    audit.findings.sort_by_key(AuditFinding::order);
    let unused = allowed.keys().filter(|code| !used_options.contains(code));
    audit.unused_allowances = unused.copied().collect();
    let stale = options
        .baseline
        .keys()
        .filter(|print| !known.contains(*print));
    audit.stale = stale.cloned().collect();
    audit
}

/// Whether findings of the code were looked for at all.
fn looked_at(code: Code, options: &AuditOptions) -> bool {
    let certificates = options.checks().is_some() || !matches!(code, Code::Certificate(_));
    options.channels.is_empty() && certificates
}

fn unused(comment: &Comment, code: Code, source: Option<&Source<'_>>, report: &mut Report<'_>) {
    let Some(source) = source else { return };
    let message = format!("there is no {code} here to be accepted");
    let help = "remove the comment, or put it on the finding's line or right above it";
    tell(
        Code::UnusedAllowance,
        comment.source,
        source,
        comment.span,
        &message,
        help,
        report,
    );
}

fn tell(
    code: Code,
    number: usize,
    source: &Source<'_>,
    span: Span,
    message: &str,
    help: &str,
    report: &mut Report<'_>,
) {
    let place = Place::new(source, span).of_input(number);
    let finding = Finding::new(code, place, message, help);
    let draft = Draft::error(code, message, help).severity(Severity::Warning);
    report.push(None, finding, draft);
}

/// Reads the comments of a text.
fn read(number: usize, source: &Source<'_>, comments: &mut Vec<Comment>, report: &mut Report<'_>) {
    if !source.text.contains(MARK) {
        return;
    }
    let lines: Vec<&str> = source.text.split_inclusive('\n').collect();
    let mut offset = 0;
    for (index, line) in lines.iter().enumerate() {
        let start = offset;
        offset += line.len();
        let Some((at, words)) = comment(line) else {
            continue;
        };
        let span = Span::new(start + at, start + line.trim_end().len());
        match parse(words) {
            Ok((codes, reason)) => {
                let alone = line.trim_start().starts_with('#');
                let below = lines.iter().skip(index + 1);
                let comments_below = below.take_while(|l| l.trim_start().starts_with('#'));
                let last = match alone {
                    true => index + 2 + comments_below.count(),
                    false => index + 1,
                };
                comments.push(Comment {
                    source: number,
                    span,
                    lines: index + 1..=last,
                    codes,
                    reason,
                });
            }
            Err(message) => {
                let help = "write `# cnx-harden: allow CODE -- reason`";
                tell(
                    Code::BadAllowance,
                    number,
                    source,
                    span,
                    &message,
                    help,
                    report,
                );
            }
        }
    }
}

/// The comment of a line that is for this program: where its `#` is, and what
/// stands behind the mark.
fn comment(line: &str) -> Option<(usize, &str)> {
    let mark = line.find(MARK)?;
    let before = line.get(..mark)?;
    let hash = before.rfind('#')?;
    let between = before.get(hash + 1..)?;
    let margin = before.get(..hash)?;
    let starts = margin.trim().is_empty() || margin.ends_with([' ', '\t']);
    if !between.trim().is_empty() || !starts {
        return None;
    }
    Some((hash, line.get(mark + MARK.len()..)?.trim()))
}

fn parse(words: &str) -> Result<(Vec<Code>, String), String> {
    let rest = words.strip_prefix("allow ");
    let rest = rest.ok_or("this comment is for cnx-harden, and does not say `allow`")?;
    let (codes, reason) = rest.split_once("--").unwrap_or((rest, ""));
    let codes = codes
        .split([',', ' '])
        .map(str::trim)
        .filter(|code| !code.is_empty());
    let codes = codes.map(|code| {
        code.parse()
            .map_err(|e: cnx_certs::UnknownCode| e.to_string())
    });
    let codes: Vec<Code> = codes.collect::<Result<_, _>>()?;
    match reason.trim() {
        _ if codes.is_empty() => Err("the comment names no code".to_owned()),
        "" => Err("the comment gives no reason".to_owned()),
        reason => Ok((codes, reason.to_owned())),
    }
}
