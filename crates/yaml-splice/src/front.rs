//! What stands at a document's start, and whether anything else does.

use crate::document::{is_comment, is_marker};

/// The line break that new lines of the text get.
///
/// kubectl splits a stream at `\n---` alone: so a text of lone CRs gets LF here.
pub(crate) fn newline(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

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
        let start = text.len() - text.trim_start_matches('\u{feff}').len();
        let mut front = Self {
            start,
            marker: None,
            directives: false,
            line: start,
        };
        for line in text.get(start..).unwrap_or_default().split_inclusive('\n') {
            // A mark may stand in front of a later line too.
            let unmarked = line.trim_start_matches('\u{feff}');
            if is_marker(unmarked, "---") {
                front.marker = Some(front.line);
                break;
            }
            front.directives |= line.starts_with('%');
            if !(is_comment(line) || line.starts_with('%')) {
                break;
            }
            front.line += line.len();
        }
        front
    }

    /// Up to where the text says that a document starts here.
    pub(crate) fn content(&self) -> usize {
        self.line + self.marker.map_or(0, |_| "---".len())
    }
}

/// Whether the text holds no node: comments and bare markers only.
pub(crate) fn is_blank(text: &str) -> bool {
    let bare = |line: &str| {
        let rest = line
            .strip_prefix("---")
            .or_else(|| line.strip_prefix("..."));
        rest.is_some_and(|rest| {
            rest.is_empty() || (rest.starts_with([' ', '\t', '\r', '\n']) && is_comment(rest))
        })
    };
    let mut lines = text.lines().map(|line| line.trim_start_matches('\u{feff}'));
    lines.all(|line| is_comment(line) || bare(line))
}
