//! PEM files (RFC 7468), read as strictly as a cluster needs it.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::{
    CertificateDer, PrivateKeyDer, PrivatePkcs1KeyDer, PrivatePkcs8KeyDer, PrivateSec1KeyDer,
};
use rustls::server::ParsedCertificate;
use zeroize::Zeroizing;

/// One or more certificates that somebody trusts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaBundle {
    pem: Vec<u8>,
}

/// A certificate and its intermediates, the certificate first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateChain {
    pem: Vec<u8>,
    der: Vec<CertificateDer<'static>>,
}

/// A private key: PKCS#8, PKCS#1 or SEC1. Erased from memory when dropped.
pub struct PrivateKey {
    pem: Zeroizing<Vec<u8>>,
    der: PrivateKeyDer<'static>,
}

impl CaBundle {
    /// Reads PEM bytes: `CERTIFICATE` blocks, at least one, with any text around
    /// them, lines ended by LF or CRLF.
    ///
    /// # Errors
    ///
    /// [`PemError`]: what the file is instead, and where.
    pub fn from_pem(pem: &[u8]) -> Result<Self, PemError> {
        certificates(pem)?;
        Ok(Self { pem: pem.to_vec() })
    }

    /// The bytes, as they were given.
    #[must_use]
    pub fn as_pem(&self) -> &[u8] {
        &self.pem
    }
}

impl CertificateChain {
    /// Reads PEM bytes: `CERTIFICATE` blocks, at least one, with any text around
    /// them, lines ended by LF or CRLF.
    ///
    /// # Errors
    ///
    /// [`PemError`]: what the file is instead, and where.
    pub fn from_pem(pem: &[u8]) -> Result<Self, PemError> {
        let der = certificates(pem)?;
        Ok(Self {
            pem: pem.to_vec(),
            der,
        })
    }

    /// The bytes, as they were given.
    #[must_use]
    pub fn as_pem(&self) -> &[u8] {
        &self.pem
    }

    /// The certificates, the server's own first.
    #[must_use]
    pub fn der(&self) -> &[CertificateDer<'static>] {
        &self.der
    }
}

impl PrivateKey {
    /// Reads PEM bytes: one private key. `EC PARAMETERS`, which OpenSSL writes
    /// before an elliptic curve's key, may stand beside it.
    ///
    /// # Errors
    ///
    /// [`PemError`]: what the file is instead, and where. Nothing of the file's
    /// content is in it.
    pub fn from_pem(pem: &[u8]) -> Result<Self, PemError> {
        let mut found: Option<PrivateKeyDer<'static>> = None;
        for block in blocks(pem)? {
            let at = |kind| PemError::at(block.line, kind);
            let der = match block.label.as_str() {
                "EC PARAMETERS" => continue,
                "CERTIFICATE" | "TRUSTED CERTIFICATE" | "X509 CERTIFICATE" => {
                    return Err(at(PemErrorKind::CertificateInsteadOfKey));
                }
                "ENCRYPTED PRIVATE KEY" => return Err(at(PemErrorKind::EncryptedKey)),
                _ if block.encrypted => return Err(at(PemErrorKind::EncryptedKey)),
                "PRIVATE KEY" => PrivatePkcs8KeyDer::from(block.der()?).into(),
                "RSA PRIVATE KEY" => PrivatePkcs1KeyDer::from(block.der()?).into(),
                "EC PRIVATE KEY" => PrivateSec1KeyDer::from(block.der()?).into(),
                "PUBLIC KEY" | "RSA PUBLIC KEY" => return Err(at(PemErrorKind::PublicKey)),
                label if is_request(label) => return Err(at(PemErrorKind::SigningRequest)),
                label => return Err(at(PemErrorKind::UnknownBlock(label.to_owned()))),
            };
            if found.is_some() {
                return Err(at(PemErrorKind::SeveralKeys));
            }
            found = Some(der);
        }
        let der = found.ok_or(PemError::at(1, PemErrorKind::NotPem))?;
        let pem = Zeroizing::new(pem.to_vec());
        Ok(Self { pem, der })
    }

    /// The bytes, as they were given. They are secret.
    #[must_use]
    pub fn as_pem(&self) -> &[u8] {
        &self.pem
    }

    pub(crate) const fn der(&self) -> &PrivateKeyDer<'static> {
        &self.der
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey([redacted])")
    }
}

/// Why a file cannot be used. No content of the file is in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {kind} [{}]", .kind.code())]
pub struct PemError {
    /// From 1.
    pub line: usize,
    /// What is wrong.
    pub kind: PemErrorKind,
}

impl PemError {
    const fn at(line: usize, kind: PemErrorKind) -> Self {
        Self { line, kind }
    }

