//! What each connection still needs: its plan, made without material.
//!
//! A connection's plan is the list of its requirements, judged. An edit without
//! operations is met, one with operations is not; a finding that is an error is a
//! conflict, on which `apply` stops; an object to be added is one that may be in the
//! cluster. So what is right to `apply` is right to `check` and `report`, and the
//! other way round. Values of certificates and keys are met by whatever is there,
//! unless it asks to be replaced: new certificates for a hardened manifest are a
//! renewal.

use yaml_splice::Op;

use crate::channel::Channel;
use crate::connection::Harden;
use crate::etcd::{self, Etcd};
use crate::finding::{Finding, Severity};
use crate::inventory::Inventory;
use crate::kube_apiserver::{self, KubeApiserver};
use crate::manager::Manager;
use crate::material::{CaBundle, Certificate, PrivateKey};
use crate::names::Names;
use crate::plan::{Plan, PlannedEdit};
use crate::typha::{Client, Server, Typha};

/// A connection's requirements, judged.
pub(crate) struct Judged {
    pub(crate) channel: Channel,
    pub(crate) plan: Plan,
}

impl Judged {
    /// The operations that are left to do, each with the edit that it is of.
    pub(crate) fn unmet(&self) -> impl Iterator<Item = (&PlannedEdit, &Op)> {
        let edits = self.plan.edits.planned.iter();
        edits.flat_map(|edit| edit.ops.iter().map(move |op| (edit, op)))
    }

    /// What `apply` would stop at. An object that is missing may be given with the
    /// rest; everything else is a conflict.
    pub(crate) fn stops(&self) -> impl Iterator<Item = &Finding> {
        let findings = self.plan.findings.iter();
        findings.filter(|finding| finding.severity == Severity::Error)
    }
}

/// Judges all connections, in the vendor's order.
pub(crate) fn judge(inventory: &Inventory<'_>, names: &Names) -> Vec<Judged> {
    let ca = || CaBundle::new("");
    let certificate = || Certificate::new("");
    let key = || PrivateKey::new("");

    let mut api_server = KubeApiserver::new(ca(), certificate(), key());
    api_server.names = names.api_server.clone();
    api_server.missing_secret = kube_apiserver::MissingSecret::Add;
    let mut etcd = Etcd::new(ca(), certificate(), key());
    etcd.names = names.etcd.clone();
    etcd.missing_secret = etcd::MissingSecret::Assume;
    let server = Server::new(certificate(), key());
    let mut typha = Typha::new(ca(), server, Client::new(certificate(), key()));
    typha.names = names.typha.clone();
    let mut manager = Manager::new(certificate(), key());
    manager.names = names.manager.clone();

    let connections: [&dyn Harden; 4] = [&api_server, &etcd, &typha, &manager];
    let judged = connections.map(|connection| {
        let mut plan = Plan::new(connection.channel());
        connection.plan(inventory, &mut plan);
        Judged {
            channel: connection.channel(),
            plan,
        }
    });
    judged.into()
}
