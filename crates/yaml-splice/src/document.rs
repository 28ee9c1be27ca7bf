//! A stream of YAML documents as spans of the text.

use memchr::memchr;

use crate::json;
use crate::position::{LINE_BREAKS, Span, line_count};

/// One document of a stream: a span, never a copy.
///
/// The documents' spans, one behind the other, are the whole text: a document
/// reaches from the comments above its `---` up to the next document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Document<'t> {
    source: &'t str,
    span: Span,
    /// How many lines of the stream stand before it.
    lines: usize,
}

impl<'t> Document<'t> {
    pub(crate) const fn lines_before(&self) -> usize {
        self.lines
    }

    /// The whole document's range in the stream, markers and comments included.
    #[must_use]
    pub const fn span(&self) -> Span {
        self.span
    }

    /// The document's text.
    #[must_use]
    pub fn text(&self) -> &'t str {
        self.span.of(self.source)
    }

    /// The whole stream's text.
    #[must_use]
    pub const fn source(&self) -> &'t str {
        self.source
    }
}

/// The documents of `text`, in order. There is at least one, maybe empty.
///
/// A line that starts with `---` ends the document before it, and so does
/// `...`, behind which the next one begins. Both count in column 0 only, and
/// there everywhere: YAML forbids them inside of scalars. JSON objects that
/// follow one another are a document each, as for kubectl.
///
/// ```
/// let text = "# one\n---\na: 1\n---\nb: 2\n";
/// let documents: Vec<_> = yaml_splice::documents(text).collect();
/// assert_eq!(documents[0].text(), "# one\n---\na: 1\n");
/// assert_eq!(documents[1].text(), "---\nb: 2\n");
/// ```
pub fn documents(text: &str) -> Documents<'_> {
    Documents {
        text,
        next: Some(0),
        lines: 0,
    }
}

/// The iterator that [`documents`] returns.
#[derive(Clone, Debug)]
pub struct Documents<'t> {
    text: &'t str,
    next: Option<usize>,
    /// How many lines stand before the next one.
    lines: usize,
}

impl<'t> Documents<'t> {
    fn document(&mut self, start: usize, end: usize) -> Document<'t> {
        let (source, span) = (self.text, Span::new(start, end));
        let lines = self.lines;
        self.lines += line_count(span.of(source));
        Document {
            source,
            span,
            lines,
        }
    }
}

impl<'t> Iterator for Documents<'t> {
    type Item = Document<'t>;

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.next?;
        let mut started = false;
        let mut offset = start;
        let rest = self.text.get(start..).unwrap_or_default();
        if let Some(len) = json::len_before_next(rest) {
            self.next = Some(start + len);
            return Some(self.document(start, start + len));
        }
        while let Some(rest) = self.text.get(offset..).filter(|rest| !rest.is_empty()) {
            let len = memchr(b'\n', rest.as_bytes()).map_or(rest.len(), |at| at + 1);
            let (line, end) = (rest.get(..len).unwrap_or_default(), offset + len);
            // Behind the document's start only markers count.
            if started && !line.starts_with(['-', '.']) {
                offset = end;
                continue;
            }
            // Elsewhere, a mark makes the line text for kubectl.
            let line = match offset {
                0 => line.strip_prefix('\u{feff}').unwrap_or(line),
                _ => line,
            };
            if is_marker(line, "...") {
                self.next = (end < self.text.len()).then_some(end);
                return Some(self.document(start, end));
            }
            if is_marker(line, "---") {
                if started {
                    self.next = Some(offset);
                    return Some(self.document(start, offset));
                }
                started = true;
            } else if !is_trivial(line) {
                started = true;
            }
            offset = end;
        }
        self.next = None;
        Some(self.document(start, self.text.len()))
    }
}

/// Whether the line is `---` or `...`, alone or with something behind a space.
pub(crate) fn is_marker(line: &str, marker: &str) -> bool {
    line.strip_prefix(marker)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']))
}

/// Whether the line belongs to whatever document follows.
pub(crate) fn is_trivial(line: &str) -> bool {
    is_comment(line)
        || (line.contains('%')
            && line
                .split(LINE_BREAKS)
                .all(|part| is_comment(part) || part.starts_with('%')))
}

/// Whether the line, which ends with LF or the text, is blank or a comment.
pub(crate) fn is_comment(line: &str) -> bool {
    let indented = line.trim_start_matches([' ', '\t']);
    // Most lines are something else, which the first byte tells.
    if !matches!(
        indented.as_bytes().first(),
        None | Some(b'#' | b'\r' | b'\n' | 0xc2 | 0xe2)
    ) {
        return false;
    }
    // A comment ends at more characters than LF, and what follows them counts.
    let mut parts = indented.split(LINE_BREAKS);
    parts.all(|part| {
        let part = part.trim_start_matches([' ', '\t']);
        part.is_empty() || part.starts_with('#')
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Route;

    fn parts(text: &str) -> Vec<&str> {
        documents(text).map(|document| document.text()).collect()
    }

    #[test]
    fn what_stands_behind_a_break_in_a_comment_is_a_document() {
        for line_break in ["\r", "\u{85}", "\u{2028}", "\u{2029}"] {
            let one = format!("# c{line_break}a: 1\n");
            let text = format!("{one}---\nb: 2\n");
            assert_eq!(parts(&text), [one.as_str(), "---\nb: 2\n"], "{text:?}");
        }
    }

    #[test]
    fn a_directive_belongs_to_what_follows_and_a_percent_sign_is_text() {
        assert_eq!(parts("a: 5%\n---\nb: 1\n"), ["a: 5%\n", "---\nb: 1\n"]);
        assert_eq!(parts("%YAML 1.1\n---\nb: 1\n").len(), 1);
    }

    /// As `kubectl annotate --local -o json` showed it.
    #[test]
    fn a_mark_is_one_where_kubectl_begins_to_read() {
        let keys = |text: &str| -> Vec<String> {
            let mut keys = Vec::new();
            for document in documents(text) {
                let tree = document.parse().unwrap();
                let root = tree.find(&Route::root()).unwrap();
                keys.extend(
                    root.into_iter()
                        .flat_map(|root| tree.keys(root))
                        .map(String::from),
                );
            }
            keys
        };
        for (text, expected) in [
            ("\u{feff}a: 1\nb: 2\n", vec!["a", "b"]),
            ("\u{feff}---\na: 1\nb: 2\n", vec!["a", "b"]),
            ("a: 1\n---\n\u{feff}b: 2\nc: 3\n", vec!["a", "b", "c"]),
            (
                "a: 1\n# c\n--- # d\n\u{feff}b: 2\nc: 3\n",
                vec!["a", "b", "c"],
            ),
            // Anywhere else it is text.
            ("a: 1\n\u{feff}b: 2\n", vec!["a", "\u{feff}b"]),
            ("\n\u{feff}a: 1\n", vec!["\u{feff}a"]),
            ("# c\n\u{feff}a: 1\n", vec!["\u{feff}a"]),
            ("\u{feff}---\n\u{feff}a: 1\n", vec!["\u{feff}a"]),
        ] {
            assert_eq!(keys(text), expected, "{text:?}");
        }
        assert_eq!(parts("a: 1\n\u{feff}---\nb: 2\n").len(), 1);
    }
}
