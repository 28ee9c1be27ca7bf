//! URIs as `net/url` parses and prints them. A certificate with a URI that it does not
//! parse is not read at all, and Typha and Felix compare what it prints.

use std::fmt;

use super::name::labels;
use super::{Release, Result, Rule as _, Unreadable};

/// A URI of a certificate, in the form in which Go prints it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Uri {
    /// Host and port, without escapes.
    pub(crate) host: Vec<u8>,
    printed: String,
}

/// Where in a URI a text stands: what may stand there unescaped differs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    User,
    Host,
    Zone,
    Path,
    Fragment,
}

const BAD_ESCAPE: &str = "a URI among its names has a % that is not followed by two hexadecimal digits, or an escape in its host";
const BAD_HOST: &str = "a URI among its names has a host that is none";
const BAD_PORT: &str = "a URI among its names has a port that is not a number";

impl Uri {
    /// Parses a URI among a certificate's names.
    pub(super) fn parse(text: &[u8]) -> Result<Self> {
        let (before, fragment) = cut(text, b'#');
        if before.iter().any(u8::is_ascii_control) {
            return Err(Unreadable::always(
                "a URI among its names has a control character",
            ));
        }
        let (scheme, rest) = scheme(before);
        let mut printed = Vec::new();
        if !scheme.is_empty() {
            printed.extend(scheme.to_ascii_lowercase());
            printed.push(b':');
        }
        let (rest, query) = cut(rest, b'?');
        let mut host = Vec::new();
        if before == b"*" {
            printed.extend(before);
        } else if !rest.starts_with(b"/") && !scheme.is_empty() {
            // Opaque: neither host nor path, and not looked at.
            printed.extend(rest);
        } else {
            let first = cut(rest, b'/').0;
            if !rest.starts_with(b"/") && first.contains(&b':') {
                return Err(Unreadable::always(
                    "a URI among its names has no scheme, and a colon in its first segment",
                ));
            }
            let mut path = rest;
            let mut user = None;
            let has_authority =
                rest.starts_with(b"//") && (!scheme.is_empty() || !rest.starts_with(b"///"));
            if has_authority {
                let behind = rest.get(2..).unwrap_or_default();
                let end = behind.iter().position(|byte| *byte == b'/');
                let (authority, after) = behind.split_at(end.unwrap_or(behind.len()));
                path = after;
                let strict = [b"http".as_slice(), b"https"]
                    .contains(&scheme.to_ascii_lowercase().as_slice());
                (user, host) = authority_of(authority, strict)?;
            }
            let omits_host = !has_authority && rest.starts_with(b"/");
            let parts = !host.is_empty() || user.is_some();
            if (!scheme.is_empty() || parts) && !omits_host && (parts || !path.is_empty()) {
                printed.extend(b"//");
            }
            if let Some(user) = user {
                printed.extend(user);
                printed.push(b'@');
            }
            printed.extend(escape(&host, Place::Host));
            let path = canonical(path, Place::Path)?;
            if printed.is_empty() && cut(&path, b'/').0.contains(&b':') {
                printed.extend(b"./");
            }
            printed.extend(path);
        }
        if before.contains(&b'?') {
            printed.push(b'?');
            printed.extend(query);
        }
        let fragment = canonical(fragment, Place::Fragment)?;
        if !fragment.is_empty() {
            printed.push(b'#');
            printed.extend(fragment);
        }
        let domain = std::str::from_utf8(&host).ok().and_then(labels);
        domain.or_rule(BAD_HOST)?;
        Ok(Self {
            host,
            printed: String::from_utf8_lossy(&printed).into_owned(),
        })
    }
}

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.printed)
    }
}

fn cut(text: &[u8], at: u8) -> (&[u8], &[u8]) {
    match text.iter().position(|byte| *byte == at) {
        Some(place) => {
            let (before, behind) = text.split_at(place);
            (before, behind.get(1..).unwrap_or_default())
        }
        None => (text, &[]),
    }
}

/// The scheme, and what is behind its colon; no scheme, and all of it.
fn scheme(text: &[u8]) -> (&[u8], &[u8]) {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
    let end = text.iter().position(|byte| !is_part(byte));
    match end.and_then(|end| text.split_at_checked(end)) {
        Some((scheme @ [first, ..], [b':', rest @ ..])) if first.is_ascii_alphabetic() => {
            (scheme, rest)
        }
        _ => (&[], text),
    }
}

