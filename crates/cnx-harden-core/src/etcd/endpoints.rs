//! Where etcd is: URLs, all of them with TLS.

use std::borrow::Cow;
use std::fmt;

use url::Host;

/// The URLs of an etcd cluster's members, each with `https://`, a host and a port.
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

/// Why a text is no list of endpoints. It holds nothing of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("endpoint {number} {fault}")]
pub struct EndpointsError {
    /// Which of them, from 1.
    pub number: usize,
    /// What is wrong with it.
    pub fault: EndpointFault,
}

/// What is wrong with an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EndpointFault {
    /// Nothing between two commas, or nothing at all.
    #[error("is empty")]
    Empty,
    /// Another scheme than `https://`, or none.
    #[error("does not start with https://")]
    NotHttps,
    /// Neither `http://` nor `https://`, in a manifest.
    #[error("starts neither with http:// nor with https://")]
    NoScheme,
    /// A second scheme behind the first one.
    #[error("has two schemes")]
    TwoSchemes,
    /// Space: clients split at commas, and take the rest as it is.
    #[error("has a blank in it or beside it, which clients do not take off")]
    Blank,
    /// A semicolon, which divides nothing.
    #[error("has a semicolon in it, where commas divide")]
    Semicolon,
    /// An IPv6 address by itself.
    #[error("has an IPv6 address without brackets: write [fd00::1]:2379")]
    Brackets,
    /// No port, or none that there is.
    #[error("has no valid port behind its host, such as :2379")]
    Port,
    /// No host, or none that a host can be called.
    #[error("has no valid host")]
    Host,
    /// More than a host and a port: a user, a path, a query.
    #[error("has more than a host and a port")]
    More,
    /// Something that is still to be replaced.
    #[error("is a placeholder")]
    Placeholder,
}

const SECURE: &str = "https://";
const INSECURE: &str = "http://";

