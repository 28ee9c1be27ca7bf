//! Half-applied states: each edit is taken back out of a hardened text in turn,
//! and a run completes it.

use std::path::Path;

use crate::cases::options;
use crate::common::{Published, etcd, hardening, objects, published};
use crate::etcd_model::normal;
use cnx_harden_core::{Hardening, Source, harden};
use similar::{ChangeTag, DiffOp, TextDiff};

fn apply(text: &str, hardening: &Hardening) -> Result<String, String> {
    let source = Source { name: "half", text };
    let run = harden(&[source], hardening).map_err(|error| error.to_string())?;
    Ok(run.outputs[0].text.clone())
}

fn is_list(line: &str) -> bool {
    ["volumeMounts:", "volumes:", "env:", "data:"].contains(&line.trim())
}

/// Where each entry or item of its own ends. A list goes with all its items.
fn ends(lines: &[&str]) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut from = 0;
    for to in 1..lines.len() {
        let item = lines[to].trim_start().starts_with("- ") && !is_list(lines[from]);
        if item || is_list(lines[to]) {
            ends.push(to);
            from = to;
        }
    }
    ends.push(lines.len());
    ends
}

/// The hardened text without one of its edits, for each of them. Second: whether
/// the edit was one in place, so that it must come back byte for byte.
pub(crate) fn halves(before: &str, after: &str) -> Vec<(String, bool)> {
    let diff = TextDiff::from_lines(before, after);
    let old: Vec<&str> = before.split_inclusive('\n').collect();
    let new: Vec<&str> = after.split_inclusive('\n').collect();
    let mut halves = Vec::new();
    let mut take_out = |at: std::ops::Range<usize>, put: &[&str]| {
        let text = [&new[..at.start], put, &new[at.end..]].concat().concat();
        halves.push((text, !put.is_empty()));
    };
    for op in diff.ops() {
        match op {
            DiffOp::Equal { .. } => {}
            DiffOp::Replace { .. } if op.old_range().len() == op.new_range().len() => {
                let (old, range) = (&old[op.old_range()], op.new_range());
                let lines = &new[range.clone()];
                let item = |line: &&str| line.trim_start().starts_with("- ") || is_list(line);
                let ends = match lines.iter().any(item) {
                    true => ends(lines),
                    false => (1..=lines.len()).collect(),
                };
                let mut from = 0;
                for to in ends {
                    take_out(range.start + from..range.start + to, &old[from..to]);
                    from = to;
                }
            }
            // An object that was added goes as it came.
            DiffOp::Insert { .. } if new[op.new_range()].contains(&"---\n") => {
                take_out(op.new_range(), &[]);
            }
            DiffOp::Insert { .. } => {
                let range = op.new_range();
                let mut from = 0;
                for to in ends(&new[range.clone()]) {
                    take_out(range.start + from..range.start + to, &[]);
                    from = to;
                }
            }
            DiffOp::Delete { .. } | DiffOp::Replace { .. } => {
                take_out(op.new_range(), &old[op.old_range()]);
            }
        }
    }
    halves
}

/// The objects, whatever their order.
pub(crate) fn sorted(text: &str) -> Vec<serde_yaml::Value> {
    let mut all = normal(objects(text));
    all.sort_by_key(|o| format!("{:?}", (&o["kind"], &o["metadata"]["name"])));
    all
}

fn check(name: &str, before: &str, hardening: &Hardening, failures: &mut Vec<String>) -> usize {
    let after = apply(before, hardening).unwrap();
    let halves = halves(before, &after);
    for (number, (half, in_place)) in halves.iter().enumerate() {
        let fails = |what: &str| format!("{name}, half {number}: {what}\n{half}");
        match apply(half, hardening) {
            Err(error) => failures.push(fails(&error)),
            Ok(text) if *in_place && text != after => failures.push(fails("other bytes")),
            Ok(text) if sorted(&text) != sorted(&after) => {
                failures.push(fails("other objects"));
            }
            Ok(_) => {}
        }
    }
    let changes = TextDiff::from_lines(before, &after);
    let changed = changes
        .iter_all_changes()
        .any(|c| c.tag() != ChangeTag::Equal);
    assert!(!changed || !halves.is_empty(), "{name}");
    halves.len()
}

#[test]
fn each_edit_of_each_case_is_completed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let (mut failures, mut count) = (Vec::new(), 0);
    for case in std::fs::read_dir(folder).unwrap() {
        let case = case.unwrap().path();
        let read = |name: &str| std::fs::read_to_string(case.join(name)).ok();
        let (Some(before), Some(_)) = (read("before.yaml"), read("after.yaml")) else {
            continue;
        };
        // Flow style has several edits on one line, and no lines to take out.
        if before.trim_start().starts_with('{') {
            continue;
        }
        let hardening = read("options.txt").map_or_else(hardening, |text| options(&text));
        count += check(
            &case.display().to_string(),
            &before,
            &hardening,
            &mut failures,
        );
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(count > 300, "{count}");
}

#[test]
fn each_edit_of_published_manifests_is_completed() {
    let Some(published) = published() else { return };
    let mut etcd = etcd();
    etcd.missing_secret = cnx_harden_core::etcd::MissingSecret::Assume;
    let hardening = Hardening {
        etcd: Some(etcd),
        ..hardening()
    };
    let hardens = |file: &&Published| apply(&file.text, &hardening).is_ok_and(|t| t != file.text);
    let (mut failures, mut count) = (Vec::new(), 0);
    // Each twelfth: they differ little.
    for file in published.iter().filter(hardens).step_by(12) {
        count += check(&file.name, &file.text, &hardening, &mut failures);
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(count > 50, "{count}");
}
