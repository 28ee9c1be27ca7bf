//! The channel between Felix and Typha: the steps of the vendor's page and of
//! its step-by-step guide.
//!
//! Typha and Felix each get three files (the CA's certificates, a certificate,
//! its key) and the name that the other side's certificate must have. With TLS,
//! each takes nothing else, so both are changed in one run, or none.

mod carriers;
mod match_up;
mod mounts;
mod role;
mod side;
mod variables;
mod wiring;

pub use crate::identity::{
    AcceptedIdentity, ClientIdentity, PeerName, PeerNameError, Peers, ServerIdentity,
};

use std::collections::HashSet;

use crate::certificates::Presented;
use crate::channel::Channel;
use crate::connection::Harden;
use crate::finding::{Code, Finding};
use crate::inventory::{Inventory, ObjectKey};
use crate::material;
use crate::names::TyphaNames;
use crate::plan::{Content, Plan};
use crate::transform::Edit;

use carriers::{Carried, fill};

use match_up::twice_claimed;
pub(crate) use match_up::{Exchange, exchanges};
use mounts::{Mounts, Volumes};
pub(crate) use role::{End, Role, ends};
use side::Convention;
use variables::{Naming, Variables};
use wiring::{Wire, Wiring};

/// The channel's material and names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typha {
    /// What both sides verify each other with.
    pub(crate) ca: material::CaBundle,
    /// Typha's side.
    pub server: Server,
    /// Felix's side.
    pub client: Client,
    /// What the objects are called.
    pub names: TyphaNames,
}

/// What Typha presents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Its certificate.
    pub certificate: material::Certificate,
    /// Its key.
    pub(crate) key: material::PrivateKey,
    /// What Felix accepts in it, and nothing else then. Where this is not said,
    /// what a manifest says stays, and where that says nothing it is the page's
    /// Common Name.
    pub identity: Option<ServerIdentity>,
}

/// What Felix presents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// Its certificate.
    pub certificate: material::Certificate,
    /// Its key.
    pub(crate) key: material::PrivateKey,
    /// What Typha accepts in it; as [`Server::identity`].
    pub identity: Option<ClientIdentity>,
}

impl Server {
    /// The material; the identity is that of the manifest, or the page's.
    #[must_use]
    pub const fn new(certificate: material::Certificate, key: material::PrivateKey) -> Self {
        Self {
            certificate,
            key,
            identity: None,
        }
    }
}

impl Client {
    /// The material; the identity is that of the manifest, or the page's.
    #[must_use]
    pub const fn new(certificate: material::Certificate, key: material::PrivateKey) -> Self {
        Self {
            certificate,
            key,
            identity: None,
        }
    }
}

/// A side's wires, and what it accepts of the other.
struct Wired {
    wires: [Wire; 3],
    accepts: Option<AcceptedIdentity>,
    said: [Naming; 2],
}

impl Typha {
    /// The material, with the vendor's names.
    #[must_use]
    pub fn new(ca: material::CaBundle, server: Server, client: Client) -> Self {
        Self {
            ca,
            server,
            client,
            names: TyphaNames::default(),
        }
    }

    /// Without material: whatever is there will do.
    pub(crate) fn without_material(names: TyphaNames) -> Self {
        let certificate = || material::Certificate::new("");
        let key = || material::PrivateKey::new("");
        let server = Server::new(certificate(), key());
        let client = Client::new(certificate(), key());
        Self {
            names,
            ..Self::new(material::CaBundle::new(""), server, client)
        }
    }

