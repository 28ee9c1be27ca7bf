//! The bytes that go into a manifest, as PEM; base64 is made here.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

/// The certificates that the other side trusts: PEM bytes, as in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaBundle(Vec<u8>);

/// A certificate, with its intermediates behind it: PEM bytes, as in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate(Vec<u8>);

/// A private key: PEM bytes, as in the file. Erased from memory when dropped,
/// and not to be seen in `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct PrivateKey(Zeroizing<Vec<u8>>);

impl CaBundle {
    /// Takes PEM bytes. They are not looked at: see the crate `cnx-certs`.
    #[must_use]
    pub fn new(pem: impl Into<Vec<u8>>) -> Self {
        Self(pem.into())
    }

    /// The base64 (RFC 4648, section 4) of the bytes, without line breaks.
    #[must_use]
    pub fn to_base64(&self) -> String {
        STANDARD.encode(&self.0)
    }

    /// The text, as a ConfigMap holds it: with `\n` for line breaks. What stands
    /// between the PEM blocks may be in another encoding; it is replaced there.
    #[must_use]
    pub fn to_text(&self) -> String {
        String::from_utf8_lossy(&self.0).replace("\r\n", "\n")
    }

    pub(crate) fn as_pem(&self) -> &[u8] {
        &self.0
    }
}

impl Certificate {
    /// Takes PEM bytes. They are not looked at: see the crate `cnx-certs`.
    #[must_use]
    pub fn new(pem: impl Into<Vec<u8>>) -> Self {
        Self(pem.into())
    }

    /// The base64 (RFC 4648, section 4) of the bytes, without line breaks.
    #[must_use]
    pub fn to_base64(&self) -> String {
        STANDARD.encode(&self.0)
    }

    /// The SHA-256 of the bytes, in hexadecimal.
    #[must_use]
    pub fn sha256(&self) -> String {
        let digest = Sha256::digest(&self.0);
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    pub(crate) fn as_pem(&self) -> &[u8] {
        &self.0
    }
}

impl PrivateKey {
    /// Takes PEM bytes. They are not looked at: see the crate `cnx-certs`.
    #[must_use]
    pub fn new(pem: impl Into<Vec<u8>>) -> Self {
        Self(Zeroizing::new(pem.into()))
    }

    /// The base64 (RFC 4648, section 4) of the bytes, without line breaks.
    #[must_use]
    pub fn to_base64(&self) -> Zeroizing<String> {
        Zeroizing::new(STANDARD.encode(&*self.0))
    }

    pub(crate) fn as_pem(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey([redacted])")
    }
}
