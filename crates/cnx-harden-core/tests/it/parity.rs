//! What `apply` would edit is what `check` finds: on published manifests, on the
//! project's own, and on cases, for each kind of connection, with the vendor's names
//! and with others, as files, as a list, and as kustomize writes them.
//!
//! `CNX_HARDEN_CORPUS`, `CNX_HARDEN_TODAY` and `CNX_HARDEN_CASES` name the folders
//! that are not part of the project.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use cnx_certs::Policy;
use cnx_harden_core::audit::{AuditFinding, AuditOptions};
use cnx_harden_core::kube_apiserver::MissingSecret;
use cnx_harden_core::traffic::{Link, State, TrafficOptions};
use cnx_harden_core::{
    Channel, Code, Finding, Hardening, Manifests, Names, Severity, Source, UnixTime,
};
use serde_yaml::Value;

use crate::common::objects;
use crate::material;

/// Manifests that are applied together.
#[derive(Clone)]
pub(crate) struct Set {
    pub(crate) name: String,
    pub(crate) texts: Vec<(String, String)>,
    pub(crate) names: Names,
}

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

pub(crate) fn sets() -> Vec<Set> {
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
    for cases in ["tests/data", "tests/runs", "tests/audit"] {
        let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join(cases);
        files(&cases, &mut paths);
    }
    // Of the cases, what was applied has material that is no certificate.
    let name = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
    paths.retain(|path| !name(path).contains("after."));
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
pub(crate) fn as_list(set: &Set) -> Option<Set> {
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
pub(crate) fn as_from_kustomize(set: &Set) -> Option<Set> {
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
    pub(crate) fn sources(&self) -> Vec<Source<'_>> {
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

    pub(crate) fn options(&self) -> AuditOptions {
        AuditOptions {
            certificates: Some(Policy::at(now())),
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

/// A time at which the test material is valid, and that of the cases.
pub(crate) fn now() -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(1_796_083_200))
}

/// The connections of a channel that `report` draws below their goal: those that are
/// not certain too, if `unknown`.
fn below_goal(
    set: &Set,
    manifests: &Manifests<'_>,
    found: &[AuditFinding],
    channel: Channel,
    unknown: bool,
    material_is_given: bool,
) -> Vec<String> {
    let options = TrafficOptions {
        names: set.names.clone(),
        ..TrafficOptions::at(now())
    };
    let goal = match channel {
        Channel::Etcd | Channel::Typha => State::Mutual,
        _ => State::Verified,
    };
    let traffic = manifests.traffic(&options, found);
    let of = traffic
        .present()
        .filter(|c| c.link.channel() == Some(channel) && c.link != Link::KubeApiserverOtherApis);
    let below = of.filter(|c| c.state < goal && (unknown || c.state != State::Unknown));
    // The test material has the vendor's names: what a manifest asks for may be others.
    let other_names = "[identity-mismatch]";
    let below = below.filter(|c| {
        let given = c.worst().filter(|_| material_is_given);
        given.is_none_or(|way| !way.reason.contains(other_names))
    });
    let shown = below.map(|c| {
        let why = c.worst().map_or("", |way| way.reason.as_str());
        format!("{}: {}, {why}", c.link.id(), c.state)
    });
    shown.collect()
}

/// Whether the manifests make a connection of the channel.
fn is_drawn(set: &Set, manifests: &Manifests<'_>, channel: Channel) -> bool {
    let options = TrafficOptions {
        names: set.names.clone(),
        ..TrafficOptions::at(now())
    };
    let traffic = manifests.traffic(&options, &[]);
    let mut drawn = traffic.present();
    drawn.any(|c| c.link.channel() == Some(channel) && c.link != Link::KubeApiserverOtherApis)
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
    let unread = found.iter().any(|f| f.finding.code == Code::CannotEdit);
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
    // Of two sides with one name each is verified: a piece of advice, and no edit.
    let matters = |f: &&AuditFinding| {
        f.finding.severity <= Severity::Warning && f.finding.code != Code::TyphaIdentities
    };
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
            if !alone && !told && !unread {
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
    // Where an object was assumed, what it holds is not known.
    let assumed = [Code::AssumedObject, Code::MissingObject];
    let assumed = run
        .report
        .findings
        .iter()
        .any(|f| assumed.contains(&f.code));
    // What is not to be told from the manifests, and what is another's, is a remark.
    let uncertain = [Code::EndpointsUnset, Code::OtherProduct];
    let is_remarked = |found: &[AuditFinding]| {
        let mut all = found.iter();
        all.any(|f| matters(&f) || uncertain.contains(&f.finding.code))
    };
    // Objects that nothing reads make no connection.
    let at_goal = is_drawn(set, manifests, channel)
        && below_goal(set, manifests, &found, channel, true, false).is_empty();
    let below = below_goal(set, manifests, &found, channel, !assumed, false);
    if told && at_goal {
        let shown = shown(&found);
        wrong.push(format!(
            "check finds, and report is at the goal:\n    {shown}"
        ));
    } else if !told && !is_remarked(&found) && !below.is_empty() {
        let below = below.join("\n    ");
        wrong.push(format!(
            "report is below the goal, and check finds nothing:\n    {below}"
        ));
    }
    let before = manifests.wired(&set.names).findings;
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
    let other_names = Code::Certificate(cnx_certs::Code::IdentityMismatch);
    let left: Vec<_> = left
        .into_iter()
        .filter(|f| f.finding.code != other_names)
        .collect();
    // What `apply` itself says is left to do by hand is left.
    let by_hand = |f: &&AuditFinding| {
        let mut told = run.report.findings.iter();
        let about = |f: &Finding| (f.code, f.resource.clone());
        told.any(|told| about(told) == about(&f.finding))
    };
    let is_error = |f: &&AuditFinding| f.finding.severity == Severity::Error;
    if left.iter().any(|f| is_error(&f) && !by_hand(&f)) {
        wrong.push(format!("after apply, check finds:\n    {}", shown(&left)));
    }
    let below = below_goal(&after, &manifests, &left, channel, !assumed, true);
    if !below.is_empty() && !is_remarked(&left) {
        let below = below.join("\n    ");
        wrong.push(format!(
            "after apply, report is below the goal:\n    {below}"
        ));
    }
    let errors = manifests.wired(&set.names).findings.into_iter();
    let errors = errors.filter(|f| f.severity == Severity::Error && !assumed);
    let known = |f: &Finding| {
        before
            .iter()
            .any(|b| (b.code, &b.message) == (f.code, &f.message))
    };
    let errors = errors.filter(|f| !known(f)).map(|f| f.to_string());
    let errors: Vec<_> = errors.collect();
    if !errors.is_empty() {
        let errors = errors.join("\n    ");
        wrong.push(format!("after apply, verify finds:\n    {errors}"));
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

/// The differences of a set, in all its forms.
fn look(set: &Set, counts: &mut Counts) -> Vec<String> {
    let others = [
        as_list(set),
        as_from_kustomize(set),
        Some(with_other_names(set)),
    ];
    let mut found = Vec::new();
    for variant in std::iter::once(set).chain(others.iter().flatten()) {
        let sources = variant.sources();
        let manifests = Manifests::read(&sources);
        // What is accepted is found all the same.
        let audit = manifests.audit(&variant.options());
        let accepted = audit.suppressed.into_iter().map(|accepted| accepted.found);
        let findings: Vec<_> = audit.findings.into_iter().chain(accepted).collect();
        for channel in Channel::ALL {
            let wrong = differences(variant, &manifests, &findings, *channel, counts);
            let shown = |wrong| format!("{}, {channel}: {wrong}", variant.name);
            found.extend(wrong.into_iter().map(shown));
        }
    }
    found
}

/// How long one set may take, on a machine that has other things to do too.
const PATIENCE: Duration = Duration::from_secs(120);

#[test]
fn what_apply_would_edit_is_what_check_finds() {
    let only = std::env::var("PARITY").unwrap_or_default();
    let mut sets = sets();
    sets.retain(|set| set.name.contains(&only));
    // In halves: there is much to read.
    let (left, right) = sets.split_at(sets.len() / 2);
    let (begin, begun) = mpsc::channel();
    let half = |number: usize, sets: &[Set], begin: mpsc::Sender<(usize, String)>| {
        let mut counts = Counts::new();
        let found = sets.iter().flat_map(|set| {
            begin.send((number, set.name.clone())).unwrap();
            look(set, &mut counts)
        });
        (found.collect::<Vec<_>>(), counts)
    };
    // One that never ends is named, instead of a run that never ends.
    let watch = move || {
        let mut at = BTreeMap::new();
        loop {
            match begun.recv_timeout(PATIENCE) {
                Ok((number, name)) => _ = at.insert(number, name),
                Err(mpsc::RecvTimeoutError::Disconnected) => return,
                Err(mpsc::RecvTimeoutError::Timeout) => {
                    eprintln!("no end after {PATIENCE:?} with one of {at:?}");
                    std::process::abort();
                }
            }
        }
    };
    let halves = std::thread::scope(|scope| {
        scope.spawn(watch);
        let other = begin.clone();
        let other = scope.spawn(|| half(1, right, other));
        [half(0, left, begin), other.join().unwrap()]
    });
    let mut failures = Vec::new();
    let mut counts = Counts::new();
    for (found, more) in halves {
        failures.extend(found);
        for (key, count) in more {
            *counts.entry(key).or_default() += count;
        }
    }
    println!("{counts:?}");
    for channel in Channel::ALL {
        let both = counts.get(&(*channel, "both")).copied().unwrap_or_default();
        assert!(both >= 40 || !only.is_empty(), "{channel}: {both}");
    }
    let count = failures.len();
    assert!(
        failures.is_empty(),
        "{count} of them:\n{}",
        failures.join("\n")
    );
}
