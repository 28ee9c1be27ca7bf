//! Where etcd is: URLs, all of them with TLS.

use std::fmt;

use crate::inventory::is_open;

/// The URLs of an etcd cluster's members, each with `https://`.
///
/// ```
/// use cnx_harden_core::etcd::Endpoints;
/// # fn main() -> Result<(), cnx_harden_core::etcd::EndpointsError> {
/// let endpoints = Endpoints::parse("https://10.0.0.1:2379, https://10.0.0.2:2379")?;
/// assert_eq!(endpoints.to_string(), "https://10.0.0.1:2379,https://10.0.0.2:2379");
/// assert!(Endpoints::parse("http://10.0.0.1:2379").is_err());
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints(Vec<String>);

/// Why a text is no list of endpoints.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EndpointsError {
    /// Nothing between two commas, or nothing at all.
    #[error("an endpoint is empty; write https://HOST:PORT, several with commas between")]
    Empty,
    /// Another scheme, or none.
    #[error("the endpoint {0:?} does not start with https://")]
    NotHttps(String),
    /// No host behind the scheme.
    #[error("the endpoint {0:?} names no host")]
    NoHost(String),
    /// Something that is in no URL of etcd's.
    #[error("the endpoint {0:?} has the character {1:?}, which is in no URL of etcd's")]
    Character(String, char),
}

const SECURE: &str = "https://";
const INSECURE: &str = "http://";

impl Endpoints {
    /// Reads URLs with commas between them.
    ///
    /// # Errors
    ///
    /// Where one of them is not `https://` with a host.
    pub fn parse(text: &str) -> Result<Self, EndpointsError> {
        let urls = text.split(',').map(|url| {
            let url = url.trim();
            let host = match url.strip_prefix(SECURE) {
                None if url.is_empty() => return Err(EndpointsError::Empty),
                None => return Err(EndpointsError::NotHttps(url.to_owned())),
                Some(host) => host,
            };
            if host.is_empty() || host.starts_with([':', '/']) {
                return Err(EndpointsError::NoHost(url.to_owned()));
            }
            let plain = |c: char| c.is_ascii_alphanumeric() || "-._~:[]%/".contains(c);
            match host.chars().find(|c| !plain(*c)) {
                Some(character) => Err(EndpointsError::Character(url.to_owned(), character)),
                None => Ok(url.to_owned()),
            }
        });
        urls.collect::<Result<_, _>>().map(Self)
    }

    /// The URLs.
    #[must_use]
    pub fn urls(&self) -> &[String] {
        &self.0
    }
}

impl fmt::Display for Endpoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(","))
    }
}

/// What a manifest says of endpoints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// All of them are `https://`.
    Secure,
    /// The same ones with `https://` instead of `http://`.
    Insecure(String),
    /// A placeholder such as `<ETCD_ENDPOINTS>`, or nothing.
    Unset,
    /// Something that has no scheme.
    Unknown,
}

impl Found {
    /// Reads what a manifest has. Only the schemes change, not a byte else.
    pub(crate) fn read(text: &str) -> Self {
        let trimmed = text.trim();
        if trimmed.is_empty() || (trimmed.starts_with('<') && trimmed.ends_with('>')) {
            return Self::Unset;
        }
        let mut urls = Vec::new();
        for url in text.split(',') {
            let start = url.len() - url.trim_start().len();
            let (blank, url) = url.split_at_checked(start).unwrap_or(("", url));
            match url.strip_prefix(INSECURE) {
                Some(host) => urls.push(format!("{blank}{SECURE}{host}")),
                None if url.starts_with(SECURE) => urls.push(format!("{blank}{url}")),
                None => return Self::Unknown,
            }
        }
        let secured = urls.join(",");
        match secured == text {
            true => Self::Secure,
            false => Self::Insecure(secured),
        }
    }
}

/// Whether something in the endpoints is still to be replaced, as in
/// `https://<ETCD_IP>:2379`.
pub(crate) fn has_placeholder(text: &str) -> bool {
    text.split(',').any(|url| {
        let url = url.trim();
        let host = url.split_once("://").map_or(url, |(_, host)| host);
        is_open(host) || host.contains(['<', '>']) || host.contains("$(") || host.contains("__")
    })
}
