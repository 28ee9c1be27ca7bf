//! New private keys.

use std::fmt;
use std::str::FromStr;

use pem_rfc7468::LineEnding;
use rcgen::{KeyPair, RsaKeySize, SignatureAlgorithm};
use zeroize::Zeroizing;

use super::error::GenerateError;
use crate::pem::PrivateKey;

/// The algorithm and size of new keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyKind {
    /// ECDSA on P-256, signing with SHA-256: small, fast, and known to every
    /// release of CNX, etcd and every browser.
    #[default]
    EcdsaP256,
    /// ECDSA on P-384, signing with SHA-384.
    EcdsaP384,
    /// RSA of 2048 bits, signing with SHA-256 (PKCS#1 v1.5), as all RSA here.
    Rsa2048,
    /// RSA of 3072 bits.
    Rsa3072,
    /// RSA of 4096 bits.
    Rsa4096,
}

impl KeyKind {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::EcdsaP256,
        Self::EcdsaP384,
        Self::Rsa2048,
        Self::Rsa3072,
        Self::Rsa4096,
    ];

    /// The name in kebab-case, as on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EcdsaP256 => "ecdsa-p256",
            Self::EcdsaP384 => "ecdsa-p384",
            Self::Rsa2048 => "rsa-2048",
            Self::Rsa3072 => "rsa-3072",
            Self::Rsa4096 => "rsa-4096",
        }
    }

    /// RSA's keys also take part in TLS 1.2's key exchange.
    pub(super) const fn is_rsa(self) -> bool {
        matches!(self, Self::Rsa2048 | Self::Rsa3072 | Self::Rsa4096)
    }

    const fn algorithm(self) -> &'static SignatureAlgorithm {
        match self {
            Self::EcdsaP256 => &rcgen::PKCS_ECDSA_P256_SHA256,
            Self::EcdsaP384 => &rcgen::PKCS_ECDSA_P384_SHA384,
            Self::Rsa2048 | Self::Rsa3072 | Self::Rsa4096 => &rcgen::PKCS_RSA_SHA256,
        }
    }

    /// A new key, erased from memory when dropped.
    pub(super) fn generate(self) -> Result<Zeroizing<KeyPair>, GenerateError> {
        let algorithm = self.algorithm();
        let pair = match self {
            Self::EcdsaP256 | Self::EcdsaP384 => KeyPair::generate_for(algorithm),
            Self::Rsa2048 => KeyPair::generate_rsa_for(algorithm, RsaKeySize::_2048),
            Self::Rsa3072 => KeyPair::generate_rsa_for(algorithm, RsaKeySize::_3072),
            Self::Rsa4096 => KeyPair::generate_rsa_for(algorithm, RsaKeySize::_4096),
        };
        pair.map(Zeroizing::new)
            .map_err(|_| GenerateError::Cryptography)
    }
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for KeyKind {
    type Err = UnknownKeyKind;

    fn from_str(name: &str) -> Result<Self, UnknownKeyKind> {
        let found = Self::ALL.into_iter().find(|kind| kind.as_str() == name);
        found.ok_or_else(|| UnknownKeyKind(name.to_owned()))
    }
}

/// A name that is no [`KeyKind`]'s.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no kind of key {0:?}")]
pub struct UnknownKeyKind(pub String);

/// The key as PKCS#8 (RFC 5958) in PEM. rcgen's own encoder leaves copies in memory.
pub(super) fn to_pem(pair: &KeyPair) -> Result<PrivateKey, GenerateError> {
    let pem = pem_rfc7468::encode_string("PRIVATE KEY", LineEnding::LF, pair.serialized_der());
    let pem = Zeroizing::new(pem.map_err(|_| GenerateError::Cryptography)?);
    PrivateKey::from_pem(pem.as_bytes()).map_err(|_| GenerateError::Cryptography)
}
