//! The public names of the library crates with their signatures, read off what rustdoc
//! writes: a change of the interface is a change of a file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::book::{files, read, write};
use crate::run::{Result, root, target};

const CRATES: [&str; 3] = ["yaml_splice", "cnx_certs", "cnx_harden_core"];

/// Names that two crates have for two things, each with the reason.
const TWICE: [(&str, &str); 6] = [
    (
        "Code",
        "of certificates, and of manifests: each of its crate's findings",
    ),
    (
        "Details",
        "of a finding about certificates, and about manifests",
    ),
    ("Error", "each crate's own, as usual in Rust"),
    (
        "Finding",
        "about certificates, and about manifests, which holds the former",
    ),
    (
        "PrivateKey",
        "a key that was read, and the bytes that a caller gives",
    ),
    ("join", "functions, called by their module's names"),
];

/// So many changes are shown.
const MOST: usize = 40;

/// Writes docs/api, a line for each item, field, variant and method, or compares it. What is
/// new is shown; what is gone, or has another signature, breaks callers, and is an error.
pub(crate) fn api(check: bool) -> Result<()> {
    let mut broken = Vec::new();
    let mut interfaces = Vec::new();
    for name in CRATES {
        let new = items(&target().join("doc").join(name))?;
        let path = root().join(format!("docs/api/{name}.txt"));
        let old = read(&path).unwrap_or_default();
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<BTreeSet<_>>();
        let (before, after) = (lines(&old), lines(&new));
        let gone: Vec<_> = before.difference(&after).collect();
        for line in gone.iter().take(MOST) {
            println!("- {name}::{line}");
        }
        for line in after.difference(&before).take(MOST) {
            println!("+ {name}::{line}");
        }
        if !check && old != new {
            write(&path, &new)?;
        }
        if !gone.is_empty() {
            broken.push(name);
        }
        interfaces.push((name, new));
    }
    let found = in_two_crates(&interfaces);
    let excepted: BTreeSet<_> = TWICE.iter().map(|(name, _)| *name).collect();
    let wrong: Vec<_> = found.symmetric_difference(&excepted).copied().collect();
    if !wrong.is_empty() {
        return Err(format!(
            "{}: a name in two crates that TWICE in xtask/src/api.rs does not explain, or one \
             there that is in one crate alone\n  help: rename one, or re-export it",
            wrong.join(", ")
        ));
    }
    match (check, broken.is_empty()) {
        (true, false) => Err(format!(
            "something is gone from {}, or is another: run `cargo xtask api`, and say in \
             CHANGELOG.md what callers have to change",
            broken.join(", ")
        )),
        _ => Ok(()),
    }
}

/// The names that several crates have, but for those that one re-exports from another.
fn in_two_crates<'a>(interfaces: &'a [(&str, String)]) -> BTreeSet<&'a str> {
    // By name, what each crate says of it. What a re-export implements is worded otherwise,
    // and so is its own type.
    let mut names: BTreeMap<&str, BTreeMap<&str, BTreeSet<String>>> = BTreeMap::new();
    for (of, interface) in interfaces {
        for line in interface.lines() {
            let Some((item, declaration)) = line.split_once(": ") else {
                continue;
            };
            let Some((_, name)) = item.rsplit_once('.') else {
                continue;
            };
            let crates = names.entry(name).or_default();
            let declarations = crates.entry(of).or_default();
            if !declaration.starts_with("impl") {
                declarations.insert(declaration.replace("Self", name));
            }
        }
    }
    let differ = |crates: &BTreeMap<_, BTreeSet<_>>| {
        let mut said = crates.values();
        let first = said.next();
        said.any(|other| Some(other) != first)
    };
    let twice = names.into_iter().filter(|(_, crates)| differ(crates));
    twice.map(|(name, _)| name).collect()
}

/// The declarations on a crate's pages, sorted.
fn items(folder: &Path) -> Result<String> {
    let mut lines = BTreeSet::new();
    for path in files(folder, "html") {
        let page = read(&folder.join(&path))?;
        // What every type has is not said again.
        let page = page
            .split("id=\"synthetic-implementations\"")
            .next()
            .unwrap_or_default();
        let Some((_, declaration)) = page.split_once("<pre class=\"rust item-decl\">") else {
            continue;
        };
        let item = path
            .with_extension("")
            .display()
            .to_string()
            .replace('/', "::");
        let (declaration, rest) = declaration
            .split_once("</pre>")
            .unwrap_or((declaration, ""));
        // Fields, variants and methods have lines of their own.
        let declaration = text(declaration);
        let head = declaration.split(" {").next().unwrap_or_default();
        lines.insert(format!("{item}: {head}"));
        for part in rest.split("class=\"structfield section-header\">").skip(1) {
            let (_, field) = part.split_once("<code>").unwrap_or_default();
            let (field, _) = field.split_once("</code>").unwrap_or_default();
            lines.insert(format!("{item}: {}", text(field)));
        }
        let (of_enum, of_trait) = (item.contains("enum."), item.contains("trait."));
        for part in rest.split("class=\"code-header\">").skip(1) {
            let (header, _) = part.split_once("</h").unwrap_or((part, ""));
            let header = text(header);
            let is_method = header.starts_with("fn ");
            // What derives bring is in the lines of their impl.
            let is_told = header.starts_with("pub ")
                || header.starts_with("impl")
                || (of_trait && is_method)
                || (of_enum && !is_method && !header.starts_with("type "));
            if is_told && !header.contains("StructuralPartialEq for") {
                lines.insert(format!("{item}: {header}"));
            }
        }
    }
    match lines.is_empty() {
        true => Err(format!(
            "{}: run `cargo doc --workspace --no-deps` first",
            folder.display()
        )),
        false => Ok(lines.into_iter().map(|line| line + "\n").collect()),
    }
}

/// HTML without its tags, on one line.
fn text(html: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for character in html.chars() {
        match character {
            '<' => inside = true,
            '>' => inside = false,
            character if !inside => out.push(character),
            _ => {}
        }
    }
    let out = out
        .replace("&lt;", "<")
        .replace('ⓘ', "")
        .replace("&gt;", ">")
        .replace("&#39;", "'");
    let out = out
        .replace("&quot;", "\"")
        .replace("&nbsp;", " ")
        .replace("&amp;", "&");
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{in_two_crates, text};

    #[test]
    fn a_name_of_two_things_is_found_and_a_re_export_is_not() {
        let one = "struct.Same: pub fn new() -> Self\nstruct.Same: impl Copy for Same\n\
                   struct.Other: pub struct Other\n";
        let two = "struct.Same: pub fn new() -> Same\na::enum.Other: pub enum Other\n";
        let interfaces = [("one", one.to_owned()), ("two", two.to_owned())];
        let found = in_two_crates(&interfaces);
        assert_eq!(found.into_iter().collect::<Vec<_>>(), ["Other"]);
    }

    #[test]
    fn a_declaration_is_one_line() {
        let html = "pub fn <a href=\"#x\">of</a>&lt;'a&gt;(\n    text: &amp;'a <b>str</b>,\n)";
        assert_eq!(text(html), "pub fn of<'a>( text: &'a str, )");
    }
}
