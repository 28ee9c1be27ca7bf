//! The values of scalars: quotes, folding, block scalars.

use std::borrow::Cow;

use super::scanner::Scanner;
use super::{Fault, Read};
use crate::tree::ScalarStyle;

/// A value that is a part of the text for as long as it can be.
struct Pieces<'t> {
    text: &'t str,
    /// Where the piece starts that is not copied yet.
    piece: usize,
    copied: String,
}

impl<'t> Pieces<'t> {
    const fn new(text: &'t str, piece: usize) -> Self {
        let copied = String::new();
        Self {
            text,
            piece,
            copied,
        }
    }

    /// Copies up to `end`, adds `more`, and goes on at `next`.
    fn cut(&mut self, end: usize, more: &str, next: usize) {
        let piece = self.text.get(self.piece..end).unwrap_or_default();
        self.copied.push_str(piece);
        self.copied.push_str(more);
        self.piece = next;
    }

    fn finish(mut self, end: usize) -> Cow<'t, str> {
        if self.copied.is_empty() {
            return Cow::Borrowed(self.text.get(self.piece..end).unwrap_or_default());
        }
        self.cut(end, "", end);
        Cow::Owned(self.copied)
    }
}

impl<'t> Scanner<'t> {
    /// Blanks and line breaks inside of a scalar; what the breaks fold to, or none
    /// where there are only blanks. `escaped`: a `\` stood in front of the first
    /// break, which is passed already.
    fn gap(&mut self, escaped: bool) -> Option<String> {
        let mut first = None;
        let mut more = String::new();
        loop {
            self.skip_blanks();
            match self.skip_break() {
                "" => break,
                found if first.is_none() && !escaped => first = Some(found),
                found => more.push_str(found),
            }
        }
        // One break is folded into a space, of several one is dropped. The
        // separators of YAML 1.1 stay as they are.
        match first {
            None if escaped => Some(more),
            None => None,
            Some("\n") if more.is_empty() => Some(" ".to_owned()),
            Some("\n") => Some(more),
            Some(separator) => Some(separator.to_owned() + &more),
        }
    }

    /// A plain scalar, and where it ends.
    pub(super) fn plain(&mut self) -> Read<(Cow<'t, str>, usize)> {
        let smallest = self.indent.map_or(0, |indent| indent + 1);
        let mut pieces = Pieces::new(self.text, self.at);
        let mut end = self.at;
        let mut fold: Option<String> = None;
        let mut broken = false;
        loop {
            if self.at_marker() || self.byte(0) == Some(b'#') {
                break;
            }
            while !self.is_space(0) {
                match self.byte(0) {
                    Some(b':') if self.is_space(1) => break,
                    Some(b',' | b'?' | b'[' | b']' | b'{' | b'}') if self.in_flow() => break,
                    _ => {}
                }
                if let Some(fold) = fold.take() {
                    pieces.cut(end, &fold, self.at);
                }
                broken = false;
                self.skip();
                self.skip_bytes(|byte| byte > b'@' && !matches!(byte, b'[' | b']' | b'{' | b'}'));
                end = self.at;
            }
            if !self.is_space(0) || self.byte(0).is_none() {
                break;
            }
            if let Some(found) = self.plain_gap(smallest)? {
                fold = Some(found);
                broken = true;
            }
            if !self.in_flow() && self.column() < smallest {
                break;
            }
        }
        // A key may start on the line that ended the scalar.
        if broken {
            self.key_allowed = true;
        }
        Ok((pieces.finish(end), end))
    }

    fn plain_gap(&mut self, smallest: usize) -> Read<Option<String>> {
        let start = self.at;
        let fold = self.gap(false);
        if fold.is_none() || self.json && self.in_flow() {
            return Ok(fold);
        }
        // A tab must not take the place of indentation.
        let gap = self.between(start, self.at);
        let mut at = start;
        for line in gap.split_inclusive(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']) {
            let spaces = line.len() - line.trim_start_matches(' ').len();
            if at > start && spaces < smallest && line.get(spaces..).is_some_and(has_tab) {
                let what = "a tab stands here where spaces have to indent";
                return Err(Fault::syntax(at + spaces, what));
            }
            at += line.len();
        }
        Ok(fold)
    }

