//! What stands at a document's start, and whether anything else does.

use std::borrow::Cow;

use crate::document::{is_comment, is_marker, is_trivial};
use crate::position::LINE_BREAKS;

/// The line break that new lines of the text get.
///
/// kubectl splits a stream at `\n---` alone: so a text of lone CRs gets LF here.
pub(crate) fn newline(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

const MARK: char = '\u{feff}';

/// What stands at a document's start.
pub(crate) struct Front {
    /// Behind the byte order mark.
    pub(crate) start: usize,
    /// Where its `---` stands.
    pub(crate) marker: Option<usize>,
    /// Whether there are directives above that.
    pub(crate) directives: bool,
    /// Where the first line that is no comment starts.
    line: usize,
}

impl Front {
    pub(crate) fn of(text: &str) -> Self {
        let start = match text.starts_with(MARK) {
            true => MARK.len_utf8(),
            false => 0,
        };
        let mut front = Self {
            start,
            marker: None,
            directives: false,
            line: start,
        };
        for line in text.get(start..).unwrap_or_default().split_inclusive('\n') {
            if is_marker(line, "---") {
                front.marker = Some(front.line);
                break;
            }
            if !is_trivial(line) {
                break;
            }
            let mut parts = line.split(LINE_BREAKS);
            front.directives |= parts.any(|part| part.starts_with('%'));
            front.line += line.len();
        }
        front
    }

    /// Whether it has directives, and no `---` behind them.
    pub(crate) const fn is_open(&self) -> bool {
        self.directives && self.marker.is_none()
    }

    /// Up to where the text says that a document starts here.
    pub(crate) fn content(&self) -> usize {
        self.line + self.marker.map_or(0, |_| "---".len())
    }
}

/// Whether the text holds no node: comments and bare markers only.
pub(crate) fn is_blank(text: &str) -> bool {
    is_bare(text, false)
}

/// Whether the text would be blank, were it not for lines that a tab indents, which
/// Kubernetes' reader refuses.
pub(crate) fn is_tabs(text: &str) -> bool {
    !is_bare(text, false) && is_bare(text, true)
}

fn is_bare(text: &str, tabs: bool) -> bool {
    // The line goes on for kubectl, which cuts here.
    let cut = |rest: &str| rest.trim_end_matches('\r').contains(LINE_BREAKS);
    let bare = |line: &str| {
        let rest = line
            .strip_prefix("---")
            .or_else(|| line.strip_prefix("..."));
        rest.is_some_and(|rest| {
            rest.is_empty()
                || (rest.starts_with([' ', '\t', '\r']) && !cut(rest) && is_comment(rest))
        })
    };
    let tab = |line: &str| line.trim_start_matches(' ').starts_with('\t');
    // A mark is none where kubectl begins to read.
    let mut begins = true;
    let mut cuts = false;
    text.lines().all(|line| {
        let line = match (begins, line.strip_prefix(MARK)) {
            // A second document, which nothing divides for kubectl.
            (true, Some(marked)) if cuts && marked.starts_with("---") => return false,
            (true, Some(marked)) => marked,
            _ => line,
        };
        cuts |= line.starts_with("---");
        begins = line.starts_with("---");
        (is_comment(line) && (tabs || !tab(line))) || bare(line)
    })
}

/// The text without the byte order marks that kubectl leaves out: at its start, and
/// behind the `---` line that it cuts at.
pub(crate) fn unmarked(text: &str) -> Cow<'_, str> {
    let body = text.strip_prefix(MARK).unwrap_or(text);
    let mut end = 0;
    let mut lines = text.split_inclusive('\n');
    while let Some(line) = lines.next().filter(|_| body.contains(MARK)) {
        end += line.len();
        if line.starts_with("---") {
            let rest = text.get(end..).unwrap_or_default();
            let front = body.strip_suffix(rest).unwrap_or_default();
            return match rest.strip_prefix(MARK) {
                Some(rest) => Cow::Owned(format!("{front}{rest}")),
                None => Cow::Borrowed(body),
            };
        }
    }
    Cow::Borrowed(body)
}

/// Whether a mark that is text now would be left out if the text stood behind a
/// `---`, or in front of another text.
pub(crate) fn marks_move(text: &str, first: bool) -> bool {
    let body = text.strip_prefix(MARK).unwrap_or(text);
    let behind = Front::of(body).marker.and_then(|at| {
        body.get(at..)?
            .split_inclusive('\n')
            .next()
            .map(|line| at + line.len())
    });
    let second = body
        .get(behind.unwrap_or(0)..)
        .is_some_and(|rest| rest.starts_with(MARK));
    text.starts_with(MARK) && (second || !first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_none_where_kubectl_begins_to_read() {
        for (text, read) in [
            ("\u{feff}a: 1\n", "a: 1\n"),
            ("---\n\u{feff}a: 1\n", "---\na: 1\n"),
            ("# c\n--- # d\n\u{feff}a: 1\n", "# c\n--- # d\na: 1\n"),
            ("\u{feff}# c\n---\n\u{feff}a: 1\n", "# c\n---\na: 1\n"),
            ("\u{feff}---\n\u{feff}a: 1\n", "---\n\u{feff}a: 1\n"),
            ("# c\n\u{feff}a: 1\n", "# c\n\u{feff}a: 1\n"),
            ("a: \u{feff}\n", "a: \u{feff}\n"),
        ] {
            assert_eq!(unmarked(text), read, "{text:?}");
        }
        assert!(is_blank("\u{feff}# c\n---\n\u{feff}\n"));
        assert!(!is_blank("# c\n\u{feff}\n"));
        assert!(marks_move("\u{feff}---\n\u{feff}a: 1\n", true));
        assert!(marks_move("\u{feff}a: 1\n", false));
        assert!(!marks_move("\u{feff}---\na: 1\n", true));
        assert!(!marks_move("---\n\u{feff}a: 1\n", false));
    }
}
