//! What is known of each connection.

use cnx_certs::Severity;
use serde::Serialize;

pub use super::link::{Link, Party};
pub use super::state::State;
use crate::finding::Finding;
use crate::place::Place;

/// A certificate on a connection.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Certificate {
    /// What it is there for, such as `the CA in caBundle`.
    pub(crate) purpose: String,
    /// Whom it is for, such as `O=Example, CN=etcd`.
    pub(crate) subject: String,
    /// Its subject alternative names, with their types.
    pub(crate) names: Vec<String>,
    /// Who signed it.
    pub(crate) issuer: String,
    /// The last second of it, as in RFC 3339.
    pub(crate) not_after: String,
    /// Whole days that are left; below zero when it has expired.
    pub(crate) days_left: i64,
    /// How that is.
    pub(crate) lifetime: Lifetime,
    /// Where it is.
    pub(crate) place: Place,
}

impl Certificate {
    /// What it is there for, such as `the CA in caBundle`.
    #[must_use]
    pub fn purpose(&self) -> &str {
        &self.purpose
    }

    /// Whom it is for, such as `O=Example, CN=etcd`.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Its subject alternative names, with their types.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The last second of it, as in RFC 3339.
    #[must_use]
    pub fn not_after(&self) -> &str {
        &self.not_after
    }

    /// How long it is valid yet.
    #[must_use]
    pub const fn lifetime(&self) -> Lifetime {
        self.lifetime
    }
}

/// How long a certificate is valid yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lifetime {
    /// It has expired, or is not valid yet.
    NotValid,
    /// It expires within the time that was asked for.
    ExpiresSoon,
    /// It is good.
    Valid,
}

/// One way in which the manifests make a connection: a container, an APIService.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Way {
    /// Which object or program.
    pub what: String,
    /// How it is secured there.
    pub state: State,
    /// Why that is known, as a sentence without its full stop.
    pub reason: String,
    /// What says so.
    pub place: Place,
}

/// A connection, and all that is known of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Connection {
    /// Which one.
    pub link: Link,
    /// Who opens it.
    pub(crate) from: Party,
    /// Who takes it.
    pub(crate) to: Party,
    /// How it is secured: the worst of its ways.
    pub state: State,
    /// Where the manifests make it.
    pub ways: Vec<Way>,
    /// What is presented on it, and what it is verified with.
    pub certificates: Vec<Certificate>,
    /// What is wrong with it.
    pub findings: Vec<Finding>,
}

impl Connection {
    pub(super) const fn new(link: Link) -> Self {
        let (from, to) = link.ends();
        Self {
            link,
            from,
            to,
            state: State::Absent,
            ways: Vec::new(),
            certificates: Vec::new(),
            findings: Vec::new(),
        }
    }

    /// The fewest days that one of its certificates has left.
    #[must_use]
    pub fn days_left(&self) -> Option<i64> {
        self.certificates.iter().map(|c| c.days_left).min()
    }

    /// The shortest lifetime of its certificates.
    #[must_use]
    pub fn lifetime(&self) -> Option<Lifetime> {
        self.certificates.iter().map(|c| c.lifetime).min()
    }

    /// Who opens it, and who takes it.
    #[must_use]
    pub const fn ends(&self) -> (Party, Party) {
        (self.from, self.to)
    }

    /// The way that its state comes from.
    #[must_use]
    pub fn worst(&self) -> Option<&Way> {
        self.ways.iter().min_by_key(|way| way.state)
    }

    /// How many of its findings have this severity.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        let of = self.findings.iter().filter(|f| f.severity == severity);
        of.count()
    }
}

/// The connections that manifests make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Traffic {
    /// The time as of which the certificates were looked at, as in RFC 3339.
    pub(crate) as_of: String,
    /// The inputs' names.
    pub(crate) files: Vec<String>,
    /// All connections that there can be, also those that are not there.
    pub connections: Vec<Connection>,
    /// Findings that concern no connection in particular.
    pub findings: Vec<Finding>,
}

impl Traffic {
    /// The time as of which the certificates were looked at, as in RFC 3339.
    #[must_use]
    pub fn as_of(&self) -> &str {
        &self.as_of
    }

    /// The connections that the manifests make, in the order of the table.
    pub fn present(&self) -> impl Iterator<Item = &Connection> {
        let mut all = self.connections.iter();
        std::iter::from_fn(move || all.find(|c| c.state != State::Absent))
    }

    /// How many connections are in this state.
    #[must_use]
    pub fn count(&self, state: State) -> usize {
        self.connections.iter().filter(|c| c.state == state).count()
    }

    /// The connection of this link.
    #[must_use]
    pub fn connection(&self, link: Link) -> Option<&Connection> {
        self.connections.iter().find(|c| c.link == link)
    }
}
