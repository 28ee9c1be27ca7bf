//! The links of a site: each leads to a file of it, and to an anchor there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::{files, read};
use crate::run::Result;

/// Checks those within the site; returns how many there are.
pub(super) fn check(site: &Path) -> Result<usize> {
    let mut pages = BTreeMap::new();
    for path in files(site, "html") {
        pages.insert(path.clone(), read(&site.join(path))?);
    }
    let anchors: BTreeMap<&PathBuf, BTreeSet<&str>> = pages
        .iter()
        .map(|(path, text)| (path, values(text, " id=\"").collect()))
        .collect();
    let (mut count, mut wrong) = (0, Vec::new());
    for (page, text) in &pages {
        // The page of all pages has their links, and the one for lost readers a base.
        if page.ends_with("print.html") || page.ends_with("404.html") {
            continue;
        }
        for to in values(text, " href=\"").chain(values(text, " src=\"")) {
            if to.contains(':') || to.starts_with("//") {
                continue;
            }
            count += 1;
            let (path, anchor) = to.split_once('#').unwrap_or((to, ""));
            let place = match path {
                "" => page.clone(),
                path => normal(&page.with_file_name(path)),
            };
            let there = match anchors.get(&place) {
                Some(anchors) => anchor.is_empty() || anchors.contains(anchor),
                None => anchor.is_empty() && site.join(&place).exists(),
            };
            if !there {
                wrong.push(format!("{}: {to} leads nowhere", page.display()));
            }
        }
    }
    match wrong.is_empty() {
        true => Ok(count),
        false => Err(wrong.join("\n")),
    }
}

/// The values of an attribute.
fn values<'t>(text: &'t str, attribute: &'t str) -> impl Iterator<Item = &'t str> {
    let parts = text.split(attribute).skip(1);
    parts.filter_map(|part| part.split('"').next())
}

/// A path without `..`.
pub(super) fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::ParentDir => drop(out.pop()),
            std::path::Component::CurDir => {}
            part => out.push(part),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_that_leads_nowhere_is_found() {
        let site = tempfile();
        let page = |name: &str, text: &str| std::fs::write(site.join(name), text).unwrap();
        page(
            "a.html",
            r##"<a href="b.html#there"> <a href="#x" id="x"> <a href="https://a">"##,
        );
        page("b.html", r#"<h1 id="there"> <img src="c.svg">"#);
        page("c.svg", "");
        assert_eq!(check(&site), Ok(3));
        page("a.html", r#"<a href="b.html#gone"> <a href="gone.html">"#);
        let wrong = check(&site).unwrap_err();
        assert_eq!(wrong.lines().count(), 2, "{wrong}");
        std::fs::remove_dir_all(site).unwrap();
    }

    fn tempfile() -> PathBuf {
        let folder = std::env::temp_dir().join(format!("cnx-harden-links-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }
}
