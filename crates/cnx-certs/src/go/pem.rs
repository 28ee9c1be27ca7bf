//! PEM as `encoding/pem` reads it: what is no block is passed over without a word.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

/// As Go decodes: padding is needed, and what its last bits are is not looked at.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical),
);

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const DASHES: &[u8] = b"-----";

/// A block that Go sees.
pub(crate) struct Seen {
    /// The line of its BEGIN, from 1.
    pub(crate) line: usize,
    pub(crate) label: String,
    /// Whether it has headers.
    pub(crate) headers: bool,
    /// Whether they say that it is encrypted.
    pub(crate) encrypted: bool,
    pub(crate) der: Zeroizing<Vec<u8>>,
}

impl Seen {
    /// Whether it is a private key of any form, by its label.
    pub(crate) fn is_key(&self) -> bool {
        self.label.ends_with("PRIVATE KEY")
    }
}

/// The blocks of a file that Go sees.
pub(crate) fn decode(file: &[u8]) -> Vec<Seen> {
    let lines: Vec<&[u8]> = file.split_inclusive(|byte| *byte == b'\n').collect();
    let mut seen = Vec::new();
    let mut at = 0;
    // The places of END lines, so that a file of BEGIN lines is not read as often as it
    // has lines.
    let ends: Vec<usize> = (0..lines.len())
        .filter(|number| line(&lines, *number).starts_with(END))
        .collect();
    while at < lines.len() {
        match block(&lines, at, &ends) {
            Some((block, behind)) => {
                seen.push(block);
                at = behind;
            }
            None => at += 1,
        }
    }
    seen
}

/// The line without its end, and without blanks and tabs before that.
fn line<'f>(lines: &[&'f [u8]], number: usize) -> &'f [u8] {
    let line = lines.get(number).copied().unwrap_or_default();
    let line = match line.strip_suffix(b"\n") {
        Some(line) => line.strip_suffix(b"\r").unwrap_or(line),
        None => line,
    };
    let blanks = line.iter().rev().take_while(|byte| b" \t".contains(byte));
    line.get(..line.len() - blanks.count()).unwrap_or_default()
}

/// The block whose BEGIN is on line `at`, and the line behind it.
fn block(lines: &[&[u8]], at: usize, ends: &[usize]) -> Option<(Seen, usize)> {
    let label = line(lines, at).strip_prefix(BEGIN)?.strip_suffix(DASHES)?;
    let mut body = at + 1;
    let (mut headers, mut encrypted) = (false, false);
    while body < lines.len() && line(lines, body).contains(&b':') {
        headers = true;
        let text = line(lines, body);
        encrypted |= text.windows(9).any(|window| window == b"ENCRYPTED");
        body += 1;
    }
    let next = ends.partition_point(|end| *end < body);
    let end = *ends.get(next)?;
    let closing = line(lines, end).strip_prefix(END)?;
    (closing.strip_suffix(DASHES)? == label).then_some(())?;
    let text = lines.get(body..end).unwrap_or_default().concat();
    let text = Zeroizing::new(text);
    let mut compact = Zeroizing::new(Vec::with_capacity(text.len()));
    compact.extend(text.iter().filter(|byte| !b" \t\r\n".contains(byte)));
    let mut der = Zeroizing::new(vec![0; compact.len().div_ceil(4) * 3]);
    let length = BASE64.decode_slice(&*compact, &mut der).ok()?;
    der.truncate(length);
    let seen = Seen {
        line: at + 1,
        label: String::from_utf8_lossy(label).into_owned(),
        headers,
        encrypted,
        der,
    };
    Some((seen, end + 1))
}
