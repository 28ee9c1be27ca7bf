//! Published manifests, each hardened for the Manager: the result is compared
//! with the same change made on the parsed objects by the code in this file,
//! which shares nothing with the crate.

use std::collections::BTreeMap;

use crate::common::{added_last, b64, manager, objects, published};
use cnx_harden_core::{Code, EditOutcome, Hardening, Source, harden};
use serde_yaml::Value;

/// The objects with the Secret behind them.
fn model(before: &[Value]) -> Vec<Value> {
    let secret = format!(
        "{{apiVersion: v1, kind: Secret, type: Opaque, \
         metadata: {{name: cnx-manager-tls, namespace: kube-system}}, \
         data: {{cert: {}, key: {}}}}}",
        b64("TEST MANAGER CERTIFICATE"),
        b64("TEST MANAGER KEY")
    );
    let mut after = before.to_vec();
    after.push(serde_yaml::from_str(&secret).unwrap());
    after
}

fn deployment(objects: &[Value]) -> Option<Value> {
    let mut found = objects.iter().filter(|object| {
        object["kind"] == "Deployment" && object["metadata"]["name"] == "cnx-manager"
    });
    found.next().cloned()
}

#[test]
fn each_published_manager_gets_its_secret_and_nothing_else() {
    let Some(published) = published() else { return };
    let hardening = Hardening {
        manager: Some(manager()),
        ..Hardening::default()
    };
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut failures = Vec::new();
    for file in &published {
        let run = |text: &str| {
            let source = Source {
                name: &file.name,
                text,
            };
            harden(&[source], &hardening)
        };
        let result = run(&file.text);
        let parses = file.parses;
        let state = match parses.then(|| deployment(&objects(&file.text))) {
            None => "does not parse",
            Some(None) => "none",
            Some(Some(object)) => match &object["spec"]["template"]["spec"]["volumes"] {
                Value::Sequence(_) => "with TLS",
                _ => "without TLS",
            },
        };
        let verdict = match &result {
            Ok(run) if !run.outputs[0].changed => "unchanged",
            Ok(_) => "hardened",
            Err(error) => match error.findings[0].code {
                Code::NotYaml => "not-yaml",
                Code::PlainManager => "plain",
                _ => "refused",
            },
        };
        *counts.entry((state, verdict)).or_default() += 1;
        let wanted: &[&str] = match state {
            "with TLS" => &["hardened"],
            "without TLS" => &["plain"],
            "none" => &["unchanged"],
            // Where just another document is wrong, this one is hardened.
            _ => &["not-yaml", "hardened", "unchanged"],
        };
        if !wanted.contains(&verdict) {
            let why = result.as_ref().err().map(ToString::to_string);
            failures.push(format!("{} ({state}): {verdict} {why:?}", file.name));
        }
        let Ok(hardened) = result else { continue };
        let after = &hardened.outputs[0].text;
        if verdict == "unchanged" {
            assert_eq!(after, &file.text, "{}", file.name);
            continue;
        }
        let before = objects(&file.text);
        if parses && added_last(&before, objects(after)) != model(&before) {
            failures.push(format!("{}: other objects", file.name));
        }
        // What was there is there, byte for byte, with the Secret between.
        let diff = similar::TextDiff::from_lines(file.text.as_str(), after.as_str());
        let of = |tag| diff.ops().iter().filter(move |op| op.tag() == tag).count();
        let (gone, come) = (
            of(similar::DiffTag::Delete) + of(similar::DiffTag::Replace),
            of(similar::DiffTag::Insert),
        );
        if (gone, come) != (0, 1) {
            failures.push(format!("{}: not just the Secret", file.name));
        }
        let again = run(after).unwrap();
        assert_eq!(&again.outputs[0].text, after, "{}", file.name);
        assert_eq!(again.report.count(EditOutcome::Changed), 0);
        let restarts = |report: &cnx_harden_core::Report| {
            let commands = report.restarts.iter().map(ToString::to_string);
            commands.collect::<Vec<_>>()
        };
        assert_eq!(
            restarts(&hardened.report),
            ["kubectl -n kube-system rollout restart deployment/cnx-manager"]
        );
        assert!(again.report.restarts.is_empty());
        let key = b64("TEST MANAGER KEY");
        assert_eq!(after.matches(&key).count(), 1, "{}", file.name);
        assert!(!hardened.redacted(after).contains(&key));
    }
    println!("{counts:#?}");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(counts[&("with TLS", "hardened")] > 70);
}
