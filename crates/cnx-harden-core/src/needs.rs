//! Which certificates manifests need, and what is to be in them.

use cnx_certs::Identity;

use crate::aggregated::{ServerNeed, needs as api_services};
use crate::channel::Channel;
use crate::etcd::{self, clients};
use crate::finding::Finding;
use crate::inventory::Inventory;
use crate::judge::judge;
use crate::names::Names;
use crate::own::Connections;

/// The certificates that the connections of manifests need.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// The names that kube-apiserver asks for the CNX API server by; none, where it is
    /// not in the input.
    pub api_server: Vec<String>,
    /// The other aggregated API servers.
    pub api_services: Vec<ServerNeed>,
    /// The hosts of etcd's endpoints, which may be unset; none, where nothing in the input
    /// talks to etcd.
    pub etcd: Option<Vec<String>>,
    /// What Felix asks for in Typha's certificate, and Typha in Felix's; none, where
    /// Typha is not in the input.
    pub typha: Option<(Identity, Identity)>,
    /// Whether the Manager is in the input. Under which names browsers reach it is not.
    pub manager: bool,
    /// Why some need nothing.
    pub left_out: Vec<Finding>,
}

/// What the inputs need.
pub(crate) fn run(inventory: &Inventory<'_>, names: &Names) -> Needs {
    let (api_services, left_out) = api_services(inventory, names);
    let mut needs = Needs {
        api_services,
        left_out,
        ..Needs::default()
    };
    for judged in judge(inventory, names, &Connections::default()) {
        let is_here = !judged.plan.edits.planned.is_empty();
        match judged.channel {
            Channel::KubeApiserver => {
                for name in judged.plan.facts.server_names {
                    push(&mut needs.api_server, name);
                }
            }
            Channel::Typha => {
                let peers = judged.plan.facts.peers.first();
                needs.typha = peers.map(|peers| {
                    let (server, client) = (&peers.server.0, &peers.client.0);
                    (server.to_check(), client.to_check())
                });
            }
            Channel::Manager => needs.manager = is_here,
            Channel::Etcd | Channel::Own(_) => {}
        }
    }
    for client in clients(inventory, &names.etcd).clients {
        if !etcd::is_ours(inventory, client.program.object, &names.etcd) {
            continue;
        }
        let hosts = needs.etcd.get_or_insert_default();
        let endpoints = client.endpoints.text().into_iter();
        let found = endpoints.flat_map(etcd::hosts);
        found.for_each(|host| push(hosts, host.to_owned()));
    }
    needs
}

fn push(names: &mut Vec<String>, name: String) {
    if !names.contains(&name) {
        names.push(name);
    }
}

#[cfg(test)]
mod tests {
    use crate::etcd::hosts;

    #[test]
    fn hosts_of_endpoints() {
        for (url, wanted) in [
            ("http://10.0.0.1:2379", Some("10.0.0.1")),
            (" https://etcd.example.com:2379/ ", Some("etcd.example.com")),
            ("https://[fd00::1]:2379", Some("fd00::1")),
            ("https://etcd", Some("etcd")),
            ("http://<ETCD_IP>:<ETCD_PORT>", None),
            ("10.0.0.1:2379", None),
            ("https://", None),
        ] {
            assert_eq!(hosts(url).next(), wanted, "{url}");
        }
    }
}