    fn harden<'t>(
        &self,
        typha: &End<'_, 't>,
        exchange: &Exchange<'_, '_, 't>,
        inventory: &Inventory<'t>,
        known: &mut HashSet<Peers>,
        plan: &mut Plan,
    ) {
        let mut carried = Vec::new();
        let mut changed = false;
        let mut typha_is_wired = false;
        for node in &exchange.nodes {
            match self.wire(typha, node, inventory) {
                Err(errors) => {
                    plan.edits.refused.extend([typha.place, node.place]);
                    plan.find(errors);
                }
                Ok((server_side, felix)) => {
                    // Typha asks Felix for a name, and Felix Typha.
                    let client = self.client.identity.clone();
                    let client = client.or(server_side.accepts.clone().map(ClientIdentity));
                    let client = client.unwrap_or_default();
                    let server = self.server.identity.clone();
                    let server = server.or(felix.accepts.clone().map(ServerIdentity));
                    let server = server.unwrap_or_default();
                    if !typha_is_wired {
                        changed |= self.edit(typha, &server_side, &client.0, plan)
                            && !goes_on(typha, &server_side, &client.0, inventory);
                        self.carry(typha, &server_side, &mut carried);
                        typha_is_wired = true;
                    }
                    changed |= self.edit(node, &felix, &server.0, plan)
                        && !goes_on(node, &felix, &server.0, inventory);
                    self.carry(node, &felix, &mut carried);
                    let file = typha.source.name.to_owned();
                    let peers = Peers {
                        file,
                        server,
                        client,
                    };
                    if known.insert(peers.clone()) {
                        plan.facts.peers.push(peers);
                    }
                }
            }
        }
        let filled = fill(&carried, inventory, plan);
        for workload in std::iter::once(&typha).chain(&exchange.nodes) {
            let certificate = match workload.role.role {
                Role::Typha => &self.server.certificate,
                Role::Node => &self.client.certificate,
            };
            plan.roll_out(workload, certificate, filled.contains(&workload.place));
        }
        match exchange.tell_if_off(inventory) {
            Some(off) => plan.find([off]),
            None if changed => plan.find([roll_out(typha)]),
            None => {}
        }
    }

    /// Follows the wires of both sides. They share the CA: a side that says
    /// nothing reads what the other one reads.
    fn wire<'t>(
        &self,
        typha: &End<'_, 't>,
        node: &End<'_, 't>,
        inventory: &Inventory<'t>,
    ) -> Result<(Wired, Wired), Vec<Finding>> {
        let names = &self.names;
        let [server, client] = Role::ALL.map(|role| Convention::of(role, names));
        let (typha, node) = both(
            server.wiring(typha, inventory, names),
            client.wiring(node, inventory, names),
        )?;
        let carrier = ObjectKey::config_map(&names.ca_config_map);
        let by_default = (carrier, "typhaca.crt".to_owned());
        let read = |ca: &Wire| ca.carried.clone().unwrap_or_else(|| by_default.clone());
        let (typha_ca, node_ca) = match both(server.says_ca(&typha), client.says_ca(&node))? {
            (false, true) => {
                let ca = client.ca(&node, &by_default).map_err(|error| vec![error])?;
                (server.ca(&typha, &read(&ca)), Ok(ca))
            }
            (true, _) | (false, false) => {
                let ca = server.ca(&typha, &by_default);
                let other = client.ca(
                    &node,
                    &ca.as_ref().map_or_else(|_| by_default.clone(), read),
                );
                (ca, other)
            }
        };
        both(
            typha_ca.and_then(|ca| wired(&server, &typha, ca)),
            node_ca.and_then(|ca| wired(&client, &node, ca)),
        )
    }

    /// Plans the edits of a side's workload. Returns whether variables change.
    fn edit(
        &self,
        end: &End<'_, '_>,
        wired: &Wired,
        identity: &AcceptedIdentity,
        plan: &mut Plan,
    ) -> bool {
        let Some(container) = &end.container_at() else {
            return false;
        };
        let wires = &wired.wires;
        let pod = &end.role.pod.at;
        let changed = plan.edit(
            end,
            &Variables {
                edit: Convention::of(end.role.role, &self.names).edit,
                container,
                wires,
                names: end.role.role.names(),
                identity,
                said: wired.said.clone(),
            },
        );
        plan.edit(end, &Mounts { container, wires });
        plan.edit(end, &Volumes { pod, wires });
        changed
    }

    fn carry<'o, 'i, 't, 'm>(
        &'m self,
        beside: &'o End<'i, 't>,
        wired: &Wired,
        carried: &mut Vec<Carried<'o, 'i, 't, 'm>>,
    ) {
        let ca = (Edit::TyphaCa, Content::Ca(&self.ca));
        let contents = match beside.role.role {
            Role::Typha => {
                let Server {
                    certificate, key, ..
                } = &self.server;
                let certificate = Content::Certificate(certificate);
                let key = (Edit::TyphaKey, Content::Key(key));
                [ca, (Edit::TyphaCrt, certificate), key]
            }
            Role::Node => {
                let Client {
                    certificate, key, ..
                } = &self.client;
                let certificate = Content::Certificate(certificate);
                let key = (Edit::CalicoNodeKey, Content::Key(key));
                [ca, (Edit::CalicoNodeCrt, certificate), key]
            }
        };
        for (wire, (edit, content)) in wired.wires.iter().zip(contents) {
            carried.extend(wire.carried.clone().map(|(carrier, key)| Carried {
                beside,
                carrier,
                key,
                edit,
                content,
            }));
        }
    }
}

/// What both sides say, or what is wrong with each.
fn both<T, N>(typha: Result<T, Finding>, node: Result<N, Finding>) -> Result<(T, N), Vec<Finding>> {
    match (typha, node) {
        (Ok(typha), Ok(node)) => Ok((typha, node)),
        (typha, node) => Err(typha.err().into_iter().chain(node.err()).collect()),
    }
}

