//! Anchors, aliases, tags and directives.

use std::borrow::Cow;

use super::scanner::Scanner;
use super::token::Kind;
use super::{Fault, Read};

impl Scanner<'_> {
    pub(super) fn anchor(&mut self, alias: bool) -> Read<()> {
        self.save_key()?;
        self.key_allowed = false;
        let (start, column) = (self.at, self.column());
        self.at += 1;
        let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        while self.byte(0).is_some_and(word) {
            self.at += 1;
        }
        let name = self.between(start + 1, self.at);
        let behind = self.byte(0).is_some_and(|byte| b"?:,]}%@`".contains(&byte));
        if name.is_empty() || !(behind || self.is_space(0)) {
            let what = "the name of an anchor or alias is made of letters, digits, _ and -";
            return Err(Fault::syntax(start, what));
        }
        let kind = if alias {
            Kind::Alias(name)
        } else {
            Kind::Anchor(name)
        };
        self.push(kind, start, column);
        Ok(())
    }

    pub(super) fn tag(&mut self) -> Read<()> {
        self.save_key()?;
        self.key_allowed = false;
        let (start, column) = (self.at, self.column());
        let rest = self.rest();
        let (handle, suffix) = if let Some(verbatim) = rest.strip_prefix("!<") {
            let uri = verbatim.find('>').and_then(|end| verbatim.get(..end));
            let uri = uri.filter(|uri| uri.bytes().all(is_uri) && !uri.is_empty());
            let uri = uri.ok_or_else(|| self.fault("this tag is not a URI in <…>"))?;
            self.at += 2 + uri.len() + 1;
            ("", uri)
        } else {
            let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
            let named = rest.bytes().skip(1).take_while(|byte| word(*byte)).count();
            let handle = match rest.as_bytes().get(1 + named) {
                Some(b'!') => 2 + named,
                _ => 1,
            };
            let suffix = rest.bytes().skip(handle).take_while(|byte| is_uri(*byte));
            let len = handle + suffix.count();
            self.at += len;
            let handle = rest.get(..handle).unwrap_or_default();
            (handle, rest.get(handle.len()..len).unwrap_or_default())
        };
        // Brackets and commas are a part of a tag for go-yaml, in flow style too.
        if !self.is_space(0) {
            return Err(Fault::syntax(start, "a blank must stand behind this tag"));
        }
        if suffix.is_empty() && handle.len() > 1 {
            return Err(Fault::syntax(start, "this tag ends behind its handle"));
        }
        let suffix = unescaped(suffix)
            .ok_or_else(|| Fault::syntax(start, "this tag holds an escape that is not UTF-8"))?;
        self.push(Kind::Tag(handle, suffix), start, column);
        Ok(())
    }

    pub(super) fn directive(&mut self) -> Read<()> {
        let (start, column) = (self.at, self.column());
        self.skip_line();
        let line = self.between(start, self.at);
        let line = line.split(" #").next().unwrap_or_default();
        let mut words = line.split_ascii_whitespace();
        let words = (words.next(), words.next(), words.next(), words.next());
        let tag = match words {
            (Some("%YAML"), Some(version), None, None) => {
                let (major, minor) = version.split_once('.').unwrap_or_default();
                if !(is_number(major) && is_number(minor)) {
                    return Err(Fault::syntax(start, "this directive names no version"));
                }
                if major != "1" {
                    return Err(Fault::syntax(start, "this version of YAML is not known"));
                }
                None
            }
            (Some("%TAG"), Some(handle), Some(prefix), None) if handle.starts_with('!') => {
                Some((handle, prefix))
            }
            _ => return Err(Fault::syntax(start, "this directive is not known")),
        };
        self.push(Kind::Directive(tag), start, column);
        Ok(())
    }
}

fn is_number(text: &str) -> bool {
    (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

const fn is_uri(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'_' | b'-'
                | b';'
                | b'/'
                | b'?'
                | b':'
                | b'@'
                | b'&'
                | b'='
                | b'+'
                | b'$'
                | b'.'
                | b'!'
                | b'~'
                | b'*'
                | b'\''
                | b'('
                | b')'
                | b','
                | b'['
                | b']'
                | b'%'
        )
}

/// A tag's suffix without its `%` escapes.
fn unescaped(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains('%') {
        return Some(Cow::Borrowed(text));
    }
    let mut out = Vec::with_capacity(text.len());
    let mut parts = text.split('%');
    out.extend_from_slice(parts.next()?.as_bytes());
    for part in parts {
        let code = part
            .get(..2)
            .filter(|code| code.bytes().all(|b| b.is_ascii_hexdigit()))?;
        out.push(u8::from_str_radix(code, 16).ok()?);
        out.extend_from_slice(part.get(2..)?.as_bytes());
    }
    String::from_utf8(out).ok().map(Cow::Owned)
}
