//! The channel between etcd and all that talks to it: each verifies etcd by the
//! CA, and presents a client certificate.

mod client;
mod command_line;
mod config_endpoints;
mod config_path;
mod cross_check;
mod endpoints;
mod environment;
mod files;
mod match_up;
mod secret;
mod server;
mod volume;
mod volume_mount;

pub(crate) use client::{Family, Pod};
pub(crate) use endpoints::Found;
pub use endpoints::{Endpoints, EndpointsError};
pub(crate) use files::FileOf;

use yaml_splice::Error;

use crate::certificates::Presented;
use crate::channel::{Channel, Harden};
use crate::edits;
use crate::inventory::Inventory;
use crate::material;
use crate::names::EtcdNames;
use crate::objects::{self, select};
use crate::plan::Plan;
use crate::resource::Resource;
use crate::transform::Target;
use client::{Client, Source};
use command_line::Flag;
use config_endpoints::{ConfigEndpoints, EnvEndpoints};
use config_path::ConfigPath;
use environment::Variable;
use secret::SecretEntry;
use volume::Volume;
use volume_mount::VolumeMount;

/// The channel's material and names.
#[derive(Clone, Debug, PartialEq, Eq)]
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

    /// What the resource is to this channel.
    fn role(&self, resource: &Resource<'_, '_>) -> Result<Option<(Role, Option<String>)>, Error> {
        let id = &resource.id;
        let role = match id.kind.as_str() {
            "Secret" if resource.unreadable.is_some() || id.name == self.secret => {
                Some(Role::Secret)
            }
            "ConfigMap" if names_etcd(resource)? => Some(Role::ConfigMap),
            kind if edits::POD_KINDS.contains(&kind) => match Pod::read(resource, self)? {
                Some(pod) => Some(Role::Pod(Box::new(pod))),
                None if server::listens_without_tls(resource)? => Some(Role::Server),
                None => None,
            },
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
        if resource.find(&["data", key])?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What an object is to this channel.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Role {
    /// It holds the files.
    Secret,
    /// It says where etcd is, and where the files are.
    ConfigMap,
    /// It talks to etcd.
    Pod(Box<Pod>),
    /// It is an etcd without TLS.
    Server,
}

type Object<'a, 't> = objects::Object<'a, 't, Role>;

impl Harden for Etcd {
    fn channel(&self) -> Channel {
        Channel::Etcd
    }

    fn needles(&self) -> Vec<&str> {
        let mut needles = vec![self.names.secret.as_str(), server::FLAG];
        needles.push(config_endpoints::FIELD);
        for variable in client::variables() {
            needles.push(variable);
        }
        needles.extend(FileOf::ALL.map(FileOf::config_key));
        needles
    }

    fn plan(&self, inventory: &Inventory<'_>, plan: &mut Plan) {
        let mut objects = select(inventory, plan, |resource| self.names.role(resource));
        match_up::match_up(&mut objects, self, plan);
        let mut files_change = false;
        for object in &objects {
            match &object.role {
                Role::Secret => files_change |= self.plan_secret(object, plan),
                Role::ConfigMap => self.plan_config_map(object, plan),
                Role::Pod(pod) => self.plan_pod(pod, object, plan),
                Role::Server if objects.iter().any(|o| o.role != Role::Server) => {
                    plan.find([server::told(object)]);
                }
                Role::Server => {}
            }
        }
        for object in &objects {
            let is_workload = edits::is_workload(&object.resource.id.kind);
            if is_workload && matches!(object.role, Role::Pod(_)) {
                plan.roll_out(object, &self.certificate, files_change);
            }
        }
        plan.new_keys.push(self.key.to_base64());
    }

    fn presented(&self, _: &Plan) -> Vec<Presented<'_>> {
        vec![Presented {
            role: cnx_certs::Role::EtcdClient,
            ca: Some(&self.ca),
            certificate: &self.certificate,
            key: &self.key,
            names: Vec::new(),
            identity: cnx_certs::Identity::default(),
        }]
    }
}

impl Etcd {
    /// Returns whether a file changes.
    fn plan_secret(&self, object: &Object<'_, '_>, plan: &mut Plan) -> bool {
        let key = FileOf::Key.secret_key();
        plan.hide(object, &object.resource.route(&["data", key]));
        let ca = object.resource.route(&["data", FileOf::Ca.secret_key()]);
        plan.warn_of_ca(object, &ca, &self.ca);
        let mut changed = false;
        for file in [FileOf::Key, FileOf::Cert, FileOf::Ca] {
            let channel = self;
            changed |= plan.edit(object, &SecretEntry { channel, file });
        }
        changed
    }

    fn plan_config_map(&self, object: &Object<'_, '_>, plan: &mut Plan) {
        let given = self.endpoints.as_ref();
        let endpoints = ConfigEndpoints { given };
        // One that has the paths alone says nothing of endpoints.
        if endpoints.are_mentioned(&object.resource) {
            plan.edit(object, &endpoints);
        }
        for file in [FileOf::Ca, FileOf::Cert, FileOf::Key] {
            let names = &self.names;
            plan.edit(object, &ConfigPath { names, file });
        }
        cross_check::config_map(self, object, plan);
    }

    fn plan_pod(&self, pod: &Pod, object: &Object<'_, '_>, plan: &mut Plan) {
        let names = &self.names;
        for client in &pod.clients {
            if let Source::Value(at) = &client.source {
                let variable = client.family.endpoints;
                let endpoints = EnvEndpoints {
                    given: self.endpoints.as_ref(),
                    at: at.clone(),
                    part: format!("{variable} of {}", client.container.name),
                };
                plan.edit(object, &endpoints);
            }
            for file in FileOf::ALL {
                if let Err(error) = self.plan_file(client, file, object, plan) {
                    plan.yaml(&object.source, &error);
                    plan.refused.push(object.place);
                }
            }
        }
        for container in pod.containers() {
            let mount = VolumeMount {
                names,
                pod,
                container,
            };
            plan.edit(object, &mount);
        }
        plan.edit(object, &Volume { names, pod });
        cross_check::pod(pod, object, plan);
    }

    /// How a client is told of a file: by a flag, where it has one, or else by a
    /// variable, which the CNI plugin's installer does without.
    fn plan_file(
        &self,
        client: &Client,
        file: FileOf,
        object: &Object<'_, '_>,
        plan: &mut Plan,
    ) -> Result<(), Error> {
        let names = &self.names;
        let target = Target {
            resource: &object.resource,
            source: object.source,
        };
        if let Some(flag) = client.family.flag(file) {
            let flag = Flag {
                names,
                client,
                file,
                flag,
            };
            if flag.is_mentioned(&target)? {
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
}
