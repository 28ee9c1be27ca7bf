use crate::Input;
use thiserror::Error;

/// Why a file could not be taken as what it was given for.
///
/// The text states the line, where there is one, and never any byte of the
/// input: the input may be a private key, and error texts end in logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[error("{input}{}: {kind}", line_suffix(*line))]
#[non_exhaustive]
pub struct PemError {
    /// What was being read.
    pub input: Input,
    /// The line that the error is about, counted from 1. A block is named by
    /// its `BEGIN` line. `None` where the whole file is meant.
    pub line: Option<usize>,
    /// What is wrong.
    pub kind: PemErrorKind,
}

impl PemError {
    pub(crate) fn new(input: Input, line: impl Into<Option<usize>>, kind: PemErrorKind) -> Self {
        let line = line.into();
        Self { input, line, kind }
    }

    /// The stable name of this kind of error: [`PemErrorKind::code`].
    pub fn code(&self) -> &'static str {
        self.kind.code()
    }

    /// What to do about it: [`PemErrorKind::help`] for this input.
    pub fn help(&self) -> String {
        self.kind.help(self.input)
    }
}

fn line_suffix(line: Option<usize>) -> String {
    line.map(|line| format!(", line {line}"))
        .unwrap_or_default()
}

/// What can be wrong with a PEM file.
///
/// Go's `pem.Decode` and most other readers skip a block that they can't read
/// and then report that there is none; the kinds here say which block it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum PemErrorKind {
    /// There is nothing in it but white space.
    #[error("it is empty")]
    Empty,
    /// There is no `-----BEGIN …-----` line, and it isn't any other format that
    /// is recognised.
    #[error("it isn't PEM: there is no line “-----BEGIN …-----”")]
    NotPem,
    /// A UTF-8 byte order mark stands before `-----BEGIN`, so Go and OpenSSL
    /// don't see that line.
    #[error("a byte order mark stands before “-----BEGIN”, so TLS libraries don't see the block")]
    Utf8Bom,
    /// The text is UTF-16, as Windows PowerShell's `>` and Notepad write it.
    #[error("the text is UTF-16, which TLS libraries don't read")]
    Utf16,
    /// It is DER, the binary form.
    #[error("it is DER (binary), not PEM")]
    Der,
    /// It is a PKCS#12 file (`.p12`, `.pfx`).
    #[error("it is a PKCS#12 file (.p12, .pfx), not PEM")]
    Pkcs12,
    /// It is PEM to which base64 was applied once more, as in a Secret's `data`.
    #[error("it is PEM with base64 applied once more, as it stands in a Secret or a kubeconfig")]
    Base64OfPem,
    /// It is the base64 of DER without the `BEGIN` and `END` lines.
    #[error("it is base64 without the BEGIN and END lines")]
    Base64OfDer,
    /// A `BEGIN` or `END` line has white space before it, as in a block copied
    /// out of YAML.
    #[error("the BEGIN or END line is indented, so TLS libraries don't see it")]
    Indented,
    /// Line breaks are missing or written as `\n`.
    #[error("line breaks are missing: the BEGIN and END lines must stand by themselves")]
    LinesJoined,
    /// An `END` line and the next `BEGIN` line are one, as `cat` makes them of
    /// files without a final newline.
    #[error("one block's END and the next one's BEGIN stand on the same line")]
    BlocksJoined,
    /// A line has `-----BEGIN` or `-----END`, but isn't made as it must be.
    #[error("the BEGIN or END line isn't well-formed")]
    MalformedMarker,
    /// An `END` line has no `BEGIN` line before it.
    #[error("an END line without a BEGIN line: the start is missing")]
    MissingBegin,
    /// A `BEGIN` line has no `END` line after it.
    #[error("a BEGIN line without an END line: the rest is missing")]
    Truncated,
    /// The `BEGIN` and `END` lines of a block have different labels.
    #[error("the END line's label isn't that of the BEGIN line")]
    LabelMismatch,
    /// The text between `BEGIN` and `END` isn't base64, or its end is missing.
    #[error("the base64 is damaged")]
    BadBase64,
    /// The block has headers (RFC 1421) other than those of an encrypted key;
    /// Kubernetes skips certificates with headers.
    #[error("the block has headers (“Name: value” lines); Kubernetes skips such blocks")]
    BlockHeaders,
    /// The private key is encrypted with a passphrase (PKCS#8, or the older
    /// `Proc-Type: 4,ENCRYPTED`).
    #[error("the private key is encrypted with a passphrase")]
    EncryptedKey,
    /// A private key where a certificate was wanted.
    #[error("it is a private key, not a certificate")]
    KeyInsteadOfCertificate,
    /// A certificate where a private key was wanted.
    #[error("it is a certificate, not a private key")]
    CertificateInsteadOfKey,
    /// More than one private key.
    #[error("there is more than one private key")]
    SeveralKeys,
    /// A private key beside certificates: it would be published with them.
    #[error("there is a private key among the certificates; it would be published with them")]
    KeyInCertificateFile,
    /// A certificate beside the private key.
    #[error("there is a certificate beside the private key")]
    CertificateInKeyFile,
    /// A certificate signing request.
    #[error("there is a certificate signing request, which isn't a certificate or key")]
    SigningRequest,
    /// A public key.
    #[error("there is a bare public key, which isn't a certificate or a private key")]
    PublicKey,
    /// A block of another kind. Its label is given only if it is a well-known
    /// one, so that no text of the input gets into a message.
    #[error("there is a block of another kind{}", label_suffix(*.0))]
    UnsupportedBlock(Option<&'static str>),
    /// The base64 is fine, but what it holds isn't an X.509 certificate.
    #[error("what the block holds isn't an X.509 certificate")]
    NotACertificate,
    /// The base64 is fine, but what it holds isn't a private key as PKCS#8,
    /// PKCS#1 or SEC1.
    #[error("what the block holds isn't a private key in PKCS#8, PKCS#1 or SEC1 form")]
    BadKey,
    /// There are bytes after the certificate or key in the same block.
    #[error("there are extra bytes after the certificate or key in its block")]
    TrailingData,
}

