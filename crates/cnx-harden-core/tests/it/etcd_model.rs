//! A second model of the etcd channel, on serde_yaml's values. It shares nothing
//! with the crate: it is a table of names and a walk over whatever holds
//! `containers`.

use std::collections::BTreeSet;

use serde_yaml::{Mapping, Value};

use crate::common::b64;

pub(crate) const SECRET: &str = "calico-etcd-secrets";

/// Endpoints, and the three variables beside them.
const TABLE: [(&str, [&str; 3]); 6] = [
    (
        "ETCD_ENDPOINTS",
        ["ETCD_CA_CERT_FILE", "ETCD_KEY_FILE", "ETCD_CERT_FILE"],
    ),
    (
        "TYPHA_ETCDENDPOINTS",
        [
            "TYPHA_ETCDCAFILE",
            "TYPHA_ETCDKEYFILE",
            "TYPHA_ETCDCERTFILE",
        ],
    ),
    (
        "FELIX_ETCDENDPOINTS",
        [
            "FELIX_ETCDCAFILE",
            "FELIX_ETCDKEYFILE",
            "FELIX_ETCDCERTFILE",
        ],
    ),
    (
        "FLANNELD_ETCD_ENDPOINTS",
        [
            "FLANNELD_ETCD_CAFILE",
            "FLANNELD_ETCD_KEYFILE",
            "FLANNELD_ETCD_CERTFILE",
        ],
    ),
    (
        "ETCDCTL_PEERS",
        ["ETCDCTL_CA_FILE", "ETCDCTL_KEY_FILE", "ETCDCTL_CERT_FILE"],
    ),
    (
        "ETCDCTL_ENDPOINTS",
        ["ETCDCTL_CACERT", "ETCDCTL_KEY", "ETCDCTL_CERT"],
    ),
];
const FILES: [(&str, &str, &str); 3] = [
    ("etcd_ca", "etcd-ca", "TEST ETCD CA"),
    ("etcd_key", "etcd-key", "TEST ETCD KEY"),
    ("etcd_cert", "etcd-cert", "TEST ETCD CERTIFICATE"),
];
const FLAGS: [&str; 3] = [
    "--cert-file=/calico-secrets/etcd-cert",
    "--key-file=/calico-secrets/etcd-key",
    "--ca-file=/calico-secrets/etcd-ca",
];

/// What a set of objects is to the channel.
#[derive(Default)]
pub(crate) struct Holds {
    pub(crate) secret: bool,
    pub(crate) config_maps: BTreeSet<String>,
    pub(crate) referred: BTreeSet<String>,
    pub(crate) clients: usize,
}

impl Holds {
    pub(crate) fn nothing(&self) -> bool {
        !self.secret && self.config_maps.is_empty() && self.clients == 0
    }

    pub(crate) fn complete(&self) -> bool {
        self.secret && self.referred.is_subset(&self.config_maps)
    }
}

fn name(object: &Value) -> &str {
    object["metadata"]["name"].as_str().unwrap_or_default()
}

fn variables(container: &Value) -> Vec<&str> {
    let env = container.get("env").and_then(Value::as_sequence);
    let env = env.into_iter().flatten();
    env.filter_map(|item| item["name"].as_str()).collect()
}

fn families(container: &Value) -> Vec<(&'static str, [&'static str; 3])> {
    let names = variables(container);
    let env = container.get("env").and_then(Value::as_sequence);
    let mut env = env.into_iter().flatten();
    if env.any(|item| item["name"] == "DATASTORE_TYPE" && item["value"] == "kubernetes") {
        return Vec::new();
    }
    let here = TABLE
        .iter()
        .filter(|(endpoints, _)| names.contains(endpoints));
    here.copied().collect()
}

fn reference<'v>(container: &'v Value, variable: &str) -> Option<&'v str> {
    let mut env = container["env"].as_sequence()?.iter();
    let item = env.find(|item| item["name"] == variable)?;
    item["valueFrom"]["configMapKeyRef"]["name"].as_str()
}

/// Calls `f` for each pod in the value.
fn pods(value: &mut Value, f: &mut impl FnMut(&mut Value)) {
    if value.get("containers").is_some_and(Value::is_sequence) {
        f(value);
        return;
    }
    match value {
        Value::Mapping(map) => map.iter_mut().for_each(|(_, value)| pods(value, f)),
        Value::Sequence(items) => items.iter_mut().for_each(|value| pods(value, f)),
        _ => {}
    }
}

fn containers(pod: &mut Value) -> Vec<&mut Value> {
    let Some(map) = pod.as_mapping_mut() else {
        return Vec::new();
    };
    let lists = map
        .iter_mut()
        .filter(|(key, _)| matches!(key.as_str(), Some("containers" | "initContainers")));
    lists
        .filter_map(|(_, list)| list.as_sequence_mut())
        .flatten()
        .collect()
}

/// What is given where a manifest has a placeholder.
pub(crate) const ENDPOINTS: &str = "https://etcd.example.com:2379";

