//! Documents of the plainest YAML, recognised without their nodes.
//!
//! Most manifests are block mappings and sequences with scalars on one line, and block
//! scalars. Such a text is YAML for certain, and what an object is called can be read on
//! the way: this costs a tenth of parsing. Whatever is not of this form has no answer.

use memchr::{memchr, memchr2_iter};

use crate::chars::is_printable;
use crate::document::Document;

/// So deep, and no deeper.
const DEPTH: usize = 64;

/// The longest key.
const KEY: usize = 256;

/// What a document of the plainest YAML says of its object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Skimmed<'t> {
    /// `apiVersion`; none where there is no such key.
    pub api_version: Option<&'t str>,
    /// `kind`.
    pub kind: Option<&'t str>,
    /// `metadata.name`.
    pub name: Option<&'t str>,
    /// `metadata.namespace`.
    pub namespace: Option<&'t str>,
    /// The document has nothing but comments.
    pub is_empty: bool,
}

impl<'t> Document<'t> {
    /// What the document says of its object, if that is certain without parsing it.
    ///
    /// With an answer, [`parse`](Document::parse) reads the document without an error,
    /// its root is a mapping or nothing, and [`find`](crate::Tree::find) finds in it what the answer
    /// says, and no `items`. Without one, nothing is known.
    ///
    /// ```
    /// let text = "kind: Secret\nmetadata:\n  name: tls\n---\nkind: &a Secret\n";
    /// let mut documents = yaml_splice::documents(text).map(|document| document.skim());
    /// let skimmed = documents.next().flatten().ok_or("not plain").unwrap();
    /// assert_eq!((skimmed.kind, skimmed.name), (Some("Secret"), Some("tls")));
    /// assert_eq!(documents.next(), Some(None));
    /// ```
    #[must_use]
    pub fn skim(&self) -> Option<Skimmed<'t>> {
        let text = self.text();
        let mut skim = Skim {
            open: Vec::with_capacity(16),
            expects: false,
            tabs: plain_bytes(text)?,
            metadata: Metadata::Before,
            found: Skimmed::default(),
        };
        skim.lines(text)?;
        skim.found.is_empty = skim.open.is_empty();
        Some(skim.found)
    }
}

/// Whether the text has tabs; none where it holds what ends a line elsewhere than LF does,
/// or is no character of YAML.
fn plain_bytes(text: &str) -> Option<bool> {
    let (mut odd, mut tabs, mut wide) = (false, false, false);
    for chunk in text.as_bytes().chunks(256) {
        for byte in chunk {
            odd |= *byte < b' ' && !matches!(byte, b'\n' | b'\t') || *byte == 0x7f;
            tabs |= *byte == b'\t';
            wide |= *byte >= 0x80;
        }
    }
    let is_odd =
        |c| !is_printable(c) || matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}');
    let odd = odd || wide && text.chars().any(|c| !c.is_ascii() && is_odd(c));
    (!odd).then_some(tabs)
}

/// An open block collection.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Open {
    column: usize,
    sequence: bool,
}

struct Skim<'t> {
    open: Vec<Open>,
    /// The last line was a key without a value: a collection may follow.
    expects: bool,
    tabs: bool,
    metadata: Metadata,
    found: Skimmed<'t>,
}

/// Where the lines are, seen from the root's key `metadata`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Metadata {
    Before,
    Inside,
    Behind,
}

/// How the lines go on.
enum Next {
    Line,
    /// A block scalar deeper than this column.
    Block(usize),
}

impl<'t> Skim<'t> {
    fn lines(&mut self, text: &'t str) -> Option<()> {
        let mut lines = Lines { rest: text };
        let mut started = false;
        let mut pending = lines.next();
        while let Some(line) = pending {
            let content = line.trim_start_matches(' ');
            if content.is_empty() || content.starts_with('#') {
                pending = lines.next();
                continue;
            }
            if line == "---" && !started && self.open.is_empty() {
                started = true;
                pending = lines.next();
                continue;
            }
            pending = match self.line(line.len() - content.len(), content)? {
                Next::Line => lines.next(),
                Next::Block(column) => block(&mut lines, column)?,
            };
        }
        Some(())
    }

