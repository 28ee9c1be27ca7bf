//! The strings of names (`parseASN1String`).

use super::{Result, Rule as _, Unreadable};

const UTF8: u8 = 12;
const NUMERIC: u8 = 18;
const PRINTABLE: u8 = 19;
const T61: u8 = 20;
const IA5: u8 = 22;
const BMP: u8 = 30;

/// The text of a string of this tag.
pub(super) fn text(tag: u8, value: &[u8]) -> Result<String> {
    let all = |allowed: fn(&u8) -> bool| value.iter().all(allowed);
    // Each byte is a character of Latin-1: what T61String nearly is, and ASCII is.
    let latin = || value.iter().copied().map(char::from).collect();
    match tag {
        T61 => Ok(latin()),
        PRINTABLE => all(is_printable)
            .then(latin)
            .or_rule("a name has a PrintableString with a character that it may not have, such as _ @ ! ; or #"),
        UTF8 => {
            let text = std::str::from_utf8(value).ok().map(str::to_owned);
            text.or_rule("a name has a UTF8String that is not UTF-8")
        }
        BMP => bmp(value),
        IA5 => all(u8::is_ascii)
            .then(latin)
            .or_rule("a name has an IA5String that is not ASCII"),
        NUMERIC => all(|byte| byte.is_ascii_digit() || *byte == b' ')
            .then(latin)
            .or_rule("a name has a NumericString with something else than digits"),
        _ => Err(Unreadable::always(
            "a name has a string of a type that Go does not read (it reads UTF8String, \
             PrintableString, IA5String, NumericString, T61String and BMPString)",
        )),
    }
}

/// RFC 5280 has no `*` and `&`; Go lets them pass, since they are common.
const fn is_printable(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            *byte,
            b'\'' | b'(' | b')' | b'+' | b',' | b'-' | b'.' | b'/' | b' ' | b':' | b'=' | b'?'
        )
        || matches!(*byte, b'*' | b'&')
}

fn bmp(value: &[u8]) -> Result<String> {
    let (units, rest) = value.as_chunks::<2>();
    let units: Vec<u16> = units.iter().map(|unit| u16::from_be_bytes(*unit)).collect();
    let units = match units.split_last() {
        Some((0, before)) => before,
        _ => units.as_slice(),
    };
    let text = rest.is_empty().then(|| String::from_utf16_lossy(units));
    text.or_rule("a name has a BMPString of an odd length")
}
