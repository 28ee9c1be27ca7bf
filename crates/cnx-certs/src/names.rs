//! Whether a certificate is for a name, by the rules of Go's `crypto/x509`
//! (`verify.go`), which all verifiers but the browser use.

use std::net::IpAddr;

use crate::certificate::Certificate;
use crate::role::Identity;

/// Whether a subject alternative name covers `name`, a DNS name or an IP address
/// (IPv6 maybe in brackets). A Common Name never counts (Go 1.15 and later).
pub(crate) fn covers(certificate: &Certificate<'_>, name: &str) -> bool {
    if let Some(address) = address(name) {
        return certificate.ip_addresses().any(|found| found == address);
    }
    certificate
        .dns_names()
        .any(|pattern| matches(pattern, name))
}

/// The same by the rules of Chromium, which takes no `*` right below a public suffix
/// (`*.co.uk`) or below a single label (`*.local`).
pub(crate) fn covers_in_browser(certificate: &Certificate<'_>, name: &str) -> bool {
    let parent = name.split_once('.').map_or("", |(_, parent)| parent);
    match address(name).is_none() && is_registry(parent) {
        true => certificate
            .dns_names()
            .any(|pattern| !pattern.starts_with('*') && matches(pattern, name)),
        false => covers(certificate, name),
    }
}

/// Whether names right below a domain are registered by anybody. Those that a company
/// gives out (`appspot.com`) do not count.
fn is_registry(domain: &str) -> bool {
    let domain = domain.trim_end_matches('.').to_ascii_lowercase();
    let mut rest = domain.as_str();
    loop {
        let Some(suffix) = psl::suffix(rest.as_bytes()) else {
            return false;
        };
        match (suffix.typ(), rest.split_once('.')) {
            (Some(psl::Type::Private), Some((_, parent)))
                if suffix.as_bytes() == rest.as_bytes() =>
            {
                rest = parent;
            }
            _ => return suffix.as_bytes() == domain.as_bytes(),
        }
    }
}

/// An IP address, as it stands in a URL or alone.
pub(crate) fn address(name: &str) -> Option<IpAddr> {
    let inner = name.strip_prefix('[').and_then(|n| n.strip_suffix(']'));
    inner.unwrap_or(name).parse().ok()
}

/// Whether the pattern of a subject alternative name covers a host name.
///
/// A `*` stands for exactly one label, the first, and for a whole one. Upper
/// and lower case are the same. A dot at the end of the host name is ignored,
/// at the end of the pattern it is not.
fn matches(pattern: &str, host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    if pattern.is_empty() || host.is_empty() || pattern.len() > 253 {
        return false;
    }
    let pattern: Vec<&str> = pattern.split('.').collect();
    let host: Vec<&str> = host.split('.').collect();
    pattern.len() == host.len()
        && pattern
            .iter()
            .zip(&host)
            .enumerate()
            .all(|(number, (p, h))| {
                (number == 0 && pattern.len() > 1 && *p == "*" && !h.is_empty())
                    || p.eq_ignore_ascii_case(h)
            })
}

/// Whether Typha or Felix takes the certificate's identity: an exact Common
/// Name, or an exact URI, where both are asked for either of them. A URI is compared
/// in the form in which Go prints it: the scheme in lower case, blanks escaped.
pub(crate) fn identifies(certificate: &Certificate<'_>, identity: &Identity) -> bool {
    let common_name = identity
        .common_name
        .as_deref()
        .is_some_and(|wanted| certificate.common_name() == Some(wanted));
    let uri = identity
        .uri_san
        .as_deref()
        .is_some_and(|wanted| certificate.uris().any(|uri| uri == wanted));
    common_name || uri
}

#[cfg(test)]
mod tests {
    use super::{is_registry, matches};

    #[test]
    fn names_below_a_registry_are_anybodys() {
        for (domain, wanted) in [
            ("uk", true),
            ("co.uk", true),
            ("CO.UK", true),
            ("local", true),
            ("svc", true),
            ("example.com", false),
            ("appspot.com", false),
            ("foo.local", false),
            ("example.co.uk", false),
            ("", false),
        ] {
            assert_eq!(is_registry(domain), wanted, "{domain}");
        }
    }

    #[test]
    fn patterns_cover_what_they_cover_in_go() {
        let name = "cnx-api.kube-system.svc";
        for (pattern, host, wanted) in [
            (name, name, true),
            ("CNX-API.Kube-System.SVC", name, true),
            (name, "cnx-api.kube-system.svc.", true),
            ("cnx-api.kube-system.svc.", name, false),
            ("*.kube-system.svc", name, true),
            ("*.svc", name, false),
            ("*.*.svc", name, false),
            ("cnx-*.kube-system.svc", name, false),
            ("cnx-api.*.svc", name, false),
            ("*", "localhost", false),
            ("*.", "localhost.", false),
            ("", "", false),
            ("*.kube-system.svc", ".kube-system.svc", false),
            ("api.kube-system.svc", name, false),
        ] {
            assert_eq!(matches(pattern, host), wanted, "{pattern} {host}");
        }
    }
}
