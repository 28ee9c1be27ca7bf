//! Names and values that would steer a terminal, or the machine that reads a log, come out
//! as text, wherever they stand in a manifest.

use std::fmt::Write as _;

use cnx_certs::is_hidden;
use cnx_harden_core::audit::document::AuditDocument;
use cnx_harden_core::traffic::TrafficOptions;
use cnx_harden_core::{Hardening, Manifests, Source, UnixTime, picture, render};
use serde::Deserialize as _;
use serde_yaml::Value;

use crate::common::{etcd, hardening, manager, typha};

/// A title of the terminal, a command of GitHub's, and text that runs backwards.
const EVIL: &str = "\u{1b}]0;x\u{7}\n::error ::pwned\r\u{9b}2J\u{202e}|`x`<b>";
/// Every so-manieth scalar is one of these.
const GROUPS: usize = 16;

#[test]
fn what_is_printed_steers_nothing() {
    let manifests = [
        include_str!("../../../../testdata/traffic/calico.yaml"),
        include_str!("../../../../manifests/upstream/calico-typha.yaml"),
        include_str!("../../../../manifests/hardened/cnx-etcd.yaml"),
    ];
    let mut seen = 0;
    for manifest in manifests {
        for group in 0..GROUPS {
            for whole in [false, true] {
                let text = planted(manifest, group, whole);
                for (what, printed) in printed(&text) {
                    let steers = |c| is_hidden(c) && c != '\n';
                    let plain = without_colours(&printed);
                    assert!(!plain.contains(steers), "{what} of {group}:\n{plain:?}");
                    let command = |line: &str| line.trim_start().starts_with("::error ::");
                    assert!(!plain.lines().any(command), "{what} of {group}:\n{plain}");
                    seen += plain.matches("pwned").count();
                }
            }
        }
    }
    // What is not shown cannot harm, and proves nothing.
    assert!(seen > 1000, "{seen}");
}

/// The manifest with the harm in some of its keys and values, as all of them or at their
/// ends.
fn planted(manifest: &str, group: usize, whole: bool) -> String {
    let mut number = 0;
    let documents = serde_yaml::Deserializer::from_str(manifest);
    let documents = documents.map(|document| {
        let mut value = Value::deserialize(document).unwrap();
        plant(&mut value, &mut |text: &str| {
            number += 1;
            match (number % GROUPS == group, whole) {
                (true, true) => EVIL.to_owned(),
                (true, false) => format!("{text}{EVIL}"),
                (false, _) => text.to_owned(),
            }
        });
        serde_yaml::to_string(&value).unwrap()
    });
    documents.collect::<Vec<_>>().join("---\n")
}

fn plant(value: &mut Value, here: &mut impl FnMut(&str) -> String) {
    match value {
        Value::String(text) => *text = here(text),
        Value::Sequence(items) => items.iter_mut().for_each(|item| plant(item, here)),
        Value::Mapping(map) => {
            for (key, mut value) in std::mem::take(map) {
                let key = key.as_str().map_or(key.clone(), |key| here(key).into());
                plant(&mut value, here);
                map.insert(key, value);
            }
        }
        _ => {}
    }
}

/// All that a run on the manifest has to say to people.
fn printed(text: &str) -> Vec<(&'static str, String)> {
    let name = format!("a{EVIL}.yaml");
    let sources = [Source { name: &name, text }];
    let options = TrafficOptions::at(UnixTime::since_unix_epoch(std::time::Duration::from_secs(
        1_796_083_200,
    )));
    let manifests = Manifests::read(&sources);
    let audit = manifests.audit(&options.audit());
    let traffic = manifests.traffic(&options, &audit.findings);
    let text_options = render::TextOptions {
        width: 100,
        accepted: true,
        door: cnx_harden_core::Door::Command,
    };
    let mut said = String::new();
    for hardening in [
        hardening(),
        Hardening {
            etcd: Some(etcd()),
            typha: Some(typha()),
            manager: Some(manager()),
            rollout_annotation: false,
            ..Hardening::default()
        },
    ] {
        match manifests.harden(&hardening) {
            Err(error) => writeln!(said, "{error}").unwrap(),
            Ok(run) => {
                for edit in run.report.files.iter().flat_map(|file| &file.edits) {
                    writeln!(said, "{}", edit.resource).unwrap();
                }
                for finding in &run.report.findings {
                    writeln!(said, "{finding}").unwrap();
                }
                for restart in &run.report.restarts {
                    writeln!(said, "{restart}").unwrap();
                }
            }
        }
    }
    for found in AuditDocument::new(&audit, &sources).findings {
        writeln!(said, "{}", found.message).unwrap();
    }
    vec![
        ("what is said", said),
        ("text", render::text(&audit, &sources, &text_options)),
        ("GitHub's", render::github(&audit, &sources)),
        ("Markdown", render::markdown(&audit)),
        ("the terminal's", picture::terminal(&traffic, 100, true)),
        ("SVG", picture::svg(&traffic, EVIL)),
        ("HTML", picture::html(&traffic, EVIL)),
    ]
}

fn without_colours(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let behind = part.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
        match behind.strip_prefix('m') {
            Some(behind) => out.push_str(behind),
            None => write!(out, "\u{1b}[{part}").unwrap(),
        }
    }
    out
}
