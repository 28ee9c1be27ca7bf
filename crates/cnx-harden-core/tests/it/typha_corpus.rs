//! Published manifests, each hardened for Typha: the result is compared with the
//! same change made on the parsed objects by the code in this file, which shares
//! nothing with the crate.

use std::collections::BTreeMap;

use crate::common::{Published, added_last, b64, objects, published, typha};
use cnx_harden_core::TyphaNames;
use cnx_harden_core::{Code, EditOutcome, Hardening, Run, Source, harden};
use serde_yaml::{Mapping, Value};

const CA: &str = "TEST TYPHA CA\nOF TWO LINES\n";

/// Where a file is, as one kind of manifest has it.
struct Place {
    ca_key: &'static str,
    node_secret: &'static str,
    node_keys: [&'static str; 2],
    names: [&'static str; 2],
}

/// The vendor's guide; and the manifests of 2019, which are wired already.
const GUIDE: Place = Place {
    ca_key: "typhaca.crt",
    node_secret: "calico-node-certs",
    node_keys: ["calico-node.crt", "calico-node.key"],
    names: ["typha-client", "typha-server"],
};
const WIRED: Place = Place {
    ca_key: "caBundle",
    node_secret: "calico-felix-certs",
    node_keys: ["felix.crt", "felix.key"],
    names: ["calico-felix", "calico-typha"],
};

fn yaml(text: &str) -> Value {
    serde_yaml::from_str(text).unwrap()
}

/// The list `key` of a mapping, which is made where it isn't there.
fn list<'v>(holder: &'v mut Value, key: &str) -> &'v mut Vec<Value> {
    let holder = holder.as_mapping_mut().unwrap();
    let list = holder.entry(key.into()).or_insert(Value::Null);
    if list.is_null() {
        *list = Value::Sequence(Vec::new());
    }
    list.as_sequence_mut().unwrap()
}

/// Adds what a list hasn't, by name.
fn append(list: &mut Vec<Value>, items: &[String]) {
    for item in items {
        let item = yaml(item);
        if !list.iter().any(|other| other["name"] == item["name"]) {
            list.push(item);
        }
    }
}

