//! The connections that the vendor's page secures.

use std::fmt;

use serde::Serialize;

/// One connection of the vendor's page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Channel {
    /// Between kube-apiserver and the CNX API server.
    #[serde(rename = "apiserver")]
    KubeApiserver,
    /// Between etcd and all that talks to it.
    Etcd,
    /// Between Felix and Typha.
    Typha,
    /// Between browsers and the CNX Manager.
    Manager,
}

impl Channel {
    /// All of them, in the page's order.
    pub const ALL: &'static [Self] = &[Self::KubeApiserver, Self::Etcd, Self::Typha, Self::Manager];

    /// What it is called, for people.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::KubeApiserver => "apiserver",
            Self::Etcd => "etcd",
            Self::Typha => "typha",
            Self::Manager => "manager",
        }
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.title())
    }
}
