//! Whether one certificate's key made another's signature.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA384_ASN1, ECDSA_P256_SHA512_ASN1, ECDSA_P384_SHA256_ASN1,
    ECDSA_P384_SHA384_ASN1, ECDSA_P384_SHA512_ASN1, ECDSA_P521_SHA256_ASN1, ECDSA_P521_SHA384_ASN1,
    ECDSA_P521_SHA512_ASN1, ED25519, RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
    RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA384,
    RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512,
    UnparsedPublicKey, VerificationAlgorithm,
};

use crate::certificate::Certificate;
use crate::go::{Algorithm, Curve, KeyKind, Reader, is_exponent};

/// What a signature is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signature {
    /// The key made it.
    Good,
    /// It did not.
    Bad,
    /// Go can verify it; the library here cannot.
    NotTried,
    /// Go does not verify it, whoever made it.
    Refused(Refused),
}

/// Why Go does not verify a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    Md5,
    Sha1,
    /// An algorithm that it does not know, or with other parameters than it knows.
    Algorithm,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    Pkcs1(Hash),
    Pss(Hash),
    Ecdsa(Hash),
    Ed25519,
}

/// By which algorithm a certificate is signed, if Go verifies that.
fn scheme(algorithm: &Algorithm<'_>) -> Result<Scheme, Refused> {
    Ok(match algorithm.oid {
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, number] => match number {
            2 | 4 => return Err(Refused::Md5),
            5 => return Err(Refused::Sha1),
            10 => Scheme::Pss(pss(algorithm).ok_or(Refused::Algorithm)?),
            11 => Scheme::Pkcs1(Hash::Sha256),
            12 => Scheme::Pkcs1(Hash::Sha384),
            13 => Scheme::Pkcs1(Hash::Sha512),
            _ => return Err(Refused::Algorithm),
        },
        [0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, number] => Scheme::Ecdsa(match number {
            2 => Hash::Sha256,
            3 => Hash::Sha384,
            4 => Hash::Sha512,
            _ => return Err(Refused::Algorithm),
        }),
        // With SHA-1: ECDSA, RSA by its other name, DSA.
        [0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1]
        | [0x2b, 14, 3, 2, 29]
        | [0x2a, 0x86, 0x48, 0xce, 0x38, 4, 3] => return Err(Refused::Sha1),
        [0x2b, 0x65, 0x70] if algorithm.parameters.is_none() => Scheme::Ed25519,
        _ => return Err(Refused::Algorithm),
    })
}

/// The hash of RSA-PSS, whose parameters Go takes in three forms alone: one hash for
/// all, the salt as long as the hash, the usual trailer.
fn pss(algorithm: &Algorithm<'_>) -> Option<Hash> {
    const SHA2: [u8; 8] = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2];
    const MGF1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 8];
    let hash = |mut reader: Reader<'_>| {
        let mut inner = reader.read(0x30)?;
        let number = inner.oid()?.strip_prefix(&SHA2)?.first().copied()?;
        let null = inner.any()?;
        (null.whole == [5, 0] && inner.is_empty() && reader.is_empty()).then_some(number)
    };
    let mut fields = Reader(algorithm.parameters?.whole).read(0x30)?;
    let own = hash(fields.read(0xa0)?)?;
    let mut mask = fields.read(0xa1)?.read(0x30)?;
    let mask = (mask.oid()? == MGF1).then_some(mask)?;
    let salt = fields.read(0xa2)?.integer()?;
    let trailer = match fields.optional(0xa3)? {
        Some(mut field) => field.integer()? == [1],
        None => true,
    };
    let (own_hash, length) = match own {
        1 => (Hash::Sha256, 32),
        2 => (Hash::Sha384, 48),
        3 => (Hash::Sha512, 64),
        _ => return None,
    };
    (hash(mask)? == own && salt == [length] && trailer).then_some(own_hash)
}

/// Why Go does not verify the signature of `certificate`, whoever made it.
pub(crate) fn refused(certificate: &Certificate<'_>) -> Option<Refused> {
    scheme(&certificate.x509.algorithm).err()
}

/// What the signature of `certificate` is, if it should be that of `issuer`'s key.
pub(crate) fn signature(certificate: &Certificate<'_>, issuer: &Certificate<'_>) -> Signature {
    let x509 = &certificate.x509;
    let scheme = match scheme(&x509.algorithm) {
        Ok(scheme) => scheme,
        Err(refused) => return Signature::Refused(refused),
    };
    let bits = issuer.rsa_bits().unwrap_or_default();
    let algorithm: &dyn VerificationAlgorithm = match (scheme, issuer.key_kind()) {
        // As Go: the first since 1.24.
        (Scheme::Pkcs1(_) | Scheme::Pss(_), KeyKind::Rsa { exponent, .. })
            if bits < 1024 || !is_exponent(exponent) =>
        {
            return Signature::Bad;
        }
        (Scheme::Pkcs1(hash), KeyKind::Rsa { .. }) => match (bits, hash) {
            (8193.., _) | (..2048, Hash::Sha384) => return Signature::NotTried,
            (_, Hash::Sha256) => &RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
            (_, Hash::Sha384) => &RSA_PKCS1_2048_8192_SHA384,
            (_, Hash::Sha512) => &RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
        },
        (Scheme::Pss(hash), KeyKind::Rsa { .. }) => match (bits, hash) {
            (..2048 | 8193.., _) => return Signature::NotTried,
            (_, Hash::Sha256) => &RSA_PSS_2048_8192_SHA256,
            (_, Hash::Sha384) => &RSA_PSS_2048_8192_SHA384,
            (_, Hash::Sha512) => &RSA_PSS_2048_8192_SHA512,
        },
        (Scheme::Ecdsa(hash), KeyKind::Ecdsa(curve)) => match (curve, hash) {
            (Curve::P224, _) => return Signature::NotTried,
            (Curve::P256, Hash::Sha256) => &ECDSA_P256_SHA256_ASN1,
            (Curve::P256, Hash::Sha384) => &ECDSA_P256_SHA384_ASN1,
            (Curve::P256, Hash::Sha512) => &ECDSA_P256_SHA512_ASN1,
            (Curve::P384, Hash::Sha256) => &ECDSA_P384_SHA256_ASN1,
            (Curve::P384, Hash::Sha384) => &ECDSA_P384_SHA384_ASN1,
            (Curve::P384, Hash::Sha512) => &ECDSA_P384_SHA512_ASN1,
            (Curve::P521, Hash::Sha256) => &ECDSA_P521_SHA256_ASN1,
            (Curve::P521, Hash::Sha384) => &ECDSA_P521_SHA384_ASN1,
            (Curve::P521, Hash::Sha512) => &ECDSA_P521_SHA512_ASN1,
        },
        (Scheme::Ed25519, KeyKind::Ed25519) => &ED25519,
        // A key of another kind.
        _ => return Signature::Bad,
    };
    let key = UnparsedPublicKey::new(algorithm, issuer.x509.key.bits);
    match key.verify(x509.signed, x509.signature) {
        Ok(()) => Signature::Good,
        Err(_) => Signature::Bad,
    }
}
