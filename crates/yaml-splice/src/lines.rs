//! Lines of a text, ended as Kubernetes' reader ends them.

use crate::chars::break_len;
use crate::position::line_start;

/// The offset behind the text of the line that holds `offset`: its line break's,
/// or the text's end.
pub(crate) fn line_end(text: &str, offset: usize) -> usize {
    let rest = text.as_bytes().get(offset..).unwrap_or_default();
    let breaks = (0..rest.len()).find(|at| rest.get(*at..).is_some_and(|rest| break_len(rest) > 0));
    offset + breaks.unwrap_or(rest.len())
}

/// The start of the line behind the one that holds `offset`.
pub(crate) fn next_line(text: &str, offset: usize) -> usize {
    let end = line_end(text, offset);
    end + break_len(text.as_bytes().get(end..).unwrap_or_default())
}

/// The start of the line that holds `offset`, behind a byte order mark.
pub(crate) fn content_start(text: &str, offset: usize) -> usize {
    let start = line_start(text, offset);
    let rest = text.get(start..offset).unwrap_or_default();
    match rest.strip_prefix('\u{feff}') {
        Some(rest) => offset - rest.len(),
        None => start,
    }
}

/// Whether only spaces stand before `offset` on its line.
pub(crate) fn is_alone(text: &str, offset: usize) -> bool {
    let lead = text.get(content_start(text, offset)..offset);
    lead.is_some_and(|lead| lead.trim_start_matches(' ').is_empty())
}

/// Whether nothing but blanks stands behind `offset` on its line.
pub(crate) fn ends_line(text: &str, offset: usize) -> bool {
    let rest = text.get(offset..line_end(text, offset));
    rest.is_some_and(|rest| rest.trim_matches([' ', '\t']).is_empty())
}

/// The line break that a text's new lines get: the first one that is there. A lone
/// CR only if there is no other one, since kubectl sees no `---` behind it.
pub(crate) fn newline_of(text: &str) -> &'static str {
    let first = text.find(['\n', '\r']).and_then(|at| text.get(at..));
    match first {
        Some(rest) if rest.starts_with("\r\n") => "\r\n",
        Some(rest) if rest.starts_with('\r') && !text.contains('\n') => "\r",
        _ => "\n",
    }
}

/// A line that holds no live YAML. Widths are those of its blanks.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Trivia {
    /// Blanks, or nothing.
    Blank { width: usize, tab: bool },
    /// A comment and nothing else.
    Comment(CommentLine),
}

/// A line that holds a comment and nothing else.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CommentLine {
    pub(crate) start: usize,
    /// The column of the `#`.
    pub(crate) hash: usize,
    /// Where the text behind the `#` and its spaces starts, and its column.
    pub(crate) content: usize,
    pub(crate) column: usize,
    /// Without the line break.
    pub(crate) end: usize,
    /// Whether a tab stands in front of the `#`.
    pub(crate) tab: bool,
    /// Whether nothing stands behind the `#`.
    pub(crate) bare: bool,
}

/// The lines without live YAML from the start of a line on, up to a live one.
pub(crate) struct TriviaLines<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> TriviaLines<'t> {
    pub(crate) const fn new(text: &'t str, at: usize) -> Self {
        Self { text, at }
    }

    /// Those behind the line of `offset`.
    pub(crate) fn behind(text: &'t str, offset: usize) -> Self {
        Self::new(text, next_line(text, offset))
    }
}

impl Iterator for TriviaLines<'_> {
    /// With the start of the next line.
    type Item = (Trivia, usize);

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.at;
        if start >= self.text.len() {
            return None;
        }
        let end = line_end(self.text, start);
        let body = self.text.get(start..end).unwrap_or_default();
        let comment = body.trim_start_matches([' ', '\t']);
        let hash = body.len() - comment.len();
        let trivia = match comment.strip_prefix('#') {
            None if comment.is_empty() => Trivia::Blank {
                width: hash,
                tab: body.contains('\t'),
            },
            None => return None,
            Some(content) => {
                let column = body.len() - content.trim_start_matches(' ').len();
                Trivia::Comment(CommentLine {
                    start,
                    hash,
                    content: start + column,
                    column,
                    end,
                    tab: body.get(..hash).is_some_and(|lead| lead.contains('\t')),
                    bare: start + column == end,
                })
            }
        };
        self.at = next_line(self.text, start);
        // A text that ends without a line break ends here.
        if self.at == start {
            self.at = self.text.len();
        }
        Some((trivia, self.at))
    }
}
