//! What `apply` would edit is what `check` finds: on published manifests, on the
//! project's own, and on cases, for each kind of connection, with the vendor's names
//! and with others, as files, as a list, and as kustomize writes them.
//!
//! `CNX_HARDEN_CORPUS`, `CNX_HARDEN_TODAY` and `CNX_HARDEN_CASES` name the folders
//! that are not part of the project.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use cnx_harden_core::audit::{AuditFinding, AuditOptions};
use cnx_harden_core::kube_apiserver::MissingSecret;
use cnx_harden_core::{Channel, Code, Hardening, Manifests, Names, Severity, Source};
use serde_yaml::Value;

use crate::common::objects;
use crate::material;

/// Manifests that are applied together.
#[derive(Clone)]
struct Set {
    name: String,
    texts: Vec<(String, String)>,
    names: Names,
}

/// Where the doors differ, and why that is right.
struct Exception {
    /// The end of the manifest's name.
    file: &'static str,
    channel: Channel,
    why: &'static str,
}

const EXCEPTIONS: &[Exception] = &[Exception {
    file: "cases/manifests/etcd-in-input-without-tls.yaml",
    channel: Channel::Etcd,
    why: "the etcd in it is not edited, and its clients speak TLS to it after apply",
}];

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        match path.extension().and_then(|ending| ending.to_str()) {
            _ if path.is_dir() => files(&path, found),
            Some("yaml" | "yml" | "json") => found.push(path),
            _ => {}
        }
    }
}

fn sets() -> Vec<Set> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../manifests/upstream");
    let mut paths = Vec::new();
    files(&own, &mut paths);
    let given = ["CNX_HARDEN_CORPUS", "CNX_HARDEN_TODAY", "CNX_HARDEN_CASES"];
    for variable in given {
        match std::env::var_os(variable) {
            Some(folder) if variable == "CNX_HARDEN_CASES" => {
                files(&Path::new(&folder).join("manifests"), &mut paths);
            }
            Some(folder) => files(Path::new(&folder), &mut paths),
            None => eprintln!("{variable} is not set: its manifests were not looked at"),
        }
    }
    let mut sets = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(&path).unwrap();
        let readable = yaml_splice::documents(&text).all(|document| document.parse().is_ok());
        if readable {
            let name = path.display().to_string();
            sets.push(Set {
                texts: vec![(name.clone(), text)],
                name,
                names: Names::default(),
            });
        }
    }
    sets
}

/// The same objects as one list.
fn as_list(set: &Set) -> Option<Set> {
    let items: Vec<Value> = set
        .texts
        .iter()
        .flat_map(|(_, text)| objects(text))
        .collect();
    // A template's braces are mappings as keys, which are not written.
    let items = serde_yaml::to_string(&items).ok()?;
    let text = format!("apiVersion: v1\nkind: List\nitems:\n{items}");
    Some(Set {
        name: format!("{} (as a list)", set.name),
        texts: vec![("list.yaml".to_owned(), text)],
        names: set.names.clone(),
    })
}

/// As kustomize writes them: no comments, keys sorted.
fn as_from_kustomize(set: &Set) -> Option<Set> {
    fn sorted(value: Value) -> Value {
        match value {
            Value::Mapping(entries) => {
                let entries = entries.into_iter();
                let mut entries: Vec<_> = entries.map(|(k, v)| (k, sorted(v))).collect();
                entries.sort_by_key(|(key, _)| key.as_str().unwrap_or_default().to_owned());
                Value::Mapping(entries.into_iter().collect())
            }
            Value::Sequence(items) => Value::Sequence(items.into_iter().map(sorted).collect()),
            other => other,
        }
    }
    let all = set.texts.iter().flat_map(|(_, text)| objects(text));
    let documents = all.map(|object| serde_yaml::to_string(&sorted(object)));
    let text = documents.collect::<Result<Vec<_>, _>>().ok()?.join("---\n");
    Some(Set {
        name: format!("{} (from kustomize)", set.name),
        texts: vec![("kustomize.yaml".to_owned(), text)],
        names: set.names.clone(),
    })
}

