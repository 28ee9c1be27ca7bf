//! One certificate.

use std::fmt::Write as _;
use std::net::IpAddr;

use aws_lc_rs::digest::{SHA256, digest};
use rustls_pki_types::{CertificateDer, UnixTime};
use schemars::JsonSchema;
use serde::Serialize;
use x509_parser::extensions::{GeneralName, KeyUsage};
use x509_parser::objects::{oid_registry, oid2sn};
use x509_parser::parse_x509_certificate;
use x509_parser::prelude::{ASN1Time, X509Certificate, X509Name};

use super::key::PublicKeyInfo;
use crate::certificate::{Certificate, seconds};
use crate::check::usable;
use crate::go;
use crate::role::Role;
use crate::shown::shown;
use crate::signature::{Signature, signature};

/// What a certificate says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CertificateInfo {
    /// The line at which it begins, from 1.
    pub line: usize,
    /// Whom it is for, such as `O=Example, CN=etcd`.
    pub subject: String,
    /// Who signed it.
    pub issuer: String,
    /// In hexadecimal.
    pub serial: String,
    /// Its subject alternative names, with their types: `DNS:…`, `IP:…`, `URI:…`.
    pub names: Vec<String>,
    /// When it is valid.
    pub validity: Validity,
    /// The SHA-256 fingerprint, as `openssl x509 -fingerprint -sha256` prints it.
    pub sha256: String,
    /// Its public key.
    pub key: PublicKeyInfo,
    /// How it is signed, such as `ecdsa-with-SHA256`.
    pub signature_algorithm: String,
    /// Whether it may sign others.
    pub ca: bool,
    /// How many CAs may stand below it, where that is limited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path_length: Option<u64>,
    /// Whether it is signed with its own key.
    pub self_signed: bool,
    /// What its key may be used for; none where that is not limited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_usage: Option<Vec<String>>,
    /// What it may be used for; none where that is not limited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extended_key_usage: Option<Vec<String>>,
    /// The roles that it is fit for by itself; whether its names are those that are
    /// asked for, and whether its issuer is trusted, is another question.
    pub roles: Vec<Role>,
    /// Why Go does not read it; none where it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<String>,
}

/// When a certificate is valid, in UTC, as in RFC 3339.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Validity {
    /// The first second.
    pub not_before: String,
    /// The last second.
    pub not_after: String,
    /// Whole days that are left; below zero when it has expired.
    pub days_left: i64,
    /// Whether it is valid now.
    pub valid: bool,
}

impl CertificateInfo {
    pub(super) fn from_der(der: &[u8], line: usize, now: UnixTime) -> Option<Self> {
        let der = CertificateDer::from(der.to_vec());
        let (_, x509) = parse_x509_certificate(&der).ok()?;
        let own = go::Certificate::parse(&der);
        let unreadable = own.as_ref().err().map(ToString::to_string);
        let own = own.ok().map(|x509| Certificate {
            der: &der,
            x509,
            line,
        });
        let signed = &x509.signature_algorithm.algorithm;
        let is_self_signed =
            |own: &Certificate<'_>| own.is_self_issued() && signature(own, own) == Signature::Good;
        let constraints = x509.basic_constraints().ok().flatten();
        let constraints = constraints.map(|constraints| constraints.value);
        let usage = x509.key_usage().ok().flatten();
        Some(Self {
            line,
            subject: name(x509.subject()),
            issuer: name(x509.issuer()),
            serial: hex(x509.raw_serial(), ""),
            names: names(&x509),
            validity: Validity::of(&x509, now),
            sha256: hex(digest(&SHA256, &der).as_ref(), ":").to_uppercase(),
            key: PublicKeyInfo::of(x509.public_key()),
            signature_algorithm: match oid2sn(signed, oid_registry()) {
                Ok(name) => name.to_owned(),
                Err(_) => signed.to_id_string(),
            },
            ca: match &own {
                Some(own) => own.ca_flag() == Some(true),
                None => constraints.is_some_and(|constraints| constraints.ca),
            },
            path_length: match &own {
                Some(own) => own.path_length(),
                None => constraints.and_then(|c| c.path_len_constraint.map(u64::from)),
            },
            self_signed: own.as_ref().is_some_and(is_self_signed),
            key_usage: usage.map(|usage| usages(usage.value)),
            extended_key_usage: extended(&x509),
            roles: own.as_ref().map(usable).unwrap_or_default(),
            unreadable,
        })
    }
}

