//! Browsers to the query server, by Kubernetes' service proxy.

use super::model::{Link, State};
use super::read::spot;
use super::{Draft, Verdict};

/// Where the Manager's pages ask the query server.
const URL: &str = "tigera.cnx-manager.query-api-url";

pub(super) fn draw(draft: &mut Draft<'_>) {
    let urls = draft.seen.values.iter().filter(|held| held.key == URL);
    let mut ways: Vec<_> = urls
        .map(|held| {
            let verdict = judge(&String::from_utf8_lossy(held.bytes()));
            verdict.way(format!("ConfigMap {}", held.resource.name), spot(held))
        })
        .collect();
    if ways.is_empty() {
        let programs = draft.seen.programs.iter();
        let servers = programs.filter(|program| program.name == "cnx-queryserver");
        ways.extend(servers.map(|program| {
            let reason = "how it is asked is in the Manager's ConfigMap, which is not in these \
                          manifests";
            Verdict::new(State::Unknown, reason).way(program.what(), program.place.clone())
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