/// The objects with Typha and Felix changed, and what carries their files.
fn model(before: &[Value], names: &TyphaNames, place: &Place) -> Vec<Value> {
    let mut objects = before.to_vec();
    let variable = |name: &str, value: &str| format!("{{name: {name}, value: {value}}}");
    let mount = |name: &str| format!("{{mountPath: /{name}, name: {name}}}");
    let secret = |name: &str| format!("{{name: {name}, secret: {{secretName: {name}}}}}");
    let ca = "{name: calico-typha-ca, configMap: {name: calico-typha-ca}}".to_owned();
    let [node_crt, node_key] = place.node_keys;
    let ca_file = format!("/calico-typha-ca/{}", place.ca_key);
    for object in &mut objects {
        let (prefix, own, files, peer) = match object["metadata"]["name"].as_str() {
            Some(name) if object["kind"] == "Deployment" && name == names.deployment => (
                "TYPHA_",
                "calico-typha-certs",
                [
                    ("CAFILE", ca_file.clone()),
                    ("SERVERCERTFILE", "/calico-typha-certs/typha.crt".to_owned()),
                    ("SERVERKEYFILE", "/calico-typha-certs/typha.key".to_owned()),
                ],
                ("CLIENTCN", place.names[0]),
            ),
            Some(name)
                if object["kind"] == "DaemonSet" && names.daemon_sets.iter().any(|n| n == name) =>
            {
                (
                    "FELIX_TYPHA",
                    place.node_secret,
                    [
                        ("CAFILE", ca_file.clone()),
                        ("CERTFILE", format!("/{}/{node_crt}", place.node_secret)),
                        ("KEYFILE", format!("/{}/{node_key}", place.node_secret)),
                    ],
                    ("CN", place.names[1]),
                )
            }
            _ => continue,
        };
        let pod = &mut object["spec"]["template"]["spec"];
        for container in pod["containers"].as_sequence_mut().unwrap() {
            if container["name"] != "calico-typha" && container["name"] != "calico-node" {
                continue;
            }
            let mut variables: Vec<_> = files
                .iter()
                .map(|(name, path)| variable(&format!("{prefix}{name}"), path))
                .collect();
            variables.push(variable(&format!("{prefix}{}", peer.0), peer.1));
            append(list(container, "env"), &variables);
            append(
                list(container, "volumeMounts"),
                &[mount("calico-typha-ca"), mount(own)],
            );
        }
        append(list(pod, "volumes"), &[ca.clone(), secret(own)]);
    }
    let carriers = [
        (
            "ConfigMap",
            "calico-typha-ca",
            vec![(place.ca_key, CA.to_owned())],
        ),
        (
            "Secret",
            "calico-typha-certs",
            vec![
                ("typha.crt", b64("TEST TYPHA CERTIFICATE")),
                ("typha.key", b64("TEST TYPHA KEY")),
            ],
        ),
        (
            "Secret",
            place.node_secret,
            vec![
                (node_crt, b64("TEST FELIX CERTIFICATE")),
                (node_key, b64("TEST FELIX KEY")),
            ],
        ),
    ];
    for (kind, name, data) in carriers {
        let is = |o: &Value| o["kind"] == kind && o["metadata"]["name"] == name;
        if !objects.iter().any(is) {
            let mut object = yaml(&format!(
                "{{apiVersion: v1, kind: {kind}, metadata: {{name: {name}, namespace: kube-system}}, data: {{}}}}"
            ));
            if kind == "Secret" {
                object["type"] = "Opaque".into();
            }
            objects.push(object);
        }
        let object = objects.iter_mut().find(|o| is(o)).unwrap();
        let values: Mapping = data
            .into_iter()
            .map(|(k, v)| (k.into(), v.into()))
            .collect();
        object["data"] = values.into();
    }
    objects
}

/// Whether a line is one of those that the change is made of.
fn is_named_line(line: &str) -> bool {
    let line = line.trim().trim_start_matches("- ");
    let (key, value) = line.split_once(':').unwrap_or((line, ""));
    let value = value.trim();
    match key {
        "name" => ["TYPHA_", "FELIX_TYPHA", "calico-"]
            .iter()
            .any(|start| value.starts_with(start)),
        "value" => value.starts_with("/calico-") || value.starts_with("typha-"),
        "mountPath" => value.starts_with("/calico-"),
        "secretName" => value.starts_with("calico-"),
        "volumeMounts" | "volumes" | "configMap" | "secret" | "data" | "metadata" => {
            value.is_empty()
        }
        "apiVersion" => value == "v1",
        "kind" => value == "ConfigMap" || value == "Secret",
        "type" => value == "Opaque",
        "namespace" => value == "kube-system",
        "typhaca.crt" | "caBundle" => value == "|",
        "typha.crt" | "typha.key" | "calico-node.crt" | "calico-node.key" | "felix.crt"
        | "felix.key" => true,
        "---" | "TEST TYPHA CA" | "OF TWO LINES" | "" => true,
        other => other.starts_with("<replace with"),
    }
}

/// The names in a file: one release has an `-ee` behind them.
fn names_of(file: &Published) -> TyphaNames {
    let mut names = typha().names;
    if file.name.contains("policy-only-gke") {
        names.deployment = "calico-typha-ee".into();
        names.daemon_sets = vec!["calico-node-ee".into()];
    }
    names
}

fn run_of(
    file: &Published,
    text: &str,
    rollout_annotation: bool,
) -> Result<Run, cnx_harden_core::Error> {
    let mut channel = typha();
    channel.names = names_of(file);
    let hardening = Hardening {
        typha: Some(channel),
        rollout_annotation,
        ..Hardening::default()
    };
    let source = Source {
        name: &file.name,
        text,
    };
    harden(&[source], &hardening)
}

