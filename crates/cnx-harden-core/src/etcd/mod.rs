//! The channel between etcd and all that talks to it: each verifies etcd by the
//! CA, and presents a client certificate.

mod arguments;
mod client;
mod cni;
mod command_line;
mod config_endpoints;
mod config_path;
mod cross_check;
mod endpoints;
mod environment;
mod files;
mod match_up;
mod reach;
mod server;
mod volume;
mod volume_mount;

pub(crate) use client::{Client, clients, is_ours};
pub use endpoints::{EndpointFault, Endpoints, EndpointsError};
pub(crate) use endpoints::{Found, hosts};
pub(crate) use files::FileOf;
pub(crate) use server::{insecure_ports, is_spoken_to};

use std::collections::{BTreeSet, HashMap, HashSet};

use yaml_splice::{Error, Route};

use crate::certificates::Presented;
use crate::channel::Channel;
use crate::connection::Harden;
use crate::inventory::{self, At, Inventory, ObjectId, ObjectKey};
use crate::material;
use crate::names::EtcdNames;
use crate::objects;
use crate::plan::{Content, FileEdit, Plan};
use crate::pods;
use crate::resource::Resource;
use crate::transform::Edit;
use client::Pod;
use cni::CniConfig;
use command_line::Flag;
use config_endpoints::{ConfigEndpoints, OwnEndpoints};
use config_path::ConfigPath;
use environment::Variable;
use reach::{Reach, Reached};
use volume::Volume;
use volume_mount::VolumeMount;

/// The channel's material and names.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Etcd {
    /// What etcd is verified with.
    pub ca: material::CaBundle,
    /// What the clients present.
    pub certificate: material::Certificate,
    /// Its key.
    pub key: material::PrivateKey,
    /// Where etcd is; none where the manifests' own endpoints stay, with TLS.
    pub endpoints: Option<Endpoints>,
    /// What the objects are called.
    pub names: EtcdNames,
    /// What to do where the Secret is in none of the inputs.
    pub missing_secret: MissingSecret,
    /// What etcd itself presents, where it is at hand: it is in no manifest, and is
    /// compared with the endpoints.
    pub server: Option<Server>,
}

/// What etcd presents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Its certificate.
    pub certificate: material::Certificate,
    /// Its key.
    pub key: material::PrivateKey,
}

impl Etcd {
    /// The material, with the vendor's names; a missing Secret is an error.
    #[must_use]
    pub fn new(
        ca: material::CaBundle,
        certificate: material::Certificate,
        key: material::PrivateKey,
    ) -> Self {
        Self {
            ca,
            certificate,
            key,
            endpoints: None,
            names: EtcdNames::default(),
            missing_secret: MissingSecret::default(),
            server: None,
        }
    }

    /// Without material: whatever is there will do.
    pub(crate) fn without_material(names: EtcdNames) -> Self {
        let (ca, certificate) = (material::CaBundle::new(""), material::Certificate::new(""));
        Self {
            names,
            missing_secret: MissingSecret::Assume,
            ..Self::new(ca, certificate, material::PrivateKey::new(""))
        }
    }
}

/// What to do where objects refer to a Secret or a ConfigMap that is in none of
/// the inputs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissingSecret {
    /// Refuse: a pod without its Secret doesn't start.
    #[default]
    Refuse,
    /// It is in the cluster, or in another run: say so, and harden the rest.
    Assume,
}

impl EtcdNames {
    /// Where a container finds the file.
    fn path(&self, file: FileOf) -> String {
        let folder = self.mount_path.trim_end_matches('/');
        format!("{folder}/{}", file.secret_key())
    }

    /// What the resource is to this channel, which has these clients in it.
    fn role<'i>(
        &self,
        object: &'i inventory::Object,
        resource: &Resource<'_, '_>,
        clients: Vec<Client<'i>>,
    ) -> Result<Option<(Role<'i>, Option<String>)>, Error> {
        let id = &resource.id;
        let role = match id.kind.as_str() {
            "Secret" if resource.unreadable.is_some() || id.name == self.secret => {
                Some(Role::Secret)
            }
            "ConfigMap" if names_etcd(resource)? => Some(Role::ConfigMap),
            kind if pods::POD_KINDS.contains(&kind) => {
                client::read_with_certainty(resource)?;
                let ports = object.pod.iter().flat_map(server::insecure_ports);
                let ports: Vec<_> = ports.collect();
                match Pod::of(clients, self) {
                    Some(pod) => Some(Role::Pod(Box::new(pod))),
                    None => (!ports.is_empty()).then_some(Role::Server(ports)),
                }
            }
            _ => None,
        };
        match (role, &resource.unreadable) {
            (Some(_), Some(error)) => Err(error.clone()),
            (role, _) => Ok(role.map(|role| (role, id.namespace.clone()))),
        }
    }
}

