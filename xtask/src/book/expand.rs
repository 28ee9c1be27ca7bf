//! Pages with what they take from elsewhere:
//!
//! ```text
//! {{section FILE#heading}}  the section of a file of the repository, without its heading
//! {{file FILE}}             a file
//! {{code CODE}}             the remedy of a finding's page
//! {{messages}}              the table of messages and findings
//! [words](repo:FILE)        a file of the repository
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::links::normal;
use super::{files, read, write};
use crate::run::{Result, quiet, root};

/// Where a reader finds the repository.
const REPOSITORY: &str = "https://github.com/example/cnx-harden";

/// The pages as they stand in docs/book/src.
pub(super) struct Pages {
    texts: BTreeMap<PathBuf, String>,
    /// What is taken from the repository, a file or `FILE#heading`, and the page that has it.
    taken: BTreeMap<String, PathBuf>,
}

impl Pages {
    pub(super) fn read(folder: &Path) -> Result<Self> {
        let (mut texts, mut taken) = (BTreeMap::new(), BTreeMap::new());
        for path in files(folder, "md") {
            let text = read(&folder.join(&path))?;
            for line in text.lines() {
                if let Some(("section" | "file", what)) = directive(line) {
                    taken.entry(what.to_owned()).or_insert_with(|| path.clone());
                }
            }
            texts.insert(path, text);
        }
        Ok(Self { texts, taken })
    }

    /// Writes them into `folder`, complete.
    pub(super) fn write(&self, folder: &Path, program: &Path, messages: &str) -> Result<()> {
        for (path, text) in &self.texts {
            let mut page = String::new();
            for line in text.lines() {
                match directive(line) {
                    Some(("section", what)) => {
                        let (file, heading) = what.split_once('#').unwrap_or((what, ""));
                        let text = read(&root().join(file))?;
                        let section = section(&text, heading)
                            .ok_or_else(|| format!("{file} has no section {heading}"))?;
                        page.push_str(&self.linked(&section, file, path, folder)?);
                    }
                    Some(("file", file)) => {
                        let text = read(&root().join(file))?;
                        page.push_str(&self.linked(&text, file, path, folder)?);
                    }
                    Some(("code", code)) => {
                        let text = quiet(Command::new(program).args(["explain", code]))?;
                        page.push_str(&section(&text, "remedy").unwrap_or_default());
                    }
                    Some(("messages", _)) => page.push_str(messages),
                    Some((other, _)) => return Err(format!("{}: {other}?", path.display())),
                    None => page.push_str(&format!("{line}\n")),
                }
            }
            let page = self.linked(&page, "", path, folder)?;
            write(&folder.join(path), &page)?;
        }
        Ok(())
    }

    /// The text with links that work in `page`: those of `file` are relative to it.
    fn linked(&self, text: &str, file: &str, page: &Path, folder: &Path) -> Result<String> {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once("](") {
            let (to, behind) = behind.split_once(')').unwrap_or((behind, ""));
            let to = self.link(to, file, page, folder)?;
            out.push_str(&format!("{before}]({to})"));
            rest = behind;
        }
        out.push_str(rest);
        Ok(out)
    }

    fn link(&self, to: &str, file: &str, page: &Path, folder: &Path) -> Result<String> {
        let in_repository = to.strip_prefix("repo:");
        if to.contains("://") || (file.is_empty() && in_repository.is_none()) {
            return Ok(to.to_owned());
        }
        let up = "../".repeat(page.components().count() - 1);
        let (path, anchor) = to.split_once('#').unwrap_or((to, ""));
        let path = match in_repository {
            Some(_) => path.trim_start_matches("repo:").to_owned(),
            None if path.is_empty() => file.to_owned(),
            None => normal(&Path::new(file).with_file_name(path))
                .display()
                .to_string(),
        };
        let place = root().join(&path);
        if !place.exists() {
            return Err(format!("{file}: {to} leads nowhere"));
        }
        if path.ends_with(".svg") {
            let image = format!("images/{}", path.rsplit('/').next().unwrap_or(&path));
            write(&folder.join(&image), "")?;
            fs::copy(&place, folder.join(&image)).map_err(|error| error.to_string())?;
            return Ok(format!("{up}{image}"));
        }
        let readme = format!("{path}/README.md");
        let known = [format!("{path}#{anchor}"), path.clone(), readme];
        let page = known.iter().find_map(|what| self.taken.get(what));
        Ok(match page {
            Some(page) => format!("{up}{}", page.display()),
            None if anchor.is_empty() => format!("{REPOSITORY}/blob/main/{path}"),
            None => format!("{REPOSITORY}/blob/main/{path}#{anchor}"),
        })
    }
}

fn directive(line: &str) -> Option<(&str, &str)> {
    let inner = line.trim().strip_prefix("{{")?.strip_suffix("}}")?;
    Some(inner.split_once(' ').unwrap_or((inner, "")))
}

/// The section below a heading, up to the next one that is not below it.
fn section(text: &str, heading: &str) -> Option<String> {
    let (mut level, mut fence) = (None, false);
    let mut out = String::new();
    for line in text.lines() {
        fence ^= line.trim_start().starts_with("```");
        let depth = line.chars().take_while(|c| *c == '#').count();
        let is_heading = !fence && depth > 0 && line.chars().nth(depth) == Some(' ');
        match level {
            None if is_heading && slug(line) == heading => level = Some(depth),
            None => {}
            Some(level) if is_heading && depth <= level => break,
            Some(_) => out.push_str(&format!("{line}\n")),
        }
    }
    level.map(|_| out)
}

/// The anchor that GitHub and mdBook give a heading.
fn slug(heading: &str) -> String {
    let words = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = words
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}
