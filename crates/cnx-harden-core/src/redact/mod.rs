//! Texts with private keys taken out, for all that is shown to people.
//!
//! A key is known by its form, wherever it stands: PEM, and DER or PEM in base64, once
//! or several times, or in hexadecimal digits; wrapped, spaced, in comments, with escapes
//! or continuations of double quotes.

mod base64;
mod der;
mod escape;
mod words;

use std::borrow::Cow;
use std::ops::Range;

/// What a private key is replaced by.
pub const MARK: &str = "[private key]";
/// What a private key that the run replaces is shown as.
pub const OLD_MARK: &str = "[private key, before]";

/// Replaces private keys in `text`: the `secrets` (each with what it is shown as), and
/// whatever has the form of a key. No line is added or removed, so that a diff of two
/// redacted texts has their lines.
///
/// ```
/// use cnx_harden_core::redact;
/// let text = "key: -----BEGIN PRIVATE KEY-----\\nMIGHAgEA\\n-----END PRIVATE KEY-----\n";
/// assert_eq!(redact(text, &[]), "key: [private key]\n");
/// ```
#[must_use]
pub fn redact(text: &str, secrets: &[(&str, &str)]) -> String {
    let mut hidden: Vec<(Range<usize>, Option<&str>)> = Vec::new();
    for (secret, mark) in secrets {
        // A key over several lines is looked for line by line. Of those, what is short
        // could be anywhere, and frames are those of other keys too.
        let single = !secret.trim().contains('\n');
        for line in secret.lines().map(str::trim) {
            let long = line.len() >= 16 && !line.starts_with("-----");
            if long || (single && !line.is_empty()) {
                let found = text.match_indices(line);
                hidden.extend(found.map(|(at, line)| (at..at + line.len(), Some(*mark))));
            }
        }
    }
    hidden.extend(keys(text).into_iter().map(|range| (range, None)));
    replace(text, hidden)
}

/// The same without known secrets; the text itself where it holds no key.
#[must_use]
pub fn redacted(text: &str) -> Cow<'_, str> {
    match keys(text) {
        keys if keys.is_empty() => Cow::Borrowed(text),
        keys => Cow::Owned(replace(
            text,
            keys.into_iter().map(|range| (range, None)).collect(),
        )),
    }
}

/// Where private keys stand.
fn keys(text: &str) -> Vec<Range<usize>> {
    within(text, ESCAPED)
}

/// How often a text may be put in quotes: that of a manifest in JSON, twice.
const ESCAPED: u8 = 2;

fn within(text: &str, escaped: u8) -> Vec<Range<usize>> {
    let mut found = forms(text, 0);
    if let Some(escaped) = escaped.checked_sub(1) {
        found.extend(escape::unescaped(text).flat_map(|part| {
            let keys = within(&part.text, escaped).into_iter();
            keys.filter_map(|key| part.origin(key)).collect::<Vec<_>>()
        }));
    }
    found
}

/// Where keys stand in a text without escapes that is `depth` times decoded.
fn forms(text: &str, depth: u8) -> Vec<Range<usize>> {
    let mut found = pem(text);
    found.extend(base64::keys(text, depth));
    found.extend(words::keys(text, depth));
    found
}

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";

/// Private keys in PEM, without an end to the last line that could be of one.
fn pem(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for (start, _) in text.match_indices(BEGIN) {
        let block = text.get(start..).unwrap_or_default();
        if !is_of_key(block, BEGIN) {
            continue;
        }
        let next = block.get(1..).and_then(|rest| rest.find(BEGIN));
        let own = block
            .get(..next.map_or(block.len(), |next| next + 1))
            .unwrap_or(block);
        let between = |end: &usize| {
            // Base64, and what headers, comments and strings have beside it.
            let of_key = |c| base64::is_base64(c) || " \t\r\n#:,-\\\"'".contains(c);
            own.get(..*end).is_some_and(|key| key.chars().all(of_key))
        };
        let end = own.find(END).filter(between).and_then(|end| {
            let frame = own.get(end + END.len()..)?;
            Some(end + END.len() + frame.find("-----")? + "-----".len())
        });
        found.push(start..start + end.unwrap_or_else(|| unended(own)));
    }
    let torn = |(end, _): (usize, &str)| {
        let behind = found.partition_point(|key| key.start <= end);
        let known = behind.checked_sub(1).and_then(|at| found.get(at));
        let block = text.get(end..).unwrap_or_default();
        let torn = is_of_key(block, END) && known.is_none_or(|key| key.end <= end);
        torn.then(|| unbegun(text.get(..end).unwrap_or_default())..end)
    };
    let torn: Vec<_> = text.match_indices(END).filter_map(torn).collect();
    found.extend(torn);
    found
}

/// Whether a frame is one of a private key.
fn is_of_key(block: &str, frame: &str) -> bool {
    let label = block.get(frame.len()..).unwrap_or_default();
    let label = label.split("-----").next();
    label.is_some_and(|label| label.len() < 40 && label.contains("PRIVATE KEY"))
}

/// The start of the base64 lines in front of an `-----END` that has no `-----BEGIN`.
fn unbegun(before: &str) -> usize {
    let mut start = before.len();
    let mut at = before.len();
    for (number, line) in before.rsplit('\n').enumerate() {
        let own = line.trim().trim_start_matches(['#', ' ']);
        // The first piece is the start of the `-----END` line itself.
        if (own.is_empty() && number > 0) || !own.chars().all(base64::is_base64) {
            break;
        }
        start = at - line.len();
        at = start.saturating_sub(1);
    }
    start
}

/// How much of a block without an end is its own: the frame, and base64, line by line.
fn unended(block: &str) -> usize {
    let frame = block.match_indices("-----").nth(1);
    let frame = frame.map_or(BEGIN.len(), |(at, dashes)| at + dashes.len());
    let mut end = frame;
    let mut at = frame;
    for line in block.get(frame..).unwrap_or_default().split_inclusive('\n') {
        let own = line.trim().trim_start_matches(['#', ' ']);
        if !own.chars().all(base64::is_base64) {
            break;
        }
        if !own.is_empty() {
            end = at + line.trim_end().len();
        }
        at += line.len();
    }
    end
}

/// Each range, line by line, in place of which a mark stands.
fn replace(text: &str, mut hidden: Vec<(Range<usize>, Option<&str>)>) -> String {
    hidden.sort_by_key(|(range, _)| (range.start, range.end));
    let mut merged: Vec<(Range<usize>, Option<&str>)> = Vec::new();
    for (range, mark) in hidden {
        match merged.last_mut() {
            Some((last, known))
                if range.start < last.end || (range.start == last.end && *known == mark) =>
            {
                last.end = last.end.max(range.end);
                *known = known.or(mark);
            }
            _ => merged.push((range, mark)),
        }
    }
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (range, mark) in merged {
        out.push_str(text.get(at..range.start).unwrap_or_default());
        let key = text.get(range.clone()).unwrap_or_default();
        for line in key.split_inclusive('\n') {
            let body = line.trim_end_matches(['\n', '\r']);
            let own = body.trim_start_matches([' ', '\t', '#']);
            let (indent, ending) = (body.len() - own.len(), body.len());
            out.push_str(body.get(..indent).unwrap_or_default());
            if !own.is_empty() {
                out.push_str(mark.unwrap_or(MARK));
            }
            out.push_str(line.get(ending..).unwrap_or_default());
        }
        at = range.end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}
