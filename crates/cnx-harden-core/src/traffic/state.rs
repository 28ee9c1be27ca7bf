//! How a connection is secured.

use std::fmt;

use serde::Serialize;

/// How a connection is secured, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// No TLS: whoever is on the way reads and changes what is said.
    Plain,
    /// TLS, with whoever answers.
    NotVerified,
    /// It is configured to be verified, and will not come about.
    Broken,
    /// The manifests do not say.
    Unknown,
    /// The client verifies the server.
    Verified,
    /// Both verify each other.
    Mutual,
    /// Nothing here makes this connection.
    Absent,
}

impl State {
    /// All of them, the worst first.
    pub const ALL: [Self; 7] = [
        Self::Plain,
        Self::NotVerified,
        Self::Broken,
        Self::Unknown,
        Self::Verified,
        Self::Mutual,
        Self::Absent,
    ];

    /// In a word or two, for people.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::NotVerified => "not verified",
            Self::Broken => "broken",
            Self::Unknown => "unknown",
            Self::Verified => "verified",
            Self::Mutual => "mutual",
            Self::Absent => "not there",
        }
    }

    /// What it means, in a line.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Plain => "no TLS",
            Self::NotVerified => "TLS, with whoever answers",
            Self::Broken => "it will not connect",
            Self::Unknown => "the manifests do not say",
            Self::Verified => "the client verifies the server",
            Self::Mutual => "both verify each other",
            Self::Absent => "nothing here makes it",
        }
    }

    /// Its name in kebab-case.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::NotVerified => "not-verified",
            Self::Broken => "broken",
            Self::Unknown => "unknown",
            Self::Verified => "verified",
            Self::Mutual => "mutual",
            Self::Absent => "absent",
        }
    }

    /// Whether the client knows whom it talks to.
    #[must_use]
    pub const fn is_secured(self) -> bool {
        matches!(self, Self::Verified | Self::Mutual)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.title())
    }
}
