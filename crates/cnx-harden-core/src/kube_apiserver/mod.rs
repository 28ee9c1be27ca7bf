//! The channel between kube-apiserver and the CNX API server: the five edits of
//! the vendor's page "Configuring encryption and authentication" (CNX v2.3),
//! one file for each, in the page's order.

mod apiserver_crt;
mod apiserver_key;
mod ca_bundle;
mod insecure_skip_tls_verify;
mod volume;
mod volume_mount;

pub use apiserver_crt::ApiserverCrt;
pub use apiserver_key::ApiserverKey;
pub use ca_bundle::CaBundle;
pub use insecure_skip_tls_verify::InsecureSkipTlsVerify;
pub use volume::Volume;
pub use volume_mount::VolumeMount;

use ca_bundle::set_entry;
use yaml_splice::{Op, Route, Value};

use crate::finding::{Code, Finding};
use crate::material;
use crate::resource::Resource;
use crate::transform::{Outcome, Target, Transform};

/// The channel's material and names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KubeApiserver {
    /// What kube-apiserver verifies the API server with.
    pub ca: material::CaBundle,
    /// What the API server presents.
    pub certificate: material::Certificate,
    /// Its key.
    pub key: material::PrivateKey,
    /// Which objects are meant.
    pub selectors: Selectors,
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
            selectors: Selectors::default(),
            missing_secret: MissingSecret::default(),
        }
    }

    /// The edits of an object, in the page's order; none for one that the page
    /// doesn't name.
    pub(crate) fn transforms(&self, role: Role) -> Vec<Box<dyn Transform + '_>> {
        match role {
            Role::ApiService => vec![
                Box::new(InsecureSkipTlsVerify),
                Box::new(CaBundle { ca: &self.ca }),
            ],
            Role::Secret => vec![
                Box::new(ApiserverKey { key: &self.key }),
                Box::new(ApiserverCrt {
                    certificate: &self.certificate,
                }),
            ],
            Role::Workload => vec![
                Box::new(VolumeMount {
                    selectors: &self.selectors,
                }),
                Box::new(Volume {
                    selectors: &self.selectors,
                }),
            ],
        }
    }

    /// The Secret as a new object.
    pub(crate) fn secret(&self, namespace: &str) -> Value {
        Value::mapping([
            ("apiVersion", Value::string("v1")),
            ("kind", Value::string("Secret")),
            ("type", Value::string("Opaque")),
            (
                "metadata",
                Value::mapping([
                    ("name", Value::string(&self.selectors.secret)),
                    ("namespace", Value::string(namespace)),
                ]),
            ),
            (
                "data",
                Value::mapping([
                    (
                        ApiserverKey::FIELD,
                        Value::string(self.key.to_base64().as_str()),
                    ),
                    (
                        ApiserverCrt::FIELD,
                        Value::string(self.certificate.to_base64()),
                    ),
                ]),
            ),
        ])
    }
}

/// Names of the objects, the vendor's by default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selectors {
    /// The API group of the APIService.
    pub group: String,
    /// The Secret.
    pub secret: String,
    /// The Deployment (or another workload with a pod template).
    pub workload: String,
    /// Its container.
    pub container: String,
    /// The volume.
    pub volume: String,
    /// The folder in which the API server looks for its certificate.
    pub mount_path: String,
}

impl Default for Selectors {
    fn default() -> Self {
        Self {
            group: "projectcalico.org".to_owned(),
            secret: "cnx-apiserver-certs".to_owned(),
            workload: "cnx-apiserver".to_owned(),
            container: "cnx-apiserver".to_owned(),
            volume: "apiserver-certs".to_owned(),
            mount_path: "/code/apiserver.local.config/certificates".to_owned(),
        }
    }
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
pub(crate) enum Role {
    ApiService,
    Secret,
    Workload,
}

/// The kinds that have a pod template at `spec.template`.
const WORKLOADS: [&str; 5] = [
    "Deployment",
    "DaemonSet",
    "ReplicaSet",
    "ReplicationController",
    "StatefulSet",
];

impl Selectors {
    /// Which object of the page the resource is, its namespace aside.
    pub(crate) fn role(
        &self,
        resource: &Resource<'_, '_>,
    ) -> Result<Option<Role>, yaml_splice::Error> {
        let id = &resource.id;
        let kind = id.kind.as_str();
        if !matches!(kind, "APIService" | "Secret") && !WORKLOADS.contains(&kind) {
            return Ok(None);
        }
        if let Some(error) = &resource.unreadable {
            return Err(error.clone());
        }
        let group = id
            .api_version
            .split_once('/')
            .map_or("", |(group, _)| group);
        Ok(match kind {
            "APIService" if group == "apiregistration.k8s.io" => {
                let group = resource.text(&["spec", "group"])?;
                let by_name = id.name.split_once('.').map(|(_, group)| group);
                (group.or(by_name) == Some(self.group.as_str())).then_some(Role::ApiService)
            }
            "Secret" if group.is_empty() && id.name == self.secret => Some(Role::Secret),
            kind if WORKLOADS.contains(&kind) && id.name == self.workload => Some(Role::Workload),
            _ => None,
        })
    }

    /// Strings of which a text holds one if it holds one of the objects.
    pub(crate) fn needles(&self) -> [&str; 3] {
        [&self.group, &self.secret, &self.workload]
    }
}

/// Namespaces of today's products, whose certificates are made by others.
pub(crate) fn other_product(namespace: &str) -> Option<&'static str> {
    match namespace {
        "calico-system" | "tigera-system" => Some("the Tigera operator manages its certificates"),
        "calico-apiserver" => Some("open-source Calico's manifest sets its own caBundle"),
        _ => None,
    }
}

fn set_secret_data(target: &Target<'_, '_>, key: &str, text: &str) -> Result<Outcome, Finding> {
    let yaml = |error| target.yaml(&error);
    let resource = target.resource;
    let string_data = resource.route(&["stringData"]).key(key);
    if resource.tree.find(&string_data).map_err(yaml)?.is_some() {
        return Err(target.conflict(
            Code::StringDataConflict,
            &string_data,
            format!("stringData has {key}, which would win over data"),
            format!("remove {key} from stringData; it is set in data as base64"),
        ));
    }
    let data = resource.route(&["data"]);
    if resource.tree.find(&data).map_err(yaml)?.is_some() {
        return set_entry(target, &data, key, text);
    }
    let value = Value::mapping([(key, Value::string(text))]);
    let parent = resource.root.clone();
    Ok(Outcome::Change(vec![Op::InsertEntry {
        parent,
        key: "data".into(),
        value,
    }]))
}

/// A key of a commented-out item that Kubernetes doesn't know: a word of prose
/// with a colon behind it, in the item's column.
fn unknown_key<'v>(item: &'v Value, known: &[&str]) -> Option<&'v str> {
    let Value::Mapping(entries) = item else {
        return None;
    };
    let mut keys = entries.iter().filter_map(|(key, _)| key.as_text());
    keys.find(|key| !known.contains(key))
}

/// Appends to the sequence `key` of `holder`, which may not be there yet.
fn add_item(
    target: &Target<'_, '_>,
    holder: &Route,
    key: &str,
    value: Value,
) -> Result<Outcome, Finding> {
    let parent = holder.key(key);
    let found = target
        .resource
        .tree
        .find(&parent)
        .map_err(|e| target.yaml(&e))?;
    Ok(Outcome::Change(vec![match found {
        Some(_) => Op::AppendItem { parent, value },
        None => Op::InsertEntry {
            parent: holder.clone(),
            key: key.to_owned(),
            value: Value::Sequence(vec![value]),
        },
    }]))
}
