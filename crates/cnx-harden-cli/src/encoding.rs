//! How a file's text is written: UTF-8, or UTF-16 with a byte order mark, which
//! kubectl reads too.

use std::borrow::Cow;

/// The encoding of a file. A file without a mark is UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Utf8,
    Utf16Le,
    Utf16Be,
}

/// The offset of the first byte that is no text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Undecodable {
    pub(crate) encoding: Encoding,
    pub(crate) offset: usize,
    pub(crate) line: usize,
}

impl Encoding {
    fn of(bytes: &[u8]) -> Self {
        match bytes {
            [0xff, 0xfe, ..] => Self::Utf16Le,
            [0xfe, 0xff, ..] => Self::Utf16Be,
            _ => Self::Utf8,
        }
    }

    /// The text, a mark of UTF-16 taken off, and how it was written; what is no text
    /// comes back.
    pub(crate) fn decode(bytes: Vec<u8>) -> Result<(String, Self), (Undecodable, Vec<u8>)> {
        let encoding = Self::of(&bytes);
        if encoding == Self::Utf8 {
            let text = String::from_utf8(bytes).map_err(|error| {
                let offset = error.utf8_error().valid_up_to();
                let before = error.as_bytes().iter().take(offset);
                let line = before.filter(|byte| **byte == b'\n').count() + 1;
                let undecodable = Undecodable {
                    encoding,
                    offset,
                    line,
                };
                (undecodable, error.into_bytes())
            });
            return Ok((text?, encoding));
        }
        let (units, rest) = bytes.as_chunks::<2>();
        let units = units.iter().skip(1).map(|unit| encoding.unit(*unit));
        let mut text = String::with_capacity(bytes.len());
        let mut offset = 2;
        for c in char::decode_utf16(units) {
            match c {
                Ok(c) => {
                    text.push(c);
                    offset += 2 * c.len_utf16();
                }
                Err(_) => return Err((encoding.undecodable(&text, offset), bytes)),
            }
        }
        match rest {
            [] => Ok((text, encoding)),
            _ => Err((encoding.undecodable(&text, offset), bytes)),
        }
    }

    /// The bytes of a file with this text: of what was decoded, the same again.
    pub(crate) fn encode(self, text: &str) -> Cow<'_, [u8]> {
        let units = std::iter::once(0xfeff).chain(text.encode_utf16());
        match self {
            Self::Utf8 => text.as_bytes().into(),
            Self::Utf16Le => units.flat_map(u16::to_le_bytes).collect(),
            Self::Utf16Be => units.flat_map(u16::to_be_bytes).collect(),
        }
    }

    const fn unit(self, bytes: [u8; 2]) -> u16 {
        match self {
            Self::Utf16Be => u16::from_be_bytes(bytes),
            _ => u16::from_le_bytes(bytes),
        }
    }

    fn undecodable(self, before: &str, offset: usize) -> Undecodable {
        Undecodable {
            encoding: self,
            offset,
            line: before.matches('\n').count() + 1,
        }
    }
}

impl std::fmt::Display for Encoding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Le | Self::Utf16Be => "UTF-16",
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    #[test]
    fn what_was_decoded_is_encoded_to_the_same_bytes() {
        let text = "\u{feff}a: é 😀\r\n\u{2028}";
        for encoding in [Encoding::Utf8, Encoding::Utf16Le, Encoding::Utf16Be] {
            let bytes = encoding.encode(text);
            let (decoded, found) = Encoding::decode(bytes.to_vec()).unwrap();
            assert_eq!((decoded.as_str(), found), (text, encoding));
            assert_eq!(found.encode(&decoded), bytes);
        }
    }

    #[test]
    fn what_is_no_text_is_refused_at_its_place() {
        let place = |bytes: &[u8]| {
            let (error, back) = Encoding::decode(bytes.to_vec()).unwrap_err();
            assert_eq!(back, bytes);
            (error.encoding, error.offset, error.line)
        };
        assert_eq!(place(b"a\nb\xff"), (Encoding::Utf8, 3, 2));
        assert_eq!(
            place(b"\xff\xfea\0\n\0\0\xd8b\0"),
            (Encoding::Utf16Le, 6, 2)
        );
        assert_eq!(place(b"\xfe\xff\0a\0"), (Encoding::Utf16Be, 4, 1));
    }
}
