//! Private keys in the other alphabets: base64 of URLs, and hexadecimal digits.

use std::ops::Range;

use super::{base64, der};

/// The fewest digits that are looked at.
const SHORT: usize = 40;

/// Where the keys stand, over several lines or words too.
pub(super) fn keys(text: &str, depth: u8) -> Vec<Range<usize>> {
    let mut found = match standard(text) {
        Some(text) => base64::keys(&text, depth),
        None => Vec::new(),
    };
    found.extend(hex(text));
    found
}

/// The text with base64 of URLs in the usual alphabet, place for place; none where there
/// is no such word.
fn standard(text: &str) -> Option<String> {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'=');
    let words = text.as_bytes().split(|byte| !is_word(*byte));
    // Names are of one case, or have no digit.
    let of_url = |word: &[u8]| {
        let has = |is: fn(&u8) -> bool| word.iter().any(is);
        let mixed = has(u8::is_ascii_uppercase) && has(u8::is_ascii_digit);
        word.len() >= 12 && mixed && has(|byte| matches!(byte, b'-' | b'_'))
    };
    words.into_iter().any(of_url).then(|| {
        let mut before = '\n';
        let mut chars = text.chars().peekable();
        let mut out = String::with_capacity(text.len());
        while let Some(c) = chars.next() {
            // The dash of a list stands by itself.
            let beside = |c: char| base64::is_base64(c) || matches!(c, '-' | '_');
            let joined = beside(before) || chars.peek().copied().is_some_and(beside);
            out.push(match c {
                '-' if joined => '+',
                '_' => '/',
                c => c,
            });
            before = c;
        }
        out
    })
}

/// Runs of digits with nothing but blanks, colons, line breaks and comment marks between.
fn hex(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut digits: Vec<(u8, usize)> = Vec::new();
    let mut line_is_bare = true;
    for (at, c) in text.char_indices() {
        let between = matches!(c, ' ' | '\t' | '\r' | '\n' | ':') || (c == '#' && line_is_bare);
        match c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()) {
            Some(digit) => digits.push((digit, at)),
            None if between => {}
            None => in_digits(&mut digits, &mut found),
        }
        line_is_bare = c == '\n' || (line_is_bare && between);
    }
    in_digits(&mut digits, &mut found);
    found
}

/// The keys in a run, which is over.
fn in_digits(digits: &mut Vec<(u8, usize)>, found: &mut Vec<Range<usize>>) {
    let mut rest = digits.as_slice();
    while rest.len() >= SHORT {
        // DER begins with a SEQUENCE.
        if let [(3, first), (0, _), ..] = rest
            && let Some(len) = key_len(rest)
            && let Some((_, last)) = rest.get(len - 1).or(rest.last())
        {
            found.push(*first..last + 1);
        }
        // Behind the start of a key that is cut off there may be another.
        rest = rest.get(1..).unwrap_or_default();
    }
    digits.clear();
}

/// How many digits are a private key's, if they begin with one.
fn key_len(digits: &[(u8, usize)]) -> Option<usize> {
    let bytes = digits.chunks_exact(2).take(SHORT);
    let bytes = bytes.filter_map(|pair| match pair {
        [(high, _), (low, _)] => Some(high << 4 | low),
        _ => None,
    });
    der::private_key(&bytes.collect::<Vec<_>>()).map(|len| 2 * len)
}
