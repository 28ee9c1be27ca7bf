//! Half-applied states of the shipped manifests: each edit of each channel is taken
//! back out in turn. The audit names it, at its channel, and a run completes it.

use std::collections::BTreeSet;
use std::path::Path;

use similar::ChangeTag;

use cnx_harden_core::audit::{Audit, audit};
use cnx_harden_core::{Channel, ChannelState, Error, Hardening, Run, Severity, Source, harden};

use crate::common::objects;
use crate::half_applied::sorted;
use crate::{audit as audits, half_applied, material, typha_halves};

/// What is applied together.
const SETS: [&[&str]; 2] = [
    &["calico-etcd.yaml", "calicoctl.yaml", "cnx-etcd.yaml"],
    &["calico-typha.yaml", "cnx-kdd.yaml"],
];

type Texts = Vec<(&'static str, String)>;

fn sources(texts: &Texts) -> Vec<Source<'_>> {
    texts
        .iter()
        .map(|(name, text)| Source { name, text })
        .collect()
}

fn apply(texts: &Texts, hardening: &Hardening) -> Result<Run, Error> {
    harden(&sources(texts), hardening)
}

fn with(texts: &Texts, number: usize, text: String) -> Texts {
    let mut texts = texts.clone();
    texts[number].1 = text;
    texts
}

fn look(texts: &Texts) -> Audit {
    audit(&sources(texts), &audits::options())
}

/// The channels about which something new is said, and the worst of it.
fn named(before: &Audit, half: &Audit) -> Vec<(Channel, Severity)> {
    let known: BTreeSet<_> = before.findings.iter().map(|f| &f.fingerprint).collect();
    let new = half
        .findings
        .iter()
        .filter(|f| !known.contains(&f.fingerprint));
    new.filter_map(|f| Some((f.channel?, f.finding.severity)))
        .collect()
}

/// What a half lacks.
struct Half {
    text: String,
    /// Whether the edit comes back byte for byte.
    in_place: bool,
    /// Whether it is an object, which may be in the cluster.
    is_object: bool,
}

fn halves(before: &str, after: &str) -> Vec<Half> {
    let count = objects(after).len();
    let half = |(text, in_place): (String, bool)| Half {
        is_object: objects(&text).len() < count,
        text,
        in_place,
    };
    let edits = half_applied::halves(before, after).into_iter();
    let added = typha_halves::halves(after)
        .into_iter()
        .map(|text| (text, false));
    edits.chain(added).map(half).collect()
}

#[test]
fn each_edit_that_is_missing_is_named_and_made() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../manifests/upstream");
    let mut failures = Vec::new();
    let mut counts = std::collections::BTreeMap::new();
    for names in SETS {
        let read =
            |name: &&'static str| (*name, std::fs::read_to_string(folder.join(name)).unwrap());
        let upstream: Texts = names.iter().map(read).collect();
        let all: String = upstream.iter().map(|(_, text)| text.as_str()).collect();
        let hardening = material::hardening(&all);
        let run = apply(&upstream, &hardening).unwrap();
        let hardened: Texts = names
            .iter()
            .copied()
            .zip(run.outputs)
            .map(|(n, o)| (n, o.into_text()))
            .collect();
        let clean = look(&hardened);
        for number in 0..names.len() {
            let after = &hardened[number].1;
            for (at, half) in halves(&upstream[number].1, after).into_iter().enumerate() {
                let fails = |what: String| {
                    let diff = similar::TextDiff::from_lines(after.as_str(), &half.text);
                    // No value, which may be a key.
                    let lines = diff
                        .iter_all_changes()
                        .filter(|c| c.tag() != ChangeTag::Equal);
                    let lines = lines.map(|c| c.value().chars().take(50).collect::<String>());
                    let lines: Vec<_> = lines.collect();
                    format!("{}, half {at}: {what}\n{lines:?}", names[number])
                };
                let texts = with(&hardened, number, half.text.clone());
                let run = match apply(&texts, &hardening) {
                    Ok(run) => run,
                    Err(error) => {
                        failures.push(fails(format!("refused: {error}")));
                        continue;
                    }
                };
                let text = &run.outputs[number].text;
                if half.in_place && text != after {
                    failures.push(fails("other bytes".to_owned()));
                }
                if sorted(text) != sorted(after) {
                    failures.push(fails("other objects".to_owned()));
                }
                let named = named(&clean, &look(&texts));
                for report in run.report.channels {
                    if report.state != ChannelState::Hardened {
                        continue;
                    }
                    *counts.entry(report.channel).or_insert(0) += 1;
                    let least = match half.is_object {
                        true => Severity::Info,
                        false => Severity::Warning,
                    };
                    let says = |(channel, severity): &(Channel, Severity)| {
                        *channel == report.channel && *severity <= least
                    };
                    if !named.iter().any(says) {
                        failures.push(fails(format!("{}: check says {named:?}", report.channel)));
                    }
                }
            }
        }
    }
    assert!(
        failures.is_empty(),
        "{}: {}",
        failures.len(),
        failures.join("\n")
    );
    for channel in Channel::ALL {
        assert!(counts.get(channel).is_some_and(|n| *n >= 3), "{counts:?}");
    }
}

/// Cases in which a half is another thing: values of other certificates, names that
/// the audit would have to be given, endpoints that say nothing of TLS.
const OTHER: [&str; 7] = [
    "already-hardened-with-other-certificates",
    "etcd-endpoints-commented-out-and-given",
    "etcd-other-names",
    "etcd-placeholder-endpoints-given",
    "etcd-rotation",
    "etcd-variable-of-another-config-map",
    "other-names",
];

/// The cases of `tests/data`: everything that stands there in one form or another.
#[test]
fn each_edit_that_is_missing_in_a_case_is_named() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let (mut failures, mut count) = (Vec::new(), 0);
    for case in std::fs::read_dir(folder).unwrap() {
        let case = case.unwrap().path();
        let read = |name: &str| std::fs::read_to_string(case.join(name)).ok();
        let (Some(before), Some(after)) = (read("before.yaml"), read("after.yaml")) else {
            continue;
        };
        let name = case.file_name().unwrap().to_str().unwrap();
        if before.trim_start().starts_with('{') || OTHER.contains(&name) {
            continue;
        }
        let hardening = read("options.txt").map_or_else(crate::common::hardening, |text| {
            crate::cases::options(&text)
        });
        let texts = |text: &str| vec![("it.yaml", text.to_owned())];
        let look = |text: &str| audit(&sources(&texts(text)), &Default::default());
        let clean = look(&after);
        for (at, (half, _)) in half_applied::halves(&before, &after)
            .into_iter()
            .enumerate()
        {
            let Ok(run) = apply(&texts(&half), &hardening) else {
                continue;
            };
            let named = named(&clean, &look(&half));
            // An object may be in the cluster.
            let least = match objects(&half).len() < objects(&after).len() {
                true => Severity::Info,
                false => Severity::Warning,
            };
            for report in run.report.channels {
                if report.state != ChannelState::Hardened {
                    continue;
                }
                count += 1;
                if !named
                    .iter()
                    .any(|(channel, s)| *channel == report.channel && *s <= least)
                {
                    let diff = similar::TextDiff::from_lines(after.as_str(), &half);
                    failures.push(format!(
                        "{}, half {at}: {named:?}\n{}",
                        case.display(),
                        diff.unified_diff()
                    ));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(count > 250, "{count}");
}
