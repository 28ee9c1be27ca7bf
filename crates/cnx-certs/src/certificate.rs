//! A parsed certificate, and what the checks ask of it.

use std::net::IpAddr;

use rustls_pki_types::{CertificateDer, UnixTime};
use x509_parser::extensions::{GeneralName, KeyUsage, ParsedExtension, X509Extension};
use x509_parser::prelude::{ASN1Time, X509Certificate, X509Name};
use x509_parser::public_key::PublicKey;
use x509_parser::x509::X509Version;

use crate::role::Side;

/// A certificate of a file.
pub(crate) struct Certificate<'d> {
    pub(crate) der: &'d CertificateDer<'static>,
    pub(crate) x509: X509Certificate<'d>,
    /// The line of its file at which it begins, from 1.
    pub(crate) line: usize,
}

/// What a certificate says of its purposes: nothing, or a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// No extended key usage: any purpose.
    Any,
    /// The purpose is among those named.
    Named,
    /// It is not.
    Missing,
}

/// A public key's kind, as far as TLS in Go goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyKind {
    /// RSA, with its size in bits.
    Rsa(usize),
    /// ECDSA on P-256, P-384 or P-521.
    Ecdsa,
    Ed25519,
    /// What Go's TLS does not use.
    Other,
}

impl<'d> Certificate<'d> {
    /// Parses certificates of a file. Those that the file's reader took parse.
    pub(crate) fn all(der: &'d [CertificateDer<'static>], lines: &[usize]) -> Vec<Self> {
        let numbered = der
            .iter()
            .zip(lines.iter().copied().chain(std::iter::repeat(1)));
        numbered
            .filter_map(|(der, line)| {
                let (_, x509) = x509_parser::parse_x509_certificate(der).ok()?;
                Some(Self { der, x509, line })
            })
            .collect()
    }

    pub(crate) fn is_v1(&self) -> bool {
        self.x509.version() != X509Version::V3
    }

    /// The flag of the basic constraints; none where there are none.
    pub(crate) fn ca_flag(&self) -> Option<bool> {
        let constraints = self.x509.basic_constraints().ok().flatten();
        constraints.map(|constraints| constraints.value.ca)
    }

    /// How many intermediates may stand below it, where that is limited.
    pub(crate) fn path_length(&self) -> Option<u32> {
        let constraints = self.x509.basic_constraints().ok().flatten()?;
        constraints.value.path_len_constraint
    }

    pub(crate) fn key_usage(&self) -> Option<KeyUsage> {
        let usage = self.x509.key_usage().ok().flatten();
        usage.map(|usage| *usage.value)
    }

    /// Whether it may be used at this end of a connection.
    pub(crate) fn purpose(&self, side: Side) -> Purpose {
        let Some(usage) = self.x509.extended_key_usage().ok().flatten() else {
            return Purpose::Any;
        };
        let named = match side {
            Side::Server => usage.value.server_auth,
            Side::Client => usage.value.client_auth,
        };
        if named || usage.value.any {
            Purpose::Named
        } else {
            Purpose::Missing
        }
    }

    pub(crate) fn has_name_constraints(&self) -> bool {
        !matches!(self.x509.name_constraints(), Ok(None))
    }

    fn general_names(&self) -> &[GeneralName<'_>] {
        let names = self.x509.subject_alternative_name().ok().flatten();
        names.map_or(&[], |names| names.value.general_names.as_slice())
    }

    pub(crate) fn dns_names(&self) -> impl Iterator<Item = &str> {
        self.general_names().iter().filter_map(|name| match name {
            GeneralName::DNSName(name) => Some(*name),
            _ => None,
        })
    }

    pub(crate) fn uris(&self) -> impl Iterator<Item = &str> {
        self.general_names().iter().filter_map(|name| match name {
            GeneralName::URI(uri) => Some(*uri),
            _ => None,
        })
    }

    pub(crate) fn ip_addresses(&self) -> impl Iterator<Item = IpAddr> {
        self.general_names().iter().filter_map(|name| match name {
            GeneralName::IPAddress(bytes) => match bytes.len() {
                4 => <[u8; 4]>::try_from(*bytes).ok().map(IpAddr::from),
                16 => <[u8; 16]>::try_from(*bytes).ok().map(IpAddr::from),
                _ => None,
            },
            _ => None,
        })
    }

    pub(crate) fn has_alternative_names(&self) -> bool {
        !self.general_names().is_empty()
    }

    /// The Common Name: of several the last, as in Go (`pkix.Name`).
    pub(crate) fn common_name(&self) -> Option<&str> {
        let name = self.x509.subject().iter_common_name().last()?;
        name.as_str().ok()
    }

    pub(crate) fn key_kind(&self) -> KeyKind {
        let spki = self.x509.public_key();
        let algorithm = spki.algorithm.algorithm.to_id_string();
        let curve = spki.algorithm.parameters.as_ref();
        let curve = curve.and_then(|any| any.as_oid().ok().map(|oid| oid.to_id_string()));
        match (algorithm.as_str(), curve.as_deref()) {
            ("1.2.840.113549.1.1.1", _) => match spki.parsed() {
                Ok(PublicKey::RSA(key)) => KeyKind::Rsa(bits(key.modulus)),
                _ => KeyKind::Other,
            },
            (
                "1.2.840.10045.2.1",
                Some("1.2.840.10045.3.1.7" | "1.3.132.0.34" | "1.3.132.0.35"),
            ) => KeyKind::Ecdsa,
            ("1.3.101.112", _) => KeyKind::Ed25519,
            _ => KeyKind::Other,
        }
    }

    /// The public key, by which keys are told apart.
    pub(crate) fn spki(&self) -> &'d [u8] {
        self.x509.tbs_certificate.subject_pki.raw
    }

    /// Its key's identifier, if it says one.
    fn key_identifier(&self) -> Option<&[u8]> {
        let mut extensions = self.x509.extensions().iter();
        extensions.find_map(|extension| match extension.parsed_extension() {
            ParsedExtension::SubjectKeyIdentifier(id) => Some(id.0),
            _ => None,
        })
    }

    /// The identifier of the key that signed it, if it says one.
    fn issuers_key_identifier(&self) -> Option<&[u8]> {
        let mut extensions = self.x509.extensions().iter();
        extensions.find_map(|extension| match extension.parsed_extension() {
            ParsedExtension::AuthorityKeyIdentifier(id) => Some(id.key_identifier.as_ref()?.0),
            _ => None,
        })
    }

    /// Whether it says that `issuer`'s key signed it: by the key's identifier, not by
    /// the name alone.
    pub(crate) fn names_key_of(&self, issuer: &Certificate<'_>) -> bool {
        let named = self.issuers_key_identifier();
        named.is_some() && named == issuer.key_identifier()
    }

    /// Whether it is another certificate of the same name and key.
    pub(crate) fn is_other_path_of(&self, other: &Certificate<'_>) -> bool {
        self.der != other.der
            && self.x509.subject().as_raw() == other.x509.subject().as_raw()
            && self.spki() == other.spki()
    }

    pub(crate) fn is_self_issued(&self) -> bool {
        self.x509.subject().as_raw() == self.x509.issuer().as_raw()
    }

    pub(crate) fn not_before(&self) -> i64 {
        self.x509.validity().not_before.timestamp()
    }

    pub(crate) fn not_after(&self) -> i64 {
        self.x509.validity().not_after.timestamp()
    }

    pub(crate) fn not_before_day(&self) -> String {
        day(self.x509.validity().not_before)
    }

    pub(crate) fn not_after_day(&self) -> String {
        day(self.x509.validity().not_after)
    }

    pub(crate) fn is_valid_at(&self, now: UnixTime) -> bool {
        let now = seconds(now);
        self.not_before() <= now && now <= self.not_after()
    }

    /// A critical extension that Go does not know, by its object identifier.
    pub(crate) fn unknown_critical_extension(&self) -> Option<String> {
        let mut extensions = self.x509.extensions().iter();
        let unknown = extensions.find(|extension| extension.critical && !is_known(extension))?;
        Some(unknown.oid.to_id_string())
    }

    /// Its subject, for people; where that is empty, its first other name.
    pub(crate) fn subject(&self) -> String {
        let other = || self.dns_names().chain(self.uris()).next().map(shown);
        match name(self.x509.subject()) {
            empty if empty.is_empty() => other().unwrap_or_else(|| "(no subject)".to_owned()),
            subject => subject,
        }
    }

    pub(crate) fn issuer(&self) -> String {
        name(self.x509.issuer())
    }
}

