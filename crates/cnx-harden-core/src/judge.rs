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

use crate::channel::{Channel, connections};
use crate::connection::Harden;
use crate::etcd::Etcd;
use crate::finding::{Finding, Severity};
use crate::inventory::Inventory;
use crate::kube_apiserver::KubeApiserver;
use crate::manager::Manager;
use crate::names::Names;
use crate::own::Connections;
use crate::plan::{Plan, PlannedEdit};
use crate::typha::Typha;

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

macro_rules! without_material {
    ($($title:literal: $kind:ident, $field:ident, mutual: $mutual:literal;)*) => {
        /// The vendor's connections without material.
        fn vendors(names: &Names) -> Vec<Box<dyn Harden>> {
            vec![$(Box::new($kind::without_material(names.$field.clone())),)*]
        }
    };
}

connections!(without_material);

/// Judges all connections, in the vendor's order, a caller's own behind them.
pub(crate) fn judge(inventory: &Inventory<'_>, names: &Names, own: &Connections) -> Vec<Judged> {
    let vendors = vendors(names);
    let vendors = vendors.iter().map(|connection| &**connection);
    let own = own.iter().map(|connection| connection as &dyn Harden);
    let judged = vendors.chain(own).map(|connection| {
        let mut plan = Plan::new(connection.channel());
        connection.plan(inventory, &mut plan);
        Judged {
            channel: connection.channel(),
            plan,
        }
    });
    judged.collect()
}
