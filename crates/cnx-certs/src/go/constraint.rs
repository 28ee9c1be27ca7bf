//! Name constraints (RFC 5280, section 4.2.1.10), as Go reads and applies them.

use super::der::{Reader, SEQUENCE, constructed, primitive};
use super::name::{labels, mailbox};
use super::{AlternativeName, Result, Rule as _, Unreadable, Uri};

/// What names must be below, and must not be below.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Constraints<'d> {
    permitted: Vec<Subtree<'d>>,
    excluded: Vec<Subtree<'d>>,
    /// There is one of a kind that Go does not know.
    pub(super) foreign: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Subtree<'d> {
    Dns(&'d str),
    Email(&'d str),
    Uri(&'d str),
    /// Address and mask.
    Ip(&'d [u8], &'d [u8]),
}

impl<'d> Constraints<'d> {
    pub(super) fn parse(value: &'d [u8]) -> Result<Self> {
        let malformed = "the name constraints are malformed";
        let mut outer = Reader(value);
        let mut rest = outer.read(SEQUENCE).or_rule(malformed)?;
        outer.is_empty().then_some(()).or_rule(malformed)?;
        let permitted = rest.optional(constructed(0)).or_rule(malformed)?;
        let excluded = rest.optional(constructed(1)).or_rule(malformed)?;
        rest.is_empty().then_some(()).or_rule(malformed)?;
        let empty = |list: Option<Reader<'_>>| list.is_none_or(Reader::is_empty);
        if empty(permitted) && empty(excluded) {
            return Err(Unreadable::always("the name constraints are empty"));
        }
        let mut all = Self::default();
        all.permitted = all.subtrees(permitted)?;
        all.excluded = all.subtrees(excluded)?;
        Ok(all)
    }

    fn subtrees(&mut self, list: Option<Reader<'d>>) -> Result<Vec<Subtree<'d>>> {
        let malformed = "the name constraints are malformed";
        let mut list = list.unwrap_or(Reader(&[]));
        let mut all = Vec::new();
        while !list.is_empty() {
            let mut subtree = list.read(SEQUENCE).or_rule(malformed)?;
            let base = subtree.any().or_rule(malformed)?;
            let ascii = || {
                let text = std::str::from_utf8(base.content).ok();
                text.filter(|text| text.is_ascii())
                    .or_rule("a name constraint is not ASCII")
            };
            let domain = |text: &'d str| {
                let domain = text.strip_prefix('.').unwrap_or(text);
                labels(domain).map(|_| text)
            };
            all.push(if base.tag == primitive(1) {
                let text = ascii()?;
                let fits = match text.contains('@') {
                    true => mailbox(text).map(|_| text),
                    false => domain(text),
                };
                Subtree::Email(fits.or_rule("a name constraint on e-mail is neither mailbox nor domain")?)
            } else if base.tag == primitive(2) {
                Subtree::Dns(domain(ascii()?).or_rule(
                    "a name constraint on DNS is no domain (one that ends with a dot is none)",
                )?)
            } else if base.tag == primitive(6) {
                let text = ascii()?;
                if text.parse::<std::net::IpAddr>().is_ok() {
                    return Err(Unreadable::always(
                        "a name constraint on URIs is an IP address",
                    ));
                }
                Subtree::Uri(domain(text).or_rule("a name constraint on URIs is no domain")?)
            } else if base.tag == primitive(7) {
                let (address, mask) = base.content.split_at(base.content.len() / 2);
                let fits = matches!(base.content.len(), 8 | 32) && is_mask(mask);
                fits.then_some(Subtree::Ip(address, mask)).or_rule(
                    "a name constraint on IP addresses is not an address and a mask of leading ones",
                )?
            } else {
                self.foreign = true;
                continue;
            });
        }
        Ok(all)
    }

    /// The first of `names` that is not allowed.
    pub(crate) fn refuses<'n, 'v>(
        &self,
        names: &'n [AlternativeName<'v>],
    ) -> Option<&'n AlternativeName<'v>> {
        names.iter().find(|name| !self.allows(name))
    }

    fn allows(&self, name: &AlternativeName<'_>) -> bool {
        let fits = |subtree: &Subtree<'_>, excludes: bool| -> Option<bool> {
            match (subtree, name) {
                (Subtree::Dns(domain), AlternativeName::Dns(name)) => {
                    Some(is_below(name, domain, excludes))
                }
                (Subtree::Email(wanted), AlternativeName::Email(name)) => Some(
                    mailbox(name).is_some_and(|mailbox| is_mailbox(&mailbox, wanted, excludes)),
                ),
                (Subtree::Uri(domain), AlternativeName::Uri(uri)) => {
                    Some(host(uri).is_some_and(|host| is_below(host, domain, excludes)))
                }
                (Subtree::Ip(base, mask), AlternativeName::Ip(address)) => {
                    Some(is_within(&octets(*address), base, mask))
                }
                _ => None,
            }
        };
        let mut excluded = self.excluded.iter().filter_map(|tree| fits(tree, true));
        let mut permitted = self
            .permitted
            .iter()
            .filter_map(|tree| fits(tree, false))
            .peekable();
        // What has no domain cannot be compared, and is refused; since 1.26 by constraints
        // on any kind of names.
        let comparable = match name {
            AlternativeName::Email(name) => mailbox(name).is_some(),
            AlternativeName::Uri(uri) => host(uri).is_some(),
            AlternativeName::Dns(name) => labels(name).is_some(),
            _ => true,
        };
        if !comparable || excluded.any(|fits| fits) {
            return false;
        }
        permitted.peek().is_none() || permitted.any(|fits| fits)
    }
}

