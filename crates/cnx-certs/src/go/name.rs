//! Distinguished names, and what is a domain or a mailbox.

use super::der::{Element, Reader, SEQUENCE, SET};
use super::text::text;
use super::{Result, Rule as _};

/// A subject or an issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name<'d> {
    /// The bytes, by which Go compares names.
    pub(crate) raw: &'d [u8],
    attributes: Vec<(&'d [u8], String)>,
}

/// Attributes that have a short name (RFC 4519, RFC 2985).
const SHORT: [(&[u8], &str); 11] = [
    (&[0x55, 4, 3], "CN"),
    (&[0x55, 4, 4], "SN"),
    (&[0x55, 4, 5], "serialNumber"),
    (&[0x55, 4, 6], "C"),
    (&[0x55, 4, 7], "L"),
    (&[0x55, 4, 8], "ST"),
    (&[0x55, 4, 9], "street"),
    (&[0x55, 4, 10], "O"),
    (&[0x55, 4, 11], "OU"),
    (
        &[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 25],
        "DC",
    ),
    (
        &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1],
        "emailAddress",
    ),
];

impl<'d> Name<'d> {
    pub(super) fn parse(name: Element<'d>) -> Result<Self> {
        let mut rest = Reader(name.content);
        let mut attributes = Vec::new();
        while !rest.is_empty() {
            let mut set = rest.read(SET).or_rule("a name is malformed")?;
            while !set.is_empty() {
                let mut attribute = set.read(SEQUENCE).or_rule("a name is malformed")?;
                let oid = attribute
                    .oid()
                    .or_rule("a name has an attribute type that is malformed, or has a number of more than 31 bits")?;
                let value = attribute.any().or_rule("a name's value is malformed")?;
                attributes.push((oid, text(value.tag, value.content)?));
            }
        }
        Ok(Self {
            raw: name.whole,
            attributes,
        })
    }

    /// Of several the last, as in Go (`pkix.Name`).
    pub(crate) fn common_name(&self) -> Option<&str> {
        let mut names = self.attributes.iter().rev();
        let (_, name) = names.find(|(oid, _)| *oid == [0x55, 4, 3])?;
        Some(name)
    }

    /// For people: `O=Example, CN=etcd`.
    pub(crate) fn shown(&self) -> String {
        let shown = |(oid, value): &(&[u8], String)| {
            let short = SHORT.iter().find(|(known, _)| known == oid);
            let name = short.map_or_else(|| super::dotted(oid), |(_, short)| (*short).to_owned());
            format!("{name}={value}")
        };
        let all: Vec<_> = self.attributes.iter().map(shown).collect();
        all.join(", ")
    }
}

/// The labels of a domain; none where it is none. No label may be empty, and all must be
/// visible ASCII.
pub(super) fn labels(domain: &str) -> Option<Vec<&str>> {
    if domain.is_empty() {
        return Some(Vec::new());
    }
    let labels: Vec<_> = domain.split('.').collect();
    let visible =
        |label: &&str| !label.is_empty() && label.bytes().all(|b| (33..=126).contains(&b));
    labels.iter().all(visible).then_some(labels)
}

/// The local part and the domain of a mailbox (RFC 2821, section 4.1.2).
pub(super) fn mailbox(text: &str) -> Option<(String, &str)> {
    let (local, domain) = match text.strip_prefix('"') {
        Some(quoted) => {
            let mut local = String::new();
            let mut chars = quoted.char_indices();
            loop {
                match chars.next()? {
                    (end, '"') => break (local, quoted.get(end + 1..)?),
                    (_, '\\') => match chars.next()?.1 {
                        c @ ('\u{1}'..='\u{9}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{7f}') => {
                            local.push(c);
                        }
                        _ => return None,
                    },
                    (
                        _,
                        c @ ('\u{1}'..='\u{8}'
                        | '\u{b}'
                        | '\u{c}'
                        | '\u{e}'..='!'
                        | '#'..='['
                        | ']'..='\u{7f}'),
                    ) => local.push(c),
                    _ => return None,
                }
            }
        }
        None => {
            let mut local = String::new();
            let mut rest = text;
            loop {
                let mut chars = rest.chars();
                match chars.next() {
                    Some('\\') => local.push(chars.next()?),
                    Some(c) if is_atom(c) || c == '.' => local.push(c),
                    _ => break,
                }
                rest = chars.as_str();
            }
            let dots = local.starts_with('.') || local.ends_with('.') || local.contains("..");
            if local.is_empty() || dots {
                return None;
            }
            (local, rest)
        }
    };
    let domain = domain.strip_prefix('@')?;
    labels(domain).map(|_| (local, domain))
}

const fn is_atom(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || matches!(
            c,
            '!' | '#'
                | '$'
                | '%'
                | '&'
                | '\''
                | '*'
                | '+'
                | '-'
                | '/'
                | '='
                | '?'
                | '^'
                | '_'
                | '`'
                | '{'
                | '|'
                | '}'
                | '~'
        )
}
