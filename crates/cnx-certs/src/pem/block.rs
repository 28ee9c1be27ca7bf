//! The frames of PEM (RFC 7468), to say why Go skips a block.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::error::{PemError, PemErrorKind};
use crate::go::Reader;

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";

/// The most bytes of a file that is read: eight times what a Secret can carry.
pub const MAX_FILE: usize = 8 * 1024 * 1024;
/// The lines at which a file's blocks begin, and that of the text behind the last one.
pub(crate) struct Frames {
    pub(crate) frames: Vec<usize>,
    pub(crate) text_after: Option<usize>,
}

/// Reads the frames of a file, at least one.
///
/// # Errors
///
/// A block that Go would skip or misread, or what the file is instead of PEM.
pub(crate) fn frames(pem: &[u8]) -> Result<Frames, PemError> {
    let first = |kind| Err(PemError::at(1, kind));
    if pem.iter().all(u8::is_ascii_whitespace) {
        return first(PemErrorKind::EmptyFile);
    }
    if pem.starts_with(&[0xff, 0xfe]) || pem.starts_with(&[0xfe, 0xff]) {
        return first(PemErrorKind::Utf16);
    }
    let text = Zeroizing::new(String::from_utf8_lossy(pem).into_owned());
    let mut frames = Vec::new();
    // The line and the label of the block that is open.
    let mut open: Option<(usize, &str)> = None;
    let mut text_after = None;
    for (number, line) in text.lines().enumerate() {
        let number = number + 1;
        let error = |kind| Err(PemError::at(number, kind));
        // Go ignores blanks and tabs at the end of a line, and nothing else: neither a
        // second CR nor a no-break space.
        let line = line.trim_end_matches([' ', '\t']);
        let marked = line.strip_prefix('\u{feff}');
        if marked.is_some_and(|line| line.starts_with(BEGIN)) {
            return error(PemErrorKind::ByteOrderMark);
        }
        let content = line.trim_start();
        if let Some(rest) = content.strip_prefix(BEGIN) {
            if let Some((line, _)) = open {
                return Err(PemError::at(line, PemErrorKind::TruncatedPem));
            }
            let Some(label) = label(rest) else {
                return error(not_a_label(rest));
            };
            if content.len() < line.len() {
                return error(PemErrorKind::IndentedPem);
            }
            open = Some((number, label));
            text_after = None;
            continue;
        }
        let Some((begin, label)) = open else {
            if !content.is_empty() {
                text_after.get_or_insert(number);
            }
            continue;
        };
        if let Some(rest) = content.strip_prefix(END) {
            if content.len() < line.len() {
                return error(PemErrorKind::IndentedPem);
            }
            match rest.strip_prefix(label) {
                Some(DASHES) => {}
                Some(behind) if behind.starts_with(DASHES) => {
                    return error(PemErrorKind::TrailingJunk);
                }
                _ => return error(PemErrorKind::WrongPemEnd),
            }
            frames.push(begin);
            open = None;
        }
    }
    if let Some((line, _)) = open {
        return Err(PemError::at(line, PemErrorKind::TruncatedPem));
    }
    if frames.is_empty() {
        return first(not_pem(pem, &text));
    }
    Ok(Frames { frames, text_after })
}

/// The label of a BEGIN line, which ends with it. Whatever else is on the line
/// may be a key: it must not get into a label.
fn label(rest: &str) -> Option<&str> {
    let label = rest.strip_suffix(DASHES)?;
    (label.len() <= 40 && !label.contains(DASHES)).then_some(label)
}

/// What a BEGIN line has that does not end with its label: the block's body, or
/// something else.
fn not_a_label(rest: &str) -> PemErrorKind {
    let behind = rest.split_once(DASHES).map_or("", |(_, behind)| behind);
    let is_body = |c: char| c.is_ascii_alphanumeric() || "+/=".contains(c);
    if behind.contains(END) || behind.chars().all(is_body) {
        PemErrorKind::OneLinePem
    } else {
        PemErrorKind::TrailingJunk
    }
}

/// What a file without PEM blocks is.
fn not_pem(pem: &[u8], text: &str) -> PemErrorKind {
    // One SEQUENCE: X.509, PKCS#8, SEC1, PKCS#7 and PKCS#12 are that.
    let mut rest = Reader(pem);
    let whole = rest.read(0x30);
    if whole.is_some() || matches!(pem, [0x30, 0x81..=0x83, ..]) {
        // PKCS#12 (RFC 7292): version 3, where the others have another type.
        let head = pem.get(..32).unwrap_or(pem);
        let has = |bytes: &[u8]| {
            head.windows(bytes.len())
                .take(6)
                .any(|window| window == bytes)
        };
        return if has(&[0x02, 0x01, 0x03]) {
            PemErrorKind::Pkcs12NotPem
        } else if has(&[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2]) {
            PemErrorKind::Pkcs7NotPem
        } else {
            PemErrorKind::DerNotPem
        };
    }
    let compact: Zeroizing<String> =
        Zeroizing::new(text.split_ascii_whitespace().collect::<Vec<_>>().concat());
    match STANDARD.decode(compact.as_bytes()).map(Zeroizing::new) {
        Ok(inner) if inner.starts_with(BEGIN.as_bytes()) => PemErrorKind::Base64OfPem,
        _ => PemErrorKind::NotPem,
    }
}
