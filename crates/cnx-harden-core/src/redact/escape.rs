//! Texts with the escapes of double quotes, in YAML and JSON.

use std::ops::Range;

/// A part of a text, unescaped.
pub(super) struct Part {
    pub(super) text: String,
    /// Where each byte of it comes from, and the end.
    origin: Vec<usize>,
}

impl Part {
    pub(super) fn origin(&self, range: Range<usize>) -> Option<Range<usize>> {
        Some(*self.origin.get(range.start)?..*self.origin.get(range.end)?)
    }
}

/// The lines that have an escape, each with the one behind it, in which a value that is
/// continued ends.
pub(super) fn unescaped(text: &str) -> impl Iterator<Item = Part> {
    let mut parts = Vec::new();
    let (mut at, mut open) = (0, None);
    for line in text.split_inclusive('\n') {
        let escaped = line.contains('\\');
        match open {
            None if escaped => open = Some(at),
            Some(start) if !escaped => {
                parts.push(start..at + line.len());
                open = None;
            }
            _ => {}
        }
        at += line.len();
    }
    parts.extend(open.map(|start| start..at));
    parts.into_iter().map(|range| part(text, range))
}

fn part(text: &str, range: Range<usize>) -> Part {
    let (start, end) = (range.start, range.end);
    let source = text.get(range).unwrap_or_default();
    let mut part = Part {
        text: String::with_capacity(source.len()),
        origin: Vec::with_capacity(source.len() + 1),
    };
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let (value, len) = match first {
            '\\' => escape(rest),
            c => (Some(c), c.len_utf8()),
        };
        let at = start + source.len() - rest.len();
        if let Some(c) = value {
            part.text.push(c);
            part.origin.extend(std::iter::repeat_n(at, c.len_utf8()));
        }
        rest = rest.get(len..).unwrap_or_default();
    }
    part.origin.push(end);
    part
}

/// What an escape stands for, and its length; nothing for a line that goes on.
fn escape(text: &str) -> (Option<char>, usize) {
    let Some(kind) = text.chars().nth(1) else {
        return (Some('\\'), 1);
    };
    let digits = match kind {
        'n' => return (Some('\n'), 2),
        'r' => return (Some('\r'), 2),
        't' => return (Some('\t'), 2),
        '\n' => return (None, 2),
        '\r' => return (None, if text.get(2..3) == Some("\n") { 3 } else { 2 }),
        'x' => 2,
        'u' => 4,
        'U' => 8,
        other => return (Some(other), 1 + other.len_utf8()),
    };
    let number = text
        .get(2..2 + digits)
        .and_then(|hex| u32::from_str_radix(hex, 16).ok());
    match number.and_then(char::from_u32) {
        Some(c) => (Some(c), 2 + digits),
        None => (Some('\\'), 1),
    }
}
