//! What the objects of each connection are called: one type for each, which flags,
//! the config, the audit and the report all speak.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The names of all connections' objects, those of the vendor by default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Names {
    /// Those of the connection from kube-apiserver to the CNX API server.
    pub api_server: ApiServerNames,
    /// Those of the connection to etcd.
    pub etcd: EtcdNames,
    /// Those of the connection between Felix and Typha.
    pub typha: TyphaNames,
    /// Those of the connection from browsers to the Manager.
    pub manager: ManagerNames,
}

/// Names of the CNX API server's objects.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ApiServerNames {
    /// The API group of the APIService.
    pub group: String,
    /// The Secret with the certificate and its key.
    pub secret: String,
    /// The Deployment, or another workload with a pod template.
    pub deployment: String,
    /// Its container that serves the API.
    pub container: String,
    /// The volume with the Secret.
    pub volume: String,
    /// Where the volume is mounted.
    pub mount_path: String,
}

impl Default for ApiServerNames {
    fn default() -> Self {
        Self {
            group: "projectcalico.org".to_owned(),
            secret: "cnx-apiserver-certs".to_owned(),
            deployment: "cnx-apiserver".to_owned(),
            container: "cnx-apiserver".to_owned(),
            volume: "apiserver-certs".to_owned(),
            mount_path: "/code/apiserver.local.config/certificates".to_owned(),
        }
    }
}

/// Names of the objects of etcd's clients.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct EtcdNames {
    /// The Secret with the CA, the client certificate and its key.
    pub secret: String,
    /// The ConfigMaps with etcd's endpoints and the files' paths. One that a client
    /// refers to is found under any name.
    pub config_maps: Vec<String>,
    /// The volume with the Secret.
    pub volume: String,
    /// Where the volume is mounted.
    pub mount_path: String,
}

impl Default for EtcdNames {
    fn default() -> Self {
        Self {
            secret: "calico-etcd-secrets".to_owned(),
            config_maps: vec!["calico-config".to_owned(), "canal-config".to_owned()],
            volume: "etcd-certs".to_owned(),
            mount_path: "/calico-secrets".to_owned(),
        }
    }
}

/// Names of the objects of Typha and Felix, those of the vendor's step-by-step
/// guide by default.
///
/// Where a manifest's variables lead to files elsewhere already, by mounts and
/// volumes that are there, those places are used and not these.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct TyphaNames {
    /// The Deployment of Typha, or another workload with a pod template.
    pub deployment: String,
    /// Its container.
    pub container: String,
    /// The DaemonSets that Felix runs in.
    pub daemon_sets: Vec<String>,
    /// Their container with Felix.
    pub node_container: String,
    /// The ConfigMap with the CA's certificates, its volume on both sides, and its
    /// folder in the root.
    pub ca_config_map: String,
    /// Typha's Secret, its volume and its folder.
    pub server_secret: String,
    /// Felix's Secret, its volume and its folder.
    pub client_secret: String,
}

impl Default for TyphaNames {
    fn default() -> Self {
        let nodes = ["calico-node", "canal", "canal-node"];
        Self {
            deployment: "calico-typha".to_owned(),
            container: "calico-typha".to_owned(),
            daemon_sets: nodes.map(str::to_owned).to_vec(),
            node_container: "calico-node".to_owned(),
            ca_config_map: "calico-typha-ca".to_owned(),
            server_secret: "calico-typha-certs".to_owned(),
            client_secret: "calico-node-certs".to_owned(),
        }
    }
}

/// Names of the Manager's objects.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ManagerNames {
    /// The Deployment, or another workload with a pod template.
    pub deployment: String,
    /// The Secret with the certificate and its key.
    pub secret: String,
    /// The Service that browsers ask for.
    pub service: String,
    /// Where the Secret is mounted.
    pub mount_path: String,
}

impl Default for ManagerNames {
    fn default() -> Self {
        Self {
            deployment: "cnx-manager".to_owned(),
            secret: "cnx-manager-tls".to_owned(),
            service: "cnx-manager".to_owned(),
            mount_path: "/etc/cnx-manager-web-tls".to_owned(),
        }
    }
}

/// Namespaces whose objects an operator makes, and with them their certificates.
const MANAGED: [(&str, &str); 4] = [
    (
        "calico-system",
        "the Tigera operator manages its certificates",
    ),
    (
        "tigera-system",
        "the Tigera operator manages its certificates",
    ),
    (
        "tigera-manager",
        "the Tigera operator manages its certificates",
    ),
    (
        "tigera-operator",
        "the Tigera operator manages its certificates",
    ),
];

/// Why the objects of this namespace are another product's, if they are.
pub(crate) fn managed(namespace: &str) -> Option<&'static str> {
    let found = MANAGED.iter().find(|(name, _)| *name == namespace);
    found.map(|(_, reason)| *reason)
}