/// The same with other names, which the caller gives; those of Typha's and Felix's
/// workloads are found.
fn with_other_names(set: &Set) -> Set {
    let names = [
        ("cnx-apiserver-certs", "own-apiserver-certs"),
        ("cnx-apiserver", "own-apiserver"),
        ("calico-etcd-secrets", "own-etcd-secrets"),
        ("calico-config", "own-config"),
        ("etcd-certs", "own-etcd-certs"),
        ("calico-typha", "calico-typha-ee"),
        ("calico-node", "calico-node-ee"),
        ("cnx-manager-tls", "own-manager-tls"),
        ("cnx-manager", "own-manager"),
    ];
    // Containers keep theirs, of which there are no names to give for Typha.
    let rename = |text: &str| {
        let mut text = text.to_owned();
        for (number, (old, _)) in names.iter().enumerate() {
            text = text.replace(old, &format!("\u{1}{number}\u{2}"));
        }
        for (number, (_, new)) in names.iter().enumerate() {
            text = text.replace(&format!("\u{1}{number}\u{2}"), new);
        }
        text
    };
    let mut names = set.names.clone();
    names.api_server.secret = "own-apiserver-certs".into();
    names.api_server.deployment = "own-apiserver".into();
    names.api_server.container = "own-apiserver".into();
    names.etcd.secret = "own-etcd-secrets".into();
    names.etcd.config_maps = vec!["own-config".into(), "canal-config".into()];
    names.etcd.volume = "own-etcd-certs".into();
    names.manager.secret = "own-manager-tls".into();
    names.manager.deployment = "own-manager".into();
    names.manager.service = "own-manager".into();
    names.manager.mount_path = "/etc/own-manager-web-tls".into();
    let texts = set.texts.iter();
    Set {
        name: format!("{} (other names)", set.name),
        texts: texts
            .map(|(name, text)| (name.clone(), rename(text)))
            .collect(),
        names,
    }
}

impl Set {
    fn sources(&self) -> Vec<Source<'_>> {
        let texts = self.texts.iter();
        texts.map(|(name, text)| Source { name, text }).collect()
    }

    fn hardening(&self, channel: Channel) -> Hardening {
        let all = material::all();
        let mut one = Hardening::default();
        match channel {
            Channel::KubeApiserver => {
                one.api_server = all.api_server;
                if let Some(api_server) = &mut one.api_server {
                    api_server.names = self.names.api_server.clone();
                    api_server.missing_secret = MissingSecret::Add;
                }
            }
            Channel::Etcd => {
                one.etcd = all.etcd;
                if let Some(etcd) = &mut one.etcd {
                    etcd.names = self.names.etcd.clone();
                }
            }
            Channel::Typha => {
                one.typha = all.typha;
                if let Some(typha) = &mut one.typha {
                    typha.names = self.names.typha.clone();
                    typha.server.identity = None;
                    typha.client.identity = None;
                }
            }
            _ => {
                one.manager = all.manager;
                if let Some(manager) = &mut one.manager {
                    manager.names = self.names.manager.clone();
                }
            }
        }
        one
    }

    fn options(&self) -> AuditOptions {
        AuditOptions {
            names: self.names.clone(),
            ..AuditOptions::default()
        }
    }

    /// Whether certificates are in it already.
    fn holds_material(&self) -> bool {
        let mut texts = self.texts.iter();
        texts.any(|(_, text)| text.contains("LS0tLS1C") || text.contains("-----BEGIN"))
    }
}

