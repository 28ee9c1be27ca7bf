use std::fmt;

/// What was being read when an error was found: which rules apply, and which
/// `openssl` command mends the file, depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Input {
    /// The certificates that the other side is verified with, read by
    /// [`CaBundle::from_pem`](crate::CaBundle::from_pem).
    CaBundle,
    /// A serving or client certificate and its intermediates, read by
    /// [`CertificateChain::from_pem`](crate::CertificateChain::from_pem).
    Certificate,
    /// A private key, read by [`PrivateKey::from_pem`](crate::PrivateKey::from_pem).
    PrivateKey,
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CaBundle => "CA bundle",
            Self::Certificate => "certificate",
            Self::PrivateKey => "private key",
        })
    }
}
