//! Private keys in the other alphabets: base64 of URLs, and hexadecimal digits.

use std::ops::Range;

use super::{base64, der};

/// The shortest word that is looked at.
const SHORT: usize = 40;

/// Where the keys stand: each in one word.
pub(super) fn keys(text: &str) -> Vec<Range<usize>> {
    let in_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '=' | ':');
    let mut found = Vec::new();
    let mut at = 0;
    for word in text.split(|c| !in_word(c)) {
        if word.len() >= SHORT && word.starts_with(['M', 'L', '3']) {
            let keys = url_safe(word).into_iter().chain(hex(word));
            found.extend(keys.map(|key| at + key.start..at + key.end));
        }
        // What ends a word may have several bytes.
        at += word.len();
        let behind = text.get(at..).and_then(|rest| rest.chars().next());
        at += behind.map_or(0, char::len_utf8);
    }
    found
}

fn url_safe(word: &str) -> Vec<Range<usize>> {
    let word = word.split(':').next().unwrap_or_default();
    match word.contains(['-', '_']) {
        true => base64::keys(&word.replace('-', "+").replace('_', "/"), 0),
        false => Vec::new(),
    }
}

fn hex(word: &str) -> Option<Range<usize>> {
    let mut bytes = Vec::new();
    let mut digits = word.char_indices().filter(|(_, c)| *c != ':').peekable();
    let mut ends = Vec::new();
    while let (Some((_, high)), Some((at, low))) = (digits.next(), digits.next()) {
        let (Some(high), Some(low)) = (high.to_digit(16), low.to_digit(16)) else {
            break;
        };
        bytes.push(u8::try_from(high * 16 + low).ok()?);
        ends.push(at + 1);
    }
    let len = der::private_key(&bytes)?;
    (ends.len() >= SHORT / 2).then(|| 0..*ends.get(len - 1).or(ends.last()).unwrap_or(&0))
}
