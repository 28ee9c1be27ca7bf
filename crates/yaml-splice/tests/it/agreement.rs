//! What we read of a document is what kubectl reads, before and after an edit.
//!
//! `tests/agreement/kubectl.tsv` has the differences that are known: the text's
//! name, what each says, and why.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value as Json;

use crate::kubectl::{Read, kubectl, ours, read, same};
use crate::yaml_suite::cases;

pub(crate) const HEAD: &str = "apiVersion: v1\nkind: Case\nmetadata: {name: case}\n";

/// A text with a name.
pub(crate) type Named = (String, String);

fn indented(text: &str, by: usize) -> String {
    let pad = " ".repeat(by);
    let lines = text
        .split_inclusive('\n')
        .map(|line| format!("{pad}{line}"));
    lines.collect()
}

/// Texts with the case somewhere inside of an object.
fn nested(yaml: &str) -> Vec<(&'static str, String)> {
    let ended = |text: &str| {
        if text.ends_with('\n') {
            text.to_owned()
        } else {
            format!("{text}\n")
        }
    };
    let block = indented(yaml, 2);
    let inline = block.trim_start_matches(' ');
    vec![
        ("value", format!("{HEAD}value:\n{}next: 1\n", ended(&block))),
        ("last", format!("{HEAD}value:\n{}", indented(yaml, 1))),
        ("inline", format!("{HEAD}value: {inline}")),
        ("item", format!("{HEAD}value:\n- {}- b\n", ended(inline))),
        ("flow", format!("{HEAD}value: [a, {inline}, b]\n")),
        ("root", format!("{HEAD}{yaml}")),
        (
            "stream",
            format!("{HEAD}---\n{}---\n{HEAD}value: 2\n", ended(yaml)),
        ),
    ]
}

pub(crate) fn agree(ours: &[Json], theirs: &[Json]) -> bool {
    ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(a, b)| same(a, b))
}

/// The names of the texts that one of the two reads in another way, with what
/// both say, and those of the texts that both read.
pub(crate) fn compare(kubectl: &Path, texts: &[Named]) -> (BTreeMap<String, String>, Vec<Named>) {
    let bodies: Vec<_> = texts.iter().map(|(_, text)| text.clone()).collect();
    let mut different = BTreeMap::new();
    let mut read_by_both = Vec::new();
    for ((name, text), theirs) in texts.iter().zip(read(kubectl, &bodies)) {
        let ours: Read = ours(text);
        match (&ours, &theirs) {
            (Ok(ours), Ok(theirs)) if agree(ours, theirs) => {
                read_by_both.push((name.clone(), text.clone()));
            }
            (Err(_), Err(_)) => {}
            _ => drop(different.insert(
                name.clone(),
                format!(
                    "{text:?}\n  ours {}\n  kubectl {}",
                    said(&ours),
                    said(&theirs)
                ),
            )),
        }
    }
    (different, read_by_both)
}

pub(crate) fn said(read: &Read) -> String {
    match read {
        Ok(objects) => Json::from(objects.clone()).to_string(),
        Err(why) => format!("refuses{why}"),
    }
}

/// A row of the table of known differences.
struct Known {
    /// The text's name, with `*` at its end for any place; or `kubectl: ` and a part
    /// of what kubectl says.
    text: String,
}

impl Known {
    fn explains(&self, name: &str, what: &str) -> bool {
        match (
            self.text.strip_prefix("kubectl: "),
            self.text.strip_suffix('*'),
        ) {
            (Some(said), _) => what
                .lines()
                .any(|line| line.contains("kubectl") && line.contains(said)),
            (_, Some(start)) => name.starts_with(start),
            _ => name == self.text,
        }
    }
}

fn known(prefix: &str) -> Vec<Known> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/agreement/kubectl.tsv");
    let table = std::fs::read_to_string(path).unwrap();
    let rows = table.lines().skip(1).filter_map(|row| {
        let (text, why) = row.split_once('\t').unwrap();
        assert!(!why.is_empty(), "{text} has no reason");
        let here = text.starts_with(prefix) || text.starts_with("kubectl: ");
        here.then(|| Known {
            text: text.to_owned(),
        })
    });
    rows.collect()
}