    pub(super) fn quoted(&mut self) -> Read<(Cow<'t, str>, ScalarStyle)> {
        let start = self.at;
        let double = self.byte(0) == Some(b'"');
        self.at += 1;
        let mut pieces = Pieces::new(self.text, self.at);
        loop {
            if self.at_marker() {
                let what = "a line of a quoted scalar starts like a document's marker";
                return Err(self.fault(what));
            }
            match self.byte(0) {
                None => return Err(Fault::syntax(start, "this quoted scalar is not closed")),
                Some(b'"') if double => break,
                Some(b'\'') if !double && self.byte(1) == Some(b'\'') => {
                    pieces.cut(self.at, "'", self.at + 2);
                    self.at += 2;
                }
                Some(b'\'') if !double => break,
                Some(b'\\') if double && self.is_break(1) => {
                    let end = self.at;
                    self.at += 1;
                    self.skip_break();
                    let fold = self.gap(true).unwrap_or_default();
                    pieces.cut(end, &fold, self.at);
                }
                Some(b'\\') if double => {
                    let end = self.at;
                    let c = self.escape()?;
                    pieces.cut(end, c.encode_utf8(&mut [0; 4]), self.at);
                }
                _ if self.is_space(0) => {
                    let end = self.at;
                    if let Some(fold) = self.gap(false) {
                        pieces.cut(end, &fold, self.at);
                    }
                }
                _ => self.skip(),
            }
        }
        let value = pieces.finish(self.at);
        self.at += 1;
        let style = if double {
            ScalarStyle::DoubleQuoted
        } else {
            ScalarStyle::SingleQuoted
        };
        Ok((value, style))
    }

    /// The character that an escape in double quotes stands for.
    fn escape(&mut self) -> Read<char> {
        let start = self.at;
        let code = self.byte(1);
        self.at += 1;
        self.skip();
        let digits = match code {
            Some(b'x') => 2,
            Some(b'u') => 4,
            Some(b'U') => 8,
            _ => {
                return escaped(code)
                    .ok_or_else(|| Fault::syntax(start, "this escape is not known to YAML"));
            }
        };
        let what = "this escape is not a character's number";
        let value = self.hexadecimal(digits).ok_or(Fault::syntax(start, what))?;
        // JSON writes what is beyond the basic plane as two halves.
        let value = match value {
            0xd800..=0xdbff if digits == 4 && self.rest().starts_with("\\u") => {
                self.at += 2;
                let low = self
                    .hexadecimal(4)
                    .filter(|low| (0xdc00..=0xdfff).contains(low));
                let low = low.ok_or(Fault::syntax(start, what))?;
                0x1_0000 + ((value - 0xd800) << 10) + (low - 0xdc00)
            }
            value => value,
        };
        char::from_u32(value).ok_or(Fault::syntax(start, what))
    }

    fn hexadecimal(&mut self, digits: usize) -> Option<u32> {
        let text = self.text.get(self.at..self.at + digits)?;
        let all = text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let value = u32::from_str_radix(text, 16).ok().filter(|_| all)?;
        self.at += digits;
        Some(value)
    }

