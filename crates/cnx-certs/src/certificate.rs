//! A parsed certificate, and what the checks ask of it.

use std::net::IpAddr;

use rustls_pki_types::{CertificateDer, UnixTime};

use crate::go;
use crate::go::{AlternativeName, KeyKind};
use crate::role::Side;
use crate::shown::shown;

/// A certificate of a file.
pub(crate) struct Certificate<'d> {
    pub(crate) der: &'d CertificateDer<'static>,
    pub(crate) x509: go::Certificate<'d>,
    /// The line of its file at which it begins, from 1.
    pub(crate) line: usize,
}

/// What a certificate says of its purposes: nothing, or a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// No extended key usage, or an empty one: any purpose.
    Any,
    /// The purpose is among those named.
    Named,
    /// It is not.
    Missing,
}

/// `id-kp-serverAuth`, `id-kp-clientAuth`, and what stands for any purpose: besides
/// `anyExtendedKeyUsage` nothing.
const SERVER_AUTH: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 1];
const CLIENT_AUTH: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 2];
const ANY_PURPOSE: &[u8] = &[0x55, 0x1d, 0x25, 0];

impl<'d> Certificate<'d> {
    /// Parses certificates of a file. Those that the file's reader took parse.
    pub(crate) fn all(der: &'d [CertificateDer<'static>], lines: &[usize]) -> Vec<Self> {
        let numbered = der
            .iter()
            .zip(lines.iter().copied().chain(std::iter::repeat(1)));
        numbered
            .filter_map(|(der, line)| {
                let x509 = go::Certificate::parse(der).ok()?;
                Some(Self { der, x509, line })
            })
            .collect()
    }

    /// The flag of the basic constraints; none where there are none.
    pub(crate) fn ca_flag(&self) -> Option<bool> {
        self.x509.extensions.ca
    }

    /// Whether Go takes it for a CA: of version 1 and 2, which have no flag, any.
    pub(crate) fn is_ca(&self) -> bool {
        self.ca_flag().unwrap_or(self.x509.version < 3)
    }

    /// How many intermediates may stand below it, where that is limited.
    pub(crate) fn path_length(&self) -> Option<u64> {
        self.x509.extensions.path_length
    }

    /// Whether its key usage lacks this bit, counted from the first. One without any bit
    /// is none for Go.
    pub(crate) fn lacks_usage(&self, bit: u8) -> bool {
        let usage = self.x509.extensions.key_usage.unwrap_or_default();
        usage != 0 && usage & (0x8000 >> bit) == 0
    }

    /// Whether it may be used at this end of a connection.
    pub(crate) fn purpose(&self, side: Side) -> Purpose {
        let purposes = self.x509.extensions.purposes.as_deref();
        let wanted = match side {
            Side::Server => SERVER_AUTH,
            Side::Client => CLIENT_AUTH,
        };
        match purposes {
            None | Some([]) => Purpose::Any,
            Some(named)
                if named
                    .iter()
                    .any(|oid| *oid == wanted || *oid == ANY_PURPOSE) =>
            {
                Purpose::Named
            }
            Some(_) => Purpose::Missing,
        }
    }

    pub(crate) fn alternative_names(&self) -> &[AlternativeName<'d>] {
        self.x509.extensions.names.as_deref().unwrap_or_default()
    }

    pub(crate) fn dns_names(&self) -> impl Iterator<Item = &str> {
        self.alternative_names()
            .iter()
            .filter_map(|name| match name {
                AlternativeName::Dns(name) => Some(*name),
                _ => None,
            })
    }

    /// In the form in which Go prints them.
    pub(crate) fn uris(&self) -> impl Iterator<Item = String> {
        self.alternative_names()
            .iter()
            .filter_map(|name| match name {
                AlternativeName::Uri(uri) => Some(uri.to_string()),
                _ => None,
            })
    }

    pub(crate) fn ip_addresses(&self) -> impl Iterator<Item = IpAddr> {
        self.alternative_names()
            .iter()
            .filter_map(|name| match name {
                AlternativeName::Ip(address) => Some(address.to_canonical()),
                _ => None,
            })
    }

    /// Whether it is for any host.
    pub(crate) fn has_host_names(&self) -> bool {
        let is_host = |name: &AlternativeName<'_>| {
            matches!(name, AlternativeName::Dns(_) | AlternativeName::Ip(_))
        };
        self.alternative_names().iter().any(is_host)
    }

    pub(crate) fn common_name(&self) -> Option<&str> {
        self.x509.subject.common_name()
    }

    pub(crate) const fn key_kind(&self) -> KeyKind<'d> {
        self.x509.key.kind
    }

    /// The size of its RSA key in bits.
    pub(crate) fn rsa_bits(&self) -> Option<usize> {
        match self.key_kind() {
            KeyKind::Rsa { modulus, .. } => Some(bits(modulus)),
            _ => None,
        }
    }

    /// The public key, for comparing keys.
    pub(crate) const fn spki(&self) -> &'d [u8] {
        self.x509.key.spki
    }

    /// Whether it says that `issuer`'s key signed it: by the key's identifier, not by
    /// the name alone.
    pub(crate) fn names_key_of(&self, issuer: &Certificate<'_>) -> bool {
        let named = self.x509.extensions.issuers_key_identifier;
        named.is_some() && named == issuer.x509.extensions.key_identifier
    }

    /// Whether it is another certificate of the same name and key.
    pub(crate) fn is_other_path_of(&self, other: &Certificate<'_>) -> bool {
        self.der != other.der
            && self.x509.subject.raw == other.x509.subject.raw
            && self.spki() == other.spki()
    }

    /// Whether `issuer` has the name of its issuer.
    pub(crate) fn names(&self, issuer: &Certificate<'_>) -> bool {
        self.x509.issuer.raw == issuer.x509.subject.raw
    }

    pub(crate) fn is_self_issued(&self) -> bool {
        self.names(self)
    }

    pub(crate) const fn not_before(&self) -> i64 {
        self.x509.not_before
    }

    pub(crate) const fn not_after(&self) -> i64 {
        self.x509.not_after
    }

    pub(crate) fn not_before_day(&self) -> String {
        day(self.not_before())
    }

    pub(crate) fn not_after_day(&self) -> String {
        day(self.not_after())
    }

    pub(crate) fn is_valid_at(&self, now: UnixTime) -> bool {
        let now = seconds(now);
        self.not_before() <= now && now <= self.not_after()
    }

    /// A critical extension that Go does not know, by its object identifier.
    pub(crate) fn unknown_critical_extension(&self) -> Option<&str> {
        let mut unknown = self.x509.extensions.unknown.iter();
        let (oid, _) = unknown.find(|(_, since)| since.is_none())?;
        Some(oid)
    }

    /// Its subject, for people; where that is empty, its first other name.
    pub(crate) fn subject(&self) -> String {
        let uris = self.uris();
        let other = || self.dns_names().map(str::to_owned).chain(uris).next();
        let subject = match self.x509.subject.shown() {
            empty if empty.is_empty() => other().unwrap_or_else(|| "(no subject)".to_owned()),
            subject => subject,
        };
        shown(&subject)
    }

    pub(crate) fn issuer(&self) -> String {
        shown(&self.x509.issuer.shown())
    }
}

/// Seconds since 1970.
pub(crate) fn seconds(time: UnixTime) -> i64 {
    i64::try_from(time.as_secs()).unwrap_or(i64::MAX)
}

/// A date as in RFC 3339, in UTC.
pub(crate) fn day(seconds: i64) -> String {
    match time::OffsetDateTime::from_unix_timestamp(seconds) {
        Ok(time) => time.date().to_string(),
        Err(_) => "a date that is none".to_owned(),
    }
}

/// The bits of a number without its leading zeros.
fn bits(number: &[u8]) -> usize {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let first = number.get(zeros).map_or(0, |byte| byte.leading_zeros());
    (number.len() - zeros) * 8 - first as usize
}
