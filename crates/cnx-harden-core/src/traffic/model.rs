//! The nouns of the picture: parties, the links between them, and what is known
//! of each.

use std::fmt;

use cnx_certs::Severity;
use serde::Serialize;

use crate::channel::Channel;
use crate::finding::Finding;

/// Who talks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Party {
    /// The browser of a person.
    Browser,
    /// CNX Manager and its proxy.
    Manager,
    /// Kubernetes' own API server.
    KubeApiserver,
    /// The CNX API server.
    ApiServer,
    /// The query server, beside it in its pod.
    QueryServer,
    /// The datastore.
    Etcd,
    /// Typha.
    Typha,
    /// calico-node: Felix, confd and the CNI plugin.
    CalicoNode,
    /// Calico's controllers, the federation controller among them.
    KubeControllers,
    /// calicoctl and calicoq, as pods.
    Calicoctl,
    /// Other clients of etcd.
    Others,
}

impl Party {
    /// Its name, for people.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Browser => "Browser",
            Self::Manager => "CNX Manager",
            Self::KubeApiserver => "kube-apiserver",
            Self::ApiServer => "CNX API server",
            Self::QueryServer => "Query server",
            Self::Etcd => "etcd",
            Self::Typha => "Typha",
            Self::CalicoNode => "calico-node",
            Self::KubeControllers => "kube-controllers",
            Self::Calicoctl => "calicoctl",
            Self::Others => "Other clients",
        }
    }

    /// Its name in kebab-case.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Browser => "browser",
            Self::Manager => "manager",
            Self::KubeApiserver => "kube-apiserver",
            Self::ApiServer => "api-server",
            Self::QueryServer => "query-server",
            Self::Etcd => "etcd",
            Self::Typha => "typha",
            Self::CalicoNode => "calico-node",
            Self::KubeControllers => "kube-controllers",
            Self::Calicoctl => "calicoctl",
            Self::Others => "others",
        }
    }
}

/// One connection that there can be, from who opens it to who takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Link {
    /// Browsers to the Manager.
    BrowserManager,
    /// The aggregator to the CNX API server.
    KubeApiserverApiServer,
    /// Kubernetes' service proxy to the query server.
    KubeApiserverQueryServer,
    /// The CNX API server to etcd.
    ApiServerEtcd,
    /// The query server to etcd.
    QueryServerEtcd,
    /// The controllers to etcd.
    KubeControllersEtcd,
    /// calicoctl to etcd.
    CalicoctlEtcd,
    /// Typha to etcd.
    TyphaEtcd,
    /// calico-node to etcd.
    CalicoNodeEtcd,
    /// Felix to Typha.
    CalicoNodeTypha,
    /// Others to etcd.
    OthersEtcd,
}

impl Link {
    /// All of them, in the order of the table.
    pub const ALL: [Self; 11] = [
        Self::BrowserManager,
        Self::KubeApiserverApiServer,
        Self::KubeApiserverQueryServer,
        Self::ApiServerEtcd,
        Self::QueryServerEtcd,
        Self::KubeControllersEtcd,
        Self::CalicoctlEtcd,
        Self::TyphaEtcd,
        Self::CalicoNodeEtcd,
        Self::CalicoNodeTypha,
        Self::OthersEtcd,
    ];

    /// Who opens the connection, and who takes it.
    #[must_use]
    pub const fn ends(self) -> (Party, Party) {
        match self {
            Self::BrowserManager => (Party::Browser, Party::Manager),
            Self::KubeApiserverApiServer => (Party::KubeApiserver, Party::ApiServer),
            Self::KubeApiserverQueryServer => (Party::KubeApiserver, Party::QueryServer),
            Self::ApiServerEtcd => (Party::ApiServer, Party::Etcd),
            Self::QueryServerEtcd => (Party::QueryServer, Party::Etcd),
            Self::KubeControllersEtcd => (Party::KubeControllers, Party::Etcd),
            Self::CalicoctlEtcd => (Party::Calicoctl, Party::Etcd),
            Self::TyphaEtcd => (Party::Typha, Party::Etcd),
            Self::CalicoNodeEtcd => (Party::CalicoNode, Party::Etcd),
            Self::CalicoNodeTypha => (Party::CalicoNode, Party::Typha),
            Self::OthersEtcd => (Party::Others, Party::Etcd),
        }
    }

    /// The link of a client of etcd.
    pub(super) const fn to_etcd(client: Party) -> Self {
        match client {
            Party::ApiServer => Self::ApiServerEtcd,
            Party::QueryServer => Self::QueryServerEtcd,
            Party::KubeControllers => Self::KubeControllersEtcd,
            Party::Calicoctl => Self::CalicoctlEtcd,
            Party::Typha => Self::TyphaEtcd,
            Party::CalicoNode => Self::CalicoNodeEtcd,
            _ => Self::OthersEtcd,
        }
    }

    /// Its name: the ends' with `--` between.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::BrowserManager => "browser--manager",
            Self::KubeApiserverApiServer => "kube-apiserver--api-server",
            Self::KubeApiserverQueryServer => "kube-apiserver--query-server",
            Self::ApiServerEtcd => "api-server--etcd",
            Self::QueryServerEtcd => "query-server--etcd",
            Self::KubeControllersEtcd => "kube-controllers--etcd",
            Self::CalicoctlEtcd => "calicoctl--etcd",
            Self::TyphaEtcd => "typha--etcd",
            Self::CalicoNodeEtcd => "calico-node--etcd",
            Self::CalicoNodeTypha => "calico-node--typha",
            Self::OthersEtcd => "others--etcd",
        }
    }

    /// The channel that secures it; none where the vendor's page names no edit.
    #[must_use]
    pub const fn channel(self) -> Option<Channel> {
        match self {
            Self::KubeApiserverApiServer => Some(Channel::KubeApiserver),
            Self::BrowserManager => Some(Channel::Manager),
            Self::CalicoNodeTypha => Some(Channel::Typha),
            Self::KubeApiserverQueryServer => None,
            _ => Some(Channel::Etcd),
        }
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, to) = self.ends();
        write!(f, "{} → {}", from.title(), to.title())
    }
}

impl Serialize for Link {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

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

/// A place in an input.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Place {
    /// The input's name, as the caller gave it.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// A certificate on a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Certificate {
    /// What it is there for, such as `the CA in caBundle`.
    pub purpose: String,
    /// Whom it is for, such as `O=Example, CN=etcd`.
    pub subject: String,
    /// Its subject alternative names, with their types.
    pub names: Vec<String>,
    /// Who signed it.
    pub issuer: String,
    /// The last second of it, as in RFC 3339.
    pub not_after: String,
    /// Whole days that are left; below zero when it has expired.
    pub days_left: i64,
    /// How that is.
    pub lifetime: Lifetime,
    /// Where it is.
    pub place: Place,
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
    pub from: Party,
    /// Who takes it.
    pub to: Party,
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
    pub as_of: String,
    /// The inputs' names.
    pub files: Vec<String>,
    /// All connections that there can be, also those that are not there.
    pub connections: Vec<Connection>,
    /// Findings that concern no connection in particular.
    pub findings: Vec<Finding>,
}

impl Traffic {
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
