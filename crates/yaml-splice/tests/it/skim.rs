//! What is said of a document without parsing it is what parsing says.

use proptest::prelude::*;
use yaml_splice::{Document, Route, documents};

/// Parses what was skimmed. Whether there was an answer.
fn holds(document: &Document<'_>) -> Result<bool, String> {
    let Some(skimmed) = document.skim() else {
        return Ok(false);
    };
    let text = document.text();
    let tree = document
        .parse()
        .map_err(|error| format!("{error}\n{text}"))?;
    let root = tree.root_value();
    let find = |keys: &[&str]| tree.text_at(&Route::root().keys(keys));
    let pairs = [
        (find(&["apiVersion"]), skimmed.api_version),
        (find(&["kind"]), skimmed.kind),
        (find(&["metadata", "name"]), skimmed.name),
        (find(&["metadata", "namespace"]), skimmed.namespace),
    ];
    for (found, said) in pairs {
        match found {
            Ok(found) if found == said => {}
            found => return Err(format!("{found:?} {said:?}\n{text}")),
        }
    }
    let key = |key: &str| tree.find(&Route::root().key(key)).unwrap().is_some();
    let keys = key("kind") == skimmed.kind.is_some()
        && key("apiVersion") == skimmed.api_version.is_some()
        && !key("items");
    match (root, keys) {
        (yaml_splice::Value::Mapping(_), true) if !skimmed.is_empty => Ok(true),
        (root, true) if root.is_null() && skimmed.is_empty => Ok(true),
        _ => Err(format!("another root, or other keys\n{text}")),
    }
}

const PARTS: &[&str] = &[
    "a:",
    "b:",
    "kind:",
    "metadata:",
    "name:",
    "namespace:",
    "apiVersion:",
    "items:",
    "- ",
    "-",
    "- - ",
    " ",
    "  ",
    "    ",
    "x",
    "x y",
    "Secret",
    "v1",
    "'q'",
    "\"q\"",
    "'it''s'",
    "'open",
    "\"\\n\"",
    "|",
    ">",
    "|-",
    ">+",
    "|2",
    "[]",
    "{}",
    "[a, b]",
    "{a: b}",
    "# c",
    " # c",
    "#",
    "a#b",
    "a: b",
    "a:b",
    ": ",
    ":",
    "---",
    "...",
    "%YAML 1.1",
    "? ",
    "&a ",
    "*a",
    "!!str ",
    "<<:",
    "~",
    "null",
    "-1",
    "-x",
    "- x",
    ".5",
    "=",
    "<x>",
    "@",
    "`",
    "%",
    ",",
    "\t",
    "é",
    "\u{85}",
    "\u{feff}",
    "\r",
    "key with words: ",
    "0",
    "$(A)",
];

/// Lines of parts, most of them plain.
fn line() -> impl Strategy<Value = String> {
    let plain = (0_usize..5, 0_usize..11, prop::option::of(14_usize..34)).prop_map(|(n, a, b)| {
        let (a, b) = (PARTS[a], b.map_or("", |b| PARTS[b]));
        format!("{}{a} {b}", "  ".repeat(n))
    });
    let any = (0_usize..5, prop::collection::vec(0..PARTS.len(), 0..4)).prop_map(|(n, parts)| {
        let parts = parts.into_iter().map(|part| PARTS[part]);
        format!("{}{}", " ".repeat(n), parts.collect::<String>())
    });
    prop_oneof![6 => plain.prop_map(|line| line.trim_end().to_owned()), 1 => any]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn of_generated_lines(lines in prop::collection::vec(line(), 1..9), end: bool) {
        let text = lines.join("\n") + if end { "\n" } else { "" };
        for document in documents(&text) {
            let held = holds(&document);
            prop_assert!(held.is_ok(), "{}", held.unwrap_err());
        }
    }

    /// A plain document that is changed at one place.
    #[test]
    fn of_a_manifest_with_a_change(at in 0..MANIFEST.len(), cut in 0_usize..6, part in 0..PARTS.len()) {
        let mut text = MANIFEST.to_owned();
        text.replace_range(at..(at + cut).min(text.len()), PARTS[part]);
        for document in documents(&text) {
            let held = holds(&document);
            prop_assert!(held.is_ok(), "{}", held.unwrap_err());
        }
    }
}

const MANIFEST: &str = "\
# A comment
---
apiVersion: apps/v1 # c
kind: DaemonSet
metadata:
  name: 'calico-node'
  namespace: \"kube-system\"
  labels: {}
spec:
  template:
    spec:
      containers:
      - name: calico-node
        args:
          - --x=y
          - 'a: b'
        script: |
          #!/bin/sh

          \techo
           x
      # behind
      - name: two
        ports: []
  empty:

last: 1
";

#[test]
fn a_plain_manifest_has_an_answer() {
    let document = documents(MANIFEST).next().unwrap();
    assert_eq!(holds(&document), Ok(true));
    let skimmed = document.skim().unwrap();
    assert_eq!(
        (skimmed.kind, skimmed.name, skimmed.namespace),
        (Some("DaemonSet"), Some("calico-node"), Some("kube-system"))
    );
}

#[test]
fn of_published_manifests_and_the_suite() {
    let folders = [
        "CNX_HARDEN_CORPUS",
        "CNX_HARDEN_TODAY",
        "CNX_HARDEN_YAML_SUITE",
    ];
    let folders: Vec<_> = folders.iter().filter_map(std::env::var_os).collect();
    if folders.is_empty() {
        eprintln!("CNX_HARDEN_CORPUS is not set: no published manifests were read");
        return;
    }
    let (mut all, mut answers) = (0, 0);
    for entry in folders.iter().flat_map(walkdir::WalkDir::new) {
        let entry = entry.unwrap();
        let Ok(text) = std::fs::read_to_string(entry.path()) else {
            continue;
        };
        for document in documents(&text) {
            all += 1;
            answers += usize::from(holds(&document).unwrap());
        }
    }
    println!("{answers} answers of {all} documents");
    assert!(answers > 500, "{answers}");
}