    /// A line with content, which starts in `column`.
    fn line(&mut self, mut column: usize, mut rest: &'t str) -> Option<Next> {
        if self.tabs && memchr(b'\t', rest.as_bytes()).is_some() {
            return None;
        }
        while self.open.last().is_some_and(|open| open.column > column) {
            self.open.pop();
            self.expects = false;
        }
        let mut behind_dash = false;
        while let Some(item) = rest.strip_prefix("- ") {
            let above = self.open.last().copied()?;
            let new = behind_dash || (self.expects && above.column <= column);
            match above {
                _ if new => self.open(column, true)?,
                Open { sequence: true, .. } if above.column == column => {}
                _ => return None,
            }
            self.expects = false;
            rest = item.trim_start_matches(' ');
            column += 2 + item.len() - rest.len();
            behind_dash = true;
        }
        let Some((key, value)) = key(rest) else {
            // A scalar is the item of a sequence.
            return match behind_dash {
                true => self.scalar(rest).map(|(_, next)| next),
                false => None,
            };
        };
        let mut above = self.open.last().copied();
        if let Some(open) = above
            && !behind_dash
            && open.sequence
            && open.column == column
        {
            self.open.pop();
            above = self.open.last().copied();
            self.expects = false;
        }
        match above {
            None if column == 0 => self.open(0, false)?,
            None => return None,
            Some(_) if behind_dash => self.open(column, false)?,
            Some(open) if open.column == column && !open.sequence => {}
            Some(open) if open.column < column && self.expects => self.open(column, false)?,
            Some(_) => return None,
        }
        self.expects = false;
        let value = value.trim_start_matches(' ');
        let (scalar, next) = if value.is_empty() || value.starts_with('#') {
            self.expects = true;
            (None, Next::Line)
        } else {
            self.scalar(value)?
        };
        self.note(key, scalar)?;
        Some(next)
    }

    fn open(&mut self, column: usize, sequence: bool) -> Option<()> {
        let of_metadata = self.metadata == Metadata::Inside && self.open.len() == 1;
        if self.open.len() >= DEPTH || (of_metadata && sequence) {
            return None;
        }
        self.open.push(Open { column, sequence });
        Some(())
    }

    /// Takes a note of what the object is called. No answer where that is there twice, or
    /// not plainly.
    fn note(&mut self, key: &str, scalar: Option<&'t str>) -> Option<()> {
        let place = match (self.open.len(), key) {
            (1, "metadata") => {
                let first = self.metadata == Metadata::Before;
                self.metadata = Metadata::Inside;
                return (first && self.expects).then_some(());
            }
            (1, "items") => return None,
            (1, _) => {
                if self.metadata == Metadata::Inside {
                    self.metadata = Metadata::Behind;
                }
                match key {
                    "apiVersion" => &mut self.found.api_version,
                    "kind" => &mut self.found.kind,
                    _ => return Some(()),
                }
            }
            (2, "name") if self.metadata == Metadata::Inside => &mut self.found.name,
            (2, "namespace") if self.metadata == Metadata::Inside => &mut self.found.namespace,
            _ => return Some(()),
        };
        match place {
            None => *place = Some(scalar?),
            Some(_) => return None,
        }
        Some(())
    }

    /// A value on its line, as far as it is a text that needs no look; or the start of a
    /// block scalar.
    fn scalar(&self, text: &'t str) -> Option<(Option<&'t str>, Next)> {
        let first = text.as_bytes().first()?;
        let value = match first {
            b'|' | b'>' => {
                let column = self.open.last()?.column;
                let known = matches!(text.get(1..)?, "" | "-" | "+");
                return known.then_some((None, Next::Block(column)));
            }
            b'\'' => quoted(text, b'\'')?,
            b'"' => quoted(text, b'"')?,
            b'[' | b'{' => {
                let (empty, rest) = text.split_at_checked(2)?;
                ends(rest)?;
                return matches!(empty, "[]" | "{}").then_some((None, Next::Line));
            }
            b'-' | b'.' => {
                // Neither an entry nor a marker.
                let behind = text
                    .trim_start_matches(char::from(*first))
                    .as_bytes()
                    .first()?;
                behind.is_ascii_alphanumeric().then(|| plain(text))??
            }
            b'0'..=b'9'
            | b'A'..=b'Z'
            | b'a'..=b'z'
            | b'/'
            | b'_'
            | b'('
            | b'<'
            | b'$'
            | b'~'
            | b'+'
            | b'='
            | b'^'
            | b';' => plain(text)?,
            _ => return None,
        };
        Some((value, Next::Line))
    }
}

