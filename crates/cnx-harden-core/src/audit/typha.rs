//! Typha and Felix: their judged exchanges, as the rules word them.

use cnx_certs::Severity;

use super::scene::{Object, Scene};
use crate::typha::{End, Role, exchanges};

/// One end of an exchange.
pub(super) struct Peer<'s, 'a, 't> {
    pub(super) end: &'s End<'a, 't>,
    pub(super) object: &'s Object<'a, 't>,
    /// Whether it has any of its five settings.
    pub(super) has_tls: bool,
    /// Whether the other end has; none where that is not in the inputs.
    pub(super) other_has_tls: Option<bool>,
    /// Of a connection without TLS: while Typha is switched off, there is none.
    pub(super) severity: Severity,
    /// The first of the other ends.
    pub(super) facing: Option<&'s End<'a, 't>>,
}

/// The ends of all exchanges.
pub(super) fn peers<'s, 'a, 't>(scene: &'s Scene<'a, 't>) -> Vec<Peer<'s, 'a, 't>> {
    let inventory = scene.inventory;
    let mut found = Vec::new();
    for exchange in exchanges(inventory, &scene.ends) {
        let severity = match exchange.off(inventory) {
            Some(_) => Severity::Warning,
            None => Severity::Error,
        };
        let has_tls = |end: &End<'_, '_>| end.has_tls(inventory);
        let typha = exchange.typha.map(has_tls);
        let nodes = match exchange.nodes.as_slice() {
            [] => None,
            nodes => Some(nodes.iter().any(|node| has_tls(node))),
        };
        let ends = exchange
            .typha
            .into_iter()
            .chain(exchange.nodes.iter().copied());
        for end in ends {
            let Some(object) = scene.objects.get(end.number.0) else {
                continue;
            };
            let (other_has_tls, facing) = match end.role.role {
                Role::Typha => (nodes, exchange.nodes.first().copied()),
                Role::Node => (typha, exchange.typha),
            };
            found.push(Peer {
                end,
                object,
                has_tls: has_tls(end),
                other_has_tls,
                severity,
                facing,
            });
        }
    }
    found
}

impl Peer<'_, '_, '_> {
    pub(super) const fn role(&self) -> Role {
        self.end.role.role
    }

    /// The route to a field of its container.
    pub(super) fn at(&self, field: &str) -> yaml_splice::Route {
        match self.end.container_at() {
            Some(container) => container.key(field),
            None => self.end.role.pod.at.key("containers"),
        }
    }

    /// The route to a variable's value.
    pub(super) fn value(&self, variable: &str) -> yaml_splice::Route {
        self.at("env").item("name", variable).key("value")
    }
}
