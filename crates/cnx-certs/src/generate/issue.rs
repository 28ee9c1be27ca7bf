//! What is handed out: certificates and requests with their keys.

use pem_rfc7468::LineEnding;
use rustls_pki_types::{CertificateDer, UnixTime};

use super::error::GenerateError;
use super::key::{self, KeyKind};
use super::profile::CertificateProfile;
use crate::pem::{CertificateChain, PrivateKey};
use crate::role::Role;

/// A certificate and its key.
#[derive(Debug)]
#[non_exhaustive]
pub struct Issued {
    /// Whose they are.
    pub role: Role,
    /// The certificate, with the authority's intermediates behind it.
    pub certificate: CertificateChain,
    /// Its key: PKCS#8 in PEM.
    pub key: PrivateKey,
    /// When it expires.
    pub not_after: UnixTime,
    /// It expires earlier than was asked, with its authority.
    pub shortened: bool,
}

/// A request for a certificate, and the key that the certificate will be of.
#[derive(Debug)]
#[non_exhaustive]
pub struct Requested {
    /// Whose they are.
    pub role: Role,
    /// The request (PKCS#10, RFC 2986) in PEM. It asks for the profile's names and
    /// usages; an authority may grant others.
    pub request: String,
    /// The key: PKCS#8 in PEM.
    pub key: PrivateKey,
}

/// A request for the profile's certificate, with a new key.
///
/// # Errors
///
/// [`GenerateError::Cryptography`].
pub fn request(profile: &CertificateProfile, kind: KeyKind) -> Result<Requested, GenerateError> {
    let pair = kind.generate()?;
    let request = profile.params(kind)?.serialize_request(&*pair);
    let request = request.map_err(|_| GenerateError::Cryptography)?;
    let request = encode("CERTIFICATE REQUEST", request.der())?;
    Ok(Requested {
        role: profile.role,
        request,
        key: key::to_pem(&pair)?,
    })
}

/// Certificates as PEM, in this order.
pub(super) fn certificates(
    chain: &[&CertificateDer<'_>],
) -> Result<CertificateChain, GenerateError> {
    let blocks = chain.iter().map(|der| encode("CERTIFICATE", der));
    let pem: String = blocks.collect::<Result<_, _>>()?;
    CertificateChain::from_pem(pem.as_bytes()).map_err(|_| GenerateError::Unreadable)
}

fn encode(label: &str, der: &[u8]) -> Result<String, GenerateError> {
    pem_rfc7468::encode_string(label, LineEnding::LF, der).map_err(|_| GenerateError::Cryptography)
}
