//! The public names of the library crates with their signatures, read off what rustdoc
//! writes: a change of the interface is a change of a file.

use std::collections::BTreeSet;
use std::path::Path;

use crate::book::{files, read, write};
use crate::run::{Result, root, target};

const CRATES: [&str; 3] = ["yaml_splice", "cnx_certs", "cnx_harden_core"];

/// So many changes are shown.
const MOST: usize = 40;

/// Writes docs/api, a line for each item, field, variant and method, or compares it. What is
/// new is shown; what is gone, or has another signature, breaks callers, and is an error.
pub(crate) fn api(check: bool) -> Result<()> {
    let mut broken = Vec::new();
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
    use super::text;

    #[test]
    fn a_declaration_is_one_line() {
        let html = "pub fn <a href=\"#x\">of</a>&lt;'a&gt;(\n    text: &amp;'a <b>str</b>,\n)";
        assert_eq!(text(html), "pub fn of<'a>( text: &'a str, )");
    }
}
