//! The lines of a manifest that a finding is shown with: without private keys,
//! and short.

use std::ops::Range;

use cnx_certs::is_hidden;

use crate::audit::AuditFinding;
use crate::code::Code;
use crate::place::Place;
use crate::redact::redact;
use crate::source::Source;

/// What a value of a Secret is shown as, whatever it is.
const VALUE: &str = "[value]";
/// More lines than this are not shown.
const LINES: usize = 4;
/// A longer value is cut.
const LONG: usize = 64;
/// Of which this much stays.
const HEAD: usize = 32;

/// Lines, and the range in them that is marked.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) text: String,
    pub(super) marked: Range<usize>,
}

/// The texts of the inputs without keys, made when they are needed.
pub(super) struct Redacted<'r> {
    sources: &'r [Source<'r>],
    texts: Vec<Option<Lined>>,
}

/// A text, and where each of its lines begins.
struct Lined {
    text: String,
    starts: Vec<usize>,
}

impl Lined {
    fn new(text: String) -> Self {
        let breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        let starts = std::iter::once(0).chain(breaks).collect();
        Self { text, starts }
    }

    /// The text from a line on, from 0.
    fn from(&self, line: usize) -> Option<&str> {
        self.text.get(*self.starts.get(line)?..)
    }
}

impl<'r> Redacted<'r> {
    pub(super) fn new(sources: &'r [Source<'r>]) -> Self {
        let texts = sources.iter().map(|_| None).collect();
        Self { sources, texts }
    }

    /// What to show of a finding's place.
    pub(super) fn show(&mut self, found: &AuditFinding) -> Option<Shown> {
        let input = found.finding.place.input?;
        let original = self.sources.get(input)?.text;
        let redacted = self.texts.get_mut(input)?;
        let redacted = redacted.get_or_insert_with(|| Lined::new(redact(original, &[])));
        let shown = shown(original, redacted, found)?;
        Some(Shown {
            text: printable(&shown.text),
            ..shown
        })
    }
}

fn shown(original: &str, redacted: &Lined, found: &AuditFinding) -> Option<Shown> {
    let Place { line, span, .. } = &*found.finding.place;
    let span = (*span)?;
    let redacted = redacted.from(line.checked_sub(1)?)?;
    let line = clean(redacted.lines().next()?);
    let before = original.get(..span.start)?;
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let there = clean(original.get(line_start..)?.lines().next()?);
    let start = before
        .get(line_start..)?
        .trim_start_matches('\u{feff}')
        .len();
    let marked = span.of(original);
    let indent = line.len() - line.trim_start().len();
    if line != there || !line.is_char_boundary(start) {
        // The key was taken out: its place is somewhere on the line.
        return Some(Shown {
            text: line.to_owned(),
            marked: indent..line.len(),
        });
    }
    let (head, tail) = line.split_at_checked(start)?;
    let in_line = marked.lines().next().unwrap_or_default().trim_end();
    let behind = tail.get(in_line.len()..).unwrap_or_default();
    if is_secret(found) && !in_line.is_empty() {
        return Some(masked(head, in_line, behind));
    }
    let count = marked.lines().count();
    if count > 1 && count <= LINES {
        let lines: Vec<_> = redacted.lines().take(count).collect();
        let text = lines.join("\n");
        let end = text.len();
        return Some(Shown {
            text,
            marked: start..end,
        });
    }
    let value = match in_line.char_indices().nth(HEAD) {
        Some((cut, _)) if in_line.len() > LONG => {
            format!("{}…", in_line.get(..cut).unwrap_or_default())
        }
        _ => in_line.to_owned(),
    };
    let end = start + value.len();
    let behind = match behind.char_indices().nth(LONG) {
        Some((cut, _)) => format!("{}…", behind.get(..cut).unwrap_or_default()),
        None => behind.to_owned(),
    };
    Some(Shown {
        text: format!("{head}{value}{behind}"),
        marked: start..end,
    })
}

/// Without hidden characters. The text keeps its length in bytes, so that ranges stay
/// true.
fn printable(text: &str) -> String {
    let replaced = text.chars().map(|c| match (c, c.len_utf8()) {
        ('\n' | '\t', _) => c,
        (c, _) if !is_hidden(c) => c,
        (_, 1) => '?',
        (_, 2) => '·',
        (_, 3) => '\u{fffd}',
        _ => '🛇',
    });
    replaced.collect()
}

/// Without a byte order mark and a carriage return.
fn clean(line: &str) -> &str {
    line.trim_start_matches('\u{feff}').trim_end_matches('\r')
}

/// Whether it is about a value that nobody should see.
fn is_secret(found: &AuditFinding) -> bool {
    let code = found.finding.code;
    let key = matches!(code, Code::ExposedPrivateKey | Code::CommittedPrivateKey);
    let secret = found
        .finding
        .resource
        .as_ref()
        .is_some_and(|id| id.kind == "Secret");
    let field = found.field.as_deref().unwrap_or("data");
    let value = field.starts_with("data") || field.starts_with("stringData");
    key || (secret && value && code != Code::Placeholder)
}

/// A value that is not shown. Of a commented-out one, its key is; of others on
/// the line, nothing.
fn masked(head: &str, value: &str, behind: &str) -> Shown {
    // The key of a mapping, such as `data`: what is behind it are values.
    if let (true, false) = (behind.starts_with(':'), head.contains(['{', '['])) {
        return Shown {
            text: format!("{head}{value}:"),
            marked: head.len()..head.len() + value.len(),
        };
    }
    let key = match value.split_once(':') {
        Some((key, "")) if key.starts_with('#') => {
            let text = format!("{head}{value}");
            let marked = head.len()..text.len();
            return Shown { text, marked };
        }
        Some((key, _)) if key.starts_with('#') => format!("{key}: "),
        _ => String::new(),
    };
    let flow = head.contains(['{', '[']);
    let (head, behind) = match flow {
        true => ("… ", " …"),
        false => (head, behind),
    };
    Shown {
        text: format!("{head}{key}{VALUE}{behind}"),
        marked: head.len()..head.len() + key.len() + VALUE.len(),
    }
}
