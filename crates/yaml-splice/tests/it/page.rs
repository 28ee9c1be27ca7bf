//! `docs/yaml.md` says what `tests/agreement` does; `UPDATE_YAML_PAGE=1` writes it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/yaml.md");

const INTRODUCTION: &str = "\
<!-- Written by `UPDATE_YAML_PAGE=1 cargo test -p yaml-splice page`. -->

# How YAML is read

kubectl and the API server read YAML by go-yaml v2, which is a port of libyaml, and
make JSON of it. `yaml-splice` reads what they read. Where they differ from YAML 1.2,
the tables below say what it does; each row is checked by a test, against the official
[YAML test suite](https://github.com/yaml/yaml-test-suite) and against kubectl itself.
What a plain value means (`yes`, `0o17`, `1_000`) is in the documentation of
`yaml_splice::Resolved`.
";

/// The cells of a table's rows.
fn rows(name: &str) -> Vec<Vec<String>> {
    let path = format!("{}/tests/agreement/{name}", env!("CARGO_MANIFEST_DIR"));
    let table = std::fs::read_to_string(path).unwrap();
    let cells = |row: &str| row.split('\t').map(str::to_owned).collect();
    table.lines().skip(1).map(cells).collect()
}

/// A table with a row for each reason, those with the most examples first.
fn table(heads: [&str; 2], examples: impl Iterator<Item = (String, String)>) -> String {
    let mut reasons: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (why, example) in examples {
        reasons.entry(why).or_default().push(example);
    }
    let mut reasons: Vec<_> = reasons.into_iter().collect();
    reasons.sort_by_key(|(_, examples)| std::cmp::Reverse(examples.len()));
    let mut text = format!("| {} | {} |\n|---|---|\n", heads[0], heads[1]);
    for (why, examples) in reasons {
        writeln!(text, "| {why} | {} |", examples.join(", ")).unwrap();
    }
    text
}

fn suite(what: &str) -> String {
    let rows = rows("suite.tsv").into_iter().filter(|row| row[1] == what);
    table(
        ["what", "cases"],
        rows.map(|row| {
            let place = if row[2] == "-" {
                String::new()
            } else {
                format!(" ({})", row[2])
            };
            let why = row[3].trim_start_matches("kubectl refuses it too: ");
            let why = why
                .trim_start_matches("kubectl reads it: ")
                .trim_start_matches("as kubectl reads it: ");
            (why.to_owned(), format!("{}{place}", row[0]))
        }),
    )
}

fn kubectl() -> String {
    table(
        ["why", "texts"],
        rows("kubectl.tsv").into_iter().map(|row| {
            let text = match row[0].strip_prefix("kubectl: ") {
                Some(said) => format!("\"{said}\""),
                None => row[0]
                    .trim_start_matches("suite/")
                    .trim_start_matches("odd/")
                    .trim_end_matches("/*")
                    .to_owned(),
            };
            (row[1].clone(), text.replace('|', "\\|"))
        }),
    )
}

fn page() -> String {
    format!(
        "{INTRODUCTION}
## Valid cases of the suite that are refused

kubectl refuses each of them too. In brackets is the place that the error names.

{}
## Valid cases that are read in another way than YAML 1.2

{}
## Invalid cases that are read

kubectl reads them too, but for the flow mapping.

{}
## Texts that kubectl reads in another way

The suite's cases stand at several places of an object: as a value on lines of its own
(`value`, `last`), behind the key (`inline`), in a sequence (`item`) or a flow sequence
(`flow`), in place of the object's own entries (`root`), and as a document between two
objects (`stream`). No object that kubectl finds in a stream is missed.

{}",
        suite("refused"),
        suite("other"),
        suite("accepted"),
        kubectl()
    )
}

#[test]
fn the_page_of_differences_is_what_the_tables_say() {
    let page = page();
    if std::env::var_os("UPDATE_YAML_PAGE").is_some() {
        std::fs::write(PAGE, &page).unwrap();
    }
    let there = std::fs::read_to_string(PAGE).unwrap();
    assert!(
        there == page,
        "docs/yaml.md is not up to date; run with UPDATE_YAML_PAGE=1"
    );
}
