//! Name constraints (RFC 5280, 4.2.1.10) by the rules of Go's `crypto/x509`.

use std::net::IpAddr;

use x509_parser::extensions::{GeneralName, GeneralSubtree};

use crate::certificate::Certificate;

/// Whether an issuer's name constraints let it sign `certificate`: each of its
/// names is below a permitted subtree, if there is one of its kind, and below no
/// excluded one.
pub(crate) fn permits(issuer: &Certificate<'_>, certificate: &Certificate<'_>) -> bool {
    let Ok(Some(constraints)) = issuer.x509.name_constraints() else {
        // Those that cannot be read permit nothing.
        return issuer.x509.name_constraints().is_ok();
    };
    let below = |subtrees: &Option<Vec<GeneralSubtree<'_>>>, name: &GeneralName<'_>| {
        let subtrees = subtrees.iter().flatten();
        let of_its_kind: Vec<_> = subtrees
            .filter_map(|tree| is_below(name, &tree.base))
            .collect();
        (!of_its_kind.is_empty()).then(|| of_its_kind.contains(&true))
    };
    certificate.general_names().iter().all(|name| {
        below(&constraints.value.permitted_subtrees, name) != Some(false)
            && below(&constraints.value.excluded_subtrees, name) != Some(true)
    })
}

/// Whether a name is below the base of a subtree; none where they are of two kinds.
fn is_below(name: &GeneralName<'_>, base: &GeneralName<'_>) -> Option<bool> {
    Some(match (name, base) {
        (GeneralName::DNSName(name), GeneralName::DNSName(base)) => is_in_domain(name, base),
        (GeneralName::URI(uri), GeneralName::URI(base)) => {
            host(uri).is_some_and(|host| is_in_domain(host, base))
        }
        (GeneralName::IPAddress(name), GeneralName::IPAddress(base)) => is_in_network(name, base),
        (GeneralName::RFC822Name(name), GeneralName::RFC822Name(base)) => {
            match base.contains('@') {
                true => name == base,
                false => name
                    .rsplit_once('@')
                    .is_some_and(|(_, domain)| is_in_domain(domain, base)),
            }
        }
        _ => return None,
    })
}

/// Whether `name` is the domain or below it; with a dot before the domain, below it.
fn is_in_domain(name: &str, domain: &str) -> bool {
    if domain.is_empty() {
        return true;
    }
    let below = domain.strip_prefix('.');
    let name: Vec<&str> = name.split('.').collect();
    let domain: Vec<&str> = below.unwrap_or(domain).split('.').collect();
    let Some(more) = name.len().checked_sub(domain.len()) else {
        return false;
    };
    let same = name
        .iter()
        .skip(more)
        .zip(&domain)
        .all(|(n, d)| n.eq_ignore_ascii_case(d));
    same && (below.is_none() || more > 0)
}

/// Whether an address is in a network, which is an address and a mask.
fn is_in_network(address: &[u8], network: &[u8]) -> bool {
    let (base, mask) = network.split_at(network.len() / 2);
    address.len() == base.len()
        && base.len() == mask.len()
        && address
            .iter()
            .zip(mask)
            .map(|(byte, mask)| byte & mask)
            .eq(base.iter().copied())
}

/// A URI's host, which must be a name.
fn host(uri: &str) -> Option<&str> {
    let (_, rest) = uri.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    (!host.is_empty() && host.parse::<IpAddr>().is_err() && !host.starts_with('[')).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::{host, is_in_domain, is_in_network};

    #[test]
    fn domains_are_as_in_go() {
        let name = "cnx-api.kube-system.svc";
        for (domain, wanted) in [
            ("", true),
            (name, true),
            ("kube-system.svc", true),
            ("Kube-System.SVC", true),
            (".kube-system.svc", true),
            (".cnx-api.kube-system.svc", false),
            ("system.svc", false),
            ("a.cnx-api.kube-system.svc", false),
            ("example.com", false),
        ] {
            assert_eq!(is_in_domain(name, domain), wanted, "{domain}");
        }
    }

    #[test]
    fn networks_have_a_mask() {
        let network = [192, 0, 2, 0, 255, 255, 255, 0];
        assert!(is_in_network(&[192, 0, 2, 10], &network));
        assert!(!is_in_network(&[192, 0, 3, 10], &network));
        assert!(!is_in_network(&[0; 16], &network));
    }

    #[test]
    fn hosts_are_names() {
        assert_eq!(
            host("spiffe://cnx.example.com/ns/kube-system"),
            Some("cnx.example.com")
        );
        assert_eq!(
            host("https://user@cnx.example.com:9443/"),
            Some("cnx.example.com")
        );
        assert_eq!(host("https://192.0.2.10/"), None);
        assert_eq!(host("https://[2001:db8::1]/"), None);
        assert_eq!(host("urn:uuid:1"), None);
    }
}
