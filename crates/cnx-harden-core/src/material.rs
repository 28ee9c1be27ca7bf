//! The bytes that go into a manifest, as PEM; base64 is made here.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// The certificates that the other side trusts: PEM bytes, as in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaBundle(Pem<Vec<u8>>);

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
    ($type:ident, $encoded:ty) => {
        impl $type {
            /// Takes PEM bytes. They are looked at when they are checked, see
            /// [`CertificateChecks`](crate::CertificateChecks).
            #[must_use]
            pub fn new(pem: impl Into<Vec<u8>>) -> Self {
                let bytes = pem.into().into();
                Self(Pem { bytes, name: None })
            }

            /// The same bytes with the name that findings call them by: a path.
            #[must_use]
            pub fn named(mut self, name: impl Into<String>) -> Self {
                self.0.name = Some(name.into());
                self
            }

            /// The base64 (RFC 4648, section 4) of the bytes, without line breaks.
            #[must_use]
            pub fn to_base64(&self) -> $encoded {
                STANDARD.encode(self.pem()).into()
            }

            /// The bytes, as they were given.
            #[must_use]
            pub fn pem(&self) -> &[u8] {
                &self.0.bytes
            }

            /// What findings call them by, where they have a name.
            #[must_use]
            pub fn name(&self) -> Option<&str> {
                self.0.name.as_deref()
            }
        }
    };
}

material!(CaBundle, String);
material!(Certificate, String);
material!(PrivateKey, Zeroizing<String>);

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey([redacted])")
    }
}
