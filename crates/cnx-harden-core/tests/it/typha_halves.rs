//! Half-applied states of the Typha and Manager channels: each thing that a
//! hardened text has for them is taken out in turn, and a run completes it.

use std::path::Path;

use crate::common::{Published, objects, published};
use crate::etcd_model::normal;
use crate::runs::options;
use cnx_harden_core::{Hardening, Source, harden};
use serde_yaml::Value;

fn apply(text: &str, hardening: &Hardening) -> Result<String, String> {
    let source = Source { name: "half", text };
    let run = harden(&[source], hardening).map_err(|error| error.to_string())?;
    Ok(run.outputs[0].text.clone())
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// What only these channels' lines have in them.
const WORDS: [&str; 14] = [
    "name: TYPHA_CAFILE",
    "name: TYPHA_SERVER",
    "name: TYPHA_CLIENT",
    "name: FELIX_TYPHACA",
    "name: FELIX_TYPHACERT",
    "name: FELIX_TYPHAKEYFILE",
    "name: FELIX_TYPHACN",
    "name: FELIX_TYPHAURI",
    "name: calico-typha-ca",
    "name: calico-typha-certs",
    "name: calico-node-certs",
    "name: calico-felix-certs",
    "name: my-",
    "name: cnx-manager-tls",
];
const KEYS: [&str; 10] = [
    "typhaca.crt:",
    "caBundle:",
    "typha.crt:",
    "typha.key:",
    "calico-node.crt:",
    "calico-node.key:",
    "felix.crt:",
    "felix.key:",
    "cert:",
    "key:",
];

/// The text without one item, one file or one object, for each of them.
pub(crate) fn halves(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut ranges = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let content = line.trim_start();
        let deeper = |line: &&&str| indent(line) > indent(lines[start]) || line.trim().is_empty();
        let end = start + 1 + lines[start + 1..].iter().take_while(deeper).count();
        let is_item = content.starts_with("- ")
            && WORDS
                .iter()
                .any(|word| lines[start..end].concat().contains(word));
        let is_file = indent(line) == 2 && KEYS.iter().any(|key| content.starts_with(key));
        if is_item && !content.starts_with("- name: calico-typha\n") || is_file {
            // Not the container, which has all of them.
            // Nor what is looked at only.
            let block = lines[start..end].concat();
            if !block.contains("image:") && !block.contains("cnx-manager-") {
                ranges.push(start..end);
            }
        }
    }
    let mut start = 0;
    for end in (1..=lines.len()).filter(|n| lines.get(*n).is_none_or(|l| l.starts_with("---"))) {
        let document = lines[start..end].concat();
        let carries = document.contains("kind: Secret") || document.contains("kind: ConfigMap");
        if carries && WORDS.iter().any(|word| document.contains(word)) {
            ranges.push(start..end);
        }
        start = end;
    }
    let without = |range: std::ops::Range<usize>| {
        [&lines[..range.start], &lines[range.end..]]
            .concat()
            .concat()
    };
    ranges.into_iter().map(without).collect()
}

/// Objects and lists are compared without order, and mounts without `readOnly`, which volumes of these kinds are anyway.
fn comparable(text: &str) -> Vec<Value> {
    fn strip(value: &mut Value) {
        match value {
            Value::Mapping(map) => {
                map.remove("readOnly");
                map.iter_mut().for_each(|(_, value)| strip(value));
            }
            Value::Sequence(items) => items.iter_mut().for_each(strip),
            Value::String(text) => *text = text.trim_end_matches('/').to_owned(),
            _ => {}
        }
    }
    let mut objects = normal(objects(text));
    objects.iter_mut().for_each(strip);
    objects.sort_by_key(|object| format!("{:?}", (&object["kind"], &object["metadata"]["name"])));
    objects
}

fn check(name: &str, before: &str, hardening: &Hardening, failures: &mut Vec<String>) -> usize {
    let after = apply(before, hardening).unwrap();
    let halves = halves(&after);
    for (number, half) in halves.iter().enumerate() {
        let fails = |what: &str| format!("{name}, half {number}: {what}\n{half}");
        match apply(half, hardening) {
            Err(error) => failures.push(fails(&error)),
            Ok(text) if text == *half => failures.push(fails("not noticed")),
            Ok(text) if comparable(&text) != comparable(&after) => {
                failures.push(fails(&format!("other objects: {text}")));
            }
            Ok(text) if apply(&text, hardening).as_ref() != Ok(&text) => {
                failures.push(fails("the next run changes more"));
            }
            Ok(_) => {}
        }
    }
    halves.len()
}

#[test]
fn each_thing_of_each_run_is_completed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/runs");
    let cases = [
        "manager-as-published",
        "typha-as-published",
        "typha-by-uri",
        "typha-ca-in-a-secret",
        "typha-canal",
        "typha-other-names",
        "typha-wired-names-are-replaced-when-asked",
    ];
    let (mut failures, mut count) = (Vec::new(), 0);
    for case in cases {
        let read = |name: &str| std::fs::read_to_string(folder.join(case).join(name)).ok();
        let files = ["calico.before.yaml", "canal.before.yaml", "cnx.before.yaml"];
        let before = files.iter().find_map(|name| read(name)).unwrap();
        // What a manifest accepts now is kept; without it, that cannot be known.
        let mut hardening = options(&read("options.txt").unwrap());
        if case == "typha-ca-in-a-secret" {
            hardening = options("typha\nclient-cn calico-felix\nserver-cn calico-typha\n");
        }
        count += check(case, &before, &hardening, &mut failures);
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(count > 100, "{count}");
}

#[test]
fn each_thing_of_published_typhas_is_completed() {
    let Some(published) = published() else { return };
    let names = options("typha\nclient-cn felix\nserver-cn typha\n");
    let hardens = |file: &&Published| file.typha != "-" && file.parses;
    let (mut failures, mut count) = (Vec::new(), 0);
    for file in published.iter().filter(hardens).step_by(4) {
        if apply(&file.text, &names).is_ok_and(|text| text != file.text) {
            count += check(&file.name, &file.text, &names, &mut failures);
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(count > 100, "{count}");
}
