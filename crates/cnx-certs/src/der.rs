//! Just enough DER to tell one kind of private key from another and to find
//! its public half. What it reads is borrowed: no copy of a secret is made.

pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const OID: u8 = 0x06;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const CONTEXT_0: u8 = 0xa0;
pub(crate) const CONTEXT_1: u8 = 0xa1;

/// Reads one element after the other.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(rest: &'a [u8]) -> Self {
        Self { rest }
    }

    pub(crate) fn at_end(&self) -> bool {
        self.rest.is_empty()
    }

    pub(crate) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// The content of the next element, if it has this tag.
    pub(crate) fn expect(&mut self, tag: u8) -> Option<&'a [u8]> {
        if self.peek()? != tag {
            return None;
        }
        let header = header_len(self.rest)?;
        let length = content_len(self.rest)?;
        let content = self.rest.get(header..)?.get(..length)?;
        self.rest = self.rest.get(header.checked_add(length)?..)?;
        Some(content)
    }

    /// The next element as a reader of its own, if it has this tag.
    pub(crate) fn enter(&mut self, tag: u8) -> Option<Reader<'a>> {
        self.expect(tag).map(Reader::new)
    }
}

/// How `der` relates to the one `SEQUENCE` that it should be.
pub(crate) enum Extent {
    Exact,
    /// Bytes are left over after it.
    Trailing,
    /// It isn't one, or ends early.
    Not,
}

/// Measures the `SEQUENCE` at the start of `der`.
pub(crate) fn extent(der: &[u8]) -> Extent {
    let mut reader = Reader::new(der);
    match reader.expect(SEQUENCE) {
        Some(_) if reader.at_end() => Extent::Exact,
        Some(_) => Extent::Trailing,
        None => Extent::Not,
    }
}

/// The length of the tag and length bytes at the start of `element`; indefinite
/// lengths (BER, as some PKCS#12 files have) count as two bytes.
pub(crate) fn header_len(element: &[u8]) -> Option<usize> {
    match element.get(1)? {
        0..=0x80 => Some(2),
        first @ 0x81..=0x84 => Some(2 + usize::from(first & 0x7f)),
        _ => None,
    }
}

fn content_len(element: &[u8]) -> Option<usize> {
    match element.get(1)? {
        short @ 0..=0x7f => Some(usize::from(*short)),
        0x80 => None,
        _ => element
            .get(2..header_len(element)?)?
            .iter()
            .try_fold(0_usize, |length, byte| {
                length.checked_mul(0x100)?.checked_add(usize::from(*byte))
            }),
    }
}
