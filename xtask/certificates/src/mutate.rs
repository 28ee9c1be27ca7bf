//! DER that is changed at random, mostly so that it is still DER.

/// Numbers by chance (xorshift).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) const fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit.max(1)).unwrap_or(1);
        usize::try_from(self.next() % limit).unwrap_or_default()
    }

    pub(crate) fn of<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        let place = self.below(all.len());
        all.get(place)
    }

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }
}

/// A value: what it holds as values, where that is DER too.
#[derive(Clone)]
struct Node {
    tag: u8,
    /// What stands before the values in it: the first byte of a BIT STRING.
    before: Vec<u8>,
    content: Vec<u8>,
    inner: Vec<Node>,
}

fn parse(mut der: &[u8], depth: usize) -> Option<Vec<Node>> {
    let mut nodes = Vec::new();
    while let [tag, first, rest @ ..] = der {
        let (length, rest) = match *first {
            short @ ..0x80 => (usize::from(short), rest),
            0x80 => return None,
            0x81 => (usize::from(*rest.first()?), rest.get(1..)?),
            0x82 => {
                let high = usize::from(*rest.first()?);
                (high << 8 | usize::from(*rest.get(1)?), rest.get(2..)?)
            }
            _ => return None,
        };
        let (content, behind) = rest.split_at_checked(length)?;
        let prefix = usize::from(*tag == 3);
        let nests = depth < 12 && (*tag & 0x20 != 0 || matches!(*tag, 3 | 4));
        let inner = content
            .get(prefix..)
            .filter(|inner| nests && !inner.is_empty());
        let inner = inner
            .and_then(|inner| parse(inner, depth + 1))
            .unwrap_or_default();
        let before = content.get(..prefix).unwrap_or_default().to_vec();
        nodes.push(Node {
            tag: *tag,
            before,
            content: content.to_vec(),
            inner,
        });
        der = behind;
    }
    der.is_empty().then_some(nodes)
}

fn encode(nodes: &[Node], out: &mut Vec<u8>) {
    for node in nodes {
        let mut content = node.content.clone();
        if !node.inner.is_empty() {
            content.clone_from(&node.before);
            encode(&node.inner, &mut content);
        }
        out.push(node.tag);
        match content.len() {
            short @ ..0x80 => out.push(short.to_le_bytes()[0]),
            middle @ 0x80..0x100 => out.extend([0x81, middle.to_le_bytes()[0]]),
            long => out.extend([0x82, long.to_le_bytes()[1], long.to_le_bytes()[0]]),
        }
        out.extend(content);
    }
}

fn count(nodes: &[Node]) -> usize {
    nodes.iter().map(|node| 1 + count(&node.inner)).sum()
}

/// Changes the list in which the value of this number is.
fn at(
    nodes: &mut Vec<Node>,
    number: &mut usize,
    change: &mut dyn FnMut(&mut Vec<Node>, usize),
) -> bool {
    for place in 0..nodes.len() {
        if *number == 0 {
            change(nodes, place);
            return true;
        }
        *number -= 1;
        if let Some(node) = nodes.get_mut(place)
            && at(&mut node.inner, number, change)
        {
            return true;
        }
    }
    false
}

/// Contents at which rules end.
const CONTENTS: [&[u8]; 22] = [
    b"",
    b"\0",
    b"\xff",
    b"\x01",
    b"\0\x80",
    b"\0\x7f",
    b"\xff\x80",
    b"\xff\x7f",
    b"\x80\x01",
    b"\x7f\xff\xff\xff\xff\xff\xff\xff\xff",
    b"https://[::1/",
    b"https://[fe80::1%25en0]:1/",
    b"http://a:1:2/",
    b"//a@b:c/",
    b"a:b%zz",
    b"?#%",
    b"http://a%20b/",
    b"./a:b#%41",
    b"*",
    b".a",
    b"a@b",
    b"\x2b\x86\x80\x80\x80\x00",
];
const TAGS: [u8; 26] = [
    1, 2, 3, 4, 5, 6, 10, 12, 18, 19, 20, 22, 23, 24, 26, 27, 28, 30, 0x30, 0x31, 0x80, 0x81, 0x82,
    0x86, 0x87, 0xa0,
];

/// Characters that some strings may not have.
const ODD: &[u8] = b"_@!;#%:/[]. \x7f\x80*&";

/// A certificate made of another.
pub(crate) fn mutated(random: &mut Random, der: &[u8], others: &[Vec<u8>]) -> Vec<u8> {
    let Some(mut nodes) = parse(der, 0) else {
        return der.to_vec();
    };
    for _ in 0..=random.below(3) {
        let other = random.of(others).and_then(|other| parse(other, 0));
        let mut foreign = None;
        if let Some(mut other) = other {
            let mut number = random.below(count(&other));
            at(&mut other, &mut number, &mut |list, place| {
                foreign = list.get(place).cloned()
            });
        }
        let mut number = random.below(count(&nodes));
        let choice = random.below(12);
        at(&mut nodes, &mut number, &mut |list, place| match choice {
            0 => drop(list.remove(place)),
            1 => {
                let same = list.get(place).cloned();
                list.extend(same);
            }
            2 => {
                let with = random.below(list.len());
                list.swap(place, with);
            }
            3 => {
                if let (Some(foreign), Some(node)) = (foreign.take(), list.get_mut(place)) {
                    *node = foreign;
                }
            }
            4 => list.extend(foreign.take()),
            5 | 6 => {
                let content = random.of(&CONTENTS).copied().unwrap_or_default();
                if let Some(node) = list.get_mut(place) {
                    node.content = content.to_vec();
                    node.inner.clear();
                }
            }
            7 => {
                if let (Some(node), Some(tag)) = (list.get_mut(place), random.of(&TAGS)) {
                    node.tag = *tag;
                }
            }
            _ => {
                let Some(node) = list.get_mut(place) else {
                    return;
                };
                let value = random.byte();
                let at = random.below(node.content.len() + 1);
                match (
                    node.inner.is_empty(),
                    random.below(4),
                    node.content.get_mut(at),
                ) {
                    (true, 0, _) => node.content.insert(at, value),
                    (true, 1, Some(_)) => drop(node.content.remove(at)),
                    (true, _, Some(byte)) => {
                        *byte = match value & 3 {
                            0 => value,
                            1 => *byte ^ 1 << (value >> 5),
                            2 => byte.wrapping_add(1),
                            _ => *ODD.get(usize::from(value >> 4)).unwrap_or(&value),
                        };
                    }
                    _ => node.tag ^= 1 << (value & 7),
                }
            }
        });
    }
    let mut out = Vec::new();
    encode(&nodes, &mut out);
    // Now and then a byte, wherever it is.
    if random.below(20) == 0 {
        let at = random.below(out.len());
        let value = random.byte();
        if let Some(byte) = out.get_mut(at) {
            *byte = value;
        }
    }
    out
}
