//! The connections that the vendor's page secures.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

/// A kind of connection: one of the vendor's page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
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
    /// A caller's own, of this name: see [`own`](crate::own).
    #[serde(untagged)]
    Own(&'static str),
}

/// The table of the vendor's connections, in the page's order: a row for each, of what
/// it is called, its type, its field wherever there is one for each, and whether the goal
/// is that both sides verify each other. Hands the rows to the macro `$rows`.
macro_rules! connections {
    ($rows:ident) => {
        $rows! {
            "apiserver": KubeApiserver, api_server, mutual: false;
            "etcd": Etcd, etcd, mutual: true;
            "typha": Typha, typha, mutual: true;
            "manager": Manager, manager, mutual: false;
        }
    };
}

pub(crate) use connections;

macro_rules! channels {
    ($($title:literal: $kind:ident, $field:ident, mutual: $mutual:literal;)*) => {
        impl Channel {
            /// All of the page's, in its order.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)*];

            /// What it is called, for people.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self {
                    $(Self::$kind => $title,)*
                    Self::Own(name) => name,
                }
            }

            /// Whether both sides are to verify each other.
            pub(crate) const fn is_mutual(self) -> bool {
                match self {
                    $(Self::$kind => $mutual,)*
                    Self::Own(_) => false,
                }
            }
        }
    };
}

connections!(channels);

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.title())
    }
}
