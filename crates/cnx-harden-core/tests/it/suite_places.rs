//! Each case of the YAML test suite, nested at every place of the three objects
//! that the five edits touch: what comes out is what the edits make of the objects
//! without it, with the case where it was, byte for byte.

use cnx_harden_core::{Error, Source, harden};
use serde_yaml::Value;
use yaml_splice::documents;

use crate::common::{hardening, model, objects};
use crate::yaml_suite::cases;

/// Cases that kubectl, libyaml and YAML 1.2 read in three ways: `[a:,]`.
const DISPUTED: [&str; 1] = ["4ABK "];

/// The touched objects of the published manifest.
fn base() -> String {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../manifests/upstream/cnx-etcd.yaml"
    );
    let text = std::fs::read_to_string(path).unwrap();
    let touched = documents(&text).filter(|document| {
        let has = |line: &str| document.text().lines().any(|found| found == line);
        has("kind: APIService")
            || has("kind: Secret") && has("  name: cnx-apiserver-certs")
            || has("kind: Deployment") && has("  name: cnx-apiserver")
    });
    touched.map(|document| document.text()).collect()
}

/// A line that the case can stand in front of, as a sibling of what is there.
#[derive(Clone, Copy)]
struct Place {
    line: usize,
    column: usize,
    item: bool,
}

/// In front of each entry and item, also one that is commented out, and behind
/// the last one of each document.
fn places(text: &str) -> Vec<Place> {
    let mut places = Vec::new();
    let lines: Vec<_> = text.lines().collect();
    for (line, content) in lines.iter().enumerate() {
        let trimmed = content.trim_start();
        let entry = trimmed.trim_start_matches('#').trim_start();
        let commented = trimmed.starts_with('#');
        let column = content.len() - trimmed.len();
        let item = entry.starts_with("- ");
        let commented_entry = [
            "#caBundle",
            "#apiserver.key",
            "#apiserver.crt",
            "# - mountPath",
            "# - name: apiserver-certs",
        ];
        if commented
            && commented_entry
                .iter()
                .any(|start| trimmed.starts_with(start))
        {
            places.push(Place { line, column, item });
            // Behind it, where it is the last one.
            let next = lines[line + 1..]
                .iter()
                .position(|next| !next.trim_start().starts_with('#'));
            let last = line + 1 + next.unwrap_or(lines.len() - line - 1);
            let behind = if trimmed.starts_with("#apiserver.key") {
                line + 1
            } else {
                last
            };
            places.push(Place {
                line: behind,
                column,
                item,
            });
        } else if !commented && !trimmed.is_empty() && trimmed != "---" {
            places.push(Place { line, column, item });
        }
    }
    places
}

/// The case as an entry or an item there.
fn snippet(yaml: &str, place: Place, number: usize, inline: bool) -> String {
    let pad = " ".repeat(place.column);
    let ended = if yaml.ends_with('\n') { "" } else { "\n" };
    let lines: String = yaml
        .split_inclusive('\n')
        .map(|line| format!("{pad}  {line}"))
        .collect();
    let first = lines.strip_prefix(&format!("{pad}  ")).unwrap_or(&lines);
    match (place.item, inline) {
        (true, _) => format!("{pad}- {first}{ended}"),
        (false, true) => format!("{pad}nested{number}: {first}{ended}"),
        (false, false) => format!("{pad}nested{number}:\n{lines}{ended}"),
    }
}

/// The text with the case at each of the places. `removed` is the line that the
/// text has no longer.
fn with(text: &str, yaml: &str, places: &[Place], inline: bool, removed: Option<usize>) -> String {
    let lines: Vec<_> = text.split_inclusive('\n').collect();
    let mut whole = String::new();
    for line in 0..=lines.len() {
        for (number, place) in places.iter().enumerate() {
            let gone = removed.is_some_and(|removed| place.line > removed);
            if place.line - usize::from(gone) == line {
                whole += &snippet(yaml, *place, number, inline);
            }
        }
        whole += lines.get(line).unwrap_or(&"");
    }
    whole
}

