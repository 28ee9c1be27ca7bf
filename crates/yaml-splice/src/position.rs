//! Where something stands in a text.

use std::fmt;
use std::ops::Range;

use memchr::{memchr_iter, memrchr};

/// A byte range of one text. Valid for that text alone: an edit makes it stale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The offset of the first byte.
    pub start: usize,
    /// The offset behind the last byte.
    pub end: usize,
}

impl Span {
    /// The range from `start` up to and without `end`, in bytes.
    #[must_use]
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// The empty range at `offset`.
    #[must_use]
    pub const fn at(offset: usize) -> Self {
        Self::new(offset, offset)
    }

    /// The length in bytes.
    #[must_use]
    pub const fn len(self) -> usize {
        self.end.saturating_sub(self.start)
    }

    /// Whether the range holds no byte.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The same range as the standard library's type.
    #[must_use]
    pub const fn range(self) -> Range<usize> {
        self.start..self.end
    }

    /// The range moved to the right by `offset` bytes.
    #[must_use]
    pub(crate) const fn shifted(self, offset: usize) -> Self {
        Self::new(self.start + offset, self.end + offset)
    }

    /// The bytes of `text` in this range, or nothing where it doesn't fit.
    #[must_use]
    pub fn of(self, text: &str) -> &str {
        text.get(self.range()).unwrap_or_default()
    }
}

/// A place for people: line and column start at 1, the column counts characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters. A byte order mark counts for nothing.
    pub column: usize,
}

impl Position {
    /// The position of the byte at `offset` in `text`.
    ///
    /// ```
    /// # use yaml_splice::Position;
    /// assert_eq!(Position::of("a: 1\nb: é!\n", 10).to_string(), "2:5");
    /// ```
    #[must_use]
    pub fn of(text: &str, offset: usize) -> Self {
        Self::behind(text, (0, 0), offset)
    }

    /// The same, where it is known how many lines end before the offset `start`: just
    /// what stands behind that is looked at.
    pub(crate) fn behind(text: &str, (start, lines): (usize, usize), offset: usize) -> Self {
        let mut offset = offset.min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        let before = text.get(..offset).unwrap_or_default();
        let line_start = memrchr(b'\n', before.as_bytes()).map_or(0, |newline| newline + 1);
        let in_line = before.get(line_start..).unwrap_or_default();
        let (start, lines) = match before.get(start..) {
            Some(_) => (start, lines),
            None => (0, 0),
        };
        Self {
            line: lines + line_count(before.get(start..).unwrap_or_default()) + 1,
            column: in_line.chars().filter(|c| *c != '\u{feff}').count() + 1,
        }
    }
}

/// How many LF there are.
pub(crate) fn line_count(text: &str) -> usize {
    memchr_iter(b'\n', text.as_bytes()).count()
}

/// What ends a line in YAML 1.1, and for Kubernetes' reader.
pub(crate) const LINE_BREAKS: [char; 5] = ['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'];

/// Where the line of `offset` starts, for Kubernetes' reader: the line breaks of
/// YAML 1.1 count.
pub(crate) fn line_start(text: &str, offset: usize) -> usize {
    let before = text.get(..offset).unwrap_or_default();
    let last = before
        .char_indices()
        .rev()
        .find(|(_, c)| LINE_BREAKS.contains(c));
    last.map_or(0, |(at, c)| at + c.len_utf8())
}

/// Characters from the line's start to `offset`; a byte order mark there is none.
pub(crate) fn column(text: &str, offset: usize) -> usize {
    let line = text
        .get(line_start(text, offset)..offset)
        .unwrap_or_default();
    let line = line.strip_prefix('\u{feff}').unwrap_or(line);
    line.chars().count()
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}
