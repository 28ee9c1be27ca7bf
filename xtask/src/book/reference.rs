//! The reference, as the program itself has it: its commands, its config, its findings.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::write;
use crate::run::{Result, quiet};

/// Writes the pages into `src/reference`; returns the table of messages.
pub(super) fn write_all(program: &Path, src: &Path) -> Result<String> {
    let folder = src.join("reference");
    write(&folder.join("command.md"), &commands(program)?)?;
    let schema = quiet(Command::new(program).arg("schema"))?;
    let schema = serde_json::from_str(&schema).map_err(|error| error.to_string())?;
    write(&folder.join("config.md"), &config(&schema))?;
    let (findings, messages) = findings(program)?;
    write(&folder.join("findings.md"), &findings)?;
    Ok(messages)
}

/// The help of each command.
fn commands(program: &Path) -> Result<String> {
    let mut page = "# The command line\n\nWhat `--help` of each command prints.\n".to_owned();
    let mut open = vec![Vec::new()];
    while let Some(command) = open.pop() {
        let help = quiet(Command::new(program).args(&command).arg("--help"))?;
        let name: Vec<_> = ["cnx-harden"]
            .into_iter()
            .chain(command.iter().map(String::as_str))
            .collect();
        page.push_str(&format!(
            "\n## {}\n\n```text\n{help}\n```\n",
            name.join(" ")
        ));
        let listed = help.split("\nCommands:\n").nth(1).unwrap_or_default();
        let listed = listed.split("\n\n").next().unwrap_or_default();
        let below: Vec<_> = listed
            .lines()
            .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
            .filter_map(|line| line.split_whitespace().next())
            .filter(|name| *name != "help")
            .map(|name| [command.clone(), vec![name.to_owned()]].concat())
            .collect();
        open.extend(below.into_iter().rev());
    }
    Ok(page)
}

/// The fields of the config, a table for each type.
fn config(schema: &Value) -> String {
    let mut page =
        "# The config\n\nThe file of kind `Hardening`, for `--config`, for KRM functions and for \
                    kustomize's plugin. Its JSON Schema is printed by `cnx-harden schema`.\n"
            .to_owned();
    let none = serde_json::Map::new();
    let types = schema["definitions"].as_object().unwrap_or(&none);
    let first = ["Spec"].into_iter();
    let others = types
        .keys()
        .map(String::as_str)
        .filter(|name| *name != "Spec");
    for name in first.chain(others) {
        let Some(of) = types.get(name) else { continue };
        let Some(fields) = of["properties"].as_object() else {
            continue;
        };
        let about = of["description"].as_str().unwrap_or_default();
        page.push_str(&format!(
            "\n## {name}\n\n{about}\n\n| field | type | |\n|---|---|---|\n"
        ));
        for (field, of) in fields {
            let about = cell(of["description"].as_str().unwrap_or_default());
            page.push_str(&format!("| `{field}` | {} | {about} |\n", kind(of, types)));
        }
    }
    page
}

/// What a field holds, with a link where it is a type with fields.
fn kind(of: &Value, types: &serde_json::Map<String, Value>) -> String {
    let any = ["anyOf", "allOf", "oneOf"]
        .into_iter()
        .find_map(|any| of[any].as_array());
    let reference = std::iter::once(of).chain(any.into_iter().flatten());
    let mut names = reference.filter_map(|of| of["$ref"].as_str());
    if let Some(name) = names.next().and_then(|name| name.rsplit('/').next()) {
        let has_fields = types
            .get(name)
            .is_some_and(|of| of["properties"].is_object());
        return match has_fields {
            true => format!("[{name}](#{})", name.to_lowercase()),
            false => name.to_owned(),
        };
    }
    match &of["type"] {
        Value::String(kind) if kind == "array" => format!("list of {}", kind_of_items(of, types)),
        Value::String(kind) => kind.clone(),
        Value::Array(kinds) => kinds
            .iter()
            .filter_map(Value::as_str)
            .filter(|kind| *kind != "null")
            .collect(),
        _ => String::new(),
    }
}

fn kind_of_items(of: &Value, types: &serde_json::Map<String, Value>) -> String {
    kind(&of["items"], types)
}

/// The page of each finding, and which messages of other programs lead to which.
fn findings(program: &Path) -> Result<(String, String)> {
    let list = quiet(Command::new(program).arg("explain"))?;
    let codes = list.lines().filter_map(|line| line.strip_prefix("  "));
    let mut page = "# Findings\n\nEach finding has a code, and a page that `cnx-harden explain CODE` prints.\n".to_owned();
    let mut messages: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for code in codes.filter_map(|line| line.split_whitespace().next()) {
        let text = quiet(Command::new(program).args(["explain", code]))?;
        for line in text.lines() {
            match line.strip_prefix('#') {
                // Headings go a level down, and the parts have none of their own.
                Some(title) if line.starts_with("# ") => page.push_str(&format!("\n##{title}\n")),
                Some(part) => {
                    page.push_str(&format!("**{}**\n", part.trim_start_matches('#').trim()))
                }
                None => page.push_str(&format!("{line}\n")),
            }
        }
        let said = text.split("## In the cluster").nth(1).unwrap_or_default();
        let said = said
            .split("\n## ")
            .next()
            .unwrap_or_default()
            .replace('\n', " ");
        for message in said
            .split('`')
            .skip(1)
            .step_by(2)
            .filter(|said| is_message(said))
        {
            let of = messages.entry(message.to_owned()).or_default();
            if !of.iter().any(|known| known == code) {
                of.push(code.to_owned());
            }
        }
    }
    let mut table = "| You see | Finding |\n|---|---|\n".to_owned();
    for (message, codes) in messages {
        let links = codes
            .iter()
            .map(|code| format!("[{code}](reference/findings.md#{code})"));
        let links: Vec<_> = links.collect();
        table.push_str(&format!(
            "| `{}` | {} |\n",
            cell(&message),
            links.join(", ")
        ));
    }
    Ok((page, table))
}

/// Whether it is what a program says, and no name or value.
fn is_message(text: &str) -> bool {
    let words = text.split_whitespace().count();
    words > 2
        || text.starts_with("ERR_")
        || text == "FailedDiscoveryCheck"
        || text == "MissingEndpoints"
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
