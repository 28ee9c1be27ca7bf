//! Algorithms and public keys (`parsePublicKey`).

use super::der::{Element, NULL, Reader, SEQUENCE, number};
use super::{Curve, Result, Rule as _};

/// An algorithm's identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Algorithm<'d> {
    /// The whole of it, by which Go compares the two in a certificate.
    pub(crate) whole: &'d [u8],
    pub(crate) oid: &'d [u8],
    pub(crate) parameters: Option<Element<'d>>,
}

impl<'d> Algorithm<'d> {
    pub(super) fn parse(element: Element<'d>) -> Result<Self> {
        let mut rest = Reader(element.content);
        let oid = rest
            .oid()
            .or_rule("an algorithm's identifier is malformed")?;
        let parameters = match rest.is_empty() {
            true => None,
            false => Some(
                rest.any()
                    .or_rule("an algorithm's parameters are malformed")?,
            ),
        };
        Ok(Self {
            whole: element.whole,
            oid,
            parameters,
        })
    }

    pub(crate) fn has_null(&self) -> bool {
        self.parameters
            .is_some_and(|p| p.tag == NULL && p.content.is_empty())
    }
}

/// A public key, as far as Go knows its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PublicKey<'d> {
    /// The whole field of the certificate.
    pub(crate) spki: &'d [u8],
    pub(crate) algorithm: Algorithm<'d>,
    /// The key itself: the content of the BIT STRING.
    pub(crate) bits: &'d [u8],
    pub(crate) kind: KeyKind<'d>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyKind<'d> {
    Rsa {
        /// Without leading zeros.
        modulus: &'d [u8],
        exponent: i64,
    },
    Ecdsa(Curve),
    Ed25519,
    /// Go reads it, and TLS and certificates make no use of it.
    Other,
}

pub(crate) const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
const DSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x38, 4, 1];
const ECDSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
const X25519: &[u8] = &[0x2b, 0x65, 0x6e];
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];

impl<'d> PublicKey<'d> {
    /// Reads a `SubjectPublicKeyInfo`.
    pub(crate) fn from_der(spki: &'d [u8]) -> Result<Self> {
        let element = Reader(spki).element(SEQUENCE);
        Self::parse(element.or_rule("the public key is malformed")?)
    }

    pub(super) fn parse(element: Element<'d>) -> Result<Self> {
        let mut rest = Reader(element.content);
        let algorithm = rest.element(SEQUENCE);
        let algorithm = Algorithm::parse(algorithm.or_rule("the public key is malformed")?)?;
        let bits = rest.bits().or_rule("the public key is malformed")?;
        // Bits that are no whole bytes are moved to the right, and then no key.
        let whole = (bits.1 == 0).then_some(bits.0);
        let kind = match algorithm.oid {
            RSA => rsa(&algorithm, whole)?,
            ECDSA => KeyKind::Ecdsa(curve(&algorithm, whole)?),
            ED25519 | X25519 => {
                let fits =
                    algorithm.parameters.is_none() && whole.is_some_and(|key| key.len() == 32);
                fits.then_some(()).or_rule(
                    "the public key is Ed25519 or X25519, and has parameters or another size than 32 bytes",
                )?;
                match algorithm.oid {
                    ED25519 => KeyKind::Ed25519,
                    _ => KeyKind::Other,
                }
            }
            DSA => dsa(&algorithm, whole).or_rule("the DSA public key is malformed")?,
            _ => KeyKind::Other,
        };
        Ok(Self {
            spki: element.whole,
            algorithm,
            bits: bits.0,
            kind,
        })
    }
}

fn rsa<'d>(algorithm: &Algorithm<'_>, key: Option<&'d [u8]>) -> Result<KeyKind<'d>> {
    algorithm
        .has_null()
        .then_some(())
        .or_rule("the RSA public key's algorithm has no NULL parameters")?;
    let numbers = || {
        let mut fields = Reader(key?).read(SEQUENCE)?;
        let modulus = fields.integer()?;
        let exponent = number(fields.integer()?)?;
        let positive = exponent > 0 && modulus.first()? & 0x80 == 0 && modulus != [0];
        let modulus = modulus.strip_prefix(&[0]).unwrap_or(modulus);
        positive.then_some(KeyKind::Rsa { modulus, exponent })
    };
    numbers().or_rule("the RSA public key is malformed: it must be two positive numbers, the exponent of up to 63 bits")
}

fn curve(algorithm: &Algorithm<'_>, key: Option<&[u8]>) -> Result<Curve> {
    let named = algorithm
        .parameters
        .and_then(|named| Reader(named.whole).oid());
    let named =
        named.or_rule("the elliptic curve is written out, and Go reads named curves only")?;
    let curve = Curve::named(named).or_rule(
        "the public key is on an elliptic curve that Go does not know (it knows P-224, P-256, P-384 and P-521)",
    )?;
    matches!(key, Some([4, point @ ..]) if curve.has(point))
        .then_some(curve)
        .or_rule("the public key is not an uncompressed point on its elliptic curve")
}

fn dsa<'d>(algorithm: &Algorithm<'_>, key: Option<&[u8]>) -> Option<KeyKind<'d>> {
    let positive = |number: &[u8]| number.first().is_some_and(|b| b & 0x80 == 0) && number != [0];
    let mut fields = Reader(algorithm.parameters?.whole).read(SEQUENCE)?;
    let numbers = [
        Reader(key?).integer()?,
        fields.integer()?,
        fields.integer()?,
        fields.integer()?,
    ];
    numbers
        .iter()
        .all(|n| positive(n))
        .then_some(KeyKind::Other)
}