    /// What to do.
    #[must_use]
    pub const fn help(&self) -> &'static str {
        self.kind.help()
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident $(($field:ty))?, $code:literal, $message:literal, $help:literal;)*) => {
        /// What is wrong with a PEM file.
        #[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
        #[non_exhaustive]
        pub enum PemErrorKind {
            $($(#[$doc])* #[error($message)] $name $(($field))?,)*
        }

        impl PemErrorKind {
            /// A stable name, in kebab-case.
            #[must_use]
            pub const fn code(&self) -> &'static str {
                match self {
                    $(Self::$name { .. } => $code,)*
                }
            }

            /// What to do.
            #[must_use]
            pub const fn help(&self) -> &'static str {
                match self {
                    $(Self::$name { .. } => $help,)*
                }
            }
        }
    };
}

kinds! {
    /// Nothing but white space.
    Empty, "empty-file", "the file is empty",
        "give the file that your authority sent, as PEM";
    /// No PEM block.
    NotPem, "not-pem", "there is no PEM block (-----BEGIN …)",
        "give the file that your authority sent, as PEM";
    /// Binary ASN.1.
    Der, "der-not-pem", "this is DER (binary), not PEM",
        "convert it: openssl x509 -inform der -in FILE (a certificate) or openssl pkey -inform der -in FILE (a key)";
    /// A binary PKCS#12 archive.
    Pkcs12, "pkcs12-not-pem", "this is a PKCS#12 archive (.p12, .pfx), not PEM",
        "take the parts out: openssl pkcs12 -in FILE -nodes -nokeys, and -nocerts for the key";
    /// UTF-16, as some Windows editors write.
    Utf16, "utf-16", "this is text in UTF-16",
        "save the file as UTF-8 or ASCII";
    /// PEM in base64, as Kubernetes' Secrets hold it.
    Base64OfPem, "base64-of-pem", "this is base64 of a PEM file: the encoding is made here, once",
        "give the PEM file itself: base64 -d FILE";
    /// A block without an end.
    Truncated, "truncated-pem", "the PEM block has no END line",
        "the file was cut off; fetch it again";
    /// The line breaks were lost, as in an environment variable.
    OneLine, "one-line-pem", "the PEM block's frame and body are on one line",
        "put the line breaks back, behind the BEGIN line and before the END line";
    /// The END line names another label.
    WrongEnd, "wrong-pem-end", "the PEM block ends with another label than it begins with",
        "the file was put together wrongly; fetch it again";
    /// A block's body is not base64.
    BadBase64, "bad-base64", "the PEM block's body is not base64",
        "the file was damaged; fetch it again";
    /// A key that asks for a passphrase.
    EncryptedKey, "encrypted-key", "the private key is encrypted, and no component of CNX asks for a passphrase",
        "decrypt it: openssl pkey -in FILE -out plain.key";
    /// More than one private key.
    SeveralKeys, "several-keys", "there is more than one private key",
        "leave the certificate's key alone in the file";
    /// A private key where certificates belong.
    KeyInsteadOfCertificate, "key-instead-of-certificate", "a private key, where only certificates may be",
        "give the certificate's file; whoever reads the manifest's certificates would read the key";
    /// A certificate where a private key belongs.
    CertificateInsteadOfKey, "certificate-instead-of-key", "a certificate, where only a private key may be",
        "give the key's file";
    /// A public key.
    PublicKey, "public-key", "this is a public key",
        "give the certificate or the private key instead";
    /// A certificate signing request.
    SigningRequest, "signing-request", "this is a signing request (CSR), not what the authority made of it",
        "give the certificate that the authority sent back";
    /// A certificate block that Go skips.
    Headers, "pem-headers", "the certificate's PEM block has headers, and Go's TLS skips such blocks",
        "write it anew: openssl x509 -in FILE";
    /// Another kind of block.
    UnknownBlock(String), "unknown-block", "a PEM block {0:?} has no place here",
        "leave the certificates (or the private key) alone in the file";
    /// The body is no X.509 certificate.
    BadCertificate, "bad-certificate", "the PEM block's body is not an X.509 certificate",
        "look at it: openssl x509 -in FILE -noout -text";
}

/// A block of any kind.
pub(crate) struct Block {
    pub(crate) line: usize,
    pub(crate) label: String,
    pub(crate) encrypted: bool,
    headers: bool,
    body: Zeroizing<String>,
}

impl Block {
    pub(crate) fn der(&self) -> Result<Vec<u8>, PemError> {
        let bad = |_| PemError::at(self.line, PemErrorKind::BadBase64);
        STANDARD.decode(self.body.as_bytes()).map_err(bad)
    }
}

