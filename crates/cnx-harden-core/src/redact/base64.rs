//! Private keys in base64, over several lines or words.

use std::ops::Range;

use base64::Engine as _;
use base64::alphabet::STANDARD as ALPHABET;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::{der, forms};

/// How the base64 of a PEM file starts: that of `-----BEGIN `, as far as it is
/// the same whatever follows.
const PEM_START: &str = "LS0tLS1CRUdJTi";
/// Of a longer run, the rest is looked at by itself.
const LONG: usize = 1 << 16;
/// How often base64 may be put through base64.
const DEPTH: u8 = 3;

/// Made once: it has a table.
static ENGINE: GeneralPurpose = GeneralPurpose::new(
    &ALPHABET,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

pub(super) const fn is_base64(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=')
}

/// Where the keys stand.
pub(super) fn keys(text: &str, depth: u8) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut run = Run::default();
    let mut line_is_bare = true;
    let mut was_base64 = false;
    // The codes of a terminal's colours end with a letter.
    let mut in_code = false;
    for (at, c) in text.char_indices() {
        let base64 = is_base64(c) && !in_code;
        in_code = c == '\u{1b}' || (in_code && !c.is_ascii_alphabetic());
        let between = match c {
            '#' => line_is_bare,
            _ => matches!(c, ' ' | '\t' | '\r' | '\n'),
        };
        if base64 {
            if !was_base64 {
                run.words.push(run.chars.len());
            }
            run.chars.push(c);
            run.places.push(at);
        }
        let whole = !base64 && !between;
        if whole || (run.chars.len() >= LONG && !base64) {
            run.finish(depth, &mut found);
        }
        was_base64 = base64;
        line_is_bare = c == '\n' || (line_is_bare && between);
    }
    run.finish(depth, &mut found);
    found
}

/// Words of base64 with nothing but blanks, line breaks and comment marks between.
#[derive(Default)]
struct Run {
    chars: String,
    /// Where each character stands in the text.
    places: Vec<usize>,
    /// Where words begin in `chars`.
    words: Vec<usize>,
}

impl Run {
    fn finish(&mut self, depth: u8, found: &mut Vec<Range<usize>>) {
        if self.chars.len() >= 24 && depth < DEPTH {
            let mut done = 0;
            let mut starts: Vec<_> = self.starts().collect();
            starts.sort_unstable();
            starts.dedup();
            for start in starts {
                let rest = self.chars.get(start..).unwrap_or_default();
                // Behind the start of a key that is cut off there may be another.
                if start < done && !rest.starts_with('M') {
                    continue;
                }
                if let Some(len) = key_len(rest, depth) {
                    let end = self.whole(start, start + len);
                    done = done.max(end);
                    let places = (self.places.get(start), self.places.get(end - 1));
                    if let (Some(first), Some(last)) = places {
                        found.push(*first..last + 1);
                    }
                }
            }
        }
        self.chars.clear();
        self.places.clear();
        self.words.clear();
    }

    /// Where base64 may begin: at a word, behind an `=`, in a path, and wherever PEM does.
    fn starts(&self) -> impl Iterator<Item = usize> {
        let pem = self.chars.match_indices(PEM_START).map(|(at, _)| at);
        let pairs = self.chars.as_bytes().windows(2).enumerate();
        let values = pairs.filter(|(_, pair)| match pair {
            [b'=', next] => *next != b'=',
            // DER begins with the bits of this letter.
            [b'/', next] => *next == b'M',
            _ => false,
        });
        let values = values.map(|(at, _)| at + 1);
        self.words.iter().copied().chain(pem).chain(values)
    }

    /// The end of the word that a key ends in, and of the padding behind it.
    fn whole(&self, start: usize, end: usize) -> usize {
        let next = self.words.partition_point(|word| *word < end);
        let word = self.words.get(next).copied().unwrap_or(self.chars.len());
        // A key that is cut off is told with its last word; what stands behind a whole
        // one stays.
        word.max(start + 1)
    }
}

/// How many characters of base64 are a private key's, if it begins with one.
fn key_len(text: &str, depth: u8) -> Option<usize> {
    let text = text.get(..LONG).unwrap_or(text);
    let body = text.split('=').next().unwrap_or_default();
    let usable = body.len() - usize::from(body.len() % 4 == 1);
    let decode = |len: usize| ENGINE.decode(body.get(..len.min(usable))?).ok();
    // Most words are none: a few bytes tell.
    let first = decode(24)?;
    // Without the padding, which may be left out.
    let chars = |bytes: usize| (bytes * 4).div_ceil(3);
    if first.first() == Some(&0x30) {
        let len = der::private_key(&first)?;
        return (usable >= 24).then(|| chars(len).min(body.len()));
    }
    let printable = |byte: &u8| matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~');
    if first.len() < 15 || !first.iter().all(printable) {
        return None;
    }
    let decoded = decode(usable)?;
    let valid = match std::str::from_utf8(&decoded) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(decoded.get(..error.valid_up_to())?).ok()?,
    };
    let inner = forms(valid, depth + 1);
    let last = inner.iter().map(|range| range.end).max()?;
    Some(chars(last).min(body.len()))
}
