//! Cuts a document's text into tokens.
//!
//! Indentation becomes tokens too, and a key is known as one only when its colon
//! is met: a token for it is put in front then. A key stands on one line and is at
//! most 1,024 characters long, so little is moved.

use memchr::memmem;

use super::token::{Kind, Token};
use super::{Fault, MAX_DEPTH, Read};
use crate::chars::{break_len, is_printable};
use crate::error::ErrorKind;
use crate::position::LINE_BREAKS;
use crate::tree::ScalarStyle;

/// The longest key in front of a colon, in characters (YAML 1.2, 7.4).
const MAX_KEY: usize = 1024;

/// A token that is a key if a colon follows it.
#[derive(Clone, Copy)]
struct SimpleKey {
    /// The token's number.
    token: usize,
    at: usize,
    line: usize,
    column: usize,
    /// Nothing else can stand in this column.
    required: bool,
}

pub(super) struct Scanner<'t> {
    pub(super) text: &'t str,
    pub(super) at: usize,
    line: usize,
    line_start: usize,
    /// Bytes of this line that are no character of their own.
    wide: usize,
    /// Where the line behind `---` starts.
    body: usize,
    /// JSON is not bound to YAML's rules for keys and characters.
    pub(super) json: bool,
    pub(super) indent: Option<usize>,
    indents: Vec<Option<usize>>,
    /// What may be a key, for each level of flow collections.
    keys: Vec<Option<SimpleKey>>,
    pub(super) key_allowed: bool,
    tokens: Vec<Token<'t>>,
    /// Where open flow collections start.
    flows: Vec<usize>,
}

/// The tokens of `text`, up to the first fault.
pub(super) fn tokens(text: &str) -> (Vec<Token<'_>>, Option<Fault>) {
    let mut scanner = Scanner {
        text,
        at: 0,
        line: 0,
        line_start: 0,
        wide: 0,
        body: body(text),
        json: is_json(text),
        indent: None,
        indents: Vec::new(),
        keys: vec![None],
        key_allowed: true,
        // About as many as an object has: they are moved less often while they grow.
        tokens: Vec::with_capacity((text.len() / 8).min(4096)),
        flows: Vec::new(),
    };
    let fault = scanner.run().err();
    (scanner.tokens, fault)
}

pub(crate) const TWO_MARKS: &str = "two byte order marks";

/// Where the second of two byte order marks stands that the text starts with.
pub(crate) fn two_marks(text: &str) -> Option<usize> {
    let rest = text.strip_prefix('\u{feff}')?;
    rest.starts_with('\u{feff}')
        .then_some(text.len() - rest.len())
}

/// Where the line behind the first line that starts with `---` starts.
fn body(text: &str) -> usize {
    // Where there is no mark, nobody asks.
    if memmem::find(text.as_bytes(), "\u{feff}".as_bytes()).is_none() {
        return 0;
    }
    let mut end = 0;
    for line in text.split_inclusive('\n') {
        end += line.len();
        if line.starts_with("---") {
            return end;
        }
    }
    0
}

/// Whether kubectl takes the text for JSON: it starts with a brace.
fn is_json(text: &str) -> bool {
    let text = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    let text = text.strip_prefix("---").unwrap_or(text);
    text.trim_start().starts_with('{')
}

/// Whether there is nothing but ASCII that YAML lets stand: of most texts, this is
/// found out many bytes at a time.
fn is_plain_ascii(text: &str) -> bool {
    let is_plain = |byte: &u8| {
        matches!(byte, b' '..=b'~') | (*byte == b'\n') | (*byte == b'\t') | (*byte == b'\r')
    };
    let mut chunks = text.as_bytes().chunks(64);
    chunks.all(|chunk| chunk.iter().fold(true, |all, byte| all & is_plain(byte)))
}

impl<'t> Scanner<'t> {
    fn run(&mut self) -> Read<()> {
        let odd = |c: &char| !is_printable(*c) && (!self.json || *c < '\u{7f}');
        if !is_plain_ascii(self.text) {
            let mut characters = self.text.char_indices();
            if let Some((at, _)) = characters.find(|(_, c)| odd(c)) {
                return Err(Fault::syntax(at, "a control character stands here"));
            }
        }
        while self.next_token()? {}
        Ok(())
    }

    // Characters.

