//! Published manifests through the file door and through the KRM door: the same
//! objects come out, and what is not edited is the same text.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use cnx_certs::UnixTime;
use cnx_harden_core::config::{ConfigText, Loaded, Materials};
use cnx_harden_core::krm::respond;
use cnx_harden_core::{Code, Error, Source, harden};
use serde_yaml::Value;

use crate::common::{Published, objects, published};

/// The test material.
struct Pki(PathBuf);

impl Pki {
    fn new() -> Self {
        Self(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/pki"))
    }
}

impl Materials for Pki {
    fn file(&self, path: &str) -> Result<Loaded, String> {
        let pem = std::fs::read(self.0.join(path)).map_err(|error| error.to_string())?;
        let name = path.to_owned();
        Ok(Loaded {
            pem: pem.into(),
            name,
        })
    }

    fn variable(&self, name: &str) -> Result<Loaded, String> {
        Err(format!("no {name}"))
    }
}

fn now() -> UnixTime {
    UnixTime::since_unix_epoch(std::time::Duration::from_secs(1_800_000_000))
}

/// All four connections, with the names that this release has.
fn config(file: &Published) -> String {
    let names = match file.state.as_str() {
        "no-mounts" => {
            "{secret: calico-k8sapiserver-certs, deployment: calico-k8sapiserver, \
             container: calico-k8sapiserver, volume: certs}"
        }
        "no-secret" if file.text.contains("name: calico-server") => {
            "{deployment: calico-server, container: calico-server}"
        }
        _ => "{}",
    };
    format!(
        "\
apiVersion: cnx-harden.dev/v1alpha1
kind: Hardening
metadata: {{name: cnx}}
spec:
  apiServer: {{caFile: ca.crt, certFile: tls.crt, keyFile: tls.key, addSecret: true, names: {names}}}
  etcd: {{caFile: typha/ca.crt, certFile: typha/client.crt, keyFile: typha/client.key, assumeSecret: true,
         endpoints: [https://etcd.example.com:2379]}}
  typha:
    caFile: typha/ca.crt
    server: {{certFile: typha/server.crt, keyFile: typha/server.key}}
    client: {{certFile: typha/client.crt, keyFile: typha/client.key}}
  manager: {{certFile: manager/tls.crt, keyFile: manager/tls.key, hosts: [cnx.example.com]}}
  # Early releases have other Services, which the test certificate is not for.
  checks: {{allow: [name-mismatch]}}
"
    )
}

fn indented(text: &str) -> String {
    let lines = text.split_inclusive('\n').map(|line| match line.trim() {
        "" => line.to_owned(),
        _ => format!("  {line}"),
    });
    lines.collect()
}

/// The list of these items, each with its lines.
fn list(version: &str, config: &str, items: &[String]) -> String {
    let items = items.iter().map(|item| match item.ends_with('\n') {
        true => format!("-\n{}", indented(item)),
        false => format!("-\n{}\n", indented(item)),
    });
    format!(
        "apiVersion: config.kubernetes.io/{version}\nkind: ResourceList\nfunctionConfig:\n{}items:\n{}",
        indented(config),
        items.collect::<String>()
    )
}

/// The documents of a manifest as they stand, comments and all.
fn as_they_stand(text: &str) -> Option<Vec<String>> {
    let mut items = Vec::new();
    for document in yaml_splice::documents(text) {
        let tree = document.parse().ok()?;
        let root = tree.find(&yaml_splice::Route::root()).ok()?;
        if root.is_none_or(|root| tree.is_null(root)) {
            continue;
        }
        let lines = document
            .text()
            .trim_start_matches('\u{feff}')
            .split_inclusive('\n');
        items.push(lines.filter(|line| !line.starts_with("---")).collect());
    }
    Some(items)
}

/// As kustomize writes them: no comments, keys sorted, `null` for nothing.
fn as_from_kustomize(text: &str) -> Vec<String> {
    fn sorted(value: Value) -> Value {
        match value {
            Value::Mapping(entries) => {
                let entries = entries.into_iter();
                // This reader takes the octal 0400 for a text, and kustomize for 256.
                let mode = |key: &Value, value: Value| match value.as_str() {
                    Some(octal) if key == "defaultMode" => {
                        i64::from_str_radix(octal, 8).unwrap().into()
                    }
                    _ => sorted(value),
                };
                let entries = entries.map(|(key, value)| {
                    let value = mode(&key, value);
                    (key, value)
                });
                let mut entries: Vec<_> = entries.collect();
                entries.sort_by_key(|(key, _)| key.as_str().unwrap_or_default().to_owned());
                Value::Mapping(entries.into_iter().collect())
            }
            Value::Sequence(items) => Value::Sequence(items.into_iter().map(sorted).collect()),
            other => other,
        }
    }
    let objects = objects(text).into_iter().enumerate();
    let items = objects.map(|(number, object)| {
        let mut object = sorted(object);
        if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_mapping_mut) {
            let annotations = metadata.entry("annotations".into());
            let annotations = annotations.or_insert_with(|| Value::Mapping(Default::default()));
            if let Some(annotations) = annotations.as_mapping_mut() {
                annotations.insert(
                    "config.kubernetes.io/index".into(),
                    number.to_string().into(),
                );
            }
        }
        serde_yaml::to_string(&object).unwrap()
    });
    items.collect()
}

fn items(list: &str) -> Vec<Value> {
    let list: Value = serde_yaml::from_str(list).unwrap();
    list["items"].as_sequence().cloned().unwrap_or_default()
}

/// Without what `as_from_kustomize` adds.
fn without_index(mut items: Vec<Value>) -> Vec<Value> {
    for item in &mut items {
        let Some(metadata) = item.get_mut("metadata").and_then(Value::as_mapping_mut) else {
            continue;
        };
        if let Some(annotations) = metadata
            .get_mut("annotations")
            .and_then(Value::as_mapping_mut)
        {
            annotations.remove("config.kubernetes.io/index");
            if annotations.is_empty() {
                metadata.remove("annotations");
            }
        }
    }
    items
}

/// Objects whose lists are in the order of names: where something is added at the
/// end, or uncommented in its place, means nothing to Kubernetes here.
fn in_order(mut value: Value) -> Value {
    match &mut value {
        Value::Mapping(entries) => {
            // A volume that is uncommented has the mode that its comment has, or none.
            if entries.contains_key("secretName") {
                entries.remove("defaultMode");
            }
            for (_, value) in entries.iter_mut() {
                *value = in_order(std::mem::take(value));
            }
        }
        Value::Sequence(items) => {
            let taken = std::mem::take(items).into_iter();
            *items = taken.map(in_order).collect();
            items.sort_by_key(|item| match item.get("name") {
                Some(name) => serde_yaml::to_string(name).unwrap(),
                None => String::new(),
            });
        }
        _ => {}
    }
    value
}

fn all_in_order(objects: Vec<Value>) -> Vec<Value> {
    objects.into_iter().map(in_order).collect()
}

fn codes(error: &Error) -> Vec<Code> {
    let mut codes: Vec<_> = error.findings.iter().map(|finding| finding.code).collect();
    codes.sort();
    codes
}

/// Where each item of a list stands.
fn texts_of_items(list: &str) -> Vec<String> {
    let tree = yaml_splice::documents(list)
        .next()
        .unwrap()
        .parse()
        .unwrap();
    let items = yaml_splice::Route::root().key("items");
    let count = tree.find(&items).unwrap().and_then(|id| tree.items_len(id));
    let texts = (0..count.unwrap_or(0)).map(|number| {
        let id = tree.find(&items.index(number)).unwrap().unwrap();
        tree.span(id).of(list).to_owned()
    });
    texts.collect()
}

fn without_results(list: &str) -> String {
    let tree = yaml_splice::documents(list)
        .next()
        .unwrap()
        .parse()
        .unwrap();
    let at = yaml_splice::Route::root().key("results");
    let edited = tree.edit(&[yaml_splice::Op::remove(at)]).unwrap();
    edited.text
}

#[test]
fn each_published_manifest_comes_out_of_both_doors_as_the_same_objects() {
    let Some(published) = published() else { return };
    let pki = Pki::new();
    let mut failures = Vec::new();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (number, file) in published.iter().enumerate() {
        let name = file.name.as_str();
        let config = config(file);
        let text = Source {
            name: "hardening.yaml",
            text: &config,
        };
        let hardening = ConfigText::parse(text)
            .unwrap()
            .resolve(&pki, now())
            .unwrap();
        let source = Source {
            name,
            text: &file.text,
        };
        let by_file = harden(&[source], &hardening.hardening);
        let Some(stand) = as_they_stand(&file.text) else {
            *counts.entry("not YAML").or_default() += 1;
            continue;
        };
        let version = ["v1", "v1beta1"][number % 2];
        let before = list(version, &config, &stand);
        let response = respond("-", &before, None, &pki, now());
        match (&by_file, &response.outcome) {
            (Err(file), Err(krm)) => {
                *counts.entry("refused").or_default() += 1;
                if codes(file) != codes(krm) {
                    failures.push(format!("{name}: {file}\nbut as a list {krm}"));
                }
                // Nothing but the results is added.
                assert_eq!(without_results(&response.text), before, "{name}");
                let list: Value = serde_yaml::from_str(&response.text).unwrap_or_default();
                let results = list.get("results").and_then(Value::as_sequence);
                if let Some(results) = results {
                    assert_eq!(results.len(), krm.findings.len(), "{name}");
                    assert!(results.iter().all(|result| result["severity"] == "error"));
                }
                continue;
            }
            (Ok(_), Ok(_)) => {}
            (file, krm) => {
                let (file, krm) = (file.as_ref().err(), krm.as_ref().err());
                failures.push(format!("{name}: file {file:?}, list {krm:?}"));
                continue;
            }
        }
        let run = by_file.unwrap();
        let changed = run.outputs[0].changed;
        *counts
            .entry(if changed { "hardened" } else { "unchanged" })
            .or_default() += 1;
        let wanted = objects(&run.outputs[0].text);
        // One published file has a duplicate key, which serde_yaml refuses.
        if serde_yaml::from_str::<Value>(&response.text).is_err() {
            *counts.entry("not read").or_default() += 1;
            continue;
        }
        if items(&response.text) != wanted {
            failures.push(format!("{name}: other objects out of the list"));
        }
        // Items that are the same objects are the same bytes.
        let (texts, items_before) = (texts_of_items(&before), items(&before));
        let (after, items_after) = (texts_of_items(&response.text), items(&response.text));
        for (number, object) in items_before.iter().enumerate() {
            if items_after[number] == *object && after[number] != texts[number] {
                failures.push(format!("{name}: item {number} is written in another way"));
            }
        }
        if !changed {
            assert_eq!(without_results(&response.text), before, "{name}");
        }
        // A second time, nothing changes but the results.
        if number % 8 == 0 {
            let again = respond("-", &response.text, None, &pki, now());
            assert!(again.outcome.is_ok(), "{name}");
            let [again, once] = [&again, &response].map(|r| without_results(&r.text));
            assert_eq!(again, once, "{name}");
        }

        // As kustomize hands it over.
        let before = list(version, &config, &as_from_kustomize(&file.text));
        let response = respond("-", &before, None, &pki, now());
        match &response.outcome {
            Err(error) => failures.push(format!("{name}: from kustomize: {error}")),
            Ok(_) => {
                let got = all_in_order(without_index(items(&response.text)));
                let wanted = all_in_order(without_index(wanted));
                assert_eq!(got.len(), wanted.len(), "{name}");
                for (number, (got, wanted)) in got.iter().zip(&wanted).enumerate() {
                    if got == wanted {
                        continue;
                    }
                    // Where a comment has the flag by which a client is told of a
                    // file, it is told so; from kustomize no comment arrives, and it
                    // is told by a variable.
                    match stand.get(number) {
                        Some(text) if text.contains("# - \"--ca-file=") => {
                            *counts.entry("by a flag").or_default() += 1;
                        }
                        _ => failures.push(format!("{name}: from kustomize: object {number}")),
                    }
                }
            }
        }
    }
    println!("{counts:?}");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(
        counts["hardened"] > 90 && counts["refused"] > 8 && counts["by a flag"] == 5,
        "{counts:?}"
    );
}