pub(crate) fn holds(objects: &[Value]) -> Holds {
    let mut holds = Holds::default();
    for object in objects {
        let mut object = object.clone();
        pods(&mut object, &mut |pod| {
            for container in containers(pod) {
                for (endpoints, _) in families(container) {
                    holds.clients += 1;
                    holds
                        .referred
                        .extend(reference(container, endpoints).map(str::to_owned));
                }
            }
        });
    }
    for object in objects {
        let name = name(object).to_owned();
        match object["kind"].as_str() {
            Some("Secret") if name == SECRET => holds.secret = true,
            Some("ConfigMap") if object["data"].get("etcd_endpoints").is_some() => {
                let published = ["calico-config", "canal-config"].contains(&name.as_str());
                if published || holds.referred.contains(&name) {
                    holds.config_maps.insert(name);
                }
            }
            _ => {}
        }
    }
    holds
}

fn list<'v>(map: &'v mut Value, key: &str) -> &'v mut Vec<Value> {
    let entry = map.as_mapping_mut().unwrap().entry(key.into());
    let list = entry.or_insert(Value::Null);
    if list.is_null() {
        *list = Value::Sequence(Vec::new());
    }
    list.as_sequence_mut().unwrap()
}

/// A CNI configuration with fields for the files, where it names etcd's endpoints alone.
fn with_files(cni: &str) -> String {
    let endpoints = "\"etcd_endpoints\": \"__ETCD_ENDPOINTS__\",\n";
    let Some((before, after)) = cni
        .split_once(endpoints)
        .filter(|_| !cni.contains("etcd_key_file"))
    else {
        return cni.to_owned();
    };
    let indent = before.rsplit('\n').next().unwrap();
    let files = ["KEY", "CERT", "CA_CERT"].map(|file| {
        let field = file.to_lowercase();
        format!("{indent}\"etcd_{field}_file\": \"__ETCD_{file}_FILE__\",\n")
    });
    format!("{before}{endpoints}{}{after}", files.concat())
}

/// The objects with the channel's edits made. `flags`: whether the file has
/// etcdctl's flags commented out.
pub(crate) fn model(objects: &[Value], flags: bool) -> Vec<Value> {
    let holds = holds(objects);
    let mut objects = objects.to_vec();
    for object in &mut objects {
        match object["kind"].as_str() {
            Some("Secret") if name(object) == SECRET => {
                if object["data"].is_null() {
                    object["data"] = Mapping::new().into();
                }
                for (_, key, text) in FILES {
                    object["data"][key] = b64(text).into();
                }
            }
            Some("ConfigMap") if holds.config_maps.contains(name(object)) => {
                let endpoints = object["data"]["etcd_endpoints"].as_str().unwrap();
                let endpoints = match endpoints.contains('<') || endpoints.is_empty() {
                    true => ENDPOINTS.to_owned(),
                    false => endpoints.replace("http://", "https://"),
                };
                object["data"]["etcd_endpoints"] = endpoints.into();
                for (key, file, _) in FILES {
                    object["data"][key] = format!("/calico-secrets/{file}").into();
                }
                let cni = object["data"]["cni_network_config"]
                    .as_str()
                    .map(with_files);
                if let Some(cni) = cni {
                    object["data"]["cni_network_config"] = cni.into();
                }
            }
            _ => {}
        }
        pods(object, &mut |pod| model_pod(pod, flags));
    }
    objects
}

/// An API server that is told by flags has its files by flags. Returns whether it is one.
fn model_arguments(container: &mut Value) -> bool {
    let Some(arguments) = container.get_mut("args").and_then(Value::as_sequence_mut) else {
        return false;
    };
    let servers = |item: &Value| {
        item.as_str()
            .is_some_and(|a| a.starts_with("--etcd-servers="))
    };
    let Some(at) = arguments.iter().position(servers) else {
        return false;
    };
    let text = arguments[at]
        .as_str()
        .unwrap()
        .replace("http://", "https://");
    arguments[at] = text.into();
    for (at, flag) in (at + 1..).zip(["ca", "key", "cert"]) {
        let flag = format!("--etcd-{flag}file=/calico-secrets/etcd-{flag}");
        if !arguments.iter().any(|item| *item == flag.as_str()) {
            arguments.insert(at, flag.into());
        }
    }
    true
}