    pub(super) fn byte(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at + ahead).copied()
    }

    pub(super) fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(super) fn between(&self, start: usize, end: usize) -> &'t str {
        self.text.get(start..end).unwrap_or_default()
    }

    pub(super) const fn column(&self) -> usize {
        self.at - self.line_start - self.wide
    }

    pub(super) fn is_blank(&self, ahead: usize) -> bool {
        matches!(self.byte(ahead), Some(b' ' | b'\t'))
    }

    pub(super) fn is_break(&self, ahead: usize) -> bool {
        self.break_len(ahead) > 0
    }

    fn break_len(&self, ahead: usize) -> usize {
        let bytes = self.text.as_bytes();
        bytes.get(self.at + ahead..).map_or(0, break_len)
    }

    /// A blank, a line break or the text's end.
    pub(super) fn is_space(&self, ahead: usize) -> bool {
        match self.byte(ahead) {
            None | Some(b' ' | b'\t' | b'\n' | b'\r') => true,
            Some(byte) if byte < 0x80 => false,
            Some(_) => self.is_break(ahead),
        }
    }

    pub(super) const fn in_flow(&self) -> bool {
        self.keys.len() > 1
    }

    /// `---` or `...`, at the start of a line.
    pub(super) fn at_marker(&self) -> bool {
        self.column() == 0
            && (self.rest().starts_with("---") || self.rest().starts_with("..."))
            && self.is_space(3)
    }

    /// Whether the line of the marker here is another one for kubectl, which cuts
    /// the stream at such lines, than for the reader.
    fn is_cut_elsewhere(&self) -> bool {
        let before = self.text.get(..self.at).unwrap_or_default();
        if !before.trim_start_matches('\u{feff}').is_empty() && !before.ends_with('\n') {
            return true;
        }
        let line = self.rest().split('\n').next().unwrap_or_default();
        let line = line.trim_end_matches('\r');
        line.contains(LINE_BREAKS)
    }

    /// Moves past one character that is no line break.
    pub(super) fn skip(&mut self) {
        if self.byte(0).is_some_and(|byte| byte.is_ascii()) {
            self.at += 1;
            return;
        }
        let len = self.rest().chars().next().map_or(0, char::len_utf8);
        self.at += len;
        self.wide += len.saturating_sub(1);
    }

    /// Moves past a line break, and returns what it means: `\n`, or the YAML 1.1
    /// separator that it is. Empty where there is none.
    pub(super) fn skip_break(&mut self) -> &'t str {
        let len = self.break_len(0);
        let text = self.between(self.at, self.at + len);
        if len > 0 {
            self.at += len;
            self.line += 1;
            self.line_start = self.at;
            self.wide = 0;
        }
        match text {
            "" | "\u{2028}" | "\u{2029}" => text,
            _ => "\n",
        }
    }

    /// Moves past the rest of the line.
    pub(super) fn skip_line(&mut self) {
        self.skip_bytes(|byte| !matches!(byte, b'\n' | b'\r'));
        while self.at < self.text.len() && !self.is_break(0) {
            self.skip();
            self.skip_bytes(|byte| !matches!(byte, b'\n' | b'\r'));
        }
    }

    /// Moves past ASCII characters that are no line breaks, for as long as `are`.
    pub(super) fn skip_bytes(&mut self, are: impl Fn(u8) -> bool) {
        let rest = self.rest().bytes();
        self.at += rest
            .take_while(|byte| byte.is_ascii() && are(*byte))
            .count();
    }

    pub(super) fn skip_blanks(&mut self) {
        while self.is_blank(0) {
            self.skip();
        }
    }

    // Tokens.

    pub(super) fn push(&mut self, kind: Kind<'t>, start: usize, column: usize) {
        let end = self.at;
        self.push_to(kind, start, end, column);
    }

    fn push_to(&mut self, kind: Kind<'t>, start: usize, end: usize, column: usize) {
        self.tokens.push(Token {
            kind,
            start,
            end,
            column,
        });
    }

    /// A token of `len` ASCII characters.
    fn push_indicator(&mut self, kind: Kind<'t>, len: usize) {
        let (start, column) = (self.at, self.column());
        self.at += len;
        self.push(kind, start, column);
    }

    fn next_token(&mut self) -> Read<bool> {
        self.skip_to_token()?;
        self.forget_stale_key()?;
        self.close_blocks(Some(self.column()));
        let Some(byte) = self.byte(0) else {
            return self.end().map(|()| false);
        };
        let column = self.column();
        if column == 0 && byte == b'%' {
            self.end_blocks()?;
            self.directive()?;
            return Ok(true);
        }
        if self.at_marker() {
            // For kubectl, which cuts at `---` before it reads, the line goes on.
            if self.is_cut_elsewhere() {
                let what = "a document's marker on a line that LF or CRLF does not start and end";
                let kind = ErrorKind::Unsupported(what);
                return Err(Fault { at: self.at, kind });
            }
            self.end_blocks()?;
            let kind = if byte == b'-' {
                Kind::DocumentStart
            } else {
                Kind::DocumentEnd
            };
            self.push_indicator(kind, 3);
            return Ok(true);
        }
        match byte {
            b'[' => self.open_flow(Kind::FlowSequence)?,
            b'{' => self.open_flow(Kind::FlowMapping)?,
            b']' => self.close_flow(Kind::FlowSequenceEnd)?,
            b'}' => self.close_flow(Kind::FlowMappingEnd)?,
            b',' => {
                self.drop_key()?;
                self.key_allowed = true;
                self.push_indicator(Kind::FlowEntry, 1);
            }
            b'-' if self.is_space(1) => self.entry(Kind::BlockSequence, Kind::BlockEntry)?,
            b'?' if self.in_flow() || self.is_space(1) => {
                self.entry(Kind::BlockMapping, Kind::Key)?;
                self.key_allowed = !self.in_flow();
            }
            b':' if self.in_flow() || self.is_space(1) => self.value()?,
            b'*' | b'&' => self.anchor(byte == b'*')?,
            b'!' => self.tag()?,
            b'|' | b'>' if !self.in_flow() => {
                self.drop_key()?;
                self.key_allowed = true;
                let start = self.at;
                let (value, style, end) = self.block_scalar()?;
                self.push_to(Kind::Scalar(value, style), start, end, column);
            }
            b'\'' | b'"' => {
                self.save_key()?;
                self.key_allowed = false;
                let start = self.at;
                let (value, style) = self.quoted()?;
                self.push(Kind::Scalar(value, style), start, column);
            }
            b'\t' => return Err(self.fault("a tab stands here where spaces have to indent")),
            b'#' | b'|' | b'>' | b'%' | b'@' | b'`' => {
                return Err(self.fault("a value cannot start with this character; quote it"));
            }
            _ => {
                self.save_key()?;
                self.key_allowed = false;
                let start = self.at;
                let (value, end) = self.plain()?;
                self.push_to(Kind::Scalar(value, ScalarStyle::Plain), start, end, column);
            }
        }
        Ok(true)
    }

    pub(super) fn fault(&self, what: &str) -> Fault {
        Fault::syntax(self.at, what)
    }

    /// A byte order mark where kubectl begins to read: at the text's start, or
    /// behind the `---` line that it cuts at. Anywhere else it is a character like
    /// others. A second one would be skipped too, but take up a column.
    fn skip_mark(&mut self) -> Read<()> {
        if (self.at == 0 || self.at == self.body) && self.rest().starts_with('\u{feff}') {
            if let Some(at) = two_marks(self.rest()) {
                let kind = ErrorKind::Unsupported(TWO_MARKS);
                let at = self.at + at;
                return Err(Fault { at, kind });
            }
            self.skip();
            self.wide += 1;
        }
        Ok(())
    }

    /// White space, line breaks and comments. A tab may stand wherever no key can
    /// start.
    fn skip_to_token(&mut self) -> Read<()> {
        loop {
            self.skip_mark()?;
            let tabs = self.in_flow() || !self.key_allowed;
            while self.byte(0) == Some(b' ') || (tabs && self.byte(0) == Some(b'\t')) {
                self.at += 1;
            }
            if self.byte(0) == Some(b'#') {
                self.skip_line();
            }
            if self.skip_break().is_empty() {
                return Ok(());
            }
            if !self.in_flow() {
                self.key_allowed = true;
            }
        }
    }

    // Keys.

    fn is_stale(&self, key: SimpleKey) -> bool {
        let long = || self.between(key.at, self.at).chars().count() > MAX_KEY;
        key.line < self.line || (self.at - key.at > MAX_KEY && long())
    }

    /// Only a block's key can be required; those of flow collections are looked
    /// at when their colon comes.
    fn forget_stale_key(&mut self) -> Read<()> {
        let Some(key) = self.keys.first().copied().flatten() else {
            return Ok(());
        };
        if !self.is_stale(key) {
            return Ok(());
        }
        if key.required {
            return Err(Fault::syntax(key.at, "this key has no colon behind it"));
        }
        if let Some(first) = self.keys.first_mut() {
            *first = None;
        }
        Ok(())
    }

    pub(super) fn save_key(&mut self) -> Read<()> {
        if !self.key_allowed {
            return Ok(());
        }
        self.drop_key()?;
        let key = SimpleKey {
            token: self.tokens.len(),
            at: self.at,
            line: self.line,
            column: self.column(),
            required: !self.in_flow() && self.indent == Some(self.column()),
        };
        if let Some(last) = self.keys.last_mut() {
            *last = Some(key);
        }
        Ok(())
    }

    fn drop_key(&mut self) -> Read<()> {
        match self.keys.last_mut().and_then(Option::take) {
            Some(key) if key.required => {
                Err(Fault::syntax(key.at, "this key has no colon behind it"))
            }
            _ => Ok(()),
        }
    }

    // Structure.

    /// Starts a block collection if the column is a deeper one.
    fn open_block(&mut self, kind: Kind<'t>, column: usize, before: usize, at: usize) -> Read<()> {
        if self.in_flow() || self.indent >= Some(column) {
            return Ok(());
        }
        if self.indents.len() > MAX_DEPTH {
            return Err(Fault::too_deep(at));
        }
        self.indents.push(self.indent);
        self.indent = Some(column);
        let token = Token {
            kind,
            start: at,
            end: at,
            column,
        };
        self.tokens.insert(before.min(self.tokens.len()), token);
        Ok(())
    }

    fn close_blocks(&mut self, column: Option<usize>) {
        if self.in_flow() {
            return;
        }
        while self.indent > column {
            let (start, at) = (self.at, self.column());
            self.push(Kind::BlockEnd, start, at);
            self.indent = self.indents.pop().flatten();
        }
    }

    fn end_blocks(&mut self) -> Read<()> {
        self.close_blocks(None);
        self.drop_key()?;
        self.key_allowed = false;
        Ok(())
    }

    fn end(&mut self) -> Read<()> {
        if let Some(start) = self.flows.last() {
            let what = if self.text.as_bytes().get(*start) == Some(&b'[') {
                "this flow sequence is not closed"
            } else {
                "this flow mapping is not closed"
            };
            return Err(Fault::syntax(*start, what));
        }
        self.end_blocks()?;
        self.push_indicator(Kind::End, 0);
        Ok(())
    }

    fn open_flow(&mut self, kind: Kind<'t>) -> Read<()> {
        self.save_key()?;
        if self.keys.len() > MAX_DEPTH {
            return Err(Fault::too_deep(self.at));
        }
        self.keys.push(None);
        self.flows.push(self.at);
        self.key_allowed = true;
        self.push_indicator(kind, 1);
        Ok(())
    }

    fn close_flow(&mut self, kind: Kind<'t>) -> Read<()> {
        self.drop_key()?;
        if self.in_flow() {
            self.keys.pop();
        }
        self.flows.pop();
        self.key_allowed = false;
        self.push_indicator(kind, 1);
        Ok(())
    }

    /// `-` or `?`.
    fn entry(&mut self, block: Kind<'t>, kind: Kind<'t>) -> Read<()> {
        if !self.in_flow() {
            if !self.key_allowed {
                return Err(self.fault("an entry cannot start here, behind a value or a key"));
            }
            let (column, before, at) = (self.column(), self.tokens.len(), self.at);
            self.open_block(block, column, before, at)?;
        }
        self.drop_key()?;
        self.key_allowed = true;
        self.push_indicator(kind, 1);
        Ok(())
    }

    fn value(&mut self) -> Read<()> {
        let key = self.keys.last_mut().and_then(Option::take);
        let open = self
            .flows
            .last()
            .and_then(|at| self.text.as_bytes().get(*at));
        let free = self.json && open == Some(&b'{');
        if let Some(key) = key.filter(|key| free || !self.is_stale(*key)) {
            let token = Token {
                kind: Kind::Key,
                start: key.at,
                end: key.at,
                column: key.column,
            };
            self.tokens.insert(key.token.min(self.tokens.len()), token);
            self.open_block(Kind::BlockMapping, key.column, key.token, key.at)?;
            self.key_allowed = false;
        } else {
            if !self.in_flow() {
                if !self.key_allowed {
                    return Err(self.fault("a colon cannot stand here; quote the value before it"));
                }
                let (column, before, at) = (self.column(), self.tokens.len(), self.at);
                self.open_block(Kind::BlockMapping, column, before, at)?;
            }
            self.key_allowed = !self.in_flow();
        }
        self.push_indicator(Kind::Value, 1);
        Ok(())
    }
}
