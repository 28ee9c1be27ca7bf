//! Private keys in DER, by their first fields.

const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;
const SEQUENCE: u8 = 0x30;
/// An object identifier of PKCS #5, which keys with a passphrase begin with.
const PKCS5: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05];

/// The length in bytes of the private key that the bytes begin with: PKCS #8 (RFC 5958),
/// also encrypted, PKCS #1 (RFC 8017), SEC 1 (RFC 5915), PKCS #12 (RFC 7292).
pub(super) fn private_key(der: &[u8]) -> Option<usize> {
    let (content, whole) = sequence(der)?;
    let key = match content {
        [INTEGER, 1, 0 | 1, INTEGER | OCTET_STRING | SEQUENCE, ..] => true,
        [INTEGER, 1, 3, SEQUENCE, ..] => true,
        _ => sequence(content).is_some_and(|(inner, _)| inner.starts_with(PKCS5)),
    };
    key.then_some(whole)
}

/// The content of a SEQUENCE, as far as it is there, and the length of the whole.
fn sequence(der: &[u8]) -> Option<(&[u8], usize)> {
    let [SEQUENCE, length, rest @ ..] = der else {
        return None;
    };
    let bytes = match length {
        0x00..=0x7f => 0,
        0x81..=0x83 => usize::from(length & 0x7f),
        _ => return None,
    };
    let long = rest.get(..bytes)?.iter();
    let length = match bytes {
        0 => usize::from(*length),
        _ => long.fold(0, |length, byte| (length << 8) | usize::from(*byte)),
    };
    Some((rest.get(bytes..)?, 2 + bytes + length))
}
