//! The channel between kube-apiserver and the CNX API server: the five edits of
//! the vendor's page "Configuring encryption and authentication" (CNX v2.3),
//! one file for each, in the page's order.

mod apiserver_crt;
mod apiserver_key;
mod ca_bundle;
mod insecure_skip_tls_verify;
mod match_up;
mod volume;
mod volume_mount;

pub(crate) use ca_bundle::CaBundleField;
pub(crate) use insecure_skip_tls_verify::InsecureSkipTlsVerify;
use volume::Volume;
use volume_mount::VolumeMount;

use apiserver_crt::apiserver_crt;
use apiserver_key::apiserver_key;
use cnx_certs::Identity;

use crate::certificates::Presented;
use crate::channel::Channel;
use crate::connection::Harden;
use crate::inventory::Inventory;
use crate::material;
use crate::names::ApiServerNames;
use crate::objects::Object;
use crate::plan::{FileEdit, Plan};
use crate::pods;
use crate::resource::Resource;
use crate::transform::Transform;

/// The channel's material and names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KubeApiserver {
    /// What kube-apiserver verifies the API server with.
    pub(crate) ca: material::CaBundle,
    /// What the API server presents.
    pub(crate) certificate: material::Certificate,
    /// Its key.
    pub(crate) key: material::PrivateKey,
    /// What the objects are called.
    pub names: ApiServerNames,
    /// What to do where the Secret is in none of the inputs.
    pub missing_secret: MissingSecret,
}

impl KubeApiserver {
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
            names: ApiServerNames::default(),
            missing_secret: MissingSecret::default(),
        }
    }

    /// Without material: whatever is there will do.
    pub(crate) fn without_material(names: ApiServerNames) -> Self {
        let (ca, certificate) = (material::CaBundle::new(""), material::Certificate::new(""));
        Self {
            names,
            missing_secret: MissingSecret::Add,
            ..Self::new(ca, certificate, material::PrivateKey::new(""))
        }
    }

    /// The edits of an object that carries no files, in the page's order.
    fn transforms(&self, role: Role) -> Vec<Box<dyn Transform + '_>> {
        match role {
            Role::ApiService => vec![
                Box::new(InsecureSkipTlsVerify),
                Box::new(CaBundleField { ca: &self.ca }),
            ],
            Role::Secret => Vec::new(),
            Role::Workload => vec![
                Box::new(VolumeMount { names: &self.names }),
                Box::new(Volume { names: &self.names }),
            ],
        }
    }

    /// The files of the Secret.
    const fn files(&self) -> [FileEdit<'_>; 2] {
        [apiserver_key(&self.key), apiserver_crt(&self.certificate)]
    }
}

impl Harden for KubeApiserver {
    fn channel(&self) -> Channel {
        Channel::KubeApiserver
    }

    fn needles(&self) -> Vec<&str> {
        let ApiServerNames {
            group,
            secret,
            deployment,
            ..
        } = &self.names;
        vec![group, secret, deployment]
    }

    fn plan(&self, inventory: &Inventory<'_>, plan: &mut Plan) {
        let mut objects = plan.select(inventory, |_, resource| self.names.role(resource));
        objects.retain(|object| !match_up::is_other_product(object, plan));
        match_up::match_up(&mut objects, self, inventory, plan);
        // A Secret that the run adds is a change too.
        let mut files_change = !plan.edits.additions.is_empty();
        for object in &objects {
            if object.role == Role::ApiService {
                let field = object.resource.route(&["spec", "caBundle"]);
                plan.warn_of_ca(object, &field, &self.ca);
            }
            if let Some(name) = server_name(object) {
                plan.facts.server_names.push(name);
            }
            for file in self.files().iter().filter(|_| object.role == Role::Secret) {
                files_change |= plan.fill(object, file);
            }
            for transform in self.transforms(object.role) {
                plan.edit(object, &*transform);
            }
        }
        for workload in objects.iter().filter(|o| o.role == Role::Workload) {
            plan.roll_out(workload, &self.certificate, files_change);
        }
        plan.secrets.bring(self.key.to_base64());
    }

    fn presented(&self, plan: &Plan) -> Vec<Presented<'_>> {
        vec![Presented {
            role: cnx_certs::Role::ApiServer,
            ca: Some(&self.ca),
            certificate: &self.certificate,
            key: &self.key,
            names: plan.facts.server_names.clone(),
            identity: Identity::default(),
            inputs: Vec::new(),
        }]
    }
}

/// The TLS server name that kube-apiserver asks for: exactly
/// `<service>.<namespace>.svc`, whatever the port (kube-aggregator's resolver).
fn server_name(object: &Object<'_, '_, Role>) -> Option<String> {
    if object.role != Role::ApiService {
        return None;
    }
    let service = object.resource.text(&["spec", "service", "name"]).ok()??;
    let namespace = object.namespace.as_deref()?;
    Some(format!("{service}.{namespace}.svc"))
}

/// What to do where all objects are there but the Secret.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissingSecret {
    /// Refuse: half of the edits is worse than none.
    #[default]
    Refuse,
    /// Add it behind the APIService's file's last document.
    Add,
}

/// Which of the page's objects a resource is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Role {
    ApiService,
    Secret,
    Workload,
}

impl ApiServerNames {
    /// Which object of the page the resource is, and the namespace that it is
    /// matched up by: of an APIService that of its Service.
    fn role(
        &self,
        resource: &Resource<'_, '_>,
    ) -> Result<Option<(Role, Option<String>)>, yaml_splice::Error> {
        let id = &resource.id;
        let kind = id.kind.as_str();
        if !matches!(kind, "APIService" | "Secret") && !pods::is_workload(kind) {
            return Ok(None);
        }
        if let Some(error) = &resource.unreadable {
            return Err(error.clone());
        }
        let group = id
            .api_version
            .split_once('/')
            .map_or("", |(group, _)| group);
        let namespace = id.namespace.clone();
        Ok(match kind {
            "APIService" if group == "apiregistration.k8s.io" => {
                let group = resource.text(&["spec", "group"])?;
                let by_name = id.name.split_once('.').map(|(_, group)| group);
                let namespace = resource.text(&["spec", "service", "namespace"])?;
                (group.or(by_name) == Some(self.group.as_str()))
                    .then(|| (Role::ApiService, namespace.map(str::to_owned)))
            }
            "Secret" if group.is_empty() && id.name == self.secret => {
                Some((Role::Secret, namespace))
            }
            kind if pods::is_workload(kind) && id.name == self.deployment => {
                Some((Role::Workload, namespace))
            }
            _ => None,
        })
    }
}
