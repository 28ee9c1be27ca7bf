//! `tests/agreement/scalars.tsv`: a value, and what kubectl reads of it as JSON;
//! `-` where it refuses the document.

use serde_json::Value as Json;

use crate::kubectl::{kubectl, ours, read, same};

const HEAD: &str = "apiVersion: v1\nkind: Case\nmetadata: {name: case}\n";

fn rows() -> Vec<(String, Option<Json>)> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/agreement/scalars.tsv");
    let table = std::fs::read_to_string(path).unwrap();
    let rows = table.lines().skip(1).map(|line| {
        let (text, json) = line.split_once('\t').unwrap();
        let json = (json != "-").then(|| serde_json::from_str(json).unwrap());
        (format!("{HEAD}v: {text}\n"), json)
    });
    rows.collect()
}

fn compare(whose: &str, read: impl Iterator<Item = Option<Json>>) {
    let mut wrong = Vec::new();
    for ((text, wanted), got) in rows().iter().zip(read) {
        let equal = match (wanted, &got) {
            (Some(wanted), Some(got)) => same(wanted, got),
            (wanted, got) => wanted.is_none() && got.is_none(),
        };
        if !equal {
            let text = text.trim_start_matches(HEAD);
            wrong.push(format!("{text}  table {wanted:?}\n  {whose} {got:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn values_are_resolved_as_the_table_says() {
    let read = rows().into_iter().map(|(text, _)| {
        let objects = ours(&text).ok()?;
        Some(objects[0]["v"].clone())
    });
    compare("we", read);
}

#[test]
fn the_table_is_what_kubectl_says() {
    let Some(kubectl) = kubectl() else { return };
    let texts: Vec<_> = rows().into_iter().map(|(text, _)| text).collect();
    let read = read(&kubectl, &texts).into_iter();
    compare("kubectl", read.map(|read| Some(read.ok()?[0]["v"].clone())));
}