/// The user as printed, and the host.
fn authority_of(authority: &[u8], strict: bool) -> Result<(Option<Vec<u8>>, Vec<u8>)> {
    let at = authority.iter().rposition(|byte| *byte == b'@');
    let Some((user, host)) = at.and_then(|at| authority.split_at_checked(at)) else {
        return Ok((None, host(authority, strict)?));
    };
    let host = self::host(host.get(1..).unwrap_or_default(), strict)?;
    let valid = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(byte);
    if !user.iter().all(valid) {
        return Err(Unreadable::always(
            "a URI among its names has a user with a character that it may not have",
        ));
    }
    let (name, password) = cut(user, b':');
    let mut printed = escape(&unescape(name, Place::User)?, Place::User);
    if user.contains(&b':') {
        printed.push(b':');
        printed.extend(escape(&unescape(password, Place::User)?, Place::User));
    }
    Ok((Some(printed), host))
}

fn host(text: &[u8], strict: bool) -> Result<Vec<u8>> {
    let open = text.iter().rposition(|byte| *byte == b'[');
    if let Some(open) = open {
        let close = text.iter().rposition(|byte| *byte == b']');
        let (inner, port) = close
            .and_then(|close| text.split_at_checked(close))
            .or_rule("a URI among its names has a [ without its ] in the host")?;
        let port = port.get(1..).unwrap_or_default();
        is_port(port).then_some(()).or_rule(BAD_PORT)?;
        let inner = inner.strip_prefix(b"[").filter(|_| open == 0);
        let inner = inner.ok_or(Unreadable::from(Release::GO_1_26, BAD_HOST))?;
        let zone = inner.windows(3).position(|three| three == b"%25");
        let (address, zone) = inner.split_at(zone.unwrap_or(inner.len()));
        let mut host = vec![b'['];
        host.extend(unescape(address, Place::Host)?);
        let address = std::str::from_utf8(address).ok();
        let address = address.and_then(|address| address.parse::<std::net::Ipv6Addr>().ok());
        if address.is_none() || zone == b"%25" {
            return Err(Unreadable::from(
                Release::GO_1_26,
                "a URI among its names has brackets around something else than an IPv6 address",
            ));
        }
        host.extend(unescape(zone, Place::Zone)?);
        host.push(b']');
        host.extend(port);
        return Ok(host);
    }
    let last = text.iter().rposition(|byte| *byte == b':');
    let first = text.iter().position(|byte| *byte == b':');
    let port = |at: Option<usize>| at.and_then(|at| text.get(at..)).unwrap_or_default();
    is_port(port(last)).then_some(()).or_rule(BAD_PORT)?;
    if strict && !is_port(port(first)) {
        return Err(Unreadable::from(
            Release::GO_1_26,
            "a URI among its names (http or https) has two colons in its host",
        ));
    }
    unescape(text, Place::Host)
}

