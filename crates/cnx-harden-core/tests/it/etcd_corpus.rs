//! Published manifests with clients of etcd, each hardened for that channel.

use std::collections::BTreeMap;

use crate::common::{Published, b64, etcd, objects, published};
use crate::etcd_model::{ENDPOINTS, holds, is_named_line, model, normal};
use cnx_harden_core::etcd::{Endpoints, MissingSecret};
use cnx_harden_core::{
    Channel, ChannelState, Code, EditOutcome, Finding, Hardening, Source, harden,
};

fn hardening(missing_secret: MissingSecret) -> Hardening {
    let mut etcd = etcd();
    etcd.missing_secret = missing_secret;
    Hardening {
        etcd: Some(etcd),
        ..Hardening::default()
    }
}

fn source(file: &Published) -> Source<'_> {
    Source {
        name: &file.name,
        text: &file.text,
    }
}

#[test]
fn each_published_manifest_is_hardened_or_refused_with_its_reason() {
    let Some(published) = published() else { return };
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut failures = Vec::new();
    for file in &published {
        let before = objects(&file.text);
        let holds = holds(&before);
        for missing in [MissingSecret::Refuse, MissingSecret::Assume] {
            let assumed = missing == MissingSecret::Assume;
            let mut hardening = hardening(missing);
            let mut result = harden(&[source(file)], &hardening);
            // Where etcd is, nobody knows but who applies it.
            let is_unset = |f: &Finding| f.code == Code::EndpointsUnset;
            if result
                .as_ref()
                .is_err_and(|e| e.findings.iter().any(is_unset))
            {
                *counts.entry("endpoints given").or_default() += 1;
                let endpoints = Endpoints::parse(ENDPOINTS).unwrap();
                hardening.etcd.as_mut().unwrap().endpoints = Some(endpoints);
                result = harden(&[source(file)], &hardening);
            }
            let verdict = match &result {
                Err(error) => match error.findings.iter().map(|f| f.code).min().unwrap() {
                    Code::NotYaml => "not-yaml",
                    Code::MissingObject => "missing",
                    _ => "refused",
                },
                Ok(run) if run.outputs[0].changed => "hardened",
                Ok(_) => "unchanged",
            };
            if assumed {
                *counts.entry(verdict).or_default() += 1;
            }
            let wanted = match &holds {
                _ if !file.parses && verdict == "not-yaml" => "not-yaml",
                holds if holds.nothing() => "unchanged",
                holds if !assumed && !holds.complete() => "missing",
                // Pods that have all of it, and whose Secret is elsewhere.
                holds if model(&before, false) == before && !holds.secret => "unchanged",
                _ => "hardened",
            };
            if verdict != wanted {
                let why = result.as_ref().err().map(ToString::to_string);
                failures.push(format!("{}: {verdict}, not {wanted}: {why:?}", file.name));
                continue;
            }
            let Ok(run) = result else { continue };
            let after = &run.outputs[0].text;
            if verdict == "unchanged" {
                assert_eq!(after, &file.text);
                continue;
            }
            // 1. The objects are what the page asks for.
            let flags = file.text.contains("# - \"--ca-file=");
            if normal(objects(after)) != normal(model(&before, flags)) {
                failures.push(format!("{}: other objects", file.name));
            }
            // 2. Only lines that the channel names differ.
            let diff = similar::TextDiff::from_lines(file.text.as_str(), after.as_str());
            for change in diff.iter_all_changes() {
                let line = change.value().trim_end();
                if change.tag() != similar::ChangeTag::Equal && !is_named_line(line, &holds) {
                    failures.push(format!("{}: {line:?}", file.name));
                }
            }
            // 3. The second run changes nothing, and says so.
            let text = after.as_str();
            let again = harden(
                &[Source {
                    name: "again",
                    text,
                }],
                &hardening,
            )
            .unwrap();
            assert_eq!(&again.outputs[0].text, after, "{}", file.name);
            assert_eq!(again.report.count(EditOutcome::Changed), 0);
            let state = again
                .report
                .channels
                .iter()
                .find(|c| c.channel == Channel::Etcd);
            assert_eq!(state.unwrap().state, ChannelState::AlreadyHardened);
            // 4. The key is in the Secret, and nowhere else.
            let key = b64("TEST ETCD KEY");
            assert_eq!(after.matches(&key).count(), usize::from(holds.secret));
            let shown = run.redacted(after) + &format!("{run:?} {hardening:?}");
            assert!(!shown.contains(&key));
        }
    }
    println!("{counts:#?}");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(counts["hardened"] > 85, "{counts:?}");
}

/// The Secret, the ConfigMap and their clients often stand in different files.
#[test]
fn a_release_in_several_files_is_one_run() {
    let Some(published) = published() else { return };
    let find = |name: &str| published.iter().find(|file| file.name == name).unwrap();
    let files = [
        find("cnx/v2.3-20190202-cnx_1.7_cnx-etcd-977f7.yaml"),
        find("calico/v3.0-20180308-calico-20751.yaml"),
        find("calico/ee-v2.4-20190603-calicoq.yaml"),
    ];
    let hardening = hardening(MissingSecret::Refuse);
    assert!(harden(&[source(files[0])], &hardening).is_err());
    let run = harden(&files.map(source), &hardening).unwrap();
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for (file, output) in files.iter().zip(&run.outputs) {
        before.extend(objects(&file.text));
        after.extend(objects(&output.text));
    }
    assert!(normal(after) == normal(model(&before, false)));
}
