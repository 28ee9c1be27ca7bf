//! The official YAML test suite: each case alone, and beside a real manifest.
//!
//! `tests/agreement/suite.tsv` has the cases that are not read as the suite says:
//! whether they are `refused` (and at which place), read as `other` than it says, or
//! `accepted` though it calls them invalid, and why.

use std::collections::BTreeMap;

use yaml_splice::{ErrorKind, Op, Route, StreamEdit, documents};

use crate::events::events;
use crate::yaml_suite::{Case, cases};

/// The rows: by the case's name what happens and where.
fn rows() -> BTreeMap<String, (String, String)> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/agreement/suite.tsv");
    let table = std::fs::read_to_string(path).unwrap();
    let rows = table.lines().skip(1).map(|row| {
        let cells: Vec<_> = row.split('\t').collect();
        let [case, what, place, why] = cells[..] else {
            panic!("{row}");
        };
        assert!(!why.is_empty(), "{case} has no reason");
        (case.to_owned(), (what.to_owned(), place.to_owned()))
    });
    rows.collect()
}

/// What becomes of a case that is not as the suite says, and where.
fn odd(case: &Case) -> Option<(&'static str, String, String)> {
    match (events(&case.yaml), case.fail) {
        (Ok(events), false) if events == case.tree => None,
        (Ok(events), false) => Some((
            "other",
            "-".to_owned(),
            format!("{events:?}\n  suite {:?}", case.tree),
        )),
        (Err(error), false) => Some(("refused", error.position.to_string(), error.to_string())),
        (Ok(events), true) => Some(("accepted", "-".to_owned(), format!("{events:?}"))),
        (Err(_), true) => None,
    }
}

#[test]
fn each_case_alone_is_read_as_the_suite_says_or_as_the_table_does() {
    let cases = cases();
    if cases.is_empty() {
        return;
    }
    let mut rows = rows();
    let mut new = Vec::new();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for case in &cases {
        let odd = odd(case);
        let usual = if case.fail {
            "invalid and refused"
        } else {
            "valid and read"
        };
        *counts
            .entry(odd.as_ref().map_or(usual, |(what, ..)| what))
            .or_default() += 1;
        let row = rows.remove(&case.id);
        let got = odd
            .as_ref()
            .map(|(what, place, _)| ((*what).to_owned(), place.clone()));
        if got != row {
            let said = odd.map(|(.., said)| said);
            new.push(format!(
                "{}: {got:?}, table {row:?}\n  {:?}\n  {said:?}",
                case.id, case.yaml
            ));
        }
    }
    println!("{} cases: {counts:?}", cases.len());
    assert!(new.is_empty(), "{}:\n{}", new.len(), new.join("\n"));
    assert!(rows.is_empty(), "no such cases: {rows:?}");
}

/// The place of an error is in the text, on a line that is not empty.
#[test]
fn what_is_refused_is_refused_at_a_place_of_the_text() {
    for case in cases() {
        let Err(error) = events(&case.yaml) else {
            continue;
        };
        let line = case.yaml.split('\n').nth(error.position.line - 1);
        let columns = line.map(|line| line.chars().count());
        assert!(
            columns.is_some_and(|columns| error.position.column <= columns + 1)
                && error.span.end <= case.yaml.len(),
            "{}: {error}\n{:?}",
            case.id,
            case.yaml
        );
    }
}

fn manifest() -> String {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../manifests/upstream/cnx-etcd.yaml"
    );
    std::fs::read_to_string(path).unwrap()
}

/// The manifest with an edit in its first document, its last one and some between:
/// the name set, an entry added, an entry removed.
fn edited(text: &str, from: usize, count: usize) -> Result<String, yaml_splice::Error> {
    let parsed = documents(text)
        .skip(from)
        .take(count)
        .map(|document| document.parse());
    let trees = parsed.collect::<Result<Vec<_>, _>>()?;
    let mut stream = StreamEdit::new(text);
    let objects: Vec<_> = trees
        .iter()
        .filter(|tree| tree.root().is_some_and(|root| !tree.is_null(root)))
        .collect();
    for (number, tree) in objects.iter().enumerate() {
        if number % 6 != 0 && number + 1 != objects.len() {
            continue;
        }
        let metadata = Route::root().key("metadata");
        stream.edit(
            tree,
            &[
                Op::set(metadata.key("name"), "new-name"),
                Op::insert_entry(metadata, "added", "yes"),
                Op::remove(Route::root().key("apiVersion")),
            ],
        )?;
    }
    Ok(stream.finish()?.text)
}

#[test]
fn a_case_beside_a_manifest_stays_as_it_is() {
    let manifest = manifest();
    let count = documents(&manifest).count();
    let alone = edited(&manifest, 0, count).unwrap();
    assert_ne!(alone, manifest);
    let (mut right, mut refused) = (0, Vec::new());
    for case in cases().iter().filter(|case| !case.fail) {
        let yaml = &case.yaml;
        let ended = if yaml.is_empty() || yaml.ends_with('\n') {
            ""
        } else {
            "\n"
        };
        let marked = yaml
            .strip_prefix("---")
            .is_some_and(|rest| rest.starts_with([' ', '\n']));
        let open = if marked { "" } else { "---\n" };
        // A directive needs a document's end in front of it.
        let open = if yaml.trim_start_matches('\u{feff}').starts_with('%') {
            "...\n"
        } else {
            open
        };
        let before = format!("{yaml}{ended}---\n");
        let behind = format!("{open}{yaml}");
        let first = documents(&format!("{before}{manifest}")).count() - count;
        let tried = [
            (
                edited(&format!("{before}{manifest}"), first, count),
                format!("{before}{alone}"),
            ),
            (
                edited(&format!("{manifest}{behind}"), 0, count),
                format!("{alone}{behind}"),
            ),
        ];
        for (got, wanted) in tried {
            match got {
                Ok(got) => {
                    assert!(got == wanted, "{}: {got}", case.id);
                    right += 1;
                }
                Err(error) => {
                    assert!(
                        !matches!(error.kind, ErrorKind::Verification(_)),
                        "{}: {error}",
                        case.id
                    );
                    refused.push(format!("{}: {error}", case.id));
                }
            }
        }
    }
    println!("{right} streams right, refused: {refused:#?}");
    assert!(refused.is_empty(), "{refused:#?}");
}
