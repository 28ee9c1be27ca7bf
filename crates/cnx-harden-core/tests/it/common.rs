//! A second model of the five edits, on serde_yaml's values.

use base64::Engine as _;
use cnx_harden_core::aggregated::Pair;
use cnx_harden_core::typha::{Client, Server};
use cnx_harden_core::{
    CaBundle, Certificate, Etcd, Hardening, KubeApiserver, Manager, PrivateKey, Typha,
};
use serde_yaml::{Mapping, Value};

pub(crate) fn b64(text: &str) -> String {
    base64::engine::general_purpose::STANDARD.encode(text)
}

/// Material that no edit looks at.
pub(crate) fn hardening() -> Hardening {
    let material = KubeApiserver::new(
        CaBundle::new("TEST CA"),
        Certificate::new("TEST CERTIFICATE"),
        PrivateKey::new("TEST KEY"),
    );
    Hardening {
        api_server: Some(material),
        ..Hardening::default()
    }
}

/// The same for Typha. The CA is several lines, as PEM is.
pub(crate) fn typha() -> Typha {
    Typha::new(
        CaBundle::new("TEST TYPHA CA\nOF TWO LINES\n"),
        Server::new(
            Certificate::new("TEST TYPHA CERTIFICATE"),
            PrivateKey::new("TEST TYPHA KEY"),
        ),
        Client::new(
            Certificate::new("TEST FELIX CERTIFICATE"),
            PrivateKey::new("TEST FELIX KEY"),
        ),
    )
}

/// The same for an aggregated API server.
pub(crate) fn serving() -> Pair {
    Pair {
        ca: CaBundle::new("TEST SERVING CA"),
        certificate: Certificate::new("TEST SERVING CERTIFICATE"),
        key: PrivateKey::new("TEST SERVING KEY"),
    }
}

/// The same for the Manager.
pub(crate) fn manager() -> Manager {
    Manager::new(
        Certificate::new("TEST MANAGER CERTIFICATE"),
        PrivateKey::new("TEST MANAGER KEY"),
    )
}

/// The same for etcd.
pub(crate) fn etcd() -> Etcd {
    Etcd::new(
        CaBundle::new("TEST ETCD CA"),
        Certificate::new("TEST ETCD CERTIFICATE"),
        PrivateKey::new("TEST ETCD KEY"),
    )
}

/// A published manifest, and what the index says of it.
pub(crate) struct Published {
    pub(crate) name: String,
    pub(crate) text: String,
    /// How the CNX API server stands in it.
    pub(crate) state: String,
    /// Whether it is valid YAML.
    pub(crate) parses: bool,
    /// Whether Typha is in it, and with TLS.
    pub(crate) typha: String,
}

/// The published manifests; none where the folder isn't named.
pub(crate) fn published() -> Option<Vec<Published>> {
    let Some(folder) = std::env::var_os("CNX_HARDEN_CORPUS") else {
        eprintln!("CNX_HARDEN_CORPUS is not set: no published manifests were hardened");
        return None;
    };
    let folder = std::path::Path::new(&folder);
    let index = std::fs::read_to_string(folder.join("INDEX.tsv")).unwrap();
    let mut lines = index.lines();
    let header: Vec<_> = lines.next().unwrap().split('\t').collect();
    let column = |name: &str| header.iter().position(|c| *c == name).unwrap();
    let read = |line: &str| {
        let cells: Vec<_> = line.split('\t').collect();
        Published {
            name: cells[0].to_owned(),
            text: std::fs::read_to_string(folder.join(cells[0])).unwrap(),
            state: cells[column("cnx_api_server")].to_owned(),
            parses: cells[column("parses")] == "yes",
            typha: cells[column("typha")].to_owned(),
        }
    };
    Some(lines.map(read).collect())
}

/// The objects that another reader finds. One published file has a duplicate key
/// in some object, which this reader refuses, and a few are not YAML: a document
/// that it cannot read is left out. (Its own iterator would not get past one.)
pub(crate) fn objects(text: &str) -> Vec<Value> {
    let mut documents = vec![String::new()];
    for line in text.split_inclusive('\n') {
        if line.starts_with("---") {
            documents.push(String::new());
        } else if let Some(document) = documents.last_mut() {
            document.push_str(line);
        }
    }
    let values = documents
        .iter()
        .filter_map(|text| serde_yaml::from_str(text).ok());
    values.filter(|value: &Value| !value.is_null()).collect()
}

