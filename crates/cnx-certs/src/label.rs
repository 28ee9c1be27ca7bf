/// The words between `-----BEGIN ` and `-----`, as a closed set.
///
/// An unknown label is never kept: in a damaged file it can be a piece of the
/// key, and a label goes into error texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Label {
    Certificate,
    /// `PRIVATE KEY`, `RSA PRIVATE KEY`, `EC PRIVATE KEY`: what Go's
    /// `crypto/tls` reads. It goes by the content, not by the first words.
    Key,
    EncryptedKey,
    /// A private key in a format that TLS servers don't read.
    ForeignKey(Option<&'static str>),
    EcParameters,
    SigningRequest,
    PublicKey,
    Other(Option<&'static str>),
}

/// The labels that may be named in an error, beyond those with a variant.
const KNOWN: [&str; 12] = [
    "ATTRIBUTE CERTIFICATE",
    "CMS",
    "DH PARAMETERS",
    "DSA PARAMETERS",
    "PGP MESSAGE",
    "PGP PUBLIC KEY BLOCK",
    "PKCS7",
    "SSL SESSION PARAMETERS",
    "TRUSTED CERTIFICATE",
    "X509 CERTIFICATE",
    "X509 CRL",
    "X9.42 DH PARAMETERS",
];

const KNOWN_KEYS: [&str; 5] = [
    "ANY PRIVATE KEY",
    "DSA PRIVATE KEY",
    "ECDSA PRIVATE KEY",
    "OPENSSH PRIVATE KEY",
    "PGP PRIVATE KEY BLOCK",
];

impl Label {
    pub(crate) fn new(text: &[u8]) -> Self {
        let among = |known: &[&'static str]| {
            let find = |name: &&&'static str| name.as_bytes() == text;
            known.iter().find(find).copied()
        };
        match text {
            b"CERTIFICATE" => Self::Certificate,
            b"PRIVATE KEY" | b"RSA PRIVATE KEY" | b"EC PRIVATE KEY" => Self::Key,
            b"ENCRYPTED PRIVATE KEY" => Self::EncryptedKey,
            b"EC PARAMETERS" => Self::EcParameters,
            b"CERTIFICATE REQUEST" | b"NEW CERTIFICATE REQUEST" => Self::SigningRequest,
            b"PUBLIC KEY" | b"RSA PUBLIC KEY" => Self::PublicKey,
            // Whatever else says that it is one, so that it isn't published.
            _ if contains(text, b"PRIVATE KEY") => Self::ForeignKey(among(&KNOWN_KEYS)),
            _ => Self::Other(among(&KNOWN)),
        }
    }

    pub(crate) fn is_key(self) -> bool {
        matches!(
            self,
            Self::Key | Self::EncryptedKey | Self::ForeignKey(_)
        )
    }
}

/// Whether `needle` is in `haystack`.
pub(crate) fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    position(haystack, needle).is_some()
}

/// Where `needle` first is in `haystack`.
pub(crate) fn position(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len().max(1))
        .position(|window| window == needle)
}
