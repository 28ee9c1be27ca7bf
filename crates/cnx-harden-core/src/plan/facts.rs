//! What was learned of a connection while it was planned.

use std::collections::{BTreeSet, HashMap};

use crate::identity::Peers;
use crate::inventory::ObjectId;
use crate::rollout::Restart;

/// What a plan knows of its connection, for the report and for the checks.
#[derive(Default)]
pub(crate) struct Facts {
    /// The names by which the channel's servers are asked for.
    pub(crate) server_names: Vec<String>,
    /// The aggregated API servers.
    pub(crate) servers: Vec<ServerFacts>,
    /// What the two sides of a connection ask each other's certificates for.
    pub(crate) peers: Vec<Peers>,
    /// The workloads that present a certificate, in the order in which they are to be
    /// restarted, and whether files that they read change.
    pub(crate) workloads: Vec<(ObjectId, bool)>,
    /// Workloads that are in none of the inputs, and read a file that changes.
    pub(crate) elsewhere: Vec<Restart>,
    /// Objects of programs that are not the vendor's, and that do what its own do:
    /// others talk to etcd too, by variables of the same names.
    pub(crate) foreign: BTreeSet<ObjectId>,
    /// Where each is in `workloads`.
    known: HashMap<ObjectId, usize>,
}

/// What is known of an aggregated API server.
pub(crate) struct ServerFacts {
    /// The number of the APIService whose material it presents.
    pub(crate) asked: usize,
    /// The names that it is asked for by.
    pub(crate) names: Vec<String>,
    /// The files that say so.
    pub(crate) inputs: Vec<String>,
}

impl Facts {
    /// A workload that presents a certificate.
    pub(crate) fn rolls_out(&mut self, workload: ObjectId, files_change: bool) {
        let next = self.workloads.len();
        let number = *self.known.entry(workload).or_insert(next);
        match self.workloads.get_mut(number) {
            Some((_, known)) => *known |= files_change,
            None => self.workloads.push((workload, files_change)),
        }
    }
}