/// Compares all texts. Returns those that both read.
pub(crate) fn check(kubectl: &Path, prefix: &str, texts: &[Named]) -> Vec<Named> {
    let (different, read_by_both) = compare(kubectl, texts);
    let known = known(prefix);
    let new = different
        .iter()
        .filter(|(name, what)| !known.iter().any(|row| row.explains(name, what)));
    let new: Vec<_> = new
        .map(|(name, what)| format!("{name}\n  {what}"))
        .collect();
    assert!(
        new.is_empty(),
        "{} differences:\n{}",
        new.len(),
        new.join("\n")
    );
    let gone = known.iter().filter(|row| row.text.starts_with(prefix));
    let gone = gone.filter(|row| {
        !different
            .iter()
            .any(|(name, what)| row.explains(name, what))
    });
    let gone: Vec<_> = gone.map(|row| &row.text).collect();
    assert!(gone.is_empty(), "no longer different: {gone:?}");
    println!(
        "{prefix}: {} texts, {} read by both, {} known differences",
        texts.len(),
        read_by_both.len(),
        different.len()
    );
    read_by_both
}

/// The cases of the suite, each in several places of an object.
pub(crate) fn suite() -> Vec<Named> {
    let texts = cases().into_iter().flat_map(|case| {
        let texts = nested(&case.yaml).into_iter();
        let texts = texts.map(|(place, text)| (format!("suite/{}/{place}", case.id), text));
        texts.collect::<Vec<_>>()
    });
    texts.collect()
}

/// The manifests of the folder that the variable names.
pub(crate) fn published(variable: &str, prefix: &str) -> Vec<Named> {
    let Some(folder) = std::env::var_os(variable) else {
        eprintln!("{variable} is not set: no published manifests were read");
        return Vec::new();
    };
    let files = walkdir::WalkDir::new(&folder)
        .sort_by_file_name()
        .into_iter();
    let files = files.map(|entry| entry.unwrap().into_path());
    let files = files.filter(|path| path.extension().is_some_and(|e| e == "yaml"));
    let texts = files.map(|path| {
        let name = path.strip_prefix(&folder).unwrap().display().to_string();
        (
            format!("{prefix}{name}"),
            std::fs::read_to_string(&path).unwrap(),
        )
    });
    texts.collect()
}

#[test]
fn cases_of_the_suite_are_read_as_kubectl_reads_them() {
    let (Some(kubectl), texts) = (kubectl(), suite()) else {
        return;
    };
    if !texts.is_empty() {
        let read = check(&kubectl, "suite/", &texts);
        assert!(read.len() > 1100, "{}", read.len());
    }
}

#[test]
fn published_manifests_are_read_as_kubectl_reads_them() {
    let Some(kubectl) = kubectl() else { return };
    for (variable, prefix) in [
        ("CNX_HARDEN_CORPUS", "corpus/"),
        ("CNX_HARDEN_TODAY", "today/"),
    ] {
        let texts = published(variable, prefix);
        if !texts.is_empty() {
            let read = check(&kubectl, prefix, &texts);
            assert!(read.len() > 10, "{}", read.len());
        }
    }
}

/// Where go-yaml is not YAML 1.2: each was found by a fault of a reader.
const ODD: &[&str] = &[
    "a: 1 # c\u{85}b: 2\n",
    "a: 1 # c\u{2028}b: 2\u{2029}c: 3\n",
    "a: 1\rb: 2\r",
    "a: 1\n\u{feff}b: 2\n",
    "a: [\n\u{feff}b]\n",
    "# c\n\u{feff}a: 1\n",
    "a: b\n  \u{feff}c\n",
    "a:\t1\n",
    "a: [b: [c]]\n",
    "a: [b\n]\n",
    "a: \"b\nc\"\n",
    "a: \"b\"#c\n",
    "a: b#c\n",
    "a: [!b,c d]\n",
    "a: [!b]\n",
    "a: !! b\n",
    "a: !!] b\n",
    "a: !!]\n",
    "a: [b\n\tc]\n",
    "a: [b\n\t]\n",
    "a: \"1\"\n \t\nb: 2\n",
    "a: 1\n \t\nb: 2\n",
    "a: {b:c, d:}\n",
    "a: {? b : c}\n",
    "a: &b:c\n",
    "a: |1\n b\n",
    "a: >-\n  b\n\n  c\n",
    "a: |+\n\n\n",
    "a: '\\ud83d\\ude00'\n",
    "a: \"\\ud83d\\ude00\"\n",
    "? a\n: b\n",
    "? a\n",
    "a: - b\n",
    "a: b: c\n",
    "- a\n",
    "a:\n- b\n-\n- - c\n  - d\n",
    "a: 1\n---\u{b}\n",
    "a: 1\n---\u{3000}\n",
];

#[test]
fn odd_texts_are_read_as_kubectl_reads_them() {
    let Some(kubectl) = kubectl() else { return };
    let texts: Vec<_> = ODD
        .iter()
        .map(|text| (format!("odd/{text:?}"), format!("{HEAD}{text}")))
        .collect();
    let read = check(&kubectl, "odd/", &texts);
    assert!(read.len() > 20, "{}", read.len());
}
