//! A scalar's text as go-yaml reads it.

use std::borrow::Cow;

use super::tagged::{decode_base64, is_timestamp};
use super::{PREFIX, Refused, Resolved};

/// A scalar by its text, whether it is plain, and its tag.
pub(super) fn resolve<'t>(
    text: &'t str,
    plain: bool,
    tag: Option<&str>,
) -> Result<Resolved<'t>, Refused> {
    let string = Resolved::String(Cow::Borrowed(text));
    let Some(tag) = tag else {
        return Ok(if plain { untagged(text) } else { string });
    };
    let Some(short) = tag.strip_prefix(PREFIX) else {
        return Ok(string);
    };
    match (short, untagged(text)) {
        ("binary", _) => match decode_base64(text) {
            Some(bytes) => Ok(String::from_utf8(bytes).map_or_else(
                |error| Resolved::Binary(error.into_bytes()),
                |text| Resolved::String(Cow::Owned(text)),
            )),
            None => Err("a !!binary that is not base64"),
        },
        ("null", Resolved::Null) => Ok(Resolved::Null),
        ("bool", Resolved::Bool(value)) => Ok(Resolved::Bool(value)),
        ("int", Resolved::Int(number)) => Ok(Resolved::Int(number)),
        ("float", Resolved::Float(number)) => Ok(Resolved::Float(number)),
        #[allow(clippy::cast_precision_loss, reason = "so does Go")]
        ("float", Resolved::Int(number)) if i64::try_from(number).is_ok() => {
            Ok(Resolved::Float(number as f64))
        }
        ("timestamp", Resolved::String(_)) if is_timestamp(text) => Ok(string),
        ("null" | "bool" | "int" | "float" | "timestamp", _) => {
            Err("the value is not what its tag says")
        }
        _ => Ok(string),
    }
}

/// go-yaml's `resolve` for a plain scalar without a tag.
pub(super) fn untagged(text: &str) -> Resolved<'_> {
    let word = match text {
        "" | "~" | "null" | "Null" | "NULL" => Some(Resolved::Null),
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Some(Resolved::Bool(true))
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Some(Resolved::Bool(false))
        }
        ".nan" | ".NaN" | ".NAN" => Some(Resolved::Float(f64::NAN)),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => {
            Some(Resolved::Float(f64::INFINITY))
        }
        "-.inf" | "-.Inf" | "-.INF" => Some(Resolved::Float(f64::NEG_INFINITY)),
        _ => None,
    };
    let number = || match text.chars().next() {
        Some('.') => go_float(text),
        Some('0'..='9' | '+' | '-') => number(&text.replace('_', "")),
        _ => None,
    };
    word.or_else(number)
        .unwrap_or(Resolved::String(Cow::Borrowed(text)))
}

fn number<'t>(text: &str) -> Option<Resolved<'t>> {
    let integer = integer(text).map(Resolved::Int);
    // go-yaml tries a `0b` once more, without its prefix: `0b-11` is -3.
    let binary = || {
        let digits = text.strip_prefix("0b")?;
        let number = i64::from_str_radix(digits, 2).ok()?;
        Some(Resolved::Int(number.into()))
    };
    integer.or_else(|| float(text)).or_else(binary)
}

/// Go's `ParseInt(text, 0, 64)`, or else `ParseUint`.
fn integer(text: &str) -> Option<i128> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let prefixes: [(&[&str], u32); 3] =
        [(&["0x", "0X"], 16), (&["0o", "0O"], 8), (&["0b", "0B"], 2)];
    let prefixed = prefixes.iter().find_map(|(prefixes, radix)| {
        let digits = prefixes.iter().find_map(|p| unsigned.strip_prefix(p))?;
        Some((digits, *radix))
    });
    let (digits, radix) = prefixed.unwrap_or(match unsigned.strip_prefix('0') {
        Some(octal) if !octal.is_empty() => (octal, 8),
        _ => (unsigned, 10),
    });
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    let number = i128::from_str_radix(digits, radix).ok()?;
    let number = if text.starts_with('-') {
        -number
    } else {
        number
    };
    let fits = i64::try_from(number).is_ok()
        || (unsigned.len() == text.len() && u64::try_from(number).is_ok());
    fits.then_some(number)
}

/// `^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`, if it is finite.
fn float<'t>(text: &str) -> Option<Resolved<'t>> {
    let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (number, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((number, exponent)) => (
            number,
            exponent.strip_prefix(['+', '-']).unwrap_or(exponent),
        ),
        None => (unsigned, "0"),
    };
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let valid = digits(whole)
        && digits(part)
        && digits(exponent)
        && !exponent.is_empty()
        && (!whole.is_empty() || !part.is_empty());
    let number = valid.then(|| text.parse().ok()).flatten();
    number.filter(|n: &f64| n.is_finite()).map(Resolved::Float)
}

/// Go's `ParseFloat` of what starts with a dot: `_` may stand between digits.
fn go_float<'t>(text: &str) -> Option<Resolved<'t>> {
    let bytes = text.as_bytes();
    let is_digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    let between = bytes.iter().enumerate().all(|(at, byte)| {
        *byte != b'_' || is_digit(bytes.get(at.wrapping_sub(1))) && is_digit(bytes.get(at + 1))
    });
    between.then(|| float(&text.replace('_', ""))).flatten()
}

/// Go's `FormatFloat(number, 'g', -1, 32)`, or YAML's word.
pub(super) fn float_key(number: f64) -> String {
    if !number.is_finite() {
        let word = match number {
            f64::INFINITY => ".inf",
            f64::NEG_INFINITY => "-.inf",
            _ => ".nan",
        };
        return word.to_owned();
    }
    #[allow(clippy::cast_possible_truncation, reason = "so does Go")]
    let written = format!("{:e}", number as f32);
    let (digits, exponent) = written.split_once('e').unwrap_or((&written, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..6).contains(&exponent) || number == 0.0 {
        #[allow(clippy::cast_possible_truncation, reason = "so does Go")]
        return (number as f32).to_string();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.unsigned_abs())
}