    /// A literal or folded scalar, and where it ends: before the last line's break,
    /// or, for `+`, before the last blank line's.
    pub(super) fn block_scalar(&mut self) -> Read<(Cow<'t, str>, ScalarStyle, usize)> {
        let start = self.at;
        let literal = self.byte(0) == Some(b'|');
        self.at += 1;
        let (mut chomp, mut digit) = (None, None);
        while let Some(byte) = self.byte(0) {
            match byte {
                b'+' | b'-' if chomp.is_none() => chomp = Some(byte),
                b'1'..=b'9' if digit.is_none() => digit = Some(usize::from(byte - b'0')),
                _ => break,
            }
            self.at += 1;
        }
        self.skip_blanks();
        if self.byte(0) == Some(b'#') {
            self.skip_line();
        }
        let header = self.at;
        if header < self.text.len() && self.skip_break().is_empty() {
            return Err(Fault::syntax(
                header,
                "this does not belong behind a block scalar's indicator",
            ));
        }
        let outer = self.indent;
        let mut indent = digit.map(|digit| outer.unwrap_or(0) + digit);
        let mut value = String::new();
        let (mut end, mut last) = (header, header);
        let mut lead = "";
        let mut was_blank = false;
        let mut breaks = self.block_breaks(&mut indent, &mut last, start)?;
        let indent = indent.unwrap_or(1);
        while self.column() == indent && self.at < self.text.len() {
            let blank = self.is_blank(0);
            if !literal && !was_blank && !blank && lead == "\n" {
                if breaks.is_empty() {
                    value.push(' ');
                }
            } else {
                value.push_str(lead);
            }
            value.push_str(&breaks);
            was_blank = blank;
            let from = self.at;
            self.skip_line();
            value.push_str(self.between(from, self.at));
            (end, last) = (self.at, self.at);
            lead = self.skip_break();
            breaks = self.block_breaks(&mut Some(indent), &mut last, start)?;
        }
        if chomp != Some(b'-') {
            value.push_str(lead);
        }
        if chomp == Some(b'+') {
            value.push_str(&breaks);
            end = last;
        }
        let style = if literal {
            ScalarStyle::Literal
        } else {
            ScalarStyle::Folded
        };
        Ok((Cow::Owned(value), style, end))
    }

    /// Indentation and blank lines of a block scalar. Sets the indentation where
    /// nothing has set it, and `last` to the last blank line's end.
    fn block_breaks(
        &mut self,
        indent: &mut Option<usize>,
        last: &mut usize,
        start: usize,
    ) -> Read<String> {
        let mut breaks = String::new();
        let mut widest = 0;
        loop {
            while self.byte(0) == Some(b' ') && indent.is_none_or(|indent| self.column() < indent) {
                self.at += 1;
            }
            widest = widest.max(self.column());
            let short = indent.is_none_or(|indent| self.column() < indent);
            if short && self.byte(0) == Some(b'\t') {
                let what = "a tab stands here where spaces have to indent a block scalar";
                return Err(Fault::syntax(self.at.max(start), what));
            }
            let end = self.at;
            match self.skip_break() {
                "" => break,
                found => {
                    breaks.push_str(found);
                    *last = end;
                }
            }
        }
        let smallest = self.indent.map_or(1, |indent| indent + 1).max(1);
        indent.get_or_insert(widest.max(smallest));
        Ok(breaks)
    }
}

fn has_tab(line: &str) -> bool {
    line.starts_with('\t')
}

/// What a character behind `\` means.
const fn escaped(code: Option<u8>) -> Option<char> {
    Some(match code {
        Some(b'0') => '\0',
        Some(b'a') => '\u{7}',
        Some(b'b') => '\u{8}',
        Some(b't' | b'\t') => '\t',
        Some(b'n') => '\n',
        Some(b'v') => '\u{b}',
        Some(b'f') => '\u{c}',
        Some(b'r') => '\r',
        Some(b'e') => '\u{1b}',
        Some(b' ') => ' ',
        Some(b'"') => '"',
        Some(b'\'') => '\'',
        Some(b'/') => '/',
        Some(b'\\') => '\\',
        Some(b'N') => '\u{85}',
        Some(b'_') => '\u{a0}',
        Some(b'L') => '\u{2028}',
        Some(b'P') => '\u{2029}',
        _ => return None,
    })
}
