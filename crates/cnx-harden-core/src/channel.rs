//! The connections that the vendor's page secures, and what each has to say to
//! be hardened.

use std::fmt;

use serde::Serialize;

use crate::certificates::Presented;
use crate::inventory::Inventory;
use crate::plan::Plan;

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

/// A channel with its material: what a run asks of it.
///
/// The run parses each document once for all channels, hands all files to each
/// of them, and makes all that they plan for a document in one proved edit.
pub(crate) trait Harden {
    /// Which channel it is.
    fn channel(&self) -> Channel;

    /// Names of which a document has one if it holds one of the objects, as a whole
    /// word: one that cannot be read is an error then.
    fn needles(&self) -> Vec<&str>;

    /// Finds the objects in `inventory`, matches them up, and puts what is to be done
    /// into `plan`: edits, documents to add, keys not to be shown, and findings.
    fn plan(&self, inventory: &Inventory<'_>, plan: &mut Plan);

    /// What its roles present, to be checked; `plan` is what was planned.
    fn presented(&self, plan: &Plan) -> Vec<Presented<'_>>;
}