fn label_suffix(label: Option<&'static str>) -> String {
    label
        .map(|label| format!(" (“{label}”)"))
        .unwrap_or_default()
}

impl PemErrorKind {
    /// The stable name of the kind, in kebab-case.
    pub fn code(self) -> &'static str {
        match self {
            Self::Empty => "pem-empty",
            Self::NotPem => "pem-not-pem",
            Self::Utf8Bom => "pem-utf8-bom",
            Self::Utf16 => "pem-utf16",
            Self::Der => "pem-der",
            Self::Pkcs12 => "pem-pkcs12",
            Self::Base64OfPem => "pem-base64-of-pem",
            Self::Base64OfDer => "pem-base64-of-der",
            Self::Indented => "pem-indented",
            Self::LinesJoined => "pem-lines-joined",
            Self::BlocksJoined => "pem-blocks-joined",
            Self::MalformedMarker => "pem-malformed-marker",
            Self::MissingBegin => "pem-missing-begin",
            Self::Truncated => "pem-truncated",
            Self::LabelMismatch => "pem-label-mismatch",
            Self::BadBase64 => "pem-bad-base64",
            Self::BlockHeaders => "pem-block-headers",
            Self::EncryptedKey => "pem-encrypted-key",
            Self::KeyInsteadOfCertificate => "pem-key-instead-of-certificate",
            Self::CertificateInsteadOfKey => "pem-certificate-instead-of-key",
            Self::SeveralKeys => "pem-several-keys",
            Self::KeyInCertificateFile => "pem-key-in-certificate-file",
            Self::CertificateInKeyFile => "pem-certificate-in-key-file",
            Self::SigningRequest => "pem-signing-request",
            Self::PublicKey => "pem-public-key",
            Self::UnsupportedBlock(_) => "pem-unsupported-block",
            Self::NotACertificate => "pem-not-a-certificate",
            Self::BadKey => "pem-bad-key",
            Self::TrailingData => "pem-trailing-data",
        }
    }
}