#[test]
fn each_published_typha_is_hardened_and_nothing_else() {
    let Some(published) = published() else { return };
    let mut counts: BTreeMap<(String, &str), usize> = BTreeMap::new();
    let mut failures = Vec::new();
    for file in &published {
        let result = run_of(file, &file.text, false);
        let state = file.typha.clone();
        let verdict = match &result {
            Ok(run) if !run.outputs[0].changed => "unchanged",
            Ok(_) => "hardened",
            Err(error) => match error.findings[0].code {
                Code::NotYaml => "not-yaml",
                Code::MissingObject => "one side",
                _ => "refused",
            },
        };
        *counts.entry((state.clone(), verdict)).or_default() += 1;
        let wanted: &[&str] = match (state.as_str(), file.parses) {
            // calico-node by itself: its ConfigMap is in another file, and may name a Typha.
            ("-", true) if file.name.ends_with("_calico-node.yaml") => &["one side"],
            ("-", _) => &["unchanged"],
            (_, true) => &["hardened"],
            _ => &["not-yaml"],
        };
        if !wanted.contains(&verdict) {
            let why = result.as_ref().err().map(ToString::to_string);
            failures.push(format!("{} ({state}): {verdict} {why:?}", file.name));
            continue;
        }
        let Ok(run) = result else { continue };
        let after = &run.outputs[0].text;
        if verdict == "unchanged" {
            assert_eq!(after, &file.text, "{}", file.name);
            continue;
        }
        // 1. The objects are what the guide asks for.
        let place = if state == "tls" { &WIRED } else { &GUIDE };
        let names = names_of(file);
        let before = objects(&file.text);
        if added_last(&before, objects(after)) != model(&before, &names, place) {
            failures.push(format!("{}: other objects", file.name));
        }
        // 2. Only lines of the change differ, and only placeholders go.
        let diff = similar::TextDiff::from_lines(file.text.as_str(), after.as_str());
        for change in diff.iter_all_changes() {
            let line = change.value().trim_end();
            let fits = match change.tag() {
                similar::ChangeTag::Equal => true,
                similar::ChangeTag::Insert => is_named_line(line),
                similar::ChangeTag::Delete => line.contains("<replace with"),
            };
            if !fits {
                failures.push(format!("{}: {line:?}", file.name));
            }
        }
        // 3. The second run changes nothing, and warns of nothing.
        let again = run_of(file, after, false).unwrap();
        assert_eq!(&again.outputs[0].text, after, "{}", file.name);
        assert_eq!(again.report.count(EditOutcome::Changed), 0);
        let warned = |run: &Run| {
            run.report
                .findings
                .iter()
                .any(|f| f.code == Code::TyphaRollOut)
        };
        let off = run.report.findings.iter().any(|f| f.code == Code::TyphaOff);
        // Those that were wired already have TLS from the start.
        assert_eq!(warned(&run), !off && state == "yes", "{}", file.name);
        assert!(!warned(&again));
        assert!(again.report.restarts.is_empty());
        // 4. The keys are nowhere else.
        for key in [b64("TEST TYPHA KEY"), b64("TEST FELIX KEY")] {
            assert_eq!(after.matches(&key).count(), 1, "{}", file.name);
            let shown = run.redacted(after) + &format!("{run:?}");
            assert!(!shown.contains(&key));
        }
        // 5. The annotations are on both sides, and stay.
        let annotated = run_of(file, &file.text, true).unwrap();
        let annotated = &annotated.outputs[0].text;
        assert_eq!(
            annotated
                .matches("cnx-harden.dev/typha-certificate-sha256")
                .count(),
            2
        );
        assert_eq!(
            &run_of(file, annotated, true).unwrap().outputs[0].text,
            annotated
        );
        assert_eq!(
            &run_of(file, annotated, false).unwrap().outputs[0].text,
            annotated
        );
    }
    println!("{counts:#?}");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    let hardened: usize = counts
        .iter()
        .filter(|((_, v), _)| *v == "hardened")
        .map(|(_, n)| n)
        .sum();
    assert!(hardened > 40, "{hardened}");
}
