//! Who talks, and to whom.

use std::fmt;

use serde::Serialize;

use crate::channel::Channel;

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
    /// Other API servers behind kube-apiserver.
    OtherApis,
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
    /// An end of a caller's own connection.
    #[serde(untagged)]
    Own(&'static str),
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
            Self::OtherApis => "Other APIs",
            Self::QueryServer => "Query server",
            Self::Etcd => "etcd",
            Self::Typha => "Typha",
            Self::CalicoNode => "calico-node",
            Self::KubeControllers => "kube-controllers",
            Self::Calicoctl => "calicoctl",
            Self::Others => "Other clients",
            Self::Own(name) => name,
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
            Self::OtherApis => "other-apis",
            Self::QueryServer => "query-server",
            Self::Etcd => "etcd",
            Self::Typha => "typha",
            Self::CalicoNode => "calico-node",
            Self::KubeControllers => "kube-controllers",
            Self::Calicoctl => "calicoctl",
            Self::Others => "others",
            Self::Own(name) => name,
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
    /// The aggregator to all other API servers.
    KubeApiserverOtherApis,
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
    /// A caller's own connection.
    Own {
        /// What it is called.
        name: &'static str,
        /// Who opens it.
        from: &'static str,
        /// Who takes it.
        to: &'static str,
    },
}

impl Link {
    /// All but a caller's own, in the order of the table.
    pub const ALL: [Self; 12] = [
        Self::BrowserManager,
        Self::KubeApiserverApiServer,
        Self::KubeApiserverQueryServer,
        Self::KubeApiserverOtherApis,
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
            Self::KubeApiserverOtherApis => (Party::KubeApiserver, Party::OtherApis),
            Self::ApiServerEtcd => (Party::ApiServer, Party::Etcd),
            Self::QueryServerEtcd => (Party::QueryServer, Party::Etcd),
            Self::KubeControllersEtcd => (Party::KubeControllers, Party::Etcd),
            Self::CalicoctlEtcd => (Party::Calicoctl, Party::Etcd),
            Self::TyphaEtcd => (Party::Typha, Party::Etcd),
            Self::CalicoNodeEtcd => (Party::CalicoNode, Party::Etcd),
            Self::CalicoNodeTypha => (Party::CalicoNode, Party::Typha),
            Self::OthersEtcd => (Party::Others, Party::Etcd),
            Self::Own { from, to, .. } => (Party::Own(from), Party::Own(to)),
        }
    }

    /// Whether it is drawn only where it is there: its far end is not CNX's.
    pub(crate) const fn is_of_others(self) -> bool {
        matches!(self, Self::OthersEtcd | Self::KubeApiserverOtherApis)
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
            Self::KubeApiserverOtherApis => "kube-apiserver--other-apis",
            Self::ApiServerEtcd => "api-server--etcd",
            Self::QueryServerEtcd => "query-server--etcd",
            Self::KubeControllersEtcd => "kube-controllers--etcd",
            Self::CalicoctlEtcd => "calicoctl--etcd",
            Self::TyphaEtcd => "typha--etcd",
            Self::CalicoNodeEtcd => "calico-node--etcd",
            Self::CalicoNodeTypha => "calico-node--typha",
            Self::OthersEtcd => "others--etcd",
            Self::Own { name, .. } => name,
        }
    }

    /// The channel that secures it; none where the vendor's page names no edit.
    #[must_use]
    pub const fn channel(self) -> Option<Channel> {
        match self {
            Self::KubeApiserverApiServer | Self::KubeApiserverOtherApis => {
                Some(Channel::KubeApiserver)
            }
            Self::BrowserManager => Some(Channel::Manager),
            Self::CalicoNodeTypha => Some(Channel::Typha),
            Self::KubeApiserverQueryServer => None,
            Self::Own { name, .. } => Some(Channel::Own(name)),
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