fn is_request(label: &str) -> bool {
    matches!(label, "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST")
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, PemError> {
    let blocks = blocks(pem)?;
    let mut found = Vec::new();
    for block in blocks {
        let at = |kind| PemError::at(block.line, kind);
        match block.label.as_str() {
            "CERTIFICATE" if block.headers => return Err(at(PemErrorKind::Headers)),
            "CERTIFICATE" => {
                let der = CertificateDer::from(block.der()?);
                if ParsedCertificate::try_from(&der).is_err() {
                    return Err(at(PemErrorKind::BadCertificate));
                }
                found.push(der);
            }
            label if label.ends_with("PRIVATE KEY") => {
                return Err(at(PemErrorKind::KeyInsteadOfCertificate));
            }
            "PUBLIC KEY" | "RSA PUBLIC KEY" => return Err(at(PemErrorKind::PublicKey)),
            label if is_request(label) => return Err(at(PemErrorKind::SigningRequest)),
            label => return Err(at(PemErrorKind::UnknownBlock(label.to_owned()))),
        }
    }
    Ok(found)
}

/// The blocks of a file, at least one.
///
/// The readers at hand skip what they can't read, and that is just what must
/// be told here, so the frame is read by this function; the body is left to
/// `base64`, `rustls` and `ring`.
pub(crate) fn blocks(pem: &[u8]) -> Result<Vec<Block>, PemError> {
    let first = |kind| Err(PemError::at(1, kind));
    if pem.iter().all(u8::is_ascii_whitespace) {
        return first(PemErrorKind::Empty);
    }
    if pem.starts_with(&[0xff, 0xfe]) || pem.starts_with(&[0xfe, 0xff]) {
        return first(PemErrorKind::Utf16);
    }
    let text = String::from_utf8_lossy(pem);
    let text = Zeroizing::new(text.into_owned());
    let mut blocks: Vec<Block> = Vec::new();
    let mut open: Option<Block> = None;
    for (number, line) in text.lines().enumerate() {
        let line_number = number + 1;
        let line = line.trim();
        let framed = |word: &str| {
            let label = line
                .strip_prefix("-----")?
                .strip_prefix(word)?
                .strip_prefix(' ')?;
            label.strip_suffix("-----").map(str::to_owned)
        };
        // Whatever follows the frame may be a key: it must not become a label.
        if line.strip_prefix("-----BEGIN ").is_some_and(|rest| {
            let label = rest.strip_suffix("-----").unwrap_or(rest);
            label.contains("-----") || label.len() > 40
        }) {
            return Err(PemError::at(line_number, PemErrorKind::OneLine));
        }
        if let Some(label) = framed("BEGIN") {
            if let Some(block) = open {
                return Err(PemError::at(block.line, PemErrorKind::Truncated));
            }
            open = Some(Block {
                line: line_number,
                label,
                encrypted: false,
                headers: false,
                body: Zeroizing::new(String::new()),
            });
            continue;
        }
        let Some(mut block) = open.take() else {
            continue;
        };
        if let Some(label) = framed("END") {
            if label != block.label {
                return Err(PemError::at(line_number, PemErrorKind::WrongEnd));
            }
            blocks.push(block);
            continue;
        }
        if line.contains(':') {
            block.headers = true;
            block.encrypted |= line.contains("ENCRYPTED");
        } else {
            block.body.push_str(line);
        }
        open = Some(block);
    }
    if let Some(block) = open {
        return Err(PemError::at(block.line, PemErrorKind::Truncated));
    }
    if blocks.is_empty() {
        return first(not_pem(pem, &text));
    }
    Ok(blocks)
}

/// What a file without PEM blocks is.
fn not_pem(pem: &[u8], text: &str) -> PemErrorKind {
    // A SEQUENCE with a long length: X.509, PKCS#8 and PKCS#12 start like this.
    if let [0x30, 0x81..=0x83, ..] = pem {
        // PKCS#12 (RFC 7292): version 3, then the OID of PKCS#7's data.
        let head = pem.get(..32).unwrap_or(pem);
        let archive = head
            .windows(3)
            .take(6)
            .any(|window| window == [0x02, 0x01, 0x03]);
        return if archive {
            PemErrorKind::Pkcs12
        } else {
            PemErrorKind::Der
        };
    }
    let compact: Zeroizing<String> =
        Zeroizing::new(text.split_ascii_whitespace().collect::<Vec<_>>().concat());
    match STANDARD.decode(compact.as_bytes()) {
        Ok(inner) if inner.starts_with(b"-----BEGIN ") => PemErrorKind::Base64OfPem,
        _ => PemErrorKind::NotPem,
    }
}
