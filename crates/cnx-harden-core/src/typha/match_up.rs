//! Which Typha and which calico-nodes talk to each other.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::role::{End, Role};
use crate::finding::{Code, Finding};
use crate::inventory::{Anchor, Inventory, ObjectId, Said, Twins};

/// A Typha with the calico-nodes that connect to it, or a side without the other.
pub(crate) struct Exchange<'o, 'i, 't> {
    pub(crate) typha: Option<&'o End<'i, 't>>,
    pub(crate) nodes: Vec<&'o End<'i, 't>>,
}

/// The exchanges between these ends. A calico-node that is told of no Typha, and has
/// none near it, is none.
///
/// The other side may be in another file, unless that has a Typha of its own: two
/// whole manifests in one run are two sets.
pub(crate) fn exchanges<'o, 'i, 't>(
    inventory: &Inventory<'_>,
    ends: &'o [End<'i, 't>],
) -> Vec<Exchange<'o, 'i, 't>> {
    let of = |role: Role| ends.iter().filter(move |end| end.role.role == role);
    let files = |role: Role| -> BTreeSet<usize> { of(role).map(|end| end.place.file).collect() };
    let (typhas, nodes) = (files(Role::Typha), files(Role::Node));
    let whole: BTreeSet<usize> = &typhas & &nodes;
    let mut by_namespace: HashMap<Option<&str>, Vec<ObjectId>> = HashMap::new();
    let by_number: HashMap<ObjectId, &End<'_, '_>> =
        of(Role::Node).map(|node| (node.number, node)).collect();
    for node in of(Role::Node) {
        let namespace = node.namespace.as_deref();
        by_namespace.entry(namespace).or_default().push(node.number);
    }
    let all: Vec<ObjectId> = of(Role::Node).map(|node| node.number).collect();
    let here = |namespace| by_namespace.get(&namespace).map_or(&[][..], Vec::as_slice);
    let mut found = Vec::new();
    let mut taken: BTreeSet<ObjectId> = BTreeSet::new();
    for typha in of(Role::Typha) {
        let namespace = typha.namespace.as_deref();
        let candidates = match namespace {
            Some(_) => [here(namespace), here(None)],
            None => [&all[..], &[]],
        };
        let anchor = Anchor {
            object: typha.number,
            namespace,
            twins: Twins::Files(&whole),
        };
        let mut nodes = inventory.belonging(&anchor, candidates);
        if whole.contains(&typha.place.file) {
            // A whole manifest is a set, though its calico-node is of another namespace.
            nodes.retain(|node| {
                let node = by_number.get(node);
                node.is_some_and(|node| node.place.file == typha.place.file)
            });
        }
        nodes.sort_unstable();
        taken.extend(&nodes);
        found.push(Exchange {
            typha: Some(typha),
            nodes: nodes
                .iter()
                .filter_map(|n| by_number.get(n).copied())
                .collect(),
        });
    }
    let alone = of(Role::Node).filter(|node| !taken.contains(&node.number));
    found.extend(
        alone
            .filter(|node| node.connects(inventory))
            .map(|node| Exchange {
                typha: None,
                nodes: vec![node],
            }),
    );
    found
}

/// The calico-nodes that more than one Typha may be for, with those.
pub(super) fn twice_claimed<'o, 'i, 't>(
    exchanges: &[Exchange<'o, 'i, 't>],
) -> BTreeMap<ObjectId, (&'o End<'i, 't>, Vec<&'o End<'i, 't>>)> {
    let mut claimed = BTreeMap::new();
    for exchange in exchanges {
        for node in &exchange.nodes {
            let of = claimed.entry(node.number).or_insert((*node, Vec::new()));
            of.1.extend(exchange.typha);
        }
    }
    claimed.retain(|_, (_, typhas)| typhas.len() > 1);
    claimed
}

/// By which a calico-node is told of a Typha.
const SERVICE: &str = "FELIX_TYPHAK8SSERVICENAME";
const ADDRESS: &str = "FELIX_TYPHAADDR";

impl End<'_, '_> {
    /// Whether calico-node is told of a Typha. Where that is said elsewhere, outside
    /// of the run, it may be.
    fn connects(&self, inventory: &Inventory<'_>) -> bool {
        let mut told = [SERVICE, ADDRESS].into_iter();
        told.any(|name| self.said(inventory, name) != Said::Nothing) || self.has_tls(inventory)
    }

    /// As published manifests do it. Those that leave it out find Typha otherwise.
    fn connects_by_name(&self, inventory: &Inventory<'_>) -> bool {
        let container = self.role.container;
        let says = container.is_some_and(|c| c.variable(SERVICE).is_some());
        let mut told = [SERVICE, ADDRESS].into_iter();
        !says || told.any(|name| self.said(inventory, name) != Said::Nothing)
    }
}

impl Exchange<'_, '_, '_> {
    /// Why nothing connects to Typha now, where it is switched off.
    pub(crate) fn off(&self, inventory: &Inventory<'_>) -> Option<&'static str> {
        let typha = self.typha?;
        let replicas = typha.resource.integer(&["spec", "replicas"]);
        let none = matches!(replicas, Ok(Some(0)));
        let mut nodes = self.nodes.iter();
        let unnamed = !self.nodes.is_empty() && nodes.all(|node| !node.connects_by_name(inventory));
        match (none, unnamed) {
            (false, false) => None,
            (true, false) => Some("Typha is off: it has 0 replicas"),
            (false, true) => {
                Some("Typha is off: calico-node is told of no Typha (typha_service_name)")
            }
            (true, true) => Some(
                "Typha is off: it has 0 replicas, and calico-node is told of no Typha \
                 (typha_service_name)",
            ),
        }
    }

    /// That the other side is not in the input. A side alone would be cut off.
    pub(super) fn alone(&self, names: &crate::names::TyphaNames) -> Option<Finding> {
        let (end, what, help) = match (self.typha, self.nodes.as_slice()) {
            (Some(typha), []) => (
                typha,
                format!("DaemonSet {}", names.daemon_sets.join(" or ")),
                "with TLS, Typha takes TLS only: give the file with calico-node too, so that both \
                 sides change together",
            ),
            (None, [node, ..]) => (
                *node,
                format!("Deployment {}", names.deployment),
                "with TLS, Felix connects by TLS only: give the file with Typha too, so that both \
                 sides change together",
            ),
            _ => return None,
        };
        let namespace = end.namespace.as_deref().unwrap_or("kube-system");
        Some(end.missing(&format!("{what} in namespace {namespace}"), help))
    }

    /// Says that Typha is switched off: what changes has no effect before it is
    /// switched on.
    pub(super) fn tell_if_off(&self, inventory: &Inventory<'_>) -> Option<Finding> {
        let message = self.off(inventory)?;
        let help = "both sides are hardened all the same, and use TLS as soon as Typha is \
                    switched on";
        Some(self.typha?.finding(Code::TyphaOff, message, help).info())
    }
}