/// A name for people.
fn name(name: &X509Name<'_>) -> String {
    match name.to_string() {
        empty if empty.is_empty() => "(no subject)".to_owned(),
        name => shown(&name),
    }
}

impl Validity {
    fn of(certificate: &X509Certificate<'_>, now: UnixTime) -> Self {
        let validity = certificate.validity();
        let (from, to) = (
            validity.not_before.timestamp(),
            validity.not_after.timestamp(),
        );
        let now = seconds(now);
        let left = to.saturating_sub(now);
        Self {
            not_before: rfc3339(validity.not_before),
            not_after: rfc3339(validity.not_after),
            days_left: left.div_euclid(24 * 60 * 60),
            valid: from <= now && now <= to,
        }
    }
}

fn rfc3339(time: ASN1Time) -> String {
    let time = time.to_datetime();
    let (hour, minute, second) = time.to_hms();
    format!("{}T{hour:02}:{minute:02}:{second:02}Z", time.date())
}

pub(super) fn hex(bytes: &[u8], between: &str) -> String {
    let mut out = String::new();
    for byte in bytes {
        if !out.is_empty() {
            out.push_str(between);
        }
        let _ = write!(out, "{byte:02x}");
    }
    out
}

fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(names)) = certificate.subject_alternative_name() else {
        return Vec::new();
    };
    let names = names.value.general_names.iter();
    names
        .map(|name| match name {
            GeneralName::DNSName(name) => format!("DNS:{}", shown(name)),
            GeneralName::URI(uri) => format!("URI:{}", shown(uri)),
            GeneralName::RFC822Name(mail) => format!("email:{}", shown(mail)),
            GeneralName::IPAddress(bytes) => match address(bytes) {
                Some(address) => format!("IP:{address}"),
                None => format!("IP:#{}", hex(bytes, "")),
            },
            GeneralName::DirectoryName(name) => format!("name:{}", shown(&name.to_string())),
            _ => "other".to_owned(),
        })
        .collect()
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    match bytes.len() {
        4 => <[u8; 4]>::try_from(bytes).ok().map(IpAddr::from),
        _ => <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from),
    }
}

/// By the names of RFC 5280, section 4.2.1.3.
fn usages(usage: &KeyUsage) -> Vec<String> {
    let named = [
        (usage.digital_signature(), "digitalSignature"),
        (usage.non_repudiation(), "nonRepudiation"),
        (usage.key_encipherment(), "keyEncipherment"),
        (usage.data_encipherment(), "dataEncipherment"),
        (usage.key_agreement(), "keyAgreement"),
        (usage.key_cert_sign(), "keyCertSign"),
        (usage.crl_sign(), "cRLSign"),
        (usage.encipher_only(), "encipherOnly"),
        (usage.decipher_only(), "decipherOnly"),
    ];
    let set = named.iter().filter(|(set, _)| *set);
    set.map(|(_, name)| (*name).to_owned()).collect()
}

fn extended(certificate: &X509Certificate<'_>) -> Option<Vec<String>> {
    let usage = certificate.extended_key_usage().ok().flatten()?.value;
    let named = [
        (usage.any, "anyExtendedKeyUsage"),
        (usage.server_auth, "serverAuth"),
        (usage.client_auth, "clientAuth"),
        (usage.code_signing, "codeSigning"),
        (usage.email_protection, "emailProtection"),
        (usage.time_stamping, "timeStamping"),
        (usage.ocsp_signing, "OCSPSigning"),
    ];
    let set = named.iter().filter(|(set, _)| *set);
    let mut all: Vec<_> = set.map(|(_, name)| (*name).to_owned()).collect();
    all.extend(usage.other.iter().map(|oid| oid.to_id_string()));
    Some(all)
}
