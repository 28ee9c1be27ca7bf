//! What was learned of a connection while it was planned.

use std::collections::{BTreeSet, HashSet};

use crate::identity::Peers;
use crate::inventory::ObjectId;
use crate::rollout::Restart;

/// What a plan knows of its connection, for the report and for the checks.
#[derive(Default)]
pub(crate) struct Facts {
    /// The names by which the channel's servers are asked for.
    pub(crate) server_names: Vec<String>,
    /// The names by which aggregated API servers are asked for, each with the number of
    /// the APIService whose material it presents.
    pub(crate) servers: Vec<(usize, Vec<String>)>,
    /// What the two sides of a connection ask each other's certificates for.
    pub(crate) peers: Vec<Peers>,
    /// Workloads that have to be restarted, in this order.
    pub(crate) restarts: Vec<Restart>,
    /// Objects of programs that are not the vendor's, and that do what its own do:
    /// others talk to etcd too, by variables of the same names.
    pub(crate) foreign: BTreeSet<ObjectId>,
    /// `restarts`, to look into.
    restarting: HashSet<Restart>,
}

impl Facts {
    /// A workload that has to be restarted.
    pub(crate) fn restart(&mut self, restart: Restart) {
        if self.restarting.insert(restart.clone()) {
            self.restarts.push(restart);
        }
    }
}
