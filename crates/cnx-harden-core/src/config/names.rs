//! Names of the objects, where they aren't the vendor's.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{etcd, kube_apiserver, manager, typha};

/// Names of the API server's objects.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ApiServerNames {
    /// The API group of the APIService; `projectcalico.org`.
    pub group: Option<String>,
    /// The Secret; `cnx-apiserver-certs`.
    pub secret: Option<String>,
    /// The Deployment; `cnx-apiserver`.
    pub deployment: Option<String>,
    /// Its container; `cnx-apiserver`.
    pub container: Option<String>,
    /// The volume that holds the Secret; `apiserver-certs`.
    pub volume: Option<String>,
    /// Where the container looks for its certificate;
    /// `/code/apiserver.local.config/certificates`.
    pub mount_path: Option<String>,
}

/// Names of the objects of etcd's clients.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct EtcdNames {
    /// The Secret; `calico-etcd-secrets`.
    pub secret: Option<String>,
    /// The ConfigMaps that say where etcd is; `calico-config` and `canal-config`.
    pub config_maps: Vec<String>,
    /// The volume that holds the Secret; `etcd-certs`.
    pub volume: Option<String>,
    /// Where the containers find the Secret's files; `/calico-secrets`.
    pub mount_path: Option<String>,
}

/// Names of Typha's and Felix's objects.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct TyphaNames {
    /// The Deployment of Typha; `calico-typha`.
    pub deployment: Option<String>,
    /// The DaemonSets that Felix runs in; `calico-node`, `canal` and `canal-node`.
    pub daemon_sets: Vec<String>,
    /// The ConfigMap with the CA's certificates; `calico-typha-ca`.
    pub ca_config_map: Option<String>,
    /// Typha's Secret; `calico-typha-certs`.
    pub server_secret: Option<String>,
    /// Felix's Secret; `calico-node-certs`.
    pub client_secret: Option<String>,
}

/// Names of the Manager's objects.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ManagerNames {
    /// The Deployment; `cnx-manager`.
    pub deployment: Option<String>,
    /// The Secret; `cnx-manager-tls`.
    pub secret: Option<String>,
    /// The Service; `cnx-manager`.
    pub service: Option<String>,
    /// Where the Manager looks for the Secret's files; `/etc/cnx-manager-web-tls`.
    pub mount_path: Option<String>,
}

fn set(name: &mut String, given: Option<&String>) {
    if let Some(given) = given {
        given.clone_into(name);
    }
}

fn set_all(names: &mut Vec<String>, given: &[String]) {
    if !given.is_empty() {
        *names = given.to_vec();
    }
}

impl ApiServerNames {
    pub(super) fn selectors(&self) -> kube_apiserver::Selectors {
        let mut names = kube_apiserver::Selectors::default();
        set(&mut names.group, self.group.as_ref());
        set(&mut names.secret, self.secret.as_ref());
        set(&mut names.workload, self.deployment.as_ref());
        set(&mut names.container, self.container.as_ref());
        set(&mut names.volume, self.volume.as_ref());
        set(&mut names.mount_path, self.mount_path.as_ref());
        names
    }
}

impl EtcdNames {
    pub(super) fn selectors(&self) -> etcd::Selectors {
        let mut names = etcd::Selectors::default();
        set(&mut names.secret, self.secret.as_ref());
        set_all(&mut names.config_maps, &self.config_maps);
        set(&mut names.volume, self.volume.as_ref());
        set(&mut names.mount_path, self.mount_path.as_ref());
        names
    }
}

impl TyphaNames {
    pub(super) fn selectors(&self) -> typha::Selectors {
        let mut names = typha::Selectors::default();
        set(&mut names.typha, self.deployment.as_ref());
        set_all(&mut names.nodes, &self.daemon_sets);
        set(&mut names.ca, self.ca_config_map.as_ref());
        set(&mut names.server, self.server_secret.as_ref());
        set(&mut names.client, self.client_secret.as_ref());
        names
    }
}

impl ManagerNames {
    pub(super) fn selectors(&self) -> manager::Selectors {
        let mut names = manager::Selectors::default();
        set(&mut names.workload, self.deployment.as_ref());
        set(&mut names.secret, self.secret.as_ref());
        set(&mut names.service, self.service.as_ref());
        set(&mut names.mount_path, self.mount_path.as_ref());
        names
    }
}
