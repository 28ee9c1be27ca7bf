//! The channel between Felix and Typha: the steps of the vendor's page and of
//! its step-by-step guide.
//!
//! Typha and Felix each get three files (the CA's certificates, a certificate,
//! its key) and the name that the other side's certificate must have. With TLS,
//! each takes nothing else, so both are changed in one run, or none.

mod carriers;
mod identity;
mod match_up;
mod mounts;
mod role;
mod side;
mod variables;
mod wiring;

pub use identity::{ClientIdentity, Identity, PeerName, PeerNameError, Peers, ServerIdentity};

use yaml_splice::Route;

use crate::certificates::Presented;
use crate::channel::{Channel, Harden};
use crate::finding::{Code, Finding};
use crate::inventory::Inventory;
use crate::material;
use crate::names::TyphaNames;
use crate::objects::{Object, select};
use crate::plan::Plan;
use crate::resource::Resource;
use crate::transform::Edit;

use carriers::{Carried, Content, fill};
use match_up::{Found, Held, Set, match_up};
use mounts::{Mounts, Volumes};
use role::Role;
use side::Side;
use variables::Variables;
use wiring::{Carrier, Wire};

/// The channel's material and names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typha {
    /// What both sides verify each other with.
    pub ca: material::CaBundle,
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
    pub key: material::PrivateKey,
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
    pub key: material::PrivateKey,
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
    pod: Route,
    container: Route,
    wires: [Wire; 3],
    accepts: Option<Identity>,
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

    fn harden(
        &self,
        set: &Set<'_, '_, '_>,
        held: &[&Held<'_, '_>],
        inventory: &Inventory<'_>,
        plan: &mut Plan,
    ) {
        let mut carried = Vec::new();
        let mut changed = false;
        let mut typha_is_wired = false;
        for node in &set.nodes {
            match self.wire(set.typha, node, held) {
                Err(error) => {
                    plan.refused.extend([set.typha.place, node.place]);
                    plan.find([error]);
                }
                Ok((typha, felix)) => {
                    // Typha asks Felix for a name, and Felix Typha.
                    let client = self.client.identity.clone();
                    let client = client.or(typha.accepts.clone().map(ClientIdentity));
                    let client = client.unwrap_or_default();
                    let server = self.server.identity.clone();
                    let server = server.or(felix.accepts.clone().map(ServerIdentity));
                    let server = server.unwrap_or_default();
                    if !typha_is_wired {
                        changed |= self.edit(set.typha, &typha, &client.0, plan);
                        self.carry(set.typha, &typha, &mut carried);
                        typha_is_wired = true;
                    }
                    changed |= self.edit(node, &felix, &server.0, plan);
                    self.carry(node, &felix, &mut carried);
                    let file = set.typha.source.name.to_owned();
                    let peers = Peers {
                        file,
                        server,
                        client,
                    };
                    if !plan.peers.contains(&peers) {
                        plan.peers.push(peers);
                    }
                }
            }
        }
        let filled = fill(&carried, held, inventory, plan);
        for workload in std::iter::once(&set.typha).chain(&set.nodes) {
            let certificate = match workload.role {
                Role::Typha => &self.server.certificate,
                Role::Node => &self.client.certificate,
            };
            plan.roll_out(workload, certificate, filled.contains(&workload.place));
        }
        if !set.tell_if_off(held, plan) && changed {
            plan.find([roll_out(set.typha)]);
        }
    }

    /// Follows the wires of both sides. They share the CA: a side that says
    /// nothing reads what the other one reads.
    fn wire(
        &self,
        typha: &Found<'_, '_>,
        node: &Found<'_, '_>,
        held: &[&Held<'_, '_>],
    ) -> Result<(Wired, Wired), Finding> {
        let is_there = |carrier: &Carrier| {
            let mut held = held.iter();
            held.any(|object| object.role == *carrier && object.same_namespace(typha))
        };
        let sides = [Role::Typha, Role::Node].map(|role| Side::of(role, &self.names));
        let [server, client] = &sides;
        let (typha, node) = (
            server.wiring(typha, &is_there)?,
            client.wiring(node, &is_there)?,
        );
        let carrier = Carrier::ConfigMap(self.names.ca_config_map.clone());
        let by_default = (carrier, "typhaca.crt".to_owned());
        let (typha_ca, node_ca) = match (server.says_ca(&typha)?, client.says_ca(&node)?) {
            (false, true) => {
                let ca = client.ca(&node, &by_default.0, &by_default.1)?;
                (server.ca(&typha, &ca.carrier, &ca.key)?, ca)
            }
            (true, _) | (false, false) => {
                let ca = server.ca(&typha, &by_default.0, &by_default.1)?;
                let other = client.ca(&node, &ca.carrier, &ca.key)?;
                (ca, other)
            }
        };
        let [certificate, key] = server.pair(&typha)?;
        let of_typha = Wired {
            wires: [typha_ca, certificate, key],
            accepts: server.identity(&typha)?,
            pod: typha.pod,
            container: typha.container,
        };
        let [certificate, key] = client.pair(&node)?;
        let of_node = Wired {
            wires: [node_ca, certificate, key],
            accepts: client.identity(&node)?,
            pod: node.pod,
            container: node.container,
        };
        Ok((of_typha, of_node))
    }

    /// Plans the edits of a side's workload. Returns whether variables change.
    fn edit(
        &self,
        object: &Found<'_, '_>,
        wired: &Wired,
        identity: &Identity,
        plan: &mut Plan,
    ) -> bool {
        let side = Side::of(object.role, &self.names);
        let Wired {
            pod,
            container,
            wires,
            accepts,
        } = wired;
        let accepts = accepts.as_ref();
        let set = [
            accepts.is_some_and(|accepts| accepts.common_name().is_some()),
            accepts.is_some_and(|accepts| accepts.uri_san().is_some()),
        ];
        let changed = plan.edit(
            object,
            &Variables {
                edit: side.edit,
                container,
                wires,
                names: side.names,
                identity,
                set,
            },
        );
        plan.edit(object, &Mounts { container, wires });
        plan.edit(object, &Volumes { pod, wires });
        changed
    }

    fn carry<'o, 'a, 't, 'm>(
        &'m self,
        beside: &'o Found<'a, 't>,
        wired: &Wired,
        carried: &mut Vec<Carried<'o, 'a, 't, 'm>>,
    ) {
        let contents = match beside.role {
            Role::Typha => [
                (Edit::TyphaCa, Content::Ca(&self.ca)),
                (
                    Edit::TyphaCrt,
                    Content::Certificate(&self.server.certificate),
                ),
                (Edit::TyphaKey, Content::Key(&self.server.key)),
            ],
            Role::Node => [
                (Edit::TyphaCa, Content::Ca(&self.ca)),
                (
                    Edit::CalicoNodeCrt,
                    Content::Certificate(&self.client.certificate),
                ),
                (Edit::CalicoNodeKey, Content::Key(&self.client.key)),
            ],
        };
        for (wire, (edit, content)) in wired.wires.iter().zip(contents) {
            carried.push(Carried {
                beside,
                carrier: wire.carrier.clone(),
                key: wire.key.clone(),
                edit,
                content,
            });
        }
    }
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
        let objects = select(inventory, plan, |resource| self.names.role(resource));
        let held: Vec<Held<'_, '_>> = select(inventory, plan, |resource| Ok(carrier(resource)));
        let sets = match_up(&objects, &held, &self.names, plan);
        for set in &sets {
            // What is in the file of another set is that set's.
            let others = sets.iter().filter(|other| !std::ptr::eq(*other, set));
            let others: Vec<_> = others.flat_map(Set::files).collect();
            let own = set.files();
            let held = held.iter().filter(|object| {
                let file = object.place.file;
                own.contains(&file) || !others.contains(&file)
            });
            self.harden(set, &held.collect::<Vec<_>>(), inventory, plan);
        }
        plan.new_keys.push(self.server.key.to_base64());
        plan.new_keys.push(self.client.key.to_base64());
    }

    fn presented(&self, plan: &Plan) -> Vec<Presented<'_>> {
        let said = || {
            (
                self.server.identity.clone().unwrap_or_default(),
                self.client.identity.clone().unwrap_or_default(),
            )
        };
        let peers = plan.peers.iter();
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
                },
                Presented {
                    role: cnx_certs::Role::TyphaClient,
                    ca: Some(&self.ca),
                    certificate: &self.client.certificate,
                    key: &self.client.key,
                    names: Vec::new(),
                    identity: client.0.to_check(),
                },
            ]
        });
        both.collect()
    }
}

/// A Secret or a ConfigMap, and its namespace. Others are none of ours, nor are
/// those whose names cannot be read.
fn carrier(resource: &Resource<'_, '_>) -> Option<(Carrier, Option<String>)> {
    let id = &resource.id;
    let carrier = match id.kind.as_str() {
        "ConfigMap" => Carrier::ConfigMap(id.name.clone()),
        "Secret" => Carrier::Secret(id.name.clone()),
        _ => return None,
    };
    (resource.unreadable.is_none() && id.api_version == "v1")
        .then(|| (carrier, id.namespace.clone()))
}

/// How to change both sides in a cluster that runs.
fn roll_out(typha: &Object<'_, '_, Role>) -> Finding {
    let message = "Typha and calico-node change together: until both have new pods, a calico-node \
                   cannot connect, and keeps the policy that it has";
    let help = "apply the ConfigMap and both Secrets first, then Typha, then calico-node at once; \
                see that both have rolled out (`kubectl rollout status`)";
    let finding = typha.finding(Code::TyphaRollOut, message, help);
    finding.warning()
}