/// The hardened objects with those that were added behind the others, as a model has
/// them. Each was added before an object with pods, of its namespace.
pub(crate) fn added_last(before: &[Value], after: Vec<Value>) -> Vec<Value> {
    let name = |object: &Value| {
        let namespace = object["metadata"].get("namespace").cloned();
        (
            object["kind"].clone(),
            namespace,
            object["metadata"]["name"].clone(),
        )
    };
    let known: Vec<_> = before.iter().map(name).collect();
    let is_new = |object: &Value| !known.contains(&name(object));
    for (at, object) in after.iter().enumerate().filter(|(_, o)| is_new(o)) {
        let mut behind = after[at..]
            .iter()
            .filter(|o| o["spec"]["template"]["spec"].is_mapping());
        assert!(
            behind.any(|user| name(user).1 == name(object).1),
            "{object:?}"
        );
    }
    let (added, mut all): (Vec<_>, Vec<_>) = after.into_iter().partition(is_new);
    all.extend(added);
    all
}

fn text<'v>(value: &'v Value, keys: &[&str]) -> &'v str {
    let found = keys.iter().try_fold(value, |value, key| value.get(key));
    found.and_then(Value::as_str).unwrap_or_default()
}

fn entry<'v>(map: &'v mut Value, key: &str, empty: Value) -> &'v mut Value {
    let entry = map
        .as_mapping_mut()
        .unwrap()
        .entry(key.into())
        .or_insert(Value::Null);
    if entry.is_null() {
        *entry = empty;
    }
    entry
}

/// The objects with the five edits made. The order of lists is that of names:
/// where an item stands among its siblings is checked elsewhere.
pub(crate) fn model(objects: &[Value], channel: &KubeApiserver) -> Vec<Value> {
    let names = &channel.names;
    let mut objects = objects.to_vec();
    let has_secret = objects
        .iter()
        .any(|o| o["kind"] == "Secret" && text(o, &["metadata", "name"]) == names.secret);
    let mut namespace = String::new();
    for object in &mut objects {
        let name = text(object, &["metadata", "name"]).to_owned();
        match text(object, &["kind"]) {
            "APIService" if text(object, &["spec", "group"]) == "projectcalico.org" => {
                namespace = text(object, &["spec", "service", "namespace"]).to_owned();
                let spec = object["spec"].as_mapping_mut().unwrap();
                spec.remove("insecureSkipTLSVerify");
                spec.insert("caBundle".into(), b64("TEST CA").into());
            }
            "Secret" if name == names.secret => {
                let data = entry(object, "data", Mapping::new().into());
                data["apiserver.key"] = b64("TEST KEY").into();
                data["apiserver.crt"] = b64("TEST CERTIFICATE").into();
            }
            "Deployment" | "ReplicationController" if name == names.deployment => {
                let pod = &mut object["spec"]["template"]["spec"];
                let volume = format!(
                    "{{name: {}, secret: {{secretName: {}}}}}",
                    names.volume, names.secret
                );
                let volumes = entry(pod, "volumes", Value::Sequence(Vec::new()))
                    .as_sequence_mut()
                    .unwrap();
                if !volumes.iter().any(|v| v["name"] == names.volume.as_str()) {
                    volumes.push(serde_yaml::from_str(&volume).unwrap());
                }
                for container in pod["containers"].as_sequence_mut().unwrap() {
                    if container["name"] != names.container.as_str() {
                        continue;
                    }
                    let mounts = entry(container, "volumeMounts", Value::Sequence(Vec::new()));
                    let mounts = mounts.as_sequence_mut().unwrap();
                    if !mounts.iter().any(|m| m["name"] == names.volume.as_str()) {
                        let mount = format!(
                            "{{mountPath: {}, name: {}}}",
                            names.mount_path, names.volume
                        );
                        mounts.push(serde_yaml::from_str(&mount).unwrap());
                    }
                }
            }
            _ => {}
        }
    }
    if !has_secret {
        let secret = format!(
            "{{apiVersion: v1, kind: Secret, type: Opaque, metadata: {{name: {}, namespace: {namespace}}}, \
             data: {{apiserver.key: {}, apiserver.crt: {}}}}}",
            names.secret,
            b64("TEST KEY"),
            b64("TEST CERTIFICATE"),
        );
        objects.push(serde_yaml::from_str(&secret).unwrap());
    }
    objects
}

/// Whether the page names this line, commented out or not.
pub(crate) fn is_named_line(line: &str, channel: &KubeApiserver) -> bool {
    let names = &channel.names;
    let line = line.trim_start().trim_start_matches('#').trim_start();
    let line = line.trim_start_matches("- ").trim_end();
    let keys = [
        "caBundle:",
        "apiserver.key:",
        "apiserver.crt:",
        "data:",
        "volumes:",
        "volumeMounts:",
    ];
    keys.iter().any(|key| line.starts_with(key))
        || line == "insecureSkipTLSVerify: true"
        || line == "secret:"
        || line == "readOnly: true"
        || line == format!("name: {}", names.volume)
        || line == format!("mountPath: {}", names.mount_path)
        || line == format!("secretName: {}", names.secret)
}
