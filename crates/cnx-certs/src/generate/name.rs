//! Names that certificates are for.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use rustls_pki_types::DnsName;

/// A name or an address that a server is reached by: a subject alternative name
/// of type `dNSName` or `iPAddress` (RFC 5280, section 4.2.1.6).
///
/// ```
/// use cnx_certs::generate::Host;
/// assert!(matches!("10.0.0.7".parse(), Ok(Host::Ip(_))));
/// assert!(matches!("*.Example.com".parse(), Ok(Host::Dns(name)) if name == "*.example.com"));
/// let error = "https://cnx.example.com:30003".parse::<Host>().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "\"https://cnx.example.com:30003\" is not a host name: leave out the scheme, the port and the path"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Host {
    /// A DNS name in lower case. Its first label may be `*`.
    Dns(String),
    /// An IPv4 or IPv6 address. Verifiers never look for one among DNS names.
    Ip(IpAddr),
}

impl FromStr for Host {
    type Err = NameError;

    fn from_str(name: &str) -> Result<Self, NameError> {
        if let Ok(address) = name.parse::<IpAddr>() {
            return Ok(Self::Ip(address));
        }
        let fail = |reason| Err(NameError::new(name, reason));
        let base = name.strip_prefix("*.").unwrap_or(name);
        if name.is_empty() {
            return fail(NameReason::Empty);
        }
        if name.contains(['/', ':', '[', ']', '@', '?']) {
            return fail(NameReason::NotAHost);
        }
        if !name.is_ascii() {
            return fail(NameReason::NotAscii);
        }
        if name.ends_with('.') {
            return fail(NameReason::TrailingDot);
        }
        // A lone * or *.com covers nothing in Go and in browsers.
        if base.contains('*') || (base != name && !base.contains('.')) {
            return fail(NameReason::Wildcard);
        }
        let last = base.rsplit('.').next().unwrap_or_default();
        if last.bytes().all(|byte| byte.is_ascii_digit()) {
            return fail(NameReason::BadAddress);
        }
        if DnsName::try_from(base).is_err() || name.len() > 253 {
            return fail(NameReason::Syntax);
        }
        Ok(Self::Dns(name.to_ascii_lowercase()))
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) => f.write_str(name),
            Self::Ip(address) => address.fmt(f),
        }
    }
}

/// A SPIFFE trust domain (SPIFFE-ID, section 2.1): what follows `spiffe://`.
///
/// ```
/// use cnx_certs::generate::TrustDomain;
/// let domain: TrustDomain = "cluster.example.com".parse().unwrap();
/// assert_eq!(domain.id("typha-server"), "spiffe://cluster.example.com/typha-server");
/// assert!("spiffe://cluster.example.com".parse::<TrustDomain>().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TrustDomain(String);

impl TrustDomain {
    /// The SPIFFE ID of a workload of this domain.
    #[must_use]
    pub fn id(&self, workload: &str) -> String {
        format!("spiffe://{}/{workload}", self.0)
    }
}

impl FromStr for TrustDomain {
    type Err = NameError;

    fn from_str(name: &str) -> Result<Self, NameError> {
        let fits = |byte: u8| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'_')
        };
        // Go reads no certificate with a URI whose host has an empty label.
        let labelled = !name.split('.').any(str::is_empty);
        if name.len() > 255 || !labelled || !name.bytes().all(fits) {
            return Err(NameError::new(name, NameReason::TrustDomain));
        }
        Ok(Self(name.to_owned()))
    }
}

impl fmt::Display for TrustDomain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A name that no certificate can be made for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name:?} is not a {}: {reason}", .reason.kind())]
pub struct NameError {
    /// The name, as it was given.
    pub name: String,
    /// What is wrong with it.
    pub reason: NameReason,
}

impl NameError {
    fn new(name: &str, reason: NameReason) -> Self {
        let name = name.to_owned();
        Self { name, reason }
    }
}

/// What is wrong with a name, and what to give instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameReason {
    /// Nothing.
    #[error("it is empty")]
    Empty,
    /// A URL, a port, brackets.
    #[error("leave out the scheme, the port and the path")]
    NotAHost,
    /// An internationalized name as people write it.
    #[error("give its ASCII form (xn--…), which is what clients ask for")]
    NotAscii,
    /// A name that ends with a dot: no verifier accepts it in a certificate.
    #[error("leave out the dot at its end")]
    TrailingDot,
    /// `*` that is not the whole first label, or over a top-level domain.
    #[error("a * may stand for the first label alone, above a name with a dot")]
    Wildcard,
    /// Digits at the end, and no address.
    #[error("it looks like an IP address, and is none")]
    BadAddress,
    /// Characters or lengths that DNS does not have (RFC 1123, section 2.1).
    #[error("use letters, digits and hyphens, at most 63 in a label and 253 in all")]
    Syntax,
    /// Not a trust domain.
    #[error("give the name alone, in lower-case letters, digits, dots, hyphens and underscores")]
    TrustDomain,
}

impl NameReason {
    const fn kind(self) -> &'static str {
        match self {
            Self::TrustDomain => "SPIFFE trust domain",
            _ => "host name",
        }
    }
}
