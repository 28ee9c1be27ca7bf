//! Whether a certificate is for a name, by the rules of Go's `crypto/x509`
//! (`verify.go`), which all verifiers but the browser use.

use std::net::IpAddr;

use x509_parser::extensions::GeneralName;

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

/// Whether Go reads a subject alternative name: it refuses certificates with texts
/// that are not ASCII, addresses of another length, and URIs with a host that is
/// none (`parser.go`, `net/url`).
pub(crate) fn is_name(name: &GeneralName<'_>) -> bool {
    match name {
        GeneralName::DNSName(text) | GeneralName::RFC822Name(text) => text.is_ascii(),
        GeneralName::IPAddress(bytes) => matches!(bytes.len(), 4 | 16),
        GeneralName::URI(uri) => is_uri(uri),
        GeneralName::Invalid(..) => false,
        _ => true,
    }
}

fn is_uri(uri: &str) -> bool {
    let is_escaped = |tail: &str| tail.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2;
    let is_text = uri.is_ascii() && !uri.contains(|c: char| c.is_ascii_control());
    let (before, rest) = uri.split_once("://").unwrap_or((uri, ""));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    is_text
        && !before.starts_with(':')
        && uri.split('%').skip(1).all(is_escaped)
        && !authority.contains([' ', '"', '<', '>', '\\', '^', '`', '{', '|', '}'])
        && (authority.is_empty() || !authority.split('.').any(str::is_empty))
}

/// Whether Typha or Felix takes the certificate's identity: an exact Common
/// Name, or an exact URI, where both are asked for either of them.
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
    use super::{is_uri, matches};

    #[test]
    fn uris_are_those_that_go_parses() {
        for (uri, wanted) in [
            (
                "spiffe://cnx.example.com/ns/kube-system/sa/calico-node",
                true,
            ),
            ("https://user@cnx.example.com:9443/a%20b?c d", true),
            ("https://[2001:db8::1]:443/", true),
            ("urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6", true),
            ("typha-client", true),
            ("", true),
            ("https://cnx example.com/", false),
            ("https://cnx..example.com/", false),
            ("https://cnx.example.com/%zz", false),
            ("https://cnx.example.com/\n", false),
            ("https://cnx.exämple.com/", false),
            (":typha", false),
        ] {
            assert_eq!(is_uri(uri), wanted, "{uri}");
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