impl Endpoints {
    /// Reads URLs with commas between them, and blanks around these.
    ///
    /// # Errors
    ///
    /// Where one of them is not `https://` with a host and a port.
    pub fn parse(text: &str) -> Result<Self, EndpointsError> {
        let urls = text.split(',').enumerate().map(|(number, url)| {
            let url = url.trim();
            let checked = match url.strip_prefix(SECURE) {
                None if url.is_empty() => Err(EndpointFault::Empty),
                None => Err(EndpointFault::NotHttps),
                Some(_) if is_open(url) => Err(EndpointFault::Placeholder),
                Some(host) => check(host),
            };
            let number = number + 1;
            let place = |fault| EndpointsError { number, fault };
            checked.map(|()| url.to_owned()).map_err(place)
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

/// Checks what stands behind the scheme: `HOST:PORT`, and a slash at most.
fn check(text: &str) -> Result<(), EndpointFault> {
    if text.contains(char::is_whitespace) {
        return Err(EndpointFault::Blank);
    }
    if text.contains("://") {
        return Err(EndpointFault::TwoSchemes);
    }
    if text.contains(';') {
        return Err(EndpointFault::Semicolon);
    }
    let text = text.strip_suffix('/').unwrap_or(text);
    if text.contains(['/', '?', '#', '@']) {
        return Err(EndpointFault::More);
    }
    let bracketed = text.starts_with('[');
    let colons = text.matches(':').count();
    if !bracketed && colons > 1 {
        return Err(EndpointFault::Brackets);
    }
    let (host, port) = text.rsplit_once(':').ok_or(EndpointFault::Port)?;
    if bracketed && !host.ends_with(']') {
        return Err(EndpointFault::Port);
    }
    // The parser takes more than clients do, `%61` among it.
    let named = |c: char| c.is_ascii_alphanumeric() || "-._[]:".contains(c);
    if !host.chars().all(named) || Host::parse(host).is_err() {
        return Err(EndpointFault::Host);
    }
    let digits = port.bytes().all(|byte| byte.is_ascii_digit());
    match port.parse::<u16>() {
        Ok(1..) if digits => Ok(()),
        _ => Err(EndpointFault::Port),
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
    /// The first one that no client can use.
    Malformed(EndpointsError),
}

impl Found {
    /// Reads what a manifest has. Only the schemes change, not a byte else.
    pub(crate) fn read(text: &str) -> Self {
        Self::of(text, false)
    }

    /// The same, of a variable's value, in which Kubernetes replaces `$(NAME)`.
    pub(crate) fn of_variable(text: &str) -> Self {
        Self::of(text, true)
    }

    fn of(text: &str, expanded: bool) -> Self {
        let read = match expanded {
            true => Cow::Owned(expand(text)),
            false => Cow::Borrowed(text),
        };
        if read.trim().is_empty() || is_open(&read) {
            return Self::Unset;
        }
        let mut insecure = false;
        for (number, url) in read.split(',').enumerate() {
            let host = url.strip_prefix(SECURE).or_else(|| {
                let host = url.strip_prefix(INSECURE);
                insecure |= host.is_some();
                host
            });
            let checked = match host {
                None if url.trim().is_empty() => Err(EndpointFault::Empty),
                None if url.trim() != url => Err(EndpointFault::Blank),
                None => Err(EndpointFault::NoScheme),
                Some(host) => check(host),
            };
            if let Err(fault) = checked {
                let number = number + 1;
                return Self::Malformed(EndpointsError { number, fault });
            }
        }
        match insecure {
            false => Self::Secure,
            true => Self::Insecure(secured(text)),
        }
    }
}

/// The text with `https://` for `http://`.
fn secured(text: &str) -> String {
    let urls = text.split(',').map(|url| match url.strip_prefix(INSECURE) {
        Some(host) => format!("{SECURE}{host}"),
        None => url.to_owned(),
    });
    urls.collect::<Vec<_>>().join(",")
}

/// The text with a digit, which is a host and a port, for each `$(NAME)`.
fn expand(text: &str) -> String {
    let mut parts = text.split("$(");
    let mut expanded = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once(')') {
            Some((_, rest)) => expanded.extend(["1", rest]),
            None => expanded.extend(["$(", part]),
        }
    }
    expanded
}

/// The hosts of endpoints, but of those that are still to be replaced.
pub(crate) fn hosts(endpoints: &str) -> impl Iterator<Item = &str> {
    endpoints.split(',').filter_map(host)
}

/// The host of a URL.
fn host(url: &str) -> Option<&str> {
    let (_, rest) = url.trim().split_once("://")?;
    let authority = rest.split('/').next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?.0,
        None => authority
            .rsplit_once(':')
            .map_or(authority, |(host, _)| host),
    };
    (!host.is_empty() && !is_open(url)).then_some(host)
}

/// Whether something is still to be replaced, as in `https://<ETCD_IP>:2379`.
fn is_open(text: &str) -> bool {
    let signs = ["<", ">", "${", "$(", "{{", "__"];
    signs.iter().any(|sign| text.contains(sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_read_as_clients_read_them() {
        let secured = |text: &str| Found::Insecure(text.to_owned());
        for (text, found) in [
            ("https://10.0.0.1:2379", Found::Secure),
            (
                "https://[fd00::1]:2379,https://ETCD_1.example.com:443",
                Found::Secure,
            ),
            ("https://10.0.0.1:2379/", Found::Secure),
            ("http://a:1,https://b:2", secured("https://a:1,https://b:2")),
            ("", Found::Unset),
            (" ", Found::Unset),
            ("<ETCD_ENDPOINTS>", Found::Unset),
            ("http://<ETCD_IP>:<ETCD_PORT>", Found::Unset),
            ("https://${A}:2379,https://${B}:2379", Found::Unset),
            ("https://{{ etcd }}:2379", Found::Unset),
            ("__ETCD_ENDPOINTS__", Found::Unset),
            ("https://a:1,https://$(B):1", Found::Unset),
        ] {
            assert_eq!(Found::read(text), found, "{text}");
        }
        for (text, number, fault) in [
            ("https://a:1, https://b:1", 2, EndpointFault::Blank),
            ("https://a:1 ", 1, EndpointFault::Blank),
            (" https://a:1", 1, EndpointFault::Blank),
            ("https://a:1;https://b:1", 1, EndpointFault::TwoSchemes),
            ("https://a:1;b:1", 1, EndpointFault::Semicolon),
            ("https://http://a:1", 1, EndpointFault::TwoSchemes),
            ("https://a:1,", 2, EndpointFault::Empty),
            ("a:1", 1, EndpointFault::NoScheme),
            ("unix:///run/etcd.sock", 1, EndpointFault::NoScheme),
            ("HTTPS://a:1", 1, EndpointFault::NoScheme),
            ("https://fd00::11:2379", 1, EndpointFault::Brackets),
            ("https://[fd00::11]", 1, EndpointFault::Port),
            ("https://[fd00::zz]:2379", 1, EndpointFault::Host),
            ("https://[fd00::1:2379", 1, EndpointFault::Port),
            ("https://a", 1, EndpointFault::Port),
            ("https://a:", 1, EndpointFault::Port),
            ("https://a:+1", 1, EndpointFault::Port),
            ("https://a:0", 1, EndpointFault::Port),
            ("https://a:65536", 1, EndpointFault::Port),
            ("https://:2379", 1, EndpointFault::Host),
            ("https://a\"b:1", 1, EndpointFault::Host),
            ("https://a%20b:1", 1, EndpointFault::Host),
            ("https://10.0.0.256:1", 1, EndpointFault::Host),
            ("https://me@a:1", 1, EndpointFault::More),
            ("https://a:1/v2", 1, EndpointFault::More),
            ("https://a:1?x", 1, EndpointFault::More),
        ] {
            let wanted = Found::Malformed(EndpointsError { number, fault });
            assert_eq!(Found::read(text), wanted, "{text}");
        }
        let variable = Found::of_variable("http://$(ETCD_SERVICE_HOST):$(ETCD_SERVICE_PORT)");
        assert_eq!(
            variable,
            secured("https://$(ETCD_SERVICE_HOST):$(ETCD_SERVICE_PORT)")
        );
    }
}
