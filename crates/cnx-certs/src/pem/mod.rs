//! PEM files (RFC 7468), read as strictly as a cluster needs it.

mod block;
mod error;

use std::fmt;

use pem_rfc7468::LineEnding;
use pkcs1::der::asn1::OctetStringRef;
use pkcs1::der::{Decode as _, Encode as _};
use rustls_pki_types::{
    CertificateDer, PrivateKeyDer, PrivatePkcs1KeyDer, PrivatePkcs8KeyDer, PrivateSec1KeyDer,
};
use zeroize::Zeroizing;

use crate::go::{Certificate, Seen, decode};
use crate::role::Role;
pub use block::MAX_FILE;
use block::{Frames, frames};
pub use error::{PemError, PemErrorKind};

/// One or more certificates that somebody trusts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaCertificates(Certificates);

/// A certificate and its intermediates, the certificate first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateChain(Certificates);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Certificates {
    pem: Vec<u8>,
    der: Vec<CertificateDer<'static>>,
    lines: Vec<usize>,
    warnings: Vec<PemError>,
    unreadable: Vec<PemError>,
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
    ($name:ident, $reader:ident) => {
        impl $name {
            /// Reads PEM bytes: `CERTIFICATE` blocks, at least one, with any text
            /// around them, lines ended by LF or CRLF.
            ///
            /// # Errors
            ///
            /// [`PemError`]: what the file is instead, and where.
            pub fn from_pem(pem: &[u8]) -> Result<Self, PemError> {
                certificates(pem, Reader::$reader).map(Self)
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

certificates!(CaCertificates, Pool);
certificates!(CertificateChain, Presented);

/// Whose rules decide which blocks are certificates.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reader {
    /// Go's, of a set of CAs: a certificate that it cannot read, or with headers, is
    /// passed over.
    Pool,
    /// etcd's, of a set of CAs: every block is a certificate.
    EtcdPool,
    /// Go's, of what is presented: all of it, and the other side must read each.
    Presented,
}

impl CaCertificates {
    /// The same by the rules of who reads the CA of a role: etcd and its clients take
    /// every block for a certificate, whatever its label and its headers.
    ///
    /// # Errors
    ///
    /// [`PemError`]: what the file is instead, and where.
    pub fn for_role(role: Role, pem: &[u8]) -> Result<Self, PemError> {
        let reader = match role {
            Role::EtcdClient | Role::EtcdServer => Reader::EtcdPool,
            _ => Reader::Pool,
        };
        certificates(pem, reader).map(Self)
    }

    /// The blocks that keep a program from starting: with etcd and its clients those
    /// that are no certificate that Go can read, whatever their labels; else none.
    #[must_use]
    pub fn unreadable(&self) -> &[PemError] {
        &self.0.unreadable
    }

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
    /// Reads PEM bytes: as Go does, the first private key. `EC PARAMETERS`, which
    /// OpenSSL writes before an elliptic curve's key, may stand beside it, and so may
    /// certificates, which Go skips.
    ///
    /// # Errors
    ///
    /// [`PemError`]: what the file is instead, and where. Nothing of the file's
    /// content is in it.
    pub fn from_pem(pem: &[u8]) -> Result<Self, PemError> {
        let File { seen, mut warnings } = read(pem)?;
        let mut found: Option<(Zeroizing<PrivateKeyDer<'static>>, usize)> = None;
        let mut others = Vec::new();
        for block in seen {
            let at = |kind| PemError::at(block.line, kind);
            match block.label.as_str() {
                "EC PARAMETERS" => {}
                _ if block.is_key() && found.is_some() => {
                    others.push(at(PemErrorKind::SeveralKeys));
                }
                "ENCRYPTED PRIVATE KEY" => return Err(at(PemErrorKind::EncryptedKey)),
                _ if block.is_key() && block.encrypted => {
                    return Err(at(PemErrorKind::EncryptedKey));
                }
                "PRIVATE KEY" | "RSA PRIVATE KEY" | "EC PRIVATE KEY" => {
                    found = Some((private_key(block.der), block.line));
                }
                label => others.push(at(other_block(label, true))),
            }
        }
        let Some((der, line)) = found else {
            let nothing = PemError::at(1, PemErrorKind::NotPem);
            let mut why = others.into_iter().chain(warnings);
            return Err(why.next().unwrap_or(nothing));
        };
        warnings.extend(others.into_iter().map(skipped));
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
    if let Some(plain) = one_curve(&der) {
        der = plain;
    }
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

/// PKCS#8 of an elliptic curve's key that names the curve once. Where a second name is in
/// it, Go goes by the outer one, and others refuse the two if they differ.
fn one_curve(der: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut outer = pkcs8::PrivateKeyInfoRef::from_der(der).ok()?;
    let mut inner = sec1::EcPrivateKey::from_der(outer.private_key.as_bytes()).ok()?;
    inner.parameters.take()?;
    let inner = Zeroizing::new(inner.to_der().ok()?);
    outer.private_key = OctetStringRef::new(&inner).ok()?;
    outer.to_der().ok().map(Zeroizing::new)
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey([redacted])")
    }
}

/// What Go sees of a file, and what it passes over.
pub(crate) struct File {
    pub(crate) seen: Vec<Seen>,
    pub(crate) warnings: Vec<PemError>,
}

/// Reads the blocks that Go sees, at least one.
///
/// # Errors
///
/// Why Go sees none.
pub(crate) fn read(pem: &[u8]) -> Result<File, PemError> {
    if pem.len() > MAX_FILE {
        return Err(PemError::at(1, PemErrorKind::TooLarge));
    }
    let seen = decode(pem);
    match frames(pem) {
        Err(error) if seen.is_empty() => Err(error),
        Err(error) => Ok(File {
            seen,
            warnings: vec![error],
        }),
        Ok(Frames { frames, text_after }) => {
            // A frame as it should be, with something else in it than base64.
            let unseen = frames
                .iter()
                .filter(|frame| seen.iter().all(|s| s.line != **frame));
            let bad = |line: &usize| PemError::at(*line, PemErrorKind::BadBase64);
            let mut warnings: Vec<_> = unseen.map(bad).collect();
            match warnings.first() {
                Some(error) if seen.is_empty() => return Err(error.clone()),
                _ => {}
            }
            warnings.extend(text_after.map(|line| PemError::at(line, PemErrorKind::TextAfterPem)));
            Ok(File { seen, warnings })
        }
    }
}

fn certificates(pem: &[u8], reader: Reader) -> Result<Certificates, PemError> {
    let File { seen, mut warnings } = read(pem)?;
    let (mut der, mut lines) = (Vec::new(), Vec::new());
    let (mut others, mut unreadable) = (Vec::new(), Vec::new());
    for block in seen {
        let at = |kind| PemError::at(block.line, kind);
        if block.is_key() {
            return Err(at(PemErrorKind::KeyInsteadOfCertificate));
        }
        let is_certificate = block.label == "CERTIFICATE";
        let wrong = match unreadable_certificate(&block.der) {
            Some(problem) if is_certificate => Some(problem),
            Some(_) => Some(other_block(&block.label, false)),
            None if is_certificate => block.headers.then_some(PemErrorKind::PemHeaders),
            None if reader == Reader::EtcdPool => Some(PemErrorKind::OtherLabel(block.label)),
            None => Some(other_block(&block.label, false)),
        };
        let is_read = match &wrong {
            None => true,
            Some(PemErrorKind::PemHeaders) => reader != Reader::Pool,
            Some(PemErrorKind::OtherLabel(_)) => true,
            Some(wrong) if reader == Reader::EtcdPool => {
                unreadable.push(at(wrong.clone()));
                false
            }
            Some(wrong) if reader == Reader::Presented && is_certificate => {
                return Err(at(wrong.clone()));
            }
            Some(_) => false,
        };
        others.extend(wrong.map(at));
        if is_read {
            der.push(CertificateDer::from(block.der.to_vec()));
            lines.push(block.line);
        }
    }
    if der.is_empty() {
        let nothing = PemError::at(1, PemErrorKind::NotPem);
        let mut why = others.into_iter().chain(warnings);
        return Err(why.next().unwrap_or(nothing));
    }
    warnings.extend(others.into_iter().map(skipped));
    Ok(Certificates {
        pem: pem.to_vec(),
        der,
        lines,
        warnings,
        unreadable,
    })
}

/// Why Go does not read a certificate.
fn unreadable_certificate(der: &[u8]) -> Option<PemErrorKind> {
    match Certificate::parse(der) {
        Err(why) => Some(PemErrorKind::BadCertificate(why)),
        Ok(read) => {
            let negative = read.serial.first().is_some_and(|byte| byte & 0x80 != 0);
            negative.then_some(PemErrorKind::NegativeSerial)
        }
    }
}

/// What a block is that is neither certificate nor key of the wanted kind.
fn other_block(label: &str, key_wanted: bool) -> PemErrorKind {
    match label {
        "CERTIFICATE" | "TRUSTED CERTIFICATE" | "X509 CERTIFICATE" if key_wanted => {
            PemErrorKind::CertificateInsteadOfKey
        }
        "PUBLIC KEY" | "RSA PUBLIC KEY" => PemErrorKind::PublicKey,
        "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => PemErrorKind::SigningRequest,
        "PKCS7" | "PKCS #7 SIGNED DATA" | "CMS" => PemErrorKind::Pkcs7NotPem,
        label => PemErrorKind::SkippedBlock(label.to_owned()),
    }
}

/// Beside what was wanted, a block does no harm.
fn skipped(error: PemError) -> PemError {
    let label = match error.kind {
        PemErrorKind::SkippedBlock(label) => label,
        PemErrorKind::CertificateInsteadOfKey => "CERTIFICATE".to_owned(),
        PemErrorKind::PublicKey => "PUBLIC KEY".to_owned(),
        PemErrorKind::Pkcs7NotPem => "PKCS7".to_owned(),
        PemErrorKind::SigningRequest => "CERTIFICATE REQUEST".to_owned(),
        kind => return PemError { kind, ..error },
    };
    PemError::at(error.line, PemErrorKind::SkippedBlock(label))
}
