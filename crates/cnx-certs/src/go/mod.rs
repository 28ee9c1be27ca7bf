//! Certificates as Go reads them: `crypto/x509`, `encoding/pem` and `net/url`.
//!
//! Kubernetes, etcd, Typha and Felix are written in Go, which reads certificates more
//! strictly than OpenSSL does: one extension that nobody asks for, if it is malformed,
//! and there is no connection. What is read here is what Go reads; the rules are
//! restated from its documentation and by trying, and its verdicts are compared in
//! `tests/it/agreement` and by `cargo xtask fuzz certs`.

mod certificate;
mod constraint;
mod curve;
mod der;
mod extension;
mod key;
mod name;
mod pem;
mod rsa;
mod text;
mod time;
mod url;

use std::fmt;

pub(crate) use certificate::Certificate;
pub(crate) use curve::Curve;
pub(crate) use der::{Reader, dotted};
pub(crate) use extension::AlternativeName;
pub(crate) use key::{Algorithm, KeyKind, PublicKey};
pub(crate) use pem::{Seen, decode};
pub(crate) use rsa::{RsaKey, is_exponent};
pub(crate) use url::Uri;

/// A release of Go, and of Kubernetes that is built with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Release {
    /// The minor version of Go 1.
    pub go: u8,
    /// The minor version of Kubernetes 1 that was first built with it.
    pub kubernetes: u8,
}

impl Release {
    /// Go 1.23.
    pub const GO_1_23: Self = Self {
        go: 23,
        kubernetes: 32,
    };
    /// Go 1.24.
    pub const GO_1_24: Self = Self {
        go: 24,
        kubernetes: 33,
    };
    /// Go 1.26.
    pub const GO_1_26: Self = Self {
        go: 26,
        kubernetes: 36,
    };
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { go, kubernetes } = self;
        write!(f, "Go 1.{go} (Kubernetes 1.{kubernetes})")
    }
}

/// Why Go does not read a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// The rule that is broken, as a sentence without its end.
    pub rule: &'static str,
    /// From which release on; none where no release reads it.
    pub since: Option<Release>,
}

impl Unreadable {
    const fn always(rule: &'static str) -> Self {
        Self { rule, since: None }
    }

    const fn from(since: Release, rule: &'static str) -> Self {
        let since = Some(since);
        Self { rule, since }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.rule)?;
        match self.since {
            Some(since) => write!(f, "; {since} and later refuse that"),
            None => Ok(()),
        }
    }
}

type Result<T> = std::result::Result<T, Unreadable>;

/// What a missing value is an error of.
trait Rule<T> {
    fn or_rule(self, rule: &'static str) -> Result<T>;
}

impl<T> Rule<T> for Option<T> {
    fn or_rule(self, rule: &'static str) -> Result<T> {
        self.ok_or(Unreadable::always(rule))
    }
}