/// The key that a line starts with, and what stands behind its colon.
fn key(text: &str) -> Option<(&str, &str)> {
    let is_key = |byte: &u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/' | b'$' | b'+')
    };
    let bytes = text.as_bytes();
    let first = bytes.first()?;
    if !(first.is_ascii_alphanumeric() || *first == b'_') {
        return None;
    }
    let len = bytes.iter().take_while(|byte| is_key(byte)).count();
    let (key, rest) = text.split_at_checked(len)?;
    let value = rest.strip_prefix(':')?;
    let ends = value.is_empty() || value.starts_with(' ');
    (ends && len <= KEY).then_some((key, value))
}

/// A plain scalar on one line.
fn plain(text: &str) -> Option<Option<&str>> {
    let bytes = text.as_bytes();
    for at in memchr2_iter(b':', b'#', bytes) {
        let before = at.checked_sub(1).and_then(|before| bytes.get(before));
        match bytes.get(at) {
            Some(b':') if matches!(bytes.get(at + 1), None | Some(b' ')) => return None,
            Some(b'#') if before == Some(&b' ') => {
                return Some(text.get(..at).map(|text| text.trim_end_matches(' ')));
            }
            _ => {}
        }
    }
    Some(Some(text.trim_end_matches(' ')))
}

/// A quoted scalar on one line; its text, unless something is escaped in it.
fn quoted(text: &str, quote: u8) -> Option<Option<&str>> {
    let body = text.get(1..)?;
    let bytes = body.as_bytes();
    let mut from = 0;
    let mut escaped = false;
    loop {
        let end = from + memchr(quote, bytes.get(from..)?)?;
        if quote == b'\'' && bytes.get(end + 1) == Some(&b'\'') {
            escaped = true;
            from = end + 2;
            continue;
        }
        let inner = body.get(..end)?;
        if quote == b'"' && memchr(b'\\', inner.as_bytes()).is_some() {
            return None;
        }
        ends(body.get(end + 1..)?)?;
        return Some((!escaped).then_some(inner));
    }
}

/// Whether a line ends here, but for a comment.
fn ends(rest: &str) -> Option<()> {
    let behind = rest.trim_start_matches(' ');
    let comment = behind.starts_with('#') && behind.len() < rest.len();
    (behind.is_empty() || comment).then_some(())
}

/// The lines of a block scalar that is deeper than `column`: the first one behind it.
fn block<'t>(lines: &mut Lines<'t>, column: usize) -> Option<Option<&'t str>> {
    let mut indent = None;
    while let Some(line) = lines.next() {
        let bytes = line.as_bytes();
        let spaces = bytes.iter().take_while(|byte| **byte == b' ').count();
        match (bytes.get(spaces), indent) {
            (None, None) if spaces > 0 => return None,
            (None, _) => {}
            (Some(_), Some(indent)) if spaces >= indent => {}
            (Some(b'\t'), _) => return None,
            (Some(_), None) if spaces > column => indent = Some(spaces),
            (Some(_), _) if spaces <= column => return Some(Some(line)),
            _ => return None,
        }
    }
    Some(None)
}

/// The lines of a text, without their LF.
struct Lines<'t> {
    rest: &'t str,
}

impl<'t> Lines<'t> {
    fn next(&mut self) -> Option<&'t str> {
        if self.rest.is_empty() {
            return None;
        }
        let at = memchr(b'\n', self.rest.as_bytes());
        let (line, rest) = match at {
            Some(at) => (self.rest.get(..at)?, self.rest.get(at + 1..)?),
            None => (self.rest, ""),
        };
        self.rest = rest;
        Some(line)
    }
}