/// Whether Go knows an extension, so that it may be critical (`parser.go`).
fn is_known(extension: &X509Extension<'_>) -> bool {
    let is_of_known_kind = |name: &GeneralName<'_>| {
        matches!(
            name,
            GeneralName::DNSName(_)
                | GeneralName::RFC822Name(_)
                | GeneralName::IPAddress(_)
                | GeneralName::URI(_)
        )
    };
    match extension.parsed_extension() {
        ParsedExtension::SubjectAlternativeName(names) => {
            names.general_names.iter().any(is_of_known_kind)
        }
        ParsedExtension::NameConstraints(constraints) => {
            let (permitted, excluded) = (
                constraints.permitted_subtrees.iter().flatten(),
                constraints.excluded_subtrees.iter().flatten(),
            );
            permitted
                .chain(excluded)
                .all(|tree| is_of_known_kind(&tree.base))
        }
        // Those below id-ce (2.5.29) that it reads, or passes over though they are
        // critical; key identifiers it refuses as critical.
        _ => matches!(
            extension.oid.as_bytes(),
            [0x55, 0x1d, 15 | 17 | 19 | 30..=33 | 36 | 37 | 54]
        ),
    }
}

/// Seconds since 1970.
pub(crate) fn seconds(time: UnixTime) -> i64 {
    i64::try_from(time.as_secs()).unwrap_or(i64::MAX)
}

/// A date as in RFC 3339, in UTC.
pub(crate) fn day(time: ASN1Time) -> String {
    time.to_datetime().date().to_string()
}

fn name(name: &X509Name<'_>) -> String {
    shown(&name.to_string())
}

/// A certificate's text, without what would steer a terminal or hide from the
/// reader.
pub(crate) fn shown(text: &str) -> String {
    // Besides control characters: directions of writing, and what has no width.
    let control = |c: char| {
        c.is_control()
            || matches!(
                c,
                '\u{ad}'
                    | '\u{61c}'
                    | '\u{200b}'..='\u{200f}'
                    | '\u{2028}'..='\u{202e}'
                    | '\u{2060}'..='\u{206f}'
                    | '\u{feff}'
                    | '\u{e0000}'..='\u{e007f}'
            )
    };
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if control(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out
}

/// The bits of a number without its leading zeros.
fn bits(number: &[u8]) -> usize {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let first = number.get(zeros).map_or(0, |byte| byte.leading_zeros());
    (number.len() - zeros) * 8 - first as usize
}
