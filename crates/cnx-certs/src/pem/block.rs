//! The frames of PEM (RFC 7468), read as Go's `encoding/pem` reads them.
//!
//! The readers at hand skip over what they cannot read, and that is just what
//! must be told here. So the frames are read by this module; what is in them is
//! left to `base64`, `x509-parser` and `rustls`.

use base64::engine::general_purpose::STANDARD;
use base64::{Engine as _, decoded_len_estimate};
use zeroize::Zeroizing;

use super::error::{PemError, PemErrorKind};

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";

/// The most bytes of a file that is read: eight times what a Secret can carry.
pub const MAX_FILE: usize = 8 * 1024 * 1024;
/// Room for the body of any private key, which then never moves: what moves leaves
/// a copy behind.
const KEY_ROOM: usize = 16 * 1024;

/// A PEM block.
pub(crate) struct Block {
    /// Where it begins, from 1.
    pub(crate) line: usize,
    pub(crate) label: String,
    /// Headers in the way of RFC 1421: `Proc-Type: 4,ENCRYPTED`.
    pub(crate) headers: bool,
    pub(crate) encrypted: bool,
    body: Zeroizing<String>,
}

impl Block {
    /// What the body decodes to.
    pub(crate) fn der(&self) -> Result<Zeroizing<Vec<u8>>, PemError> {
        let bad = || PemError::at(self.line, PemErrorKind::BadBase64);
        let body = self.body.as_bytes();
        let mut der = Zeroizing::new(vec![0; decoded_len_estimate(body.len())]);
        let length = STANDARD.decode_slice(body, &mut der).map_err(|_| bad())?;
        der.truncate(length);
        Ok(der)
    }

    /// Whether it is a private key of any form, by its label.
    pub(crate) fn is_key(&self) -> bool {
        self.label.ends_with("PRIVATE KEY")
    }

    fn begin(line: usize, label: &str) -> Self {
        Self {
            line,
            label: label.to_owned(),
            headers: false,
            encrypted: false,
            body: Zeroizing::new(match label.ends_with("PRIVATE KEY") {
                true => String::with_capacity(KEY_ROOM),
                false => String::new(),
            }),
        }
    }
}

/// The blocks of a file, and the line of text behind the last one.
pub(crate) struct Blocks {
    pub(crate) blocks: Vec<Block>,
    pub(crate) text_after: Option<usize>,
}

/// Reads the blocks of a file, at least one.
///
/// # Errors
///
/// A block that Go would skip or misread, or what the file is instead of PEM.
pub(crate) fn blocks(pem: &[u8]) -> Result<Blocks, PemError> {
    let first = |kind| Err(PemError::at(1, kind));
    if pem.len() > MAX_FILE {
        return first(PemErrorKind::TooLarge);
    }
    if pem.iter().all(u8::is_ascii_whitespace) {
        return first(PemErrorKind::EmptyFile);
    }
    if pem.starts_with(&[0xff, 0xfe]) || pem.starts_with(&[0xfe, 0xff]) {
        return first(PemErrorKind::Utf16);
    }
    let text = Zeroizing::new(String::from_utf8_lossy(pem).into_owned());
    if text
        .strip_prefix('\u{feff}')
        .is_some_and(|text| text.starts_with(BEGIN))
    {
        return first(PemErrorKind::ByteOrderMark);
    }
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    let mut text_after = None;
    for (number, line) in text.lines().enumerate() {
        let number = number + 1;
        let error = |kind| Err(PemError::at(number, kind));
        // Go ignores blanks and tabs at the end of a line, and nothing else: neither a
        // second CR nor a no-break space.
        let line = line.trim_end_matches([' ', '\t']);
        let content = line.trim_start();
        if let Some(rest) = content.strip_prefix(BEGIN) {
            if let Some(block) = open {
                return Err(PemError::at(block.line, PemErrorKind::TruncatedPem));
            }
            let Some(label) = label(rest) else {
                return error(not_a_label(rest));
            };
            if content.len() < line.len() {
                return error(PemErrorKind::IndentedPem);
            }
            open = Some(Block::begin(number, label));
            text_after = None;
            continue;
        }
        let Some(mut block) = open.take() else {
            if !content.is_empty() {
                text_after.get_or_insert(number);
            }
            continue;
        };
        if let Some(rest) = content.strip_prefix(END) {
            if content.len() < line.len() {
                return error(PemErrorKind::IndentedPem);
            }
            match rest.strip_prefix(&block.label) {
                Some(DASHES) => {}
                Some(behind) if behind.starts_with(DASHES) => {
                    return error(PemErrorKind::TrailingJunk);
                }
                _ => return error(PemErrorKind::WrongPemEnd),
            }
            blocks.push(block);
            continue;
        }
        if content.contains(':') {
            block.headers = true;
            block.encrypted |= content.contains("ENCRYPTED");
        } else {
            // RFC 7468 allows white space between the characters.
            block.body.extend(content.split([' ', '\t', '\r']));
        }
        open = Some(block);
    }
    if let Some(block) = open {
        return Err(PemError::at(block.line, PemErrorKind::TruncatedPem));
    }
    if blocks.is_empty() {
        return first(not_pem(pem, &text));
    }
    Ok(Blocks { blocks, text_after })
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
    // A SEQUENCE with a long length: X.509, PKCS#8 and PKCS#12 start like this.
    if let [0x30, 0x81..=0x83, ..] = pem {
        // PKCS#12 (RFC 7292): version 3, where the others have another type.
        let head = pem.get(..32).unwrap_or(pem);
        let version = [0x02, 0x01, 0x03];
        let archive = head.windows(3).take(6).any(|window| window == version);
        return if archive {
            PemErrorKind::Pkcs12NotPem
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
