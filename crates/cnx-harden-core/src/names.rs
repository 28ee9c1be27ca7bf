//! What the objects of each connection are called: one type for each, which flags,
//! the config, the audit and the report all speak.

use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};

use crate::channel::Channel;
use crate::profile::Profile;

/// The names of all connections' objects, those of the vendor by default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Names {
    /// Those of the connection from kube-apiserver to the CNX API server.
    pub api_server: ApiServerNames,
    /// Those of the connections from kube-apiserver to other API servers.
    pub api_service: ApiServiceNames,
    /// Those of the connection to etcd.
    pub etcd: EtcdNames,
    /// Those of the connection between Felix and Typha.
    pub typha: TyphaNames,
    /// Those of the connection from browsers to the Manager.
    pub manager: ManagerNames,
    /// API servers that read their files in their own way, before those that are
    /// [built in](Profile::built_in).
    #[serde(skip)]
    pub profiles: Vec<Profile>,
}

impl Names {
    /// The kind and the name of each Secret and ConfigMap that carries files, with
    /// the channel that they are of.
    pub(crate) fn carriers(&self) -> [(&'static str, &str, Channel); 6] {
        let (secret, config_map) = ("Secret", "ConfigMap");
        [
            (secret, &self.api_server.secret, Channel::KubeApiserver),
            (secret, &self.etcd.secret, Channel::Etcd),
            (config_map, &self.typha.ca_config_map, Channel::Typha),
            (secret, &self.typha.server_secret, Channel::Typha),
            (secret, &self.typha.client_secret, Channel::Typha),
            (secret, &self.manager.secret, Channel::Manager),
        ]
    }

    /// Which channel's files an object carries.
    pub(crate) fn carried(&self, kind: &str, name: &str) -> Option<Channel> {
        let mut carriers = self.carriers().into_iter();
        let found = carriers.find(|(k, n, _)| (*k, *n) == (kind, name));
        found.map(|(_, _, channel)| channel)
    }

    /// Whether a text that cannot be read certainly holds one of these objects: it
    /// says a kind of theirs, and one of the names as a whole word.
    ///
    /// ```
    /// let names = cnx_harden_core::Names::default();
    /// assert!(names.certainly_in("kind: Secret\n\tname: calico-etcd-secrets\n"));
    /// assert!(!names.certainly_in("title: the Secret calico-etcd-secrets\n"));
    /// ```
    #[must_use]
    pub fn certainly_in(&self, text: &str) -> bool {
        crate::inventory::certainly_holds(text, self.needles())
    }

    /// What a document holds if it is about one of these objects.
    pub(crate) fn needles(&self) -> impl Iterator<Item = &str> {
        let Self {
            api_server,
            etcd,
            typha,
            manager,
            ..
        } = self;
        let carriers = self.carriers().map(|(_, name, _)| name);
        let others = [
            api_server.group.as_str(),
            &api_server.deployment,
            &typha.deployment,
            &manager.deployment,
        ];
        let several = etcd.config_maps.iter().chain(&typha.daemon_sets);
        let several = several.map(String::as_str);
        carriers.into_iter().chain(others).chain(several)
    }
}

/// Names of the CNX API server's objects.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schemars(transform = or_null)]
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

/// Names of the objects of an aggregated API server. What its manifest has already,
/// found by following it, keeps its own names.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schemars(transform = or_null)]
pub struct ApiServiceNames {
    /// The Secret with the certificate and its key. `{service}` is the Service's name.
    pub secret: String,
    /// The volume with the Secret.
    pub volume: String,
    /// Where the volume is mounted.
    pub mount_path: String,
    /// The workload. Empty: the one that the Service selects.
    pub workload: String,
    /// Its container that serves the API. Empty: the one with the Service's targetPort.
    pub container: String,
}

impl Default for ApiServiceNames {
    fn default() -> Self {
        Self {
            secret: "{service}-tls".to_owned(),
            volume: "serving-certs".to_owned(),
            mount_path: "/etc/serving-certs".to_owned(),
            workload: String::new(),
            container: String::new(),
        }
    }
}

impl ApiServiceNames {
    /// Takes the names in which `new` differs from `old`.
    pub(crate) fn adopt(&mut self, old: &Self, new: &Self) {
        let fields = [
            (&mut self.secret, &old.secret, &new.secret),
            (&mut self.volume, &old.volume, &new.volume),
            (&mut self.mount_path, &old.mount_path, &new.mount_path),
            (&mut self.workload, &old.workload, &new.workload),
            (&mut self.container, &old.container, &new.container),
        ];
        for (own, old, new) in fields {
            if new != old {
                own.clone_from(new);
            }
        }
    }
}

/// Names of the objects of etcd's clients.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schemars(transform = or_null)]
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
#[schemars(transform = or_null)]
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
#[schemars(transform = or_null)]
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

/// For the schema: a field with nothing behind it is one that is not there, and a name
/// has a character.
fn or_null(schema: &mut Schema) {
    let fields = schema.get_mut("properties");
    let Some(fields) = fields.and_then(|fields| fields.as_object_mut()) else {
        return;
    };
    for field in fields
        .values_mut()
        .filter_map(|field| field.as_object_mut())
    {
        let name = match field.contains_key("items") {
            true => field
                .get_mut("items")
                .and_then(|items| items.as_object_mut()),
            false => Some(&mut *field),
        };
        name.map(|name| name.insert("minLength".to_owned(), 1.into()));
        if let Some(kind) = field.get_mut("type") {
            *kind = [kind.take(), "null".into()].into_iter().collect();
        }
    }
}

/// Namespaces of today's products, whose certificates are made by others.
const MANAGED: [(&str, &str); 5] = {
    const OPERATOR: &str = "the Tigera operator manages its certificates";
    [
        ("calico-system", OPERATOR),
        ("tigera-system", OPERATOR),
        ("tigera-manager", OPERATOR),
        ("tigera-operator", OPERATOR),
        (
            "calico-apiserver",
            "it is open-source Calico's, which is hardened by asking for its APIService",
        ),
    ]
};

/// Why the objects of this namespace are another product's, if they are.
pub(crate) fn managed(namespace: &str) -> Option<&'static str> {
    let found = MANAGED.iter().find(|(name, _)| *name == namespace);
    found.map(|(_, reason)| *reason)
}
