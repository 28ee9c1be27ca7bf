//! Which certificates the aggregated API servers of manifests need.

use super::{ApiService, ApiServices, Pair, Trust};
use crate::channel::Channel;
use crate::finding::{Finding, Severity};
use crate::inventory::{Inventory, ObjectId};
use crate::material::{CaBundle, Certificate, PrivateKey};
use crate::names::Names;
use crate::plan::Plan;

/// The certificate of an aggregated API server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerNeed {
    /// The APIServices that it serves, in the order of the input.
    pub api_services: Vec<String>,
    /// The names that kube-apiserver asks for.
    pub names: Vec<String>,
}

/// What the API servers other than CNX's need, and why some of them need nothing.
pub(crate) fn needs(inventory: &Inventory<'_>, names: &Names) -> (Vec<ServerNeed>, Vec<Finding>) {
    let mut all = ApiServices {
        profiles: names.profiles.clone(),
        ..ApiServices::default()
    };
    for (id, object) in inventory.objects() {
        let name = &object.id.name;
        if object.id.kind == "APIService"
            && has_server(inventory, id, names)
            && all.asked(name).is_none()
        {
            all.asked.push(ApiService {
                names: names.api_service.clone(),
                ..ApiService::new(name.clone(), Trust::Own(Pair::any()))
            });
        }
    }
    let mut plan = Plan::new(Channel::KubeApiserver);
    let servers = all.servers(inventory, &mut plan);
    let mut left_out = plan.findings;
    let mut needs = Vec::new();
    for (serving, members) in servers {
        let mut plan = Plan::new(Channel::KubeApiserver);
        let stopped = all.plan_server(inventory, serving, &members, &mut plan);
        let stops = plan.findings.into_iter().chain(stopped.err());
        let stops = stops.filter(|finding| finding.severity == Severity::Error);
        let before = left_out.len();
        left_out.extend(stops);
        let names = plan.facts.servers.pop().map(|server| server.names);
        if let (Some(names), true) = (names, left_out.len() == before) {
            let members = members.iter().filter(|member| !member.injected);
            let api_services = members.map(|member| member.object.resource.id.name.clone());
            needs.push(ServerNeed {
                api_services: api_services.collect(),
                names,
            });
        }
    }
    (needs, left_out)
}

/// Whether an APIService names a Service, and is not CNX's, which has a connection of
/// its own.
fn has_server(inventory: &Inventory<'_>, id: ObjectId, names: &Names) -> bool {
    let node = inventory.node(id);
    let text = |keys: &[&str]| node.and_then(|node| node.text_at(keys));
    let cnx = text(&["spec", "group"]) == Some(&names.api_server.group)
        && text(&["spec", "service", "namespace"]) != Some(super::OPEN_SOURCE);
    text(&["spec", "service", "name"]).is_some() && !cnx
}

impl Pair {
    /// Without material: whatever is there will do.
    fn any() -> Self {
        Self {
            ca: CaBundle::new(""),
            certificate: Certificate::new(""),
            key: PrivateKey::new(""),
        }
    }
}
