//! What becomes of a handshake.

use rustls::SupportedProtocolVersion;
use schemars::JsonSchema;
use serde::Serialize;

use crate::finding::Finding;
use crate::help::Door;
use crate::role::Role;

/// A connection between two programs of the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ConnectionKind {
    /// kube-apiserver's aggregator to the CNX API server.
    #[serde(rename = "apiserver")]
    ApiServer,
    /// Any component of Calico to etcd.
    Etcd,
    /// Felix to Typha.
    Typha,
    /// A browser to the Manager.
    Manager,
}

impl ConnectionKind {
    /// Who connects.
    #[must_use]
    pub const fn client(self) -> &'static str {
        match self {
            Self::ApiServer => "kube-apiserver",
            Self::Etcd => "Calico",
            Self::Typha => "Felix",
            Self::Manager => "browser",
        }
    }

    /// Who is connected to.
    #[must_use]
    pub const fn server(self) -> &'static str {
        match self {
            Self::ApiServer => "API server",
            Self::Etcd => "etcd",
            Self::Typha => "Typha",
            Self::Manager => "Manager",
        }
    }

    pub(super) const fn server_role(self) -> Role {
        match self {
            Self::ApiServer => Role::ApiServer,
            Self::Etcd => Role::EtcdServer,
            Self::Typha => Role::TyphaServer,
            Self::Manager => Role::Manager,
        }
    }

    pub(super) const fn client_role(self) -> Option<Role> {
        match self {
            Self::Etcd => Some(Role::EtcdClient),
            Self::Typha => Some(Role::TyphaClient),
            Self::ApiServer | Self::Manager => None,
        }
    }
}

/// A version of TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
pub enum Version {
    /// What Go's TLS spoke up to 1.11, with which CNX v2.3 is built.
    #[serde(rename = "1.2")]
    Tls12,
    /// What today's programs speak.
    #[serde(rename = "1.3")]
    Tls13,
}

impl Version {
    /// `TLS 1.2` or `TLS 1.3`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tls12 => "TLS 1.2",
            Self::Tls13 => "TLS 1.3",
        }
    }

    pub(super) const fn rustls(self) -> &'static SupportedProtocolVersion {
        match self {
            Self::Tls12 => &rustls::version::TLS12,
            Self::Tls13 => &rustls::version::TLS13,
        }
    }
}

/// One handshake, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Handshake {
    /// Between whom.
    #[serde(rename = "channel")]
    pub connection: ConnectionKind,
    /// The name or address that the server's certificate had to cover.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_name: Option<String>,
    /// With which version.
    pub version: Version,
    /// Whether the server was made up, since the real one's files were not
    /// given: only the client's certificate is proved then.
    pub stand_in: bool,
    /// What became of it.
    #[serde(flatten)]
    pub outcome: HandshakeOutcome,
}

/// What became of a [`Handshake`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum HandshakeOutcome {
    /// Both sides are content, and data went there and back.
    Connected(Session),
    /// One side refused ([`Code::HandshakeFailed`](crate::Code::HandshakeFailed)).
    Failed(Finding),
    /// It could not be tried ([`Code::HandshakeNotTried`](crate::Code::HandshakeNotTried)).
    NotTried(Finding),
}

/// What two sides have agreed on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// Such as `TLS13_AES_256_GCM_SHA384`.
    pub cipher: String,
    /// Such as `X25519`.
    pub key_exchange: String,
    /// Whether the server's chain was verified against a CA that was given; the
    /// end of the chain was taken for one otherwise.
    pub trusted: bool,
    /// The subjects by which the client verified the server, the root last.
    pub server_chain: Vec<String>,
    /// The subjects by which the server verified the client, the root last;
    /// empty where no client certificate is asked for.
    pub client_chain: Vec<String>,
}

impl Handshake {
    /// The same, with its help in words for the users of a door.
    #[must_use]
    pub fn worded(mut self, door: Door) -> Self {
        if let HandshakeOutcome::Failed(finding) | HandshakeOutcome::NotTried(finding) =
            &mut self.outcome
        {
            finding.help = finding.help.worded(door);
        }
        self
    }

    /// Whether the two connected.
    #[must_use]
    pub const fn connected(&self) -> bool {
        matches!(self.outcome, HandshakeOutcome::Connected(_))
    }

    /// Why they did not.
    #[must_use]
    pub const fn finding(&self) -> Option<&Finding> {
        match &self.outcome {
            HandshakeOutcome::Connected(_) => None,
            HandshakeOutcome::Failed(finding) | HandshakeOutcome::NotTried(finding) => {
                Some(finding)
            }
        }
    }
}
