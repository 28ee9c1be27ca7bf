//! PEM files (RFC 7468), read as strictly as a cluster needs it.

mod block;
mod error;

use std::fmt;

use pem_rfc7468::LineEnding;
use pkcs1::der::Decode as _;
use rustls_pki_types::{
    CertificateDer, PrivateKeyDer, PrivatePkcs1KeyDer, PrivatePkcs8KeyDer, PrivateSec1KeyDer,
};
use x509_parser::parse_x509_certificate;
use zeroize::Zeroizing;

use crate::names::is_name;
#[cfg(feature = "crypto")]
pub(crate) use block::Block;
pub use block::MAX_FILE;
pub(crate) use block::{Blocks, blocks};
pub use error::{PemError, PemErrorKind};

/// One or more certificates that somebody trusts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaBundle(Certificates);

/// A certificate and its intermediates, the certificate first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateChain(Certificates);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Certificates {
    pem: Vec<u8>,
    der: Vec<CertificateDer<'static>>,
    lines: Vec<usize>,
    warnings: Vec<PemError>,
}

/// A private key: PKCS#8, PKCS#1 or SEC1. Erased from memory when dropped.
pub struct PrivateKey {
    pem: Zeroizing<Vec<u8>>,
    #[cfg_attr(
        not(feature = "crypto"),
        allow(dead_code, reason = "what the checks alone ask for")
    )]
    der: Zeroizing<PrivateKeyDer<'static>>,
    line: usize,
    warnings: Vec<PemError>,
}

macro_rules! certificates {
    ($name:ident) => {
        impl $name {
            /// Reads PEM bytes: `CERTIFICATE` blocks, at least one, with any text
            /// around them, lines ended by LF or CRLF.
            ///
            /// # Errors
            ///
            /// [`PemError`]: what the file is instead, and where.
            pub fn from_pem(pem: &[u8]) -> Result<Self, PemError> {
                certificates(pem).map(Self)
            }

            /// The bytes, as they were given.
            #[must_use]
            pub fn as_pem(&self) -> &[u8] {
                &self.0.pem
            }

            /// The certificates, in the order of the file.
            #[must_use]
            pub fn der(&self) -> &[CertificateDer<'static>] {
                &self.0.der
            }

            /// The lines at which the certificates begin, from 1.
            #[must_use]
            pub fn lines(&self) -> &[usize] {
                &self.0.lines
            }

            /// What of the file is not used.
            #[must_use]
            pub fn warnings(&self) -> &[PemError] {
                &self.0.warnings
            }
        }
    };
}

certificates!(CaBundle);
certificates!(CertificateChain);

impl CaBundle {
    /// The PEM of this bundle, and behind it those certificates of `old` that it
    /// does not have: what is to be trusted while certificates of both are in use.
    /// The bytes of this bundle come first, as they are.
    #[must_use]
    pub fn overlapping(&self, old: &Self) -> Vec<u8> {
        let mut pem = self.as_pem().to_vec();
        for certificate in old.der().iter().filter(|old| !self.der().contains(old)) {
            if !pem.ends_with(b"\n") {
                pem.push(b'\n');
            }
            match pem_rfc7468::encode_string("CERTIFICATE", LineEnding::LF, certificate) {
                Ok(block) => pem.extend_from_slice(block.as_bytes()),
                // Whatever happens, no CA is lost: the whole of the old file, then.
                Err(_) => {
                    pem.extend_from_slice(old.as_pem());
                    break;
                }
            }
        }
        pem
    }
}

impl PrivateKey {
    /// Reads PEM bytes: one private key. `EC PARAMETERS`, which OpenSSL writes
    /// before an elliptic curve's key, may stand beside it, and so may
    /// certificates, which Go skips.
    ///
    /// # Errors
    ///
    /// [`PemError`]: what the file is instead, and where. Nothing of the file's
    /// content is in it.
    pub fn from_pem(pem: &[u8]) -> Result<Self, PemError> {
        let mut found: Option<(Zeroizing<PrivateKeyDer<'static>>, usize)> = None;
        let mut others = Vec::new();
        let Blocks { blocks, text_after } = blocks(pem)?;
        for block in blocks {
            let at = |kind| PemError::at(block.line, kind);
            let der = match block.label.as_str() {
                "EC PARAMETERS" => continue,
                "ENCRYPTED PRIVATE KEY" => return Err(at(PemErrorKind::EncryptedKey)),
                _ if block.encrypted => return Err(at(PemErrorKind::EncryptedKey)),
                "PRIVATE KEY" | "RSA PRIVATE KEY" | "EC PRIVATE KEY" => private_key(block.der()?),
                label => {
                    others.push(at(other_block(label, true)));
                    continue;
                }
            };
            if found.is_some() {
                return Err(at(PemErrorKind::SeveralKeys));
            }
            found = Some((der, block.line));
        }
        let Some((der, line)) = found else {
            let nothing = PemError::at(1, PemErrorKind::NotPem);
            return Err(others.into_iter().next().unwrap_or(nothing));
        };
        let mut warnings: Vec<_> = others.into_iter().map(skipped).collect();
        warnings.extend(text_after.map(|line| PemError::at(line, PemErrorKind::TextAfterPem)));
        Ok(Self {
            pem: Zeroizing::new(pem.to_vec()),
            der,
            line,
            warnings,
        })
    }

    /// The bytes, as they were given. They are secret.
    #[must_use]
    pub fn as_pem(&self) -> &[u8] {
        &self.pem
    }

    /// The line at which the key begins, from 1.
    #[must_use]
    pub const fn line(&self) -> usize {
        self.line
    }

    /// What of the file is not used.
    #[must_use]
    pub fn warnings(&self) -> &[PemError] {
        &self.warnings
    }

    #[cfg(feature = "crypto")]
    pub(crate) fn der(&self) -> &PrivateKeyDer<'static> {
        &self.der
    }
}

