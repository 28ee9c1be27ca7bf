//! What an audit goes by.

use std::collections::{BTreeMap, BTreeSet};

use cnx_certs::Policy;

use crate::channel::Channel;
use crate::finding::Code;
use crate::names::Names;
use crate::own::{Connections, Rules};

/// What an audit goes by. The default looks at all channels, with the vendor's
/// names, and not at the certificates: a library has no clock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditOptions {
    /// The channels to look at; none of them named is all of them. What belongs
    /// to no channel is always looked at.
    pub channels: BTreeSet<Channel>,
    /// The time as of which certificates are checked, and how long they should
    /// last; none where they are not checked.
    #[cfg(feature = "certificates")]
    pub certificates: Option<Policy>,
    /// What the objects with the files are called.
    pub names: Names,
    /// The names by which browsers reach the Manager, where they are known.
    pub manager_hosts: Vec<String>,
    /// The caller's own connections.
    pub own: Connections,
    /// The caller's own rules.
    pub rules: Rules,
    /// Whether to work out the edits that need no material: see
    /// [`AuditFinding::fix`](super::AuditFinding::fix).
    pub fixes: bool,
    /// Findings that are accepted, wherever they are.
    pub allowances: Vec<Allowance>,
    /// Findings that were known before: their fingerprints, each maybe with a reason.
    pub baseline: BTreeMap<String, Option<String>>,
    /// What files are called in fingerprints, by their names, where it is something else:
    /// their paths from the folder of the baseline, whatever the folder that this runs in.
    pub fingerprint_names: BTreeMap<String, String>,
}

/// A code that is accepted, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// The code.
    pub code: Code,
    /// Why it is accepted.
    pub reason: String,
}

impl AuditOptions {
    /// Whether findings of this channel are wanted.
    #[must_use]
    pub fn wants(&self, channel: Option<Channel>) -> bool {
        channel.is_none_or(|channel| self.channels.is_empty() || self.channels.contains(&channel))
    }

    /// How certificates are checked, if they are.
    pub(crate) const fn checks(&self) -> Option<&Policy> {
        #[cfg(feature = "certificates")]
        return self.certificates.as_ref();
        #[cfg(not(feature = "certificates"))]
        None
    }

    /// The allowances, each code once.
    pub(super) fn allowed(&self) -> BTreeMap<Code, &str> {
        let pairs = self.allowances.iter();
        pairs.map(|a| (a.code, a.reason.as_str())).collect()
    }
}