/// A side's wires, with that of the CA.
fn wired(side: &Convention, wiring: &Wiring<'_, '_, '_>, ca: Wire) -> Result<Wired, Finding> {
    let [certificate, key] = side.pair(wiring)?;
    let names = wiring.end.role.role.names();
    let said = names.map(|name| match wiring.variable(name) {
        Ok(Some((text, true))) => Naming::Told(text),
        Ok(Some((_, false))) => Naming::Here,
        _ => Naming::Nothing,
    });
    Ok(Wired {
        wires: [ca, certificate, key],
        accepts: side.identity(wiring)?,
        said,
    })
}

impl Harden for Typha {
    fn channel(&self) -> Channel {
        Channel::Typha
    }

    fn needles(&self) -> Vec<&str> {
        let names = &self.names;
        let mut needles = vec![names.deployment.as_str()];
        needles.extend(names.daemon_sets.iter().map(String::as_str));
        needles
    }

    fn plan(&self, inventory: &Inventory<'_>, plan: &mut Plan) {
        let (ends, unread) = ends(inventory, &self.names);
        plan.find(unread);
        let mut known = HashSet::new();
        let exchanges = exchanges(inventory, &ends);
        let claimed = twice_claimed(&exchanges);
        plan.find(
            claimed
                .values()
                .map(|(node, typhas)| two_typhas(node, typhas)),
        );
        for exchange in exchanges {
            let mut nodes = exchange.nodes.iter();
            if nodes.any(|node| claimed.contains_key(&node.number)) {
                let nodes = exchange.nodes.iter().copied();
                let both = nodes.chain(exchange.typha).map(|end| end.place);
                plan.edits.refused.extend(both);
                continue;
            }
            match (exchange.alone(&self.names), exchange.typha) {
                (None, Some(typha)) => self.harden(typha, &exchange, inventory, &mut known, plan),
                (alone, _) => plan.find(alone),
            }
        }
        plan.secrets.bring(self.server.key.to_base64());
        plan.secrets.bring(self.client.key.to_base64());
    }

    fn presented(&self, plan: &Plan) -> Vec<Presented<'_>> {
        let said = || {
            (
                self.server.identity.clone().unwrap_or_default(),
                self.client.identity.clone().unwrap_or_default(),
            )
        };
        let peers = plan.facts.peers.iter();
        let mut peers: Vec<_> = peers
            .map(|p| (p.server.clone(), p.client.clone()))
            .collect();
        peers.dedup();
        if peers.is_empty() {
            peers.push(said());
        }
        let both = peers.into_iter().flat_map(|(server, client)| {
            [
                Presented {
                    role: cnx_certs::Role::TyphaServer,
                    ca: Some(&self.ca),
                    certificate: &self.server.certificate,
                    key: &self.server.key,
                    names: Vec::new(),
                    identity: server.0.to_check(),
                    inputs: Vec::new(),
                },
                Presented {
                    role: cnx_certs::Role::TyphaClient,
                    ca: Some(&self.ca),
                    certificate: &self.client.certificate,
                    key: &self.client.key,
                    names: Vec::new(),
                    identity: client.0.to_check(),
                    inputs: Vec::new(),
                },
            ]
        });
        both.collect()
    }
}

/// That a calico-node cannot be told of more than one Typha.
fn two_typhas(node: &End<'_, '_>, typhas: &[&End<'_, '_>]) -> Finding {
    let typhas = typhas.iter().map(|typha| {
        let line = typha.origin.place(typha.span()).line;
        format!("{} of {}:{line}", typha.resource.id, typha.source.name)
    });
    let typhas: Vec<_> = typhas.collect();
    let message = format!(
        "it could belong to {}, but can verify only one of them",
        typhas.join(" or to ")
    );
    let help = "give it the namespace of its Typha, or harden each in a run of its own";
    node.finding(Code::WiringConflict, message, help)
}

/// Whether a side takes what it took before as well: it speaks TLS, and just gets a name
/// more to accept.
fn goes_on(
    end: &End<'_, '_>,
    wired: &Wired,
    new: &AcceptedIdentity,
    inventory: &Inventory<'_>,
) -> bool {
    let kept = |old: Option<&PeerName>, new: Option<&PeerName>| old.is_none() || old == new;
    let names = wired.accepts.as_ref().is_some_and(|old| {
        kept(old.common_name(), new.common_name()) && kept(old.uri_san(), new.uri_san())
    });
    names && end.has_tls(inventory)
}

/// How to change both sides in a cluster that runs.
fn roll_out(typha: &End<'_, '_>) -> Finding {
    let message = "Typha and calico-node change together: until both have new pods, a calico-node \
                   cannot connect, and keeps the policy that it has";
    let help = "apply the ConfigMap and both Secrets first, then Typha, then calico-node at once; \
                see that both have rolled out (`kubectl rollout status`)";
    let finding = typha.finding(Code::TyphaRollOut, message, help);
    finding.warning()
}