fn is_port(text: &[u8]) -> bool {
    match text {
        [] => true,
        [b':', digits @ ..] => digits.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

/// A path or fragment as it is printed: as it is, if that is a valid encoding.
fn canonical(text: &[u8], place: Place) -> Result<Vec<u8>> {
    let plain = unescape(text, place)?;
    let valid = |byte: &u8| b"!$&'()*+,;=:@[]%".contains(byte) || !must_escape(*byte, place);
    Ok(match text.iter().all(valid) || text == b"*" {
        true => text.to_vec(),
        false => escape(&plain, place),
    })
}

fn unescape(text: &[u8], place: Place) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    let mut rest = text;
    loop {
        match rest {
            [] => return Ok(out),
            [b'%', behind @ ..] => {
                let digit =
                    |place: usize| behind.get(place).and_then(|d| char::from(*d).to_digit(16));
                let byte = digit(0).zip(digit(1)).map(|(high, low)| high * 16 + low);
                let byte = byte.and_then(|byte| u8::try_from(byte).ok());
                let byte = byte.or_rule(BAD_ESCAPE)?;
                let allowed = match place {
                    Place::Host => byte >= 0x80 || byte == b'%',
                    Place::Zone => matches!(byte, b'%' | b' ') || !must_escape(byte, Place::Host),
                    _ => true,
                };
                if !allowed {
                    return Err(Unreadable::always(BAD_ESCAPE));
                }
                out.push(byte);
                rest = behind.get(2..).unwrap_or_default();
            }
            [byte, behind @ ..] => {
                let in_host = matches!(place, Place::Host | Place::Zone);
                if in_host && byte.is_ascii() && must_escape(*byte, place) {
                    return Err(Unreadable::always(BAD_HOST));
                }
                out.push(*byte);
                rest = behind;
            }
        }
    }
}

fn escape(text: &[u8], place: Place) -> Vec<u8> {
    let mut out = Vec::new();
    for byte in text {
        if must_escape(*byte, place) {
            out.extend(format!("%{byte:02X}").bytes());
        } else {
            out.push(*byte);
        }
    }
    out
}

fn must_escape(byte: u8, place: Place) -> bool {
    if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
        return false;
    }
    let plain: &[u8] = match place {
        Place::Host | Place::Zone => b"!$&'()*+,;=:[]<>\"",
        Place::Path => b"$&+,/:;=@",
        Place::User => b"$&+,;=",
        Place::Fragment => b"$&+,/:;=?@!()*",
    };
    !plain.contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Go 1.26 prints of a URI that it parses; nothing where it does not.
    const PRINTED: &[(&str, Option<&str>)] = &[
        ("SPIFFE://Example.com/a", Some("spiffe://Example.com/a")),
        (
            "https://user:pa%20ss@example.com/",
            Some("https://user:pa%20ss@example.com/"),
        ),
        (
            "https://us%65r@example.com",
            Some("https://user@example.com"),
        ),
        ("https://u:@example.com/", Some("https://u:@example.com/")),
        ("https://@example.com/", Some("https://@example.com/")),
        ("https://user name@example.com/", None),
        ("https://u%zz@example.com/", None),
        (
            "https://[fe80::1%25en0]:8443/x",
            Some("https://[fe80::1%25en0]:8443/x"),
        ),
        ("//[::1]/a", Some("//[::1]/a")),
        ("https://[fe80::1%25]/", None),
        ("https://[::1]:x/", None),
        ("https://[::1", None),
        ("https://[nope]/", None),
        ("https://a[::1]/", None),
        ("http://a:1:2/", None),
        (":a", None),
        ("1a:b", None),
        ("spiffe://a:1:2/", Some("spiffe://a:1:2/")),
        ("https://exa mple.com/", None),
        ("https://a%2Eb/", None),
        ("https://example.com:/", Some("https://example.com:/")),
        ("urn:a%zz:b?c#d%20e", Some("urn:a%zz:b?c#d%20e")),
        ("mailto:a@b", Some("mailto:a@b")),
        ("x:", Some("x:")),
        ("//example.com/x", Some("//example.com/x")),
        ("https:///x", Some("https:///x")),
        ("///x", Some("///x")),
        ("/a b/c", Some("/a%20b/c")),
        ("./a:b", Some("./a:b")),
        ("*", Some("*")),
        ("a b:c/d", None),
        ("1a:b", None),
        (":x", None),
        ("https://example.com/\u{1}", None),
        ("https://example.com/%41%zz", None),
        (
            "https://example.com/a%2fb[c]",
            Some("https://example.com/a%2fb[c]"),
        ),
        (
            "https://example.com?x=%zz",
            Some("https://example.com?x=%zz"),
        ),
        ("https://example.com/a?", Some("https://example.com/a?")),
        (
            "https://example.com/#a b",
            Some("https://example.com/#a%20b"),
        ),
        ("https://example.com/#%zz", None),
        // It is parsed, and the host is none for a certificate.
        ("https://a%C3%A9.com/", None),
    ];

    #[test]
    fn what_go_prints() {
        for (text, wanted) in PRINTED {
            let printed = Uri::parse(text.as_bytes()).map(|uri| uri.to_string());
            assert_eq!(printed.ok().as_deref(), *wanted, "{text}");
        }
    }
}