/// Whether ones come first, and zeros behind them alone.
fn is_mask(mask: &[u8]) -> bool {
    let ones = mask.iter().take_while(|byte| **byte == 0xff).count();
    let mut rest = mask.iter().skip(ones);
    let edge = rest.next().copied().unwrap_or_default();
    edge.leading_ones() + edge.trailing_zeros() >= 8 && rest.all(|byte| *byte == 0)
}

fn octets(address: std::net::IpAddr) -> Vec<u8> {
    match address {
        std::net::IpAddr::V4(address) => address.octets().to_vec(),
        std::net::IpAddr::V6(address) => address.octets().to_vec(),
    }
}

fn is_within(address: &[u8], base: &[u8], mask: &[u8]) -> bool {
    address.len() == base.len()
        && address
            .iter()
            .zip(base)
            .zip(mask)
            .all(|((address, base), mask)| address & mask == base & mask)
}

/// The host of a URI, if it is a domain.
fn host(uri: &Uri) -> Option<&str> {
    let host = std::str::from_utf8(&uri.host).ok()?;
    let host = match host.rsplit_once(':') {
        Some((host, _)) if !host.starts_with('[') => host,
        _ => host,
    };
    let is_address = host.starts_with('[') || host.parse::<std::net::IpAddr>().is_ok();
    (!host.is_empty() && !is_address && labels(host).is_some()).then_some(host)
}

/// Whether `name` is `domain` or below it. With a dot in front it must be below. RFC 5280
/// has subdomains count for DNS names alone; Go makes no difference between kinds.
fn is_below(name: &str, domain: &str, excludes: bool) -> bool {
    if domain.is_empty() {
        return true;
    }
    let below = domain.strip_prefix('.');
    let wanted: Vec<_> = below.unwrap_or(domain).split('.').rev().collect();
    let found: Vec<_> = name.split('.').rev().collect();
    let more = found.len().checked_sub(wanted.len());
    let fits = match (below, more) {
        (_, None) => return false,
        (Some(_), Some(more)) => more > 0,
        (None, Some(_)) => true,
    };
    let same = |(found, wanted): (&&str, &&str)| found.eq_ignore_ascii_case(wanted);
    fits && (found.iter().zip(&wanted).all(same) || excludes && is_wildcard_of(&found, &wanted))
}

/// Whether a name with a `*` may stand for the domain itself: an exclusion counts then.
fn is_wildcard_of(found: &[&str], wanted: &[&str]) -> bool {
    let Some(("*", above)) = found.split_last().map(|(last, above)| (*last, above)) else {
        return false;
    };
    let same = |(found, wanted): (&&str, &&str)| found.eq_ignore_ascii_case(wanted);
    wanted.len() == found.len() && above.iter().zip(wanted).all(same)
}

fn is_mailbox((local, domain): &(String, &str), wanted: &str, excludes: bool) -> bool {
    match mailbox(wanted) {
        Some((wanted_local, wanted_domain)) if wanted.contains('@') => {
            *local == wanted_local && domain.eq_ignore_ascii_case(wanted_domain)
        }
        _ => is_below(domain, wanted, excludes),
    }
}

#[cfg(test)]
mod tests {
    use super::is_below;

    /// An exclusion counts for a `*` that may stand for the domain, as in Go since 1.24.11.
    #[test]
    fn a_wildcard_is_excluded_with_what_it_stands_for() {
        for (name, domain, permitted, excluded) in [
            ("a.example.com", "example.com", true, true),
            ("a.example.com", ".example.com", true, true),
            ("example.com", ".example.com", false, false),
            ("example.com", "", true, true),
            ("*.example.com", "a.EXAMPLE.com", false, true),
            ("*.example.com", "a.example.org", false, false),
            ("*.example.com", "a.b.example.com", false, false),
            ("b.example.com", "a.example.com", false, false),
        ] {
            for (excludes, expected) in [(false, permitted), (true, excluded)] {
                let is = is_below(name, domain, excludes);
                assert_eq!(is, expected, "{name}, {domain}, {excludes}");
            }
        }
    }
}
