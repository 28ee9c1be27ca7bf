//! The roles that certificates have in a cluster with CNX, and what each needs.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

/// Who presents a certificate, and to whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// The CNX API server, to kube-apiserver's aggregator.
    #[serde(rename = "apiserver")]
    ApiServer,
    /// Any component of Calico, to etcd.
    EtcdClient,
    /// etcd, to the components of Calico.
    EtcdServer,
    /// Typha, to Felix.
    TyphaServer,
    /// Felix, to Typha.
    TyphaClient,
    /// The Manager, to a browser.
    Manager,
}

/// Which end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// It accepts connections: extended key usage `serverAuth`.
    Server,
    /// It makes them: extended key usage `clientAuth`.
    Client,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 6] = [
        Self::ApiServer,
        Self::EtcdClient,
        Self::EtcdServer,
        Self::TyphaServer,
        Self::TyphaClient,
        Self::Manager,
    ];

    /// Its name in kebab-case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ApiServer => "apiserver",
            Self::EtcdClient => "etcd-client",
            Self::EtcdServer => "etcd-server",
            Self::TyphaServer => "typha-server",
            Self::TyphaClient => "typha-client",
            Self::Manager => "manager",
        }
    }

    /// Which end of its connection it is.
    #[must_use]
    pub const fn side(self) -> Side {
        match self {
            Self::ApiServer | Self::EtcdServer | Self::TyphaServer | Self::Manager => Side::Server,
            Self::EtcdClient | Self::TyphaClient => Side::Client,
        }
    }

    /// Who verifies the certificate.
    #[must_use]
    pub const fn verifier(self) -> &'static str {
        match self {
            Self::ApiServer => "kube-apiserver",
            Self::EtcdClient => "etcd",
            Self::EtcdServer => "the clients of etcd",
            Self::TyphaServer => "Felix",
            Self::TyphaClient => "Typha",
            Self::Manager => "the browser",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What the other side compares the certificate's identity with, beyond its
/// chain. Typha and Felix compare one of the two exactly; either will do if both
/// are set (`TYPHA_CLIENTCN`, `TYPHA_CLIENTURISAN` and their like).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// The subject's Common Name.
    pub common_name: Option<String>,
    /// A subject alternative name of type URI.
    pub uri_san: Option<String>,
}

/// A role's files, and what is expected of them.
#[derive(Clone, Debug)]
pub struct Material<'m> {
    /// Whose they are.
    pub role: Role,
    /// The PEM bytes of what the other side trusts; `None` where that is not
    /// known (a Manager's certificate of a public authority).
    pub ca: Option<&'m [u8]>,
    /// The PEM bytes of the certificate and its intermediates.
    pub certificate: &'m [u8],
    /// The PEM bytes of the key; `None` where only the certificate is looked at.
    pub key: Option<&'m [u8]>,
    /// The names that the other side asks for: DNS names or IP addresses. For
    /// the API server `<service>.<namespace>.svc`.
    pub names: &'m [String],
    /// What the other side compares with, for Typha and Felix.
    pub identity: &'m Identity,
}
