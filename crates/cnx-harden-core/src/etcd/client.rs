//! Who talks to etcd: containers that are told where it is, whatever their names.

use std::collections::BTreeSet;

use yaml_splice::{Error, Route, Value};

use super::config_endpoints::FIELD;
use super::files::FileOf;
use crate::edits::EnvValue;
use crate::names::EtcdNames;
use crate::pods::{self, Container};
use crate::resource::{Resource, can_spell_any_name};

/// The names that one kind of client has for its settings.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Family {
    /// Where etcd is.
    pub(crate) endpoints: &'static str,
    /// Where the DNS records are that say where etcd is.
    pub(crate) discovery: Option<&'static str>,
    ca: &'static str,
    cert: &'static str,
    key: &'static str,
    /// Flags that mean the same, of a program that is called with them.
    flags: Option<[&'static str; 3]>,
}

/// calico/node, kube-controllers, calicoctl, calicoq, the API server and the
/// query server, the federation controller; Typha; Felix; flannel; etcdctl with
/// etcd's second and third API.
pub(crate) static FAMILIES: [Family; 6] = [
    Family {
        endpoints: "ETCD_ENDPOINTS",
        discovery: Some("ETCD_DISCOVERY_SRV"),
        ca: "ETCD_CA_CERT_FILE",
        cert: "ETCD_CERT_FILE",
        key: "ETCD_KEY_FILE",
        flags: None,
    },
    Family {
        endpoints: "TYPHA_ETCDENDPOINTS",
        discovery: Some("TYPHA_ETCDDISCOVERYSRV"),
        ca: "TYPHA_ETCDCAFILE",
        cert: "TYPHA_ETCDCERTFILE",
        key: "TYPHA_ETCDKEYFILE",
        flags: None,
    },
    Family {
        endpoints: "FELIX_ETCDENDPOINTS",
        discovery: Some("FELIX_ETCDDISCOVERYSRV"),
        ca: "FELIX_ETCDCAFILE",
        cert: "FELIX_ETCDCERTFILE",
        key: "FELIX_ETCDKEYFILE",
        flags: None,
    },
    Family {
        endpoints: "FLANNELD_ETCD_ENDPOINTS",
        discovery: None,
        ca: "FLANNELD_ETCD_CAFILE",
        cert: "FLANNELD_ETCD_CERTFILE",
        key: "FLANNELD_ETCD_KEYFILE",
        flags: None,
    },
    Family {
        endpoints: "ETCDCTL_PEERS",
        discovery: None,
        ca: "ETCDCTL_CA_FILE",
        cert: "ETCDCTL_CERT_FILE",
        key: "ETCDCTL_KEY_FILE",
        flags: Some(["--ca-file", "--key-file", "--cert-file"]),
    },
    Family {
        endpoints: "ETCDCTL_ENDPOINTS",
        discovery: None,
        ca: "ETCDCTL_CACERT",
        cert: "ETCDCTL_CERT",
        key: "ETCDCTL_KEY",
        flags: Some(["--cacert", "--key", "--cert"]),
    },
];

/// The variables of all families.
pub(super) fn variables() -> impl Iterator<Item = &'static str> {
    FAMILIES.iter().flat_map(|family| {
        let files = [family.ca, family.cert, family.key];
        let server = [Some(family.endpoints), family.discovery];
        server.into_iter().flatten().chain(files)
    })
}

impl Family {
    /// The variable that names the file.
    pub(crate) const fn variable(&self, file: FileOf) -> &'static str {
        match file {
            FileOf::Ca => self.ca,
            FileOf::Key => self.key,
            FileOf::Cert => self.cert,
        }
    }

    /// The flag that names the file.
    pub(crate) fn flag(&self, file: FileOf) -> Option<&'static str> {
        let [ca, key, cert] = self.flags?;
        Some(match file {
            FileOf::Ca => ca,
            FileOf::Key => key,
            FileOf::Cert => cert,
        })
    }
}

/// A pod with clients of etcd in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pod {
    /// Its spec.
    pub(crate) at: Route,
    /// The volume that holds the Secret, or will.
    pub(super) volume: String,
    /// At least one.
    pub(crate) clients: Vec<Client>,
}

/// A container that talks to etcd, with one kind of names. A container with two
/// kinds is two clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Client {
    pub(crate) container: Container,
    pub(crate) family: &'static Family,
    /// Where it takes its endpoints from.
    pub(super) source: Source,
    /// The ConfigMaps that its variables are from.
    config_maps: Vec<String>,
    /// The variable by which DNS says where etcd is, where it is there.
    pub(super) discovery: Option<&'static str>,
    /// Whether the endpoints' own variable is there.
    pub(super) told: bool,
    /// Whether it installs the CNI plugin: its script finds the files where they
    /// are mounted, without variables.
    pub(crate) installer: bool,
}

/// Where a client takes its endpoints from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The ConfigMap of this name, which has the paths too.
    ConfigMap(String),
    /// Its own variable, whose value is here.
    Value(Route),
    /// DNS, or some other place.
    Elsewhere,
}

