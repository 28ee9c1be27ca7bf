//! Keys: of a private one only what its public half says.

use aws_lc_rs::digest::{SHA256, digest};
use rustls::crypto::aws_lc_rs::sign::any_supported_type;
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs1KeyDer, PrivatePkcs8KeyDer, PrivateSec1KeyDer};
use schemars::JsonSchema;
use serde::Serialize;
use x509_parser::prelude::FromDer as _;
use x509_parser::public_key::PublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;
use zeroize::Zeroizing;

use super::certificate::hex;
use crate::go::Seen;

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PublicKeyInfo {
    /// Such as `RSA 2048`, `ECDSA P-256` or `Ed25519`.
    pub kind: String,
    /// Its size in bits, where the kind has sizes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bits: Option<usize>,
    /// The SHA-256 of its DER (`SubjectPublicKeyInfo`): the same in a certificate
    /// and in its private key.
    pub sha256: String,
}

/// A private key, without any of its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct KeyInfo {
    /// The line at which it begins, from 1.
    pub line: usize,
    /// `PKCS#8`, `PKCS#1` or `SEC1`.
    pub form: &'static str,
    /// Whether it asks for a passphrase.
    pub encrypted: bool,
    /// Its public half; none where it is encrypted, or of a kind that is not
    /// known here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<PublicKeyInfo>,
}

impl KeyInfo {
    pub(super) fn of(mut block: Seen) -> Self {
        let (line, label) = (block.line, block.label.as_str());
        let form = match label {
            "RSA PRIVATE KEY" => "PKCS#1",
            "EC PRIVATE KEY" => "SEC1",
            "PRIVATE KEY" | "ENCRYPTED PRIVATE KEY" => "PKCS#8",
            _ => "unknown",
        };
        let encrypted = block.encrypted || label == "ENCRYPTED PRIVATE KEY";
        let mut key = None;
        if !encrypted {
            let der = std::mem::take(&mut *block.der);
            let private: Zeroizing<PrivateKeyDer<'static>> = Zeroizing::new(match label {
                "RSA PRIVATE KEY" => PrivatePkcs1KeyDer::from(der).into(),
                "EC PRIVATE KEY" => PrivateSec1KeyDer::from(der).into(),
                _ => PrivatePkcs8KeyDer::from(der).into(),
            });
            let signer = any_supported_type(&private).ok();
            let public = signer.and_then(|signer| signer.public_key().map(|k| k.to_vec()));
            key = public.and_then(|spki| {
                let (_, spki) = SubjectPublicKeyInfo::from_der(&spki).ok()?;
                Some(PublicKeyInfo::of(&spki))
            });
        }
        Self {
            line,
            form,
            encrypted,
            key,
        }
    }
}

impl PublicKeyInfo {
    pub(super) fn of(spki: &SubjectPublicKeyInfo<'_>) -> Self {
        let algorithm = spki.algorithm.algorithm.to_id_string();
        let curve = spki.algorithm.parameters.as_ref();
        let curve = curve.and_then(|any| any.as_oid().ok().map(|oid| oid.to_id_string()));
        let (kind, bits) = match (algorithm.as_str(), curve.as_deref()) {
            ("1.2.840.113549.1.1.1", _) => match spki.parsed() {
                Ok(PublicKey::RSA(key)) => {
                    let bits = key.key_size();
                    (format!("RSA {bits}"), Some(bits))
                }
                _ => ("RSA".to_owned(), None),
            },
            ("1.2.840.10045.2.1", curve) => {
                let (name, bits) = match curve {
                    Some("1.3.132.0.33") => ("P-224", Some(224)),
                    Some("1.2.840.10045.3.1.7") => ("P-256", Some(256)),
                    Some("1.3.132.0.34") => ("P-384", Some(384)),
                    Some("1.3.132.0.35") => ("P-521", Some(521)),
                    Some(other) => (other, None),
                    None => ("on a curve of its own", None),
                };
                (format!("ECDSA {name}"), bits)
            }
            ("1.3.101.112", _) => ("Ed25519".to_owned(), None),
            ("1.3.101.113", _) => ("Ed448".to_owned(), None),
            ("1.2.840.10040.4.1", _) => ("DSA".to_owned(), None),
            (other, _) => (other.to_owned(), None),
        };
        Self {
            kind,
            bits,
            sha256: hex(digest(&SHA256, spki.raw).as_ref(), ""),
        }
    }
}