fn model_pod(pod: &mut Value, flags: bool) {
    let mut clients = false;
    for container in containers(pod) {
        let families = families(container);
        let by_arguments = model_arguments(container);
        if families.is_empty() && !by_arguments {
            continue;
        }
        clients = true;
        let names = variables(container).join(" ");
        let installer = names.contains("CNI_NETWORK_CONFIG") || names.contains("CNI_CONF_NAME");
        for (endpoints, three) in families {
            let live = |flag: &&str| {
                let command = container.get("command").and_then(Value::as_sequence);
                command.is_some_and(|items| items.iter().any(|item| item == *flag))
            };
            if endpoints == "ETCDCTL_PEERS" && FLAGS.iter().all(live) {
                continue;
            }
            if endpoints == "ETCDCTL_PEERS" && flags {
                let command = container["command"].as_sequence_mut().unwrap();
                FLAGS
                    .iter()
                    .rev()
                    .for_each(|flag| command.insert(1, (*flag).into()));
                continue;
            }
            if installer {
                continue;
            }
            let config = reference(container, endpoints).map(str::to_owned);
            for (variable, (key, file, _)) in three.iter().zip(FILES) {
                if variables(container).contains(variable) {
                    continue;
                }
                let item = match &config {
                    Some(config) => format!(
                        "{{name: {variable}, valueFrom: {{configMapKeyRef: {{name: {config}, key: {key}}}}}}}"
                    ),
                    None => format!("{{name: {variable}, value: /calico-secrets/{file}}}"),
                };
                list(container, "env").push(serde_yaml::from_str(&item).unwrap());
            }
            for item in list(container, "env") {
                if item["name"] == endpoints
                    && let Some(value) = item["value"].as_str()
                {
                    item["value"] = value.replace("http://", "https://").into();
                }
            }
        }
        let mounts = list(container, "volumeMounts");
        if !mounts.iter().any(|m| m["name"] == "etcd-certs") {
            let mount = "{mountPath: /calico-secrets, name: etcd-certs}";
            mounts.push(serde_yaml::from_str(mount).unwrap());
        }
    }
    let volumes = list(pod, "volumes");
    if clients && !volumes.iter().any(|v| v["name"] == "etcd-certs") {
        let volume = format!("{{name: etcd-certs, secret: {{secretName: {SECRET}}}}}");
        volumes.push(serde_yaml::from_str(&volume).unwrap());
    }
    if volumes.is_empty() {
        pod.as_mapping_mut().unwrap().remove("volumes");
    }
}

/// The same objects, without what the model leaves open: where an item stands
/// among its siblings, and the mode of the volume and `readOnly` of the mount,
/// which may be commented out with it.
pub(crate) fn normal(mut objects: Vec<Value>) -> Vec<Value> {
    let by_name = |list: &mut Value| {
        if let Some(items) = list.as_sequence_mut() {
            items.sort_by_key(|item| item["name"].as_str().unwrap_or_default().to_owned());
        }
    };
    for object in &mut objects {
        pods(object, &mut |pod| {
            for volume in list(pod, "volumes") {
                if volume["secret"].get("secretName") == Some(&SECRET.into()) {
                    let secret = volume["secret"].as_mapping_mut().unwrap();
                    secret.remove("defaultMode");
                }
            }
            by_name(&mut pod["volumes"]);
            for container in containers(pod) {
                for mount in list(container, "volumeMounts") {
                    if mount["name"] == "etcd-certs" {
                        mount.as_mapping_mut().unwrap().remove("readOnly");
                    }
                }
                list(container, "env");
                by_name(&mut container["volumeMounts"]);
                by_name(&mut container["env"]);
            }
        });
    }
    objects
}

/// Whether the channel's edits name this line, commented out or not.
pub(crate) fn is_named_line(line: &str, holds: &Holds) -> bool {
    let line = line.trim_start().trim_start_matches('#').trim_start();
    let line = line.trim_start_matches("- ").trim_end();
    let starts = [
        "etcd_endpoints:",
        "etcd_ca:",
        "etcd_key:",
        "etcd_cert:",
        "\"etcd_key_file\":",
        "\"etcd_cert_file\":",
        "\"etcd_ca_cert_file\":",
        "etcd-ca:",
        "etcd-key:",
        "etcd-cert:",
        "\"--etcd-servers=",
        "--etcd-cafile=/calico-secrets/etcd-ca",
        "--etcd-keyfile=/calico-secrets/etcd-key",
        "--etcd-certfile=/calico-secrets/etcd-cert",
    ];
    let whole = [
        "valueFrom:",
        "configMapKeyRef:",
        "key: etcd_ca",
        "key: etcd_key",
        "key: etcd_cert",
        "volumeMounts:",
        "mountPath: /calico-secrets",
        "name: etcd-certs",
        "readOnly: true",
        "volumes:",
        "secret:",
        "secretName: calico-etcd-secrets",
        "defaultMode: 0400",
        "defaultMode: 0440",
    ];
    let named = line.strip_prefix("name: ").is_some_and(|name| {
        let three = TABLE.iter().flat_map(|(_, three)| three);
        holds.referred.contains(name) || three.into_iter().any(|n| *n == name)
    });
    let value = line.strip_prefix("value: ");
    let value = value.is_some_and(|v| {
        let file = v.starts_with("/calico-secrets/etcd-");
        file || v.contains("http://") || v.contains("https://")
    });
    named
        || value
        || whole.contains(&line)
        || starts.iter().any(|start| line.starts_with(start))
        || FLAGS.contains(&line.trim_matches('"'))
}
