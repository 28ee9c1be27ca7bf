//! Texts of a certificate as they may be shown.

use std::fmt::Write as _;

use x509_parser::prelude::{FromDer as _, X509Certificate};
use x509_parser::x509::X509Name;

/// The text with all that could steer a terminal or hide from the reader
/// (control characters, directions of writing, invisible ones) as `\u{…}`.
pub(crate) fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_plain(c) {
            out.push(c);
        } else {
            out.extend(c.escape_default());
        }
    }
    out
}

const fn is_plain(c: char) -> bool {
    !matches!(
        c,
        '\0'..='\u{1f}'
            | '\u{7f}'..='\u{9f}'
            | '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// A subject or issuer in its own order: `O=Example, CN=ca`.
pub(crate) fn name(name: &X509Name<'_>) -> String {
    let registry = x509_parser::objects::oid_registry();
    let mut out = String::new();
    for attribute in name.iter_attributes() {
        if !out.is_empty() {
            out.push_str(", ");
        }
        let oid = attribute.attr_type();
        match x509_parser::objects::oid2abbrev(oid, registry) {
            Ok(short) => out.push_str(short),
            Err(_) => out.push_str(&oid.to_id_string()),
        }
        out.push('=');
        match attribute.as_str() {
            Ok(value) => {
                // As in RFC 4514, what would look like another attribute.
                let value = text(value).replace('\\', "\\\\");
                out.push_str(&value.replace(',', "\\,").replace('+', "\\+"));
            }
            Err(_) => {
                out.push('#');
                for byte in attribute.as_slice() {
                    let _ = write!(out, "{byte:02x}");
                }
            }
        }
    }
    if out.is_empty() {
        out.push_str("(empty)");
    }
    out
}

/// The subject of a certificate in DER.
pub(crate) fn subject(der: &[u8]) -> String {
    match X509Certificate::from_der(der) {
        Ok((_, certificate)) => name(certificate.subject()),
        Err(_) => "(not readable)".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn what_could_steer_a_terminal_is_escaped() {
        assert_eq!(text("caf\u{e9} \u{1b}[31m"), "caf\u{e9} \\u{1b}[31m");
        assert_eq!(text("a\u{202e}b\nc\u{9b}"), "a\\u{202e}b\\nc\\u{9b}");
    }
}
