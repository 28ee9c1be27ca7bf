//! Published manifests, each hardened: the result is compared with the same
//! change made on the parsed objects by the code in this file, which shares
//! nothing with the crate.

use std::collections::BTreeMap;

use crate::common::{added_last, b64, hardening, is_named_line, model, objects, published};
use cnx_harden_core::{ApiServerNames, Code, EditOutcome, MissingSecret, Source, harden};

#[test]
fn each_published_manifest_is_hardened_or_refused_with_its_reason() {
    let Some(published) = published() else { return };
    let mut counts: BTreeMap<(String, &str), usize> = BTreeMap::new();
    let mut failures = Vec::new();
    for file in &published {
        let mut hardening = hardening();
        let channel = hardening.api_server.as_mut().unwrap();
        match file.state.as_str() {
            // Releases with other names: they are options.
            "no-mounts" => {
                channel.names = ApiServerNames {
                    secret: "calico-k8sapiserver-certs".into(),
                    deployment: "calico-k8sapiserver".into(),
                    container: "calico-k8sapiserver".into(),
                    volume: "certs".into(),
                    ..ApiServerNames::default()
                };
            }
            "no-secret" => {
                channel.missing_secret = MissingSecret::Add;
                if file.text.contains("name: calico-server") {
                    channel.names.deployment = "calico-server".into();
                    channel.names.container = "calico-server".into();
                }
            }
            _ => {}
        }
        let source = Source {
            name: &file.name,
            text: &file.text,
        };
        let result = harden(&[source], &hardening);
        let verdict = match &result {
            Err(error) => {
                let codes = error.findings.iter().map(|f| f.code);
                match codes.min().unwrap() {
                    Code::VolumeConflict | Code::MountConflict => "conflict",
                    Code::NotYaml => "not-yaml",
                    Code::MissingObject => "missing",
                    _ => "refused",
                }
            }
            Ok(run) if !run.outputs[0].changed => "unchanged",
            Ok(_) => "hardened",
        };
        *counts.entry((file.state.clone(), verdict)).or_default() += 1;
        let wanted: &[&str] = match file.state.as_str() {
            "-" | "open-source" => &["unchanged"],
            "eks" => &["conflict"],
            "does-not-parse" => &["not-yaml"],
            // The APIService is in another file of that release.
            "no-secret" if !file.text.contains("kind: APIService") => &["missing"],
            _ => &["hardened"],
        };
        if !wanted.contains(&verdict) {
            let why = result.as_ref().err().map(ToString::to_string);
            failures.push(format!("{} ({}): {verdict} {why:?}", file.name, file.state));
            continue;
        }
        let Ok(run) = result else { continue };
        let after = &run.outputs[0].text;
        if verdict == "unchanged" {
            assert_eq!(after, &file.text);
            continue;
        }
        let channel = hardening.api_server.as_ref().unwrap();
        // 1. The objects are what the page asks for.
        let before = objects(&file.text);
        if added_last(&before, objects(after)) != model(&before, channel) {
            failures.push(format!("{}: other objects", file.name));
        }
        // 2. Only lines that the page names differ.
        let diff = similar::TextDiff::from_lines(file.text.as_str(), after.as_str());
        let added = run.report.count(EditOutcome::Added) > 0;
        for change in diff.iter_all_changes() {
            let line = change.value().trim_end();
            if change.tag() != similar::ChangeTag::Equal && !added && !is_named_line(line, channel)
            {
                failures.push(format!("{}: {line:?}", file.name));
            }
        }
        // 3. The second run changes nothing.
        let again = harden(
            &[Source {
                name: "again",
                text: after,
            }],
            &hardening,
        )
        .unwrap();
        assert_eq!(&again.outputs[0].text, after, "{}", file.name);
        assert_eq!(again.report.count(EditOutcome::Changed), 0);
        // 4. The key is nowhere else.
        let key = b64("TEST KEY");
        assert_eq!(after.matches(&key).count(), 1, "{}", file.name);
        let shown = run.redacted(after) + &format!("{run:?} {hardening:?}");
        assert!(!shown.contains(&key));
    }
    println!("{counts:#?}");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    let total: usize = counts.values().sum();
    assert!(total > 150 && total == published.len());
}

#[test]
fn all_files_in_one_run_are_refused_together_and_named() {
    let Some(published) = published() else { return };
    let good = published.iter().filter(|file| file.state == "published");
    let sources: Vec<_> = good
        .map(|f| Source {
            name: &f.name,
            text: &f.text,
        })
        .collect();
    let run = harden(&sources, &hardening()).unwrap();
    assert!(run.outputs.iter().all(|output| output.changed));
    let eks = published.iter().filter(|file| file.state == "eks");
    let mut sources = sources;
    sources.extend(eks.map(|f| Source {
        name: &f.name,
        text: &f.text,
    }));
    let error = harden(&sources, &hardening()).unwrap_err();
    assert!(
        error
            .findings
            .iter()
            .all(|f| f.place.file.contains("eks") || f.place.line > 0)
    );
}