impl Pod {
    /// Reads the pod of an object; none where nothing in it talks to etcd.
    pub(crate) fn read(
        resource: &Resource<'_, '_>,
        names: &EtcdNames,
    ) -> Result<Option<Self>, Error> {
        let Some(at) = pods::pod(resource) else {
            return Ok(None);
        };
        let text = resource.span()?.of(resource.tree.source());
        // An alias brings what stands elsewhere in the document.
        if !text.contains("ETCD") && !text.contains('*') && !can_spell_any_name(text) {
            return Ok(None);
        }
        let mut clients = Vec::new();
        for container in pods::containers(resource, &at)? {
            read_clients(resource, &container, &mut clients)?;
        }
        if clients.is_empty() {
            return Ok(None);
        }
        let volume = volume_of(resource, &at, names)?;
        Ok(Some(Self {
            at,
            volume,
            clients,
        }))
    }

    /// The ConfigMaps that its clients' variables are from, each once.
    pub(super) fn config_maps(&self) -> BTreeSet<&str> {
        let names = self.clients.iter().flat_map(|client| &client.config_maps);
        names.map(String::as_str).collect()
    }

    /// The containers, each once.
    pub(super) fn containers(&self) -> Vec<&Container> {
        let mut containers: Vec<_> = self.clients.iter().map(|c| &c.container).collect();
        containers.dedup();
        containers
    }
}

impl Client {
    /// What the variable of a file is to be, where it isn't there.
    pub(super) fn value(&self, file: FileOf, names: &EtcdNames) -> EnvValue {
        match &self.source {
            Source::ConfigMap(name) => EnvValue::ConfigMapKey {
                name: name.clone(),
                key: file.config_key().to_owned(),
            },
            _ => EnvValue::Text(names.path(file)),
        }
    }
}

fn read_clients(
    resource: &Resource<'_, '_>,
    container: &Container,
    clients: &mut Vec<Client>,
) -> Result<(), Error> {
    let tree = resource.tree;
    let env = container.at.key("env");
    let items = tree.find(&env)?.and_then(|id| tree.items_len(id));
    let mut variables = Vec::new();
    for number in 0..items.unwrap_or(0) {
        let at = env.index(number);
        if let Some(name) = tree.text_at(&at.key("name"))? {
            variables.push((name, at));
        }
    }
    let find = |wanted: &str| variables.iter().find(|(name, _)| *name == wanted);
    let installer = find("CNI_NETWORK_CONFIG").is_some() || find("CNI_CONF_NAME").is_some();
    if let Some((_, at)) = find("DATASTORE_TYPE")
        && tree.text_at(&at.key("value"))? == Some("kubernetes")
    {
        return Ok(());
    }
    for family in &FAMILIES {
        let endpoints = find(family.endpoints);
        let discovery = family.discovery.and_then(find);
        let item = |at: &Route| -> Result<Value, Error> {
            tree.find(at)?.map_or(Ok(Value::null()), |id| tree.read(id))
        };
        let source = match endpoints {
            None if discovery.is_none() => continue,
            None => Source::Elsewhere,
            Some((_, at)) => source(&item(at)?, at),
        };
        let mut config_maps = Vec::new();
        for file in FileOf::ALL {
            if let Some((_, at)) = find(family.variable(file))
                && let Some((name, _)) = reference(&item(at)?)
            {
                config_maps.push(name.to_owned());
            }
        }
        if let Source::ConfigMap(name) = &source {
            config_maps.push(name.clone());
        }
        clients.push(Client {
            container: container.clone(),
            family,
            source,
            config_maps,
            discovery: family.discovery.filter(|_| discovery.is_some()),
            told: endpoints.is_some(),
            installer,
        });
    }
    Ok(())
}

/// Where an `env` item takes its value from.
fn source(item: &Value, at: &Route) -> Source {
    if item.get("value").and_then(Value::as_text).is_some() {
        return Source::Value(at.key("value"));
    }
    match reference(item) {
        Some((name, FIELD)) => Source::ConfigMap(name.to_owned()),
        _ => Source::Elsewhere,
    }
}

/// The ConfigMap and the key that an `env` item takes its value from.
fn reference(item: &Value) -> Option<(&str, &str)> {
    let reference = item.get("valueFrom")?.get("configMapKeyRef")?;
    let field = |key| reference.get(key).and_then(Value::as_text);
    field("name").zip(field("key"))
}

/// The name of the pod's volume of the Secret.
fn volume_of(resource: &Resource<'_, '_>, pod: &Route, names: &EtcdNames) -> Result<String, Error> {
    let tree = resource.tree;
    let volumes = pod.key("volumes");
    let items = tree.find(&volumes)?.and_then(|id| tree.items_len(id));
    for number in 0..items.unwrap_or(0) {
        let at = volumes.index(number);
        let secret = tree.text_at(&at.keys(&["secret", "secretName"]))?;
        if secret == Some(&names.secret)
            && let Some(name) = tree.text_at(&at.key("name"))?
        {
            return Ok(name.to_owned());
        }
    }
    Ok(names.volume.clone())
}
