//! A cursor over the text that knows YAML's tokens.

use crate::tree::ScalarStyle;

/// A place in a text, always on a character's boundary.
pub(crate) struct Cursor<'t> {
    text: &'t str,
    offset: usize,
}

impl<'t> Cursor<'t> {
    pub(crate) const fn new(text: &'t str) -> Self {
        Self { text, offset: 0 }
    }

    pub(crate) const fn offset(&self) -> usize {
        self.offset
    }

    /// Goes back (or on) to an offset that this cursor has given.
    pub(crate) const fn seek(&mut self, offset: usize) {
        self.offset = offset;
    }

    pub(crate) fn rest(&self) -> &'t str {
        self.text.get(self.offset..).unwrap_or_default()
    }

    fn before(&self) -> &'t str {
        self.text.get(..self.offset).unwrap_or_default()
    }

    /// Characters since the line's start.
    pub(crate) fn column(&self) -> usize {
        column(self.text, self.offset)
    }

    pub(crate) fn at_line_start(&self) -> bool {
        let before = self.before();
        before.is_empty() || before.ends_with(['\n', '\r', '\u{feff}'])
    }

    pub(crate) fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.offset += token.len();
        }
        found
    }

    /// `-`, `?` or `:` with a space, a line's end or the text's end behind it.
    pub(crate) fn eat_indicator(&mut self, indicator: char) -> bool {
        let mut chars = self.rest().chars();
        let found = chars.next() == Some(indicator)
            && chars
                .next()
                .is_none_or(|c| matches!(c, ' ' | '\t' | '\r' | '\n'));
        if found {
            self.offset += indicator.len_utf8();
        }
        found
    }

    /// Spaces and tabs.
    pub(crate) fn skip_blanks(&mut self) {
        let rest = self.rest();
        self.offset += rest.len() - rest.trim_start_matches([' ', '\t']).len();
    }

    /// The rest of the line, without its line break.
    pub(crate) fn skip_line(&mut self) {
        let rest = self.rest();
        self.offset += rest.find(['\n', '\r']).unwrap_or(rest.len());
    }

    /// Up to the next white space or flow indicator: an anchor, alias or tag.
    pub(crate) fn skip_word(&mut self) {
        let rest = self.rest();
        // A verbatim tag, `!<tag:yaml.org,2002:str>`, may hold a comma.
        let verbatim = if rest.starts_with("!<") {
            rest.find('>').unwrap_or(0)
        } else {
            0
        };
        let tail = rest.get(verbatim..).unwrap_or_default();
        let word = tail.find([' ', '\t', '\r', '\n', ',', '[', ']', '{', '}']);
        self.offset += verbatim + word.unwrap_or(tail.len());
    }

    /// White space, line breaks and comments.
    pub(crate) fn skip_trivia(&mut self) {
        loop {
            let rest = self.rest();
            self.offset += rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
            let spaced = self.at_line_start() || self.before().ends_with([' ', '\t']);
            if !(spaced && self.rest().starts_with('#')) {
                return;
            }
            self.skip_line();
        }
    }

    /// A plain scalar. The text is read along the known value, so it ends where
    /// the value ends: line folding (YAML 1.2, 6.5) is all that there is to undo.
    pub(crate) fn eat_plain(&mut self, value: &str) -> bool {
        let mut rest = self.rest();
        let mut wanted = value.chars();
        while let Some(c) = wanted.clone().next() {
            if let Some(behind) = rest.strip_prefix(c)
                && !matches!(c, '\n' | '\r')
                && !(c == ' ' && line_break(rest).is_some())
            {
                rest = behind;
                wanted.next();
                continue;
            }
            let Some((breaks, behind)) = line_break(rest) else {
                return false;
            };
            // One break is folded into a space, of several one is dropped.
            let folded: &[char] = if breaks == 1 { &[' '] } else { &['\n'] };
            for _ in 0..breaks.saturating_sub(1).max(1) {
                if wanted.next() != folded.first().copied() {
                    return false;
                }
            }
            rest = behind;
        }
        self.offset = self.text.len() - rest.len();
        true
    }

    pub(crate) fn eat_single_quoted(&mut self) -> bool {
        let mut quoted = Cursor::new(self.text);
        quoted.offset = self.offset;
        if !quoted.eat("'") {
            return false;
        }
        while let Some(quote) = quoted.rest().find('\'') {
            quoted.offset += quote + 1;
            if !quoted.eat("'") {
                self.offset = quoted.offset;
                return true;
            }
        }
        false
    }

    pub(crate) fn eat_double_quoted(&mut self) -> bool {
        let Some(quoted) = self.rest().strip_prefix('"') else {
            return false;
        };
        let mut escaped = false;
        for (at, c) in quoted.char_indices() {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => {
                    self.offset += 1 + at + 1;
                    return true;
                }
                _ => {}
            }
        }
        false
    }

    /// A literal or folded scalar: header, then the lines that are indented
    /// deeper than `parent`, the column of the collection around it.
    ///
    /// The extent ends before the last line's break, or, for `+`, before the
    /// last blank line's.
    pub(crate) fn eat_block(
        &mut self,
        style: ScalarStyle,
        value: &str,
        parent: Option<usize>,
    ) -> bool {
        let start = self.offset;
        let indicator = if style == ScalarStyle::Literal {
            "|"
        } else {
            ">"
        };
        if !self.eat(indicator) {
            return false;
        }
        let header_at = self.offset;
        self.skip_line();
        let header = self.text.get(header_at..self.offset).unwrap_or_default();
        let header = header.split([' ', '\t', '#']).next().unwrap_or_default();
        let keep = header.contains('+');
        let digit = header.chars().find_map(|c| c.to_digit(10));
        // At the top level the lines may start in column 0.
        let smallest = parent.map_or(0, |column| column + 1);
        let mut indent = digit.map(|digit| parent.map_or(0, |column| column) + digit as usize);
        let (mut end, mut blank_end) = (self.offset, self.offset);
        let mut content = Vec::new();
        let mut at = self.offset;
        let mut breaks = self.rest();
        while let Some(behind) = breaks
            .strip_prefix("\r\n")
            .or_else(|| breaks.strip_prefix(['\n', '\r']))
        {
            at += breaks.len() - behind.len();
            let line = behind.get(..behind.find(['\n', '\r']).unwrap_or(behind.len()));
            let line = line.unwrap_or_default();
            let spaces = line.len() - line.trim_start_matches(' ').len();
            let blank = spaces == line.len();
            if !blank {
                let needed = *indent.get_or_insert(spaces.max(smallest));
                let marker = spaces == 0 && (is_doc_marker(behind));
                if spaces < needed || marker {
                    break;
                }
            }
            let text = line.get(indent.unwrap_or(spaces).min(line.len())..);
            content.push(if blank && spaces <= indent.unwrap_or(spaces) {
                ""
            } else {
                text.unwrap_or_default()
            });
            at += line.len();
            blank_end = at;
            if !blank {
                end = at;
            }
            breaks = behind.get(line.len()..).unwrap_or_default();
        }
        self.offset = if keep { blank_end } else { end };
        // A literal scalar's value is its lines: the extent can be proved.
        let proved = style == ScalarStyle::Folded
            || content.join("\n").trim_end_matches('\n') == value.trim_end_matches('\n');
        if !proved {
            self.offset = start;
        }
        proved
    }
}

fn is_doc_marker(line: &str) -> bool {
    crate::document::is_marker(line, "---") || crate::document::is_marker(line, "...")
}

/// Blanks with line breaks in them: how many breaks, and what follows.
fn line_break(text: &str) -> Option<(usize, &str)> {
    let behind = text.trim_start_matches([' ', '\t', '\r', '\n']);
    let blank = text.get(..text.len() - behind.len()).unwrap_or_default();
    let breaks = blank.matches('\n').count() + blank.replace("\r\n", "\n").matches('\r').count();
    (breaks > 0).then_some((breaks, behind))
}

/// Characters from the line's start to `offset`; a byte order mark is none.
pub(crate) fn column(text: &str, offset: usize) -> usize {
    let before = text.get(..offset).unwrap_or_default();
    let start = before.rfind(['\n', '\r']).map_or(0, |newline| newline + 1);
    let line = before.get(start..).unwrap_or_default();
    line.chars().filter(|c| *c != '\u{feff}').count()
}
