//! Whether a key is a certificate's.

use pkcs1::der::Decode as _;
use rustls::crypto::aws_lc_rs::sign::any_supported_type;
use rustls_pki_types::PrivateKeyDer;

use crate::certificate::Certificate;
use crate::code::Code;
use crate::go::{KeyKind, PublicKey, RsaKey};
use crate::pem::{CertificateChain, PrivateKey};

/// Why a certificate and a key cannot be used together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PairError {
    /// The key is another certificate's.
    #[error("the private key does not match the certificate")]
    Mismatch,
    /// The key is that of a later certificate in the file.
    #[error("the private key matches certificate {0} of the file, not the first")]
    WrongOrder(usize),
    /// The key's form or algorithm is not known.
    #[error("the private key is damaged, or of a kind that TLS does not use")]
    UnusableKey,
}

impl PairError {
    /// Its stable name.
    #[must_use]
    pub const fn code(self) -> Code {
        match self {
            Self::Mismatch => Code::KeyMismatch,
            Self::WrongOrder(_) => Code::WrongOrder,
            Self::UnusableKey => Code::UnusableKey,
        }
    }

    /// What to do.
    #[must_use]
    pub const fn help(self) -> &'static str {
        match self {
            Self::Mismatch => {
                "compare the two: openssl x509 -in CERT -noout -pubkey, openssl pkey -in KEY -pubout"
            }
            Self::WrongOrder(_) => "put the server's own certificate first in the file",
            Self::UnusableKey => {
                "look at it: openssl pkey -in KEY -noout -text; use ECDSA P-256 or RSA of 2048 bits"
            }
        }
    }
}

/// Checks that `key` is the private key of the chain's first certificate.
///
/// In a cluster a key that isn't stops the API server and makes Typha panic
/// ("private key does not match public key", Go's crypto/tls).
///
/// # Errors
///
/// [`PairError`], which says what fits instead.
pub fn check_pair(chain: &CertificateChain, key: &PrivateKey) -> Result<(), PairError> {
    for (number, certificate) in Certificate::all(chain.der(), chain.lines())
        .iter()
        .enumerate()
    {
        match (matches(certificate, key)?, number) {
            (true, 0) => return Ok(()),
            (true, number) => return Err(PairError::WrongOrder(number + 1)),
            (false, _) => {}
        }
    }
    Err(PairError::Mismatch)
}

fn matches(certificate: &Certificate<'_>, key: &PrivateKey) -> Result<bool, PairError> {
    if !names_its_curve(key.der()) {
        return Err(PairError::UnusableKey);
    }
    let wanted = certificate.x509.key;
    if let Some(pkcs1) = rsa(key.der()) {
        let own = RsaKey::from_pkcs1(pkcs1).ok_or(PairError::UnusableKey)?;
        let (modulus, exponent) = (own.modulus, own.exponent);
        return Ok(wanted.kind == KeyKind::Rsa { modulus, exponent });
    }
    let spki = any_supported_type(key.der()).ok();
    let spki = spki.and_then(|signer| Some(signer.public_key()?.to_vec()));
    let spki = spki.ok_or(PairError::UnusableKey)?;
    let own = PublicKey::from_der(&spki).map_err(|_| PairError::UnusableKey)?;
    Ok(own.algorithm.oid == wanted.algorithm.oid && own.bits == wanted.bits)
}

/// Whether a key in SEC1's format says on which curve it is. Go does not guess.
fn names_its_curve(key: &PrivateKeyDer<'_>) -> bool {
    match key {
        PrivateKeyDer::Sec1(key) => sec1::EcPrivateKey::from_der(key.secret_sec1_der())
            .is_ok_and(|key| key.parameters.is_some()),
        _ => true,
    }
}

/// The key in PKCS#1, if it is an RSA key.
fn rsa<'k>(key: &'k PrivateKeyDer<'_>) -> Option<&'k [u8]> {
    const RSA: &str = "1.2.840.113549.1.1.1";
    match key {
        PrivateKeyDer::Pkcs1(key) => Some(key.secret_pkcs1_der()),
        PrivateKeyDer::Pkcs8(key) => {
            let key = pkcs8::PrivateKeyInfoRef::from_der(key.secret_pkcs8_der()).ok()?;
            let is_rsa = key.algorithm.oid.to_string() == RSA;
            is_rsa.then(|| key.private_key.as_bytes())
        }
        _ => None,
    }
}
