//! Whether a key is a certificate's.

use rustls::crypto::aws_lc_rs::sign::any_supported_type;
use rustls::sign::CertifiedKey;
use rustls::{Error, InconsistentKeys};

use crate::pem::{CertificateChain, PrivateKey};

/// Why a certificate and a key cannot be used together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PairError {
    /// The key is another certificate's.
    #[error("the private key does not match the certificate [key-mismatch]")]
    Mismatch,
    /// The key is that of a later certificate in the file.
    #[error("the private key matches certificate {0} of the file, not the first [wrong-order]")]
    WrongOrder(usize),
    /// The key's form or algorithm is not known.
    #[error("the private key is damaged, or of a kind that TLS does not use [unusable-key]")]
    UnusableKey,
}

impl PairError {
    /// What to do.
    #[must_use]
    pub const fn help(&self) -> &'static str {
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
/// kube-apiserver's peer fails at its start otherwise ("tls: private key does
/// not match public key", Go's crypto/tls).
///
/// # Errors
///
/// [`PairError`], which says what fits instead.
pub fn check_pair(chain: &CertificateChain, key: &PrivateKey) -> Result<(), PairError> {
    let signer = any_supported_type(key.der()).map_err(|_| PairError::UnusableKey)?;
    for (number, certificate) in chain.der().iter().enumerate() {
        let pair = CertifiedKey::new(vec![certificate.clone()], signer.clone());
        let matches = match pair.keys_match() {
            Ok(()) => true,
            Err(Error::InconsistentKeys(InconsistentKeys::KeyMismatch)) => false,
            Err(_) => return Err(PairError::UnusableKey),
        };
        match (matches, number) {
            (true, 0) => return Ok(()),
            (true, number) => return Err(PairError::WrongOrder(number + 1)),
            (false, _) => {}
        }
    }
    Err(PairError::Mismatch)
}