/// Whether a ConfigMap says where etcd is, or where its files are.
fn names_etcd(resource: &Resource<'_, '_>) -> Result<bool, Error> {
    let files = FileOf::ALL.map(FileOf::config_key);
    for key in files.into_iter().chain([config_endpoints::FIELD]) {
        if !resource.lacks(key) && resource.find(&["data", key])?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What an object is to this channel.
#[derive(Clone, Debug)]
enum Role<'i> {
    /// It holds the files.
    Secret,
    /// It says where etcd is, and where the files are.
    ConfigMap,
    /// It talks to etcd.
    Pod(Box<Pod<'i>>),
    /// It is an etcd that listens at these ports without TLS.
    Server(Vec<String>),
}

type Object<'a, 't> = objects::Object<'a, 't, Role<'a>>;

impl Harden for Etcd {
    fn channel(&self) -> Channel {
        Channel::Etcd
    }

    fn needles(&self) -> Vec<&str> {
        let mut needles = vec![self.names.secret.as_str(), server::FLAG];
        needles.push(config_endpoints::FIELD);
        needles.extend(client::settings().map(|name: &str| name));
        needles.extend(FileOf::ALL.map(FileOf::config_key));
        needles
    }

    fn plan(&self, inventory: &Inventory<'_>, plan: &mut Plan) {
        let clients = clients(inventory, &self.names).clients;
        plan.find(arguments::tell(inventory, &clients));
        plan.find(server::roll_out(inventory, &clients));
        let mut written = HashSet::new();
        plan.facts.server_names = self.asked_for(&clients);
        let mut by_object: HashMap<ObjectId, Vec<Client<'_>>> = HashMap::new();
        for client in clients {
            let object = by_object.entry(client.program.object).or_default();
            object.push(client);
        }
        let mut objects = plan.select(inventory, |number, resource| {
            let clients = by_object.remove(&number).unwrap_or_default();
            match inventory.object(number) {
                Some(object) => self.names.role(object, resource, clients),
                None => Ok(None),
            }
        });
        let reached = Reached::of(inventory, &mut objects, &self.names);
        match_up::retain(&mut objects, &reached, inventory, &self.names);
        match_up::tell_missing(&objects, &reached, inventory, self, plan);
        plan.facts.foreign = self.foreign(&objects, inventory);
        let is_server = |object: &Object<'_, '_>| matches!(object.role, Role::Server(_));
        let others = objects.iter().any(|object| !is_server(object));
        let mut carried = BTreeSet::new();
        let mut files_change = false;
        for object in &objects {
            match &object.role {
                Role::Secret => files_change |= self.plan_secret(object, plan),
                Role::ConfigMap => self.plan_config_map(object, &reached, plan),
                Role::Pod(pod) => {
                    self.plan_pod(pod, object, inventory, &reached, &mut written, plan);
                    self.carry(pod, object, inventory, &mut carried, plan);
                }
                Role::Server(_) => {}
            }
            let ports = match &object.role {
                Role::Pod(pod) => server::insecure_ports(pod.spec),
                Role::Server(ports) if others => ports.clone(),
                _ => Vec::new(),
            };
            if !ports.is_empty() {
                let is_spoken_to = server::is_spoken_to(&ports, reached.endpoints());
                plan.find([server::told(object, is_spoken_to)]);
            }
        }
        for (object, key, file) in &carried {
            if let Some(object) = objects::Object::of(inventory, *object, ()) {
                files_change |= self.plan_entry(&object, *file, key, plan);
            }
        }
        for object in &objects {
            if matches!(object.role, Role::Pod(_)) {
                plan.roll_out(object, &self.certificate, files_change);
            }
        }
        plan.secrets.bring(self.key.to_base64());
    }

    fn presented(&self, plan: &Plan) -> Vec<Presented<'_>> {
        let client = Presented {
            role: cnx_certs::Role::EtcdClient,
            ca: Some(&self.ca),
            certificate: &self.certificate,
            key: &self.key,
            names: Vec::new(),
            identity: cnx_certs::Identity::default(),
            inputs: Vec::new(),
        };
        let names = &plan.facts.server_names;
        let server = self.server.as_ref().filter(|_| !names.is_empty());
        let server = server.map(|server| Presented {
            role: cnx_certs::Role::EtcdServer,
            certificate: &server.certificate,
            key: &server.key,
            names: names.clone(),
            ..client.clone()
        });
        std::iter::once(client).chain(server).collect()
    }
}

impl Etcd {
    /// The hosts that the clients will connect to.
    fn asked_for(&self, clients: &[Client<'_>]) -> Vec<String> {
        let given = self.endpoints.as_ref().map(ToString::to_string);
        let endpoints = clients.iter().filter_map(|client| match &given {
            Some(given) => Some(given.clone()),
            None => client.endpoints.text().map(str::to_owned),
        });
        let endpoints: BTreeSet<_> = endpoints.collect();
        let hosts: BTreeSet<_> = endpoints.iter().flat_map(|text| hosts(text)).collect();
        hosts.into_iter().map(str::to_owned).collect()
    }

    /// Returns whether a file changes.
    fn plan_secret(&self, object: &Object<'_, '_>, plan: &mut Plan) -> bool {
        let mut changed = false;
        for file in [FileOf::Key, FileOf::Cert, FileOf::Ca] {
            changed |= self.plan_entry(object, file, file.secret_key(), plan);
        }
        changed
    }

    /// A file under this key of a Secret, or a CA of a ConfigMap.
    fn plan_entry<R>(
        &self,
        object: &objects::Object<'_, '_, R>,
        file: FileOf,
        key: &str,
        plan: &mut Plan,
    ) -> bool {
        let (edit, content) = match file {
            FileOf::Ca => (Edit::EtcdCa, Content::Ca(&self.ca)),
            FileOf::Cert => (Edit::EtcdCert, Content::Certificate(&self.certificate)),
            FileOf::Key => (Edit::EtcdKey, Content::Key(&self.key)),
        };
        plan.fill(object, &FileEdit { edit, key, content })
    }

    /// The objects of clients that are not the vendor's: pods without its words, and
    /// what just they read.
    fn foreign(&self, objects: &[Object<'_, '_>], inventory: &Inventory<'_>) -> BTreeSet<ObjectId> {
        let secret = self.names.secret.as_str();
        let numbers = objects.iter().map(|object| object.number);
        let ours = numbers.filter(|number| client::is_ours(inventory, *number, &self.names));
        let ours: BTreeSet<_> = ours.collect();
        let mut foreign = BTreeSet::new();
        let mut read_by_ours = BTreeSet::new();
        for object in objects {
            let Role::Pod(pod) = &object.role else {
                continue;
            };
            let config_maps = pod
                .config_maps()
                .into_iter()
                .map(|name| ("ConfigMap", name));
            let files = pod.clients.iter().flat_map(Client::files);
            let others = files.filter_map(|(_, reach)| match reach {
                Reach::Other(object, _) => Some((object.kind, object.name.as_str())),
                _ => None,
            });
            let read = config_maps.chain(others);
            let read =
                read.flat_map(|(kind, name)| inventory.near(object.number, kind, name).all());
            if ours.contains(&object.number) {
                read_by_ours.extend(read);
            } else {
                foreign.insert(object.number);
                foreign.extend(read);
            }
        }
        let named = |id: &ObjectId| {
            let id = inventory.object(*id).map(|object| &object.id);
            id.is_some_and(|id| id.name == secret || self.names.config_maps.contains(&id.name))
        };
        foreign.retain(|id| !read_by_ours.contains(id) && !ours.contains(id) && !named(id));
        foreign
    }

    /// The keys of other objects that a pod's clients read.
    fn carry(
        &self,
        pod: &Pod<'_>,
        object: &Object<'_, '_>,
        inventory: &Inventory<'_>,
        carried: &mut BTreeSet<(ObjectId, String, FileOf)>,
        plan: &mut Plan,
    ) {
        let mut missing = BTreeSet::new();
        for (file, reach) in pod.clients.iter().flat_map(Client::files) {
            let Reach::Other(ObjectKey { kind, name }, key) = reach else {
                continue;
            };
            let found = inventory.near(object.number, kind, name).all();
            if found.is_empty() && missing.insert((kind, name)) {
                plan.find([match_up::missing(self, object, kind, name)]);
            }
            carried.extend(found.into_iter().map(|id| (id, key.clone(), file)));
        }
    }

    fn plan_config_map(&self, object: &Object<'_, '_>, reached: &Reached, plan: &mut Plan) {
        let given = self.endpoints.as_ref();
        let endpoints = ConfigEndpoints { given };
        // One that has the paths alone says nothing of endpoints.
        if endpoints.are_mentioned(&object.resource) {
            plan.edit(object, &endpoints);
        }
        let names = &reached.names(object.number, &self.names);
        for file in [FileOf::Ca, FileOf::Cert, FileOf::Key] {
            if !reached.is_elsewhere(object.number, file) {
                plan.edit(object, &ConfigPath { names, file });
            }
        }
        let cni = CniConfig { names, given };
        if CniConfig::is_mentioned(&object.target()) {
            plan.edit(object, &cni);
        }
    }

    fn plan_pod(
        &self,
        pod: &Pod<'_>,
        object: &Object<'_, '_>,
        inventory: &Inventory<'_>,
        reached: &Reached,
        written: &mut HashSet<At>,
        plan: &mut Plan,
    ) {
        let names = &reached.names(object.number, &self.names);
        for client in &pod.clients {
            if let Some((at, before)) = client.own_endpoints(inventory) {
                let name = client.family.endpoints;
                let is_own = at.object == object.number;
                let endpoints = OwnEndpoints {
                    given: self.endpoints.as_ref(),
                    at: at.route.clone(),
                    before,
                    edit: client.edit(),
                    part: match is_own {
                        true => format!("{name} of {}", client.program.container.name),
                        false => name.to_owned(),
                    },
                };
                let shared = objects::Object::of(inventory, at.object, ());
                match shared.filter(|_| !is_own) {
                    None => _ = plan.edit(object, &endpoints),
                    // Of a ConfigMap that several read: once.
                    Some(shared) if written.insert(at) => _ = plan.edit(&shared, &endpoints),
                    Some(_) => {}
                }
            }
            let argument = client.argument(inventory);
            let behind = argument.map(|(at, ..)| at.route.clone());
            for (file, _) in client.files().filter(|(_, reach)| **reach == Reach::Ours) {
                if client.is_told_elsewhere(inventory, file, names) {
                    continue;
                }
                if let Err(error) = plan_file(names, client, file, behind.as_ref(), object, plan) {
                    plan.find([object.origin.yaml(&error)]);
                    plan.edits.refused.push(object.place);
                }
            }
        }
        for (container, needs_ours) in pod.containers() {
            if needs_ours {
                let mount = VolumeMount {
                    names,
                    pod,
                    container,
                };
                plan.edit(object, &mount);
            }
        }
        if pod.needs_ours() {
            plan.edit(object, &Volume { names, pod });
        }
        cross_check::pod(pod, pod.needs_ours(), object, plan);
    }
}

/// How a client is told of a file: by a flag, where it has one, or else by a
/// variable, which the CNI plugin's installer does without.
fn plan_file(
    names: &EtcdNames,
    client: &Client<'_>,
    file: FileOf,
    endpoints: Option<&Route>,
    object: &Object<'_, '_>,
    plan: &mut Plan,
) -> Result<(), Error> {
    let target = object.target();
    let flag = match client.family.in_arguments {
        true => Some(client.family.variable(file)),
        false => client.family.flag(file),
    };
    if let Some(flag) = flag {
        let flag = Flag {
            names,
            client,
            file,
            flag,
            behind: endpoints.filter(|_| client.family.in_arguments),
        };
        if client.family.in_arguments || flag.is_mentioned(&target)? {
            plan.edit(object, &flag);
            return Ok(());
        }
    }
    let variable = Variable {
        names,
        client,
        file,
    };
    if !client.installer || variable.is_mentioned(&target)? {
        plan.edit(object, &variable);
    }
    Ok(())
}