/// A case without the mark of its document; none where it has more than one.
fn body(yaml: &str) -> Option<&str> {
    let body = yaml
        .strip_prefix("---")
        .map_or(yaml, |rest| rest.trim_start_matches([' ', '\n']));
    let marked = body
        .lines()
        .any(|line| line.starts_with("---") || line.starts_with("...") || line.starts_with('%'));
    (!marked && !body.contains('\u{feff}')).then_some(body)
}

/// The model adds volumes and mounts at the end, whatever follows the commented one.
fn unordered(value: Value) -> Value {
    match value {
        Value::Sequence(items) => {
            let mut items: Vec<_> = items.into_iter().map(unordered).collect();
            items.sort_by_key(|item| format!("{item:?}"));
            Value::Sequence(items)
        }
        Value::Mapping(entries) => entries
            .into_iter()
            .map(|(key, value)| (key, unordered(value)))
            .collect::<serde_yaml::Mapping>()
            .into(),
        other => other,
    }
}

fn hardened(text: &str) -> Result<String, Error> {
    let run = harden(&[Source { name: "case", text }], &hardening())?;
    Ok(run.outputs.into_iter().next().unwrap().into_text())
}

#[test]
fn a_case_of_the_yaml_test_suite_in_any_place_stays_as_it_is() {
    let base = base();
    let places = places(&base);
    let bare = hardened(&base).unwrap();
    let removed = base
        .lines()
        .position(|line| line.contains("insecureSkipTLSVerify: true"));
    let channel = hardening().api_server.unwrap();
    let (mut right, mut refused, mut skipped) = (0, Vec::new(), 0);
    let mut wrong = Vec::new();
    let mut try_at = |name: &str, yaml: &str, places: &[Place], inline: bool| {
        let text = with(&base, yaml, places, inline, None);
        match hardened(&text) {
            Ok(after) => {
                if after != with(&bare, yaml, places, inline, removed) {
                    wrong.push(format!("{name}: other bytes\n{after}"));
                }
                // A second reader, where it reads it.
                let read = objects(&text);
                let wanted = unordered(model(&read, &channel).into());
                if read.len() == 3 && unordered(objects(&after).into()) != wanted {
                    wrong.push(format!("{name}: other objects\n{after}"));
                }
                right += places.len();
                None
            }
            Err(error) => {
                let text = error.to_string();
                if text.contains("internal error") {
                    wrong.push(format!("{name}: {text}"));
                }
                Some(text)
            }
        }
    };
    for case in cases() {
        let Some(body) = body(&case.yaml).filter(|_| !case.fail) else {
            skipped += 1;
            continue;
        };
        for inline in [false, true] {
            let name = format!("{} {}", case.id, if inline { "inline" } else { "block" });
            if try_at(&name, body, &places, inline).is_none() {
                continue;
            }
            // Not in all places at once: in each of some? What is no YAML as a value
            // is none anywhere, but has to be refused as such.
            let value = Place {
                line: 0,
                column: 0,
                item: false,
            };
            let value = snippet(body, value, 0, inline);
            let valid = documents(&value).all(|document| document.parse().is_ok());
            for place in places.iter().step_by(if valid { 7 } else { 80 }) {
                let name = format!("{name} line {}", place.line + 1);
                if let Some(why) = try_at(&name, body, &[*place], inline) {
                    refused.push((name, why));
                }
            }
        }
    }
    println!(
        "{right} right, {} refused, {skipped} cases skipped",
        refused.len()
    );
    // A case that is no YAML where it stands is refused as such; others are listed.
    for (name, why) in refused {
        let listed = DISPUTED.iter().any(|case| name.starts_with(case));
        let expected = if listed {
            "readers of YAML disagree"
        } else {
            "error[not-yaml]"
        };
        if !why.contains(expected) {
            wrong.push(format!("{name}: {why}"));
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(right == 0 || right > 50_000, "{right}");
}