/// A key of whichever format it has: like Go, not by its label.
fn private_key(mut der: Zeroizing<Vec<u8>>) -> Zeroizing<PrivateKeyDer<'static>> {
    // Moved, not copied.
    let der = std::mem::take(&mut *der);
    Zeroizing::new(if pkcs8::PrivateKeyInfoRef::from_der(&der).is_ok() {
        PrivatePkcs8KeyDer::from(der).into()
    } else if pkcs1::RsaPrivateKeyRef::from_der(&der).is_ok() {
        PrivatePkcs1KeyDer::from(der).into()
    } else {
        PrivateSec1KeyDer::from(der).into()
    })
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey([redacted])")
    }
}

fn certificates(pem: &[u8]) -> Result<Certificates, PemError> {
    let Blocks { blocks, text_after } = blocks(pem)?;
    let (mut der, mut lines) = (Vec::new(), Vec::new());
    let mut others = Vec::new();
    for block in blocks {
        let at = |kind| PemError::at(block.line, kind);
        match block.label.as_str() {
            "CERTIFICATE" if block.headers => return Err(at(PemErrorKind::PemHeaders)),
            "CERTIFICATE" => {
                let body = block.der()?;
                if !is_certificate(&body) {
                    return Err(at(PemErrorKind::BadCertificate));
                }
                der.push(CertificateDer::from(body.to_vec()));
                lines.push(block.line);
            }
            _ if block.is_key() => {
                return Err(at(PemErrorKind::KeyInsteadOfCertificate));
            }
            // Certificates, for whoever put them there; not for Go.
            "TRUSTED CERTIFICATE" | "X509 CERTIFICATE" => {
                return Err(at(PemErrorKind::SkippedBlock(block.label.clone())));
            }
            label => others.push(at(other_block(label, false))),
        }
    }
    if der.is_empty() {
        let nothing = PemError::at(1, PemErrorKind::NotPem);
        return Err(others.into_iter().next().unwrap_or(nothing));
    }
    let mut warnings: Vec<_> = others.into_iter().map(skipped).collect();
    warnings.extend(text_after.map(|line| PemError::at(line, PemErrorKind::TextAfterPem)));
    Ok(Certificates {
        pem: pem.to_vec(),
        der,
        lines,
        warnings,
    })
}

/// Whether Go reads it (`parser.go`): it refuses bytes behind the certificate, two
/// of one extension, an algorithm outside that is not the one inside, and names
/// that are none.
fn is_certificate(der: &[u8]) -> bool {
    parse_x509_certificate(der).is_ok_and(|(behind, x509)| {
        behind.is_empty()
            && x509.signature_algorithm == x509.tbs_certificate.signature
            && x509.tbs_certificate.extensions_map().is_ok()
            && x509.subject_alternative_name().is_ok_and(|names| {
                names.is_none_or(|names| names.value.general_names.iter().all(is_name))
            })
    })
}

/// What a block is that is neither certificate nor key of the wanted kind.
fn other_block(label: &str, key_wanted: bool) -> PemErrorKind {
    match label {
        "CERTIFICATE" | "TRUSTED CERTIFICATE" | "X509 CERTIFICATE" if key_wanted => {
            PemErrorKind::CertificateInsteadOfKey
        }
        "PUBLIC KEY" | "RSA PUBLIC KEY" => PemErrorKind::PublicKey,
        "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => PemErrorKind::SigningRequest,
        label => PemErrorKind::SkippedBlock(label.to_owned()),
    }
}

/// Beside what was wanted, a block does no harm.
fn skipped(error: PemError) -> PemError {
    let label = match error.kind {
        PemErrorKind::SkippedBlock(label) => label,
        PemErrorKind::CertificateInsteadOfKey => "CERTIFICATE".to_owned(),
        PemErrorKind::PublicKey => "PUBLIC KEY".to_owned(),
        PemErrorKind::SigningRequest => "CERTIFICATE REQUEST".to_owned(),
        kind => return PemError { kind, ..error },
    };
    PemError::at(error.line, PemErrorKind::SkippedBlock(label))
}
