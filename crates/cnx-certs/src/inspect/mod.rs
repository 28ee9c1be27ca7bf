//! What a file of certificates and keys holds, for people and for programs.

mod certificate;
mod key;

use rustls_pki_types::UnixTime;
use schemars::JsonSchema;
use serde::Serialize;

use crate::go::{Certificate, Unreadable};
use crate::pem::{PemError, PemErrorKind, read};
use crate::shown::shown;

pub use certificate::{CertificateInfo, Validity};
pub use key::{KeyInfo, PublicKeyInfo};

/// One block of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(tag = "type", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Entry {
    /// A certificate.
    Certificate(Box<CertificateInfo>),
    /// A private key, of which nothing is told but its kind and public half.
    PrivateKey(KeyInfo),
    /// A block of another kind.
    Other {
        /// The line at which it begins, from 1.
        line: usize,
        /// Its PEM label.
        label: String,
    },
}

/// Reads what a file holds: PEM blocks in their order, or one certificate in DER.
///
/// Nothing is judged but the dates, at `now`; [`check`](crate::check) does that.
///
/// ```
/// use cnx_certs::{Entry, UnixTime, inspect};
/// let pem = std::fs::read("../../testdata/pki/tls.crt")?;
/// let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(1_767_225_600));
/// let entries = inspect(&pem, now)?;
/// let Some(Entry::Certificate(certificate)) = entries.first() else { panic!() };
/// assert_eq!(certificate.validity.not_after, "2124-01-01T00:00:00Z");
/// assert_eq!(certificate.names[0], "DNS:cnx-api.kube-system.svc");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`PemError`]: what the file is instead, and where.
pub fn inspect(file: &[u8], now: UnixTime) -> Result<Vec<Entry>, PemError> {
    let seen = match read(file) {
        Ok(file) => file.seen,
        Err(error) if error.kind == PemErrorKind::DerNotPem => {
            let certificate = CertificateInfo::from_der(file, 1, now).ok_or(error)?;
            return Ok(vec![Entry::Certificate(Box::new(certificate))]);
        }
        Err(error) => return Err(error),
    };
    let mut entries = Vec::new();
    for block in seen {
        let line = block.line;
        entries.push(match block.label.as_str() {
            "CERTIFICATE" | "TRUSTED CERTIFICATE" | "X509 CERTIFICATE" => {
                let certificate = CertificateInfo::from_der(&block.der, line, now);
                let bad = || {
                    let why = Certificate::parse(&block.der).err();
                    let why = why.unwrap_or(Unreadable {
                        rule: "its form is not known here",
                        since: None,
                    });
                    PemError {
                        line,
                        kind: PemErrorKind::BadCertificate(why),
                    }
                };
                Entry::Certificate(Box::new(certificate.ok_or_else(bad)?))
            }
            _ if block.is_key() => Entry::PrivateKey(KeyInfo::of(block)),
            label => Entry::Other {
                line,
                label: shown(label),
            },
        });
    }
    Ok(entries)
}
