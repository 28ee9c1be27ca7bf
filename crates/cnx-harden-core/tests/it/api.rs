//! What callers see of the library.

use std::collections::BTreeSet;

/// The names that `lib.rs` has for callers: adding one is a decision.
#[test]
fn the_names_are_these() {
    let lib = include_str!("../../src/lib.rs");
    let modules = lib.lines().filter_map(|line| line.strip_prefix("pub mod "));
    let mut names: BTreeSet<String> = modules
        .map(|m| m.trim_end_matches(';').to_owned())
        .collect();
    for used in lib.split("\npub use ").skip(1) {
        let used = used.split(';').next().unwrap();
        let list = used.rsplit_once("::").map_or(used, |(_, list)| list);
        let words = list.split(|c: char| !c.is_alphanumeric() && c != '_');
        names.extend(words.filter(|word| !word.is_empty()).map(str::to_owned));
    }
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    insta::assert_snapshot!(names.join("\n"));
}
