//! The bytes that go into a manifest, as PEM; base64 is made here.

use std::fmt;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use sha2::{Digest as _, Sha256};
use zeroize::{Zeroize as _, Zeroizing};

/// The certificates that the other side trusts: PEM bytes, as in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaBundle {
    pem: Pem<Vec<u8>>,
    keeps_old: bool,
}

/// A certificate, with its intermediates behind it: PEM bytes, as in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate(Pem<Vec<u8>>);

/// A private key: PEM bytes, as in the file. Erased from memory when dropped,
/// and not to be seen in `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct PrivateKey(Pem<Zeroizing<Vec<u8>>>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Pem<B> {
    bytes: B,
    name: Option<String>,
}

macro_rules! material {
    ($type:ident, $encoded:ty, $pem:tt, |$new:ident| $made:expr) => {
        impl $type {
            /// Takes PEM bytes. They are looked at when they are checked, see
            /// [`CertificateChecks`](crate::CertificateChecks).
            #[must_use]
            pub fn new(pem: impl Into<Vec<u8>>) -> Self {
                let bytes = ended(pem.into()).into();
                let $new = Pem { bytes, name: None };
                $made
            }

            /// The same bytes with the name that findings call them by: a path.
            #[must_use]
            pub fn named(mut self, name: impl Into<String>) -> Self {
                self.$pem.name = Some(name.into());
                self
            }

            /// The base64 (RFC 4648, section 4) of the bytes, without line breaks.
            #[must_use]
            pub fn to_base64(&self) -> $encoded {
                STANDARD.encode(self.pem()).into()
            }

            /// The bytes, as they were given, with a final line break.
            #[must_use]
            pub fn pem(&self) -> &[u8] {
                &self.$pem.bytes
            }

            /// What findings call them by, where they have a name.
            #[must_use]
            pub fn name(&self) -> Option<&str> {
                self.$pem.name.as_deref()
            }
        }
    };
}

/// PEM with a line break at its end. Without one, what joins files joins two lines, as
/// the Manager of 2018 does with its certificate and its key.
fn ended(mut pem: Vec<u8>) -> Vec<u8> {
    if !pem.ends_with(b"-----") {
        return pem;
    }
    // It may be a key: no copy of it is left behind.
    let mut ended = Vec::with_capacity(pem.len() + 1);
    ended.extend_from_slice(&pem);
    ended.push(b'\n');
    pem.zeroize();
    ended
}

material!(CaBundle, String, pem, |pem| Self {
    pem,
    keeps_old: false
});
material!(Certificate, String, 0, |pem| Self(pem));
material!(PrivateKey, Zeroizing<String>, 0, |pem| Self(pem));

impl CaBundle {
    /// Keeps the CAs that a manifest has now, behind the new ones: for as long as
    /// certificates of both are in use.
    #[must_use]
    pub const fn keeping_old(mut self) -> Self {
        self.keeps_old = true;
        self
    }

    /// The PEM bytes that replace the PEM bytes `old`. What is no CA bundle is not
    /// kept: a placeholder, say.
    pub(crate) fn over(&self, old: &[u8]) -> Vec<u8> {
        let read = cnx_certs::CaCertificates::from_pem;
        match (self.keeps_old, read(self.pem()), read(old)) {
            (true, Ok(new), Ok(old)) => new.overlapping(&old),
            _ => self.pem().to_vec(),
        }
    }

    /// Whether PEM bytes hold a CA that will not be there any more.
    pub(crate) fn takes_away(&self, old: &[u8]) -> bool {
        let read = cnx_certs::CaCertificates::from_pem;
        match (read(old), read(&self.over(old))) {
            (Ok(old), Ok(new)) => old.der().iter().any(|ca| !new.der().contains(ca)),
            _ => false,
        }
    }

    /// [`over`](Self::over) for values that are base64, as in a Secret.
    pub(crate) fn base64_over(&self, old: &str) -> String {
        STANDARD.encode(self.over(&decoded(old)))
    }

    /// The text, as a ConfigMap holds it: with `\n` for line breaks. What stands
    /// between the PEM blocks may be in another encoding; it is replaced there.
    #[must_use]
    pub fn to_text(&self) -> String {
        to_text(self.pem())
    }

    /// [`over`](Self::over) for values that are text, as in a ConfigMap.
    pub(crate) fn text_over(&self, old: &str) -> String {
        to_text(&self.over(old.as_bytes()))
    }
}

/// As Go's `encoding/base64` decodes: line breaks are skipped, padding is asked
/// for, stray bits in the last character are not minded.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical)
        .with_decode_allow_trailing_bits(true);
    let text: Zeroizing<String> =
        Zeroizing::new(text.chars().filter(|c| !matches!(c, '\n' | '\r')).collect());
    GeneralPurpose::new(&alphabet::STANDARD, config)
        .decode(text.as_bytes())
        .ok()
}

/// What base64 that may be wrapped decodes to; nothing, if it is something else.
pub(crate) fn decoded(base64: &str) -> Vec<u8> {
    let base64: String = base64.split_ascii_whitespace().collect();
    STANDARD.decode(base64).unwrap_or_default()
}

fn to_text(pem: &[u8]) -> String {
    String::from_utf8_lossy(pem).replace("\r\n", "\n")
}

impl Certificate {
    /// Whether there are no bytes: whatever is there will do, as where a manifest is
    /// judged without material.
    pub(crate) fn is_any(&self) -> bool {
        self.pem().is_empty()
    }

    /// The SHA-256 of the bytes, in hexadecimal.
    #[must_use]
    pub fn sha256(&self) -> String {
        let digest = Sha256::digest(self.pem());
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pem_ends_with_a_line_break() {
        let pem = |text: &str| PrivateKey::new(text).pem().to_vec();
        for text in ["-----END PRIVATE KEY-----", "-----END PRIVATE KEY-----\n"] {
            assert_eq!(pem(text), b"-----END PRIVATE KEY-----\n");
        }
        assert_eq!(
            pem("-----END PRIVATE KEY-----\r\n"),
            b"-----END PRIVATE KEY-----\r\n"
        );
        assert_eq!(pem(""), b"");
    }
}
