//! Browsers to the query server, by Kubernetes' service proxy.

use super::model::{Link, State};
use super::{Draft, Verdict};
use crate::inventory::At;
use crate::survey::Program;

/// Where the Manager's pages ask the query server.
const URL: &str = "tigera.cnx-manager.query-api-url";

pub(super) fn draw(draft: &mut Draft<'_, '_>) {
    let inventory = draft.inventory;
    let maps = inventory
        .objects()
        .filter(|(_, o)| o.id.kind == "ConfigMap");
    let mut ways: Vec<_> = maps
        .filter_map(|(object, map)| {
            let (url, route) = inventory.value(object, URL)?;
            let place = draft.place(&At { object, route });
            Some(judge(&url).way(format!("ConfigMap {}", map.id.name), place))
        })
        .collect();
    if ways.is_empty() {
        let programs = Program::all(inventory);
        let servers = programs.filter(|program| program.container.name == "cnx-queryserver");
        ways.extend(servers.map(|program| {
            let reason = "how it is asked is in the Manager's ConfigMap, which is not in these \
                          manifests";
            let place = draft.place(&program.at());
            Verdict::new(State::Unknown, reason).way(draft.what(&program), place)
        }));
    }
    for way in ways {
        draft.way(Link::KubeApiserverQueryServer, way, Vec::new());
    }
}

/// Kubernetes' service proxy speaks plain HTTP, or TLS without verification
/// where the path says `https:` ("Communication between Nodes and the Control
/// Plane" in Kubernetes' documentation).
fn judge(url: &str) -> Verdict {
    let service = url
        .split_once("/services/")
        .filter(|(_, rest)| rest.contains("/proxy"));
    match service {
        Some((_, rest)) if rest.starts_with("https:") => Verdict::new(
            State::NotVerified,
            "Kubernetes' service proxy verifies no certificate; no edit of a manifest changes that",
        ),
        Some(_) => Verdict::new(
            State::Plain,
            "Kubernetes' service proxy speaks plain HTTP to a service without https: before its name",
        ),
        None => Verdict::new(State::Unknown, "the query server is asked by another way"),
    }
}
