//! DER, as strictly as Go's `cryptobyte` reads it: definite and shortest lengths, tags of
//! one byte, shortest integers.

pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const NULL: u8 = 0x05;
pub(crate) const OID: u8 = 0x06;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;

/// The tag `[number]` of a value that holds others.
pub(crate) const fn constructed(number: u8) -> u8 {
    0xa0 | number
}

/// The tag `[number]` of a plain value.
pub(crate) const fn primitive(number: u8) -> u8 {
    0x80 | number
}

/// What is left to read. `None` of a method is what Go cannot read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reader<'d>(pub(crate) &'d [u8]);

/// One value: its tag, the whole of it, and what is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Element<'d> {
    pub(crate) tag: u8,
    pub(crate) whole: &'d [u8],
    pub(crate) content: &'d [u8],
}

impl<'d> Reader<'d> {
    pub(crate) const fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn peek(self, tag: u8) -> bool {
        self.0.first() == Some(&tag)
    }

    /// The next value, whatever it is.
    pub(crate) fn any(&mut self) -> Option<Element<'d>> {
        let (tag, first) = match self.0 {
            [tag, first, ..] if tag & 0x1f != 0x1f => (*tag, *first),
            _ => return None,
        };
        let (head, length) = if first < 0x80 {
            (2, usize::from(first))
        } else {
            let count = usize::from(first & 0x7f);
            let bytes = self.0.get(2..2 + count)?;
            if !(1..=4).contains(&count) || bytes.first() == Some(&0) {
                return None;
            }
            let length = bytes
                .iter()
                .fold(0, |length, byte| length << 8 | usize::from(*byte));
            if length < 0x80 {
                return None;
            }
            (2 + count, length)
        };
        let (whole, rest) = self.0.split_at_checked(head.checked_add(length)?)?;
        self.0 = rest;
        let content = whole.get(head..)?;
        Some(Element {
            tag,
            whole,
            content,
        })
    }

    /// The next value, which must have this tag.
    pub(crate) fn element(&mut self, tag: u8) -> Option<Element<'d>> {
        let mut rest = *self;
        let element = rest.any().filter(|element| element.tag == tag)?;
        *self = rest;
        Some(element)
    }

    /// What is in the next value, which must have this tag.
    pub(crate) fn read(&mut self, tag: u8) -> Option<Self> {
        self.element(tag).map(|element| Self(element.content))
    }

    /// What is in the next value if it has this tag.
    pub(crate) fn optional(&mut self, tag: u8) -> Option<Option<Self>> {
        match self.peek(tag) {
            true => self.read(tag).map(Some),
            false => Some(None),
        }
    }

    /// The bytes of an INTEGER in its shortest form.
    pub(crate) fn integer(&mut self) -> Option<&'d [u8]> {
        let bytes = self.read(INTEGER)?.0;
        is_shortest(bytes).then_some(bytes)
    }

    pub(crate) fn boolean(&mut self) -> Option<bool> {
        match self.read(BOOLEAN)?.0 {
            [0] => Some(false),
            [0xff] => Some(true),
            _ => None,
        }
    }

    /// The bytes of a BIT STRING, and how many bits of the last one are no part of it.
    pub(crate) fn bits(&mut self) -> Option<(&'d [u8], u8)> {
        let (unused, bytes) = self.read(BIT_STRING)?.0.split_first()?;
        let clear = match bytes.last() {
            None => *unused == 0,
            Some(last) => *unused < 8 && last & ((1 << unused) - 1) == 0,
        };
        clear.then_some((bytes, *unused))
    }

    /// The bytes of an OBJECT IDENTIFIER, no arc of which has more than 31 bits.
    pub(crate) fn oid(&mut self) -> Option<&'d [u8]> {
        let bytes = self.read(OID)?.0;
        let arcs = arcs(bytes)?;
        arcs.iter()
            .all(|arc| *arc <= u128::from(0x7fff_ffff_u32))
            .then_some(bytes)
    }

    /// The bytes of an OBJECT IDENTIFIER with arcs of any size.
    pub(crate) fn long_oid(&mut self) -> Option<&'d [u8]> {
        let bytes = self.read(OID)?.0;
        let starts = bytes.split_inclusive(|byte| byte & 0x80 == 0);
        let shortest = starts.clone().all(|arc| arc.first() != Some(&0x80));
        let whole = bytes.last().is_some_and(|last| last & 0x80 == 0);
        (shortest && whole).then_some(bytes)
    }
}

/// Whether the bytes of an integer have no needless one in front.
pub(super) fn is_shortest(bytes: &[u8]) -> bool {
    match bytes {
        [] => false,
        [0, second, ..] => second & 0x80 != 0,
        [0xff, second, ..] => second & 0x80 == 0,
        _ => true,
    }
}

/// The value of an integer of up to eight bytes.
pub(crate) fn number(bytes: &[u8]) -> Option<i64> {
    let negative = bytes.first()? & 0x80 != 0;
    (bytes.len() <= 8).then(|| {
        bytes.iter().fold(if negative { -1 } else { 0 }, |n, byte| {
            n << 8 | i64::from(*byte)
        })
    })
}

/// The numbers that an object identifier is encoded of, the first two in one.
fn arcs(bytes: &[u8]) -> Option<Vec<u128>> {
    let mut arcs = Vec::new();
    let mut arc: u128 = 0;
    let mut within = false;
    for byte in bytes {
        if !within && *byte == 0x80 {
            return None;
        }
        arc = arc.checked_mul(0x80)? | u128::from(byte & 0x7f);
        within = byte & 0x80 != 0;
        if !within {
            arcs.push(std::mem::take(&mut arc));
        }
    }
    (!within && !arcs.is_empty()).then_some(arcs)
}

/// An object identifier in numbers and dots.
pub(crate) fn dotted(oid: &[u8]) -> String {
    let Some(arcs) = arcs(oid) else {
        return "an object identifier".to_owned();
    };
    let mut numbers = Vec::new();
    for (place, arc) in arcs.into_iter().enumerate() {
        if place == 0 {
            let first = (arc / 40).min(2);
            numbers.push(first.to_string());
            numbers.push((arc - first * 40).to_string());
        } else {
            numbers.push(arc.to_string());
        }
    }
    numbers.join(".")
}
