//! A certificate (`ParseCertificate`).

use super::der::{Reader, SEQUENCE, constructed, number, primitive};
use super::extension::Extensions;
use super::key::{Algorithm, PublicKey};
use super::name::Name;
use super::time::time;
use super::{Result, Rule as _, Unreadable};

/// What a certificate says, as Go reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Certificate<'d> {
    /// What is signed.
    pub(crate) signed: &'d [u8],
    /// From 1 to 3.
    pub(crate) version: u8,
    pub(crate) serial: &'d [u8],
    pub(crate) issuer: Name<'d>,
    pub(crate) subject: Name<'d>,
    /// Seconds since 1970.
    pub(crate) not_before: i64,
    pub(crate) not_after: i64,
    pub(crate) key: PublicKey<'d>,
    pub(crate) extensions: Extensions<'d>,
    pub(crate) algorithm: Algorithm<'d>,
    pub(crate) signature: &'d [u8],
}

impl<'d> Certificate<'d> {
    /// Reads DER.
    pub(crate) fn parse(der: &'d [u8]) -> Result<Self> {
        let malformed = "it is not an X.509 certificate";
        let mut file = Reader(der);
        let mut outer = file.read(SEQUENCE).or_rule(malformed)?;
        file.is_empty()
            .then_some(())
            .or_rule("there is something behind the certificate in its block")?;
        let signed = outer.element(SEQUENCE).or_rule(malformed)?;
        let mut rest = Reader(signed.content);
        let version = version(&mut rest)?;
        let serial = rest
            .integer()
            .or_rule("the serial number is malformed, or has needless leading zeros")?;
        let inner = rest.element(SEQUENCE).or_rule(malformed)?;
        let algorithm = outer.element(SEQUENCE).or_rule(malformed)?;
        if inner.whole != algorithm.whole {
            return Err(Unreadable::always(
                "the signature algorithm inside is not the one outside",
            ));
        }
        let algorithm = Algorithm::parse(algorithm)?;
        let issuer = Name::parse(rest.element(SEQUENCE).or_rule(malformed)?)?;
        let mut validity = rest.read(SEQUENCE).or_rule(malformed)?;
        let (not_before, not_after) = (time(&mut validity)?, time(&mut validity)?);
        let subject = Name::parse(rest.element(SEQUENCE).or_rule(malformed)?)?;
        let key = PublicKey::parse(rest.element(SEQUENCE).or_rule(malformed)?)?;
        let extensions = extensions(&mut rest, version)?;
        let (signature, unused) = outer.bits().or_rule("the signature is malformed")?;
        Ok(Self {
            signed: signed.whole,
            version,
            serial,
            issuer,
            subject,
            not_before,
            not_after,
            key,
            extensions,
            algorithm,
            signature: if unused == 0 { signature } else { &[] },
        })
    }
}

fn version(rest: &mut Reader<'_>) -> Result<u8> {
    let rule = "the version is malformed, or none of 1, 2 and 3";
    let Some(mut field) = rest.optional(constructed(0)).or_rule(rule)? else {
        return Ok(1);
    };
    let version = field.integer().and_then(number);
    let version = version.filter(|version| (0..3).contains(version) && field.is_empty());
    let version = version.and_then(|version| u8::try_from(version).ok());
    Ok(version.or_rule(rule)? + 1)
}

fn extensions<'d>(rest: &mut Reader<'d>, version: u8) -> Result<Extensions<'d>> {
    if version > 1 {
        for number in [1, 2] {
            rest.optional(primitive(number))
                .or_rule("a unique identifier is malformed")?;
        }
    }
    // Those of other versions are not looked at.
    if version < 3 {
        return Ok(Extensions::default());
    }
    let malformed = "the extensions are malformed";
    let Some(mut field) = rest.optional(constructed(3)).or_rule(malformed)? else {
        return Ok(Extensions::default());
    };
    Extensions::parse(field.read(SEQUENCE).or_rule(malformed)?)
}