/// What differs between the doors.
fn differences(
    set: &Set,
    manifests: &Manifests<'_>,
    found: &[AuditFinding],
    channel: Channel,
    counts: &mut Counts,
) -> Vec<String> {
    let mut wrong = Vec::new();
    let of = |f: &&AuditFinding| f.channel == Some(channel);
    let found: Vec<_> = found.iter().filter(of).cloned().collect();
    let shown = |found: &[AuditFinding]| {
        let lines = found.iter().map(|f| {
            f.finding
                .to_string()
                .lines()
                .next()
                .unwrap_or_default()
                .to_owned()
        });
        lines.collect::<Vec<_>>().join("\n    ")
    };
    let matters = |f: &&AuditFinding| f.finding.severity <= Severity::Warning;
    // What may be in the cluster, and what is another's, is a remark.
    let remarks = [
        Code::MissingObject,
        Code::MissingVariable,
        Code::MissingMount,
        Code::MissingVolume,
    ];
    let told = found
        .iter()
        .any(|f| matters(&f) || remarks.contains(&f.finding.code));
    let run = match manifests.harden(&set.hardening(channel)) {
        Ok(run) => run,
        Err(error) => {
            *counts.entry((channel, "refused")).or_default() += 1;
            let alone = error.findings.iter().all(|f| f.code == Code::MissingObject);
            if !alone && !told {
                wrong.push(format!(
                    "apply refuses, and check finds nothing:\n    {error}"
                ));
            }
            return wrong;
        }
    };
    let changed = run.outputs.iter().any(|output| output.changed);
    let what = match (changed, told) {
        (true, true) => "both",
        (false, false) => "neither",
        (true, false) if set.holds_material() => "renewed",
        (true, false) => {
            wrong.push(format!(
                "apply edits, and check finds nothing:\n    {}",
                shown(&found)
            ));
            "apply alone"
        }
        (false, true) => {
            wrong.push(format!(
                "check finds, and apply edits nothing:\n    {}",
                shown(&found)
            ));
            "check alone"
        }
    };
    *counts.entry((channel, what)).or_default() += 1;
    let texts = set.texts.iter().zip(&run.outputs);
    let after = Set {
        texts: texts
            .map(|((name, _), o)| (name.clone(), o.text.clone()))
            .collect(),
        ..set.clone()
    };
    if !changed {
        return wrong;
    }
    let sources = after.sources();
    let manifests = Manifests::read(&sources);
    let left: Vec<_> = manifests
        .audit(&set.options())
        .findings
        .into_iter()
        .collect();
    let left: Vec<_> = left.iter().filter(of).cloned().collect();
    if left.iter().any(|f| f.finding.severity == Severity::Error) {
        wrong.push(format!("after apply, check finds:\n    {}", shown(&left)));
    }
    match manifests.harden(&after.hardening(channel)) {
        Ok(again) if again.outputs.iter().all(|output| !output.changed) => {}
        Ok(_) => wrong.push("the second run changes something".to_owned()),
        Err(error) => wrong.push(format!("the second run is refused: {error}")),
    }
    wrong
}

/// How often each pair of answers came.
type Counts = BTreeMap<(Channel, &'static str), usize>;

/// The differences of a set, in all its forms: with the number of its exception, or
/// as they are to be shown.
fn look(set: &Set, counts: &mut Counts) -> Vec<(Option<usize>, String)> {
    let others = [
        as_list(set),
        as_from_kustomize(set),
        Some(with_other_names(set)),
    ];
    let mut found = Vec::new();
    for variant in std::iter::once(set).chain(others.iter().flatten()) {
        let sources = variant.sources();
        let manifests = Manifests::read(&sources);
        let findings = manifests.audit(&variant.options()).findings;
        for channel in Channel::ALL {
            let exception = EXCEPTIONS.iter().position(|exception| {
                set.name.ends_with(exception.file) && exception.channel == *channel
            });
            let wrong = differences(variant, &manifests, &findings, *channel, counts);
            found.extend(
                wrong
                    .into_iter()
                    .map(|wrong| (exception, format!("{}, {channel}: {wrong}", variant.name))),
            );
        }
    }
    found
}

#[test]
fn what_apply_would_edit_is_what_check_finds() {
    let only = std::env::var("PARITY").unwrap_or_default();
    let mut sets = sets();
    sets.retain(|set| set.name.contains(&only));
    // In halves: there is much to read.
    let (left, right) = sets.split_at(sets.len() / 2);
    let half = |sets: &[Set]| {
        let mut counts = Counts::new();
        let found: Vec<_> = sets.iter().flat_map(|set| look(set, &mut counts)).collect();
        (found, counts)
    };
    let halves = std::thread::scope(|scope| {
        let other = scope.spawn(|| half(right));
        [half(left), other.join().unwrap()]
    });
    let mut failures = Vec::new();
    let mut counts = Counts::new();
    let mut used = vec![0; EXCEPTIONS.len()];
    for (found, more) in halves {
        for (key, count) in more {
            *counts.entry(key).or_default() += count;
        }
        for (exception, wrong) in found {
            match exception {
                Some(number) => used[number] += 1,
                None => failures.push(wrong),
            }
        }
    }
    println!("{counts:?}");
    assert!(
        failures.is_empty(),
        "{} of them:\n{}",
        failures.len(),
        failures.join("\n")
    );
    for (exception, used) in EXCEPTIONS.iter().zip(used) {
        let there = sets.iter().any(|set| set.name.ends_with(exception.file));
        assert!(
            used > 0 || !there,
            "{}: no exception any more ({})",
            exception.file,
            exception.why
        );
    }
}
