//! Signed certificates, back to the keys that they are of.

use rustls_pki_types::CertificateDer;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::error::GenerateError;
use super::issue::certificates;
use crate::check::check_pair;
use crate::pem::{CertificateChain, PrivateKey};
use crate::role::Role;

/// A certificate that has found its key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Joined {
    /// Whose it is.
    pub role: Role,
    /// The certificate, with those of the file that lead to its CA behind it.
    pub certificate: CertificateChain,
}

/// Finds the certificates of a file that are of one of `keys`, by the public key:
/// authorities name and order what they send as they like. What lies between a
/// certificate and its root follows it, in order; roots are left out, since the
/// other side has its own.
///
/// # Errors
///
/// [`GenerateError::Unreadable`].
pub fn join(
    signed: &CertificateChain,
    keys: &[(Role, PrivateKey)],
) -> Result<Vec<Joined>, GenerateError> {
    let mut joined = Vec::new();
    for certificate in signed.der() {
        let alone = certificates(&[certificate])?;
        for (role, key) in keys {
            if check_pair(&alone, key).is_ok() {
                joined.push(Joined {
                    role: *role,
                    certificate: certificates(&chain(certificate, signed.der())?)?,
                });
            }
        }
    }
    Ok(joined)
}

/// From the certificate upwards, as far as the file goes and without its root.
fn chain<'c>(
    first: &'c CertificateDer<'static>,
    all: &'c [CertificateDer<'static>],
) -> Result<Vec<&'c CertificateDer<'static>>, GenerateError> {
    let mut chain = vec![first];
    let mut last = parse(first)?;
    // Each step takes another certificate, so this ends.
    while chain.len() <= all.len() {
        let mut above = None;
        for der in all.iter().filter(|der| !chain.contains(der)) {
            let parsed = parse(der)?;
            let is_root = parsed.subject().as_raw() == parsed.issuer().as_raw();
            if !is_root && parsed.subject().as_raw() == last.issuer().as_raw() {
                above = Some((der, parsed));
                break;
            }
        }
        let Some((der, parsed)) = above else { break };
        chain.push(der);
        last = parsed;
    }
    Ok(chain)
}

fn parse<'d>(der: &'d CertificateDer<'_>) -> Result<X509Certificate<'d>, GenerateError> {
    match X509Certificate::from_der(der) {
        Ok((_, certificate)) => Ok(certificate),
        Err(_) => Err(GenerateError::Unreadable),
    }
}
