//! The settings that findings name are there, at each door.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args as _, Command, CommandFactory as _};
use cnx_harden_core::Setting;
use cnx_harden_core::config::Config;
use serde_json::Value;

use super::{ChannelArgs, Cli};

/// No flag for material is passed over beside a config.
#[test]
fn a_config_goes_with_the_flags_that_say_how_alone() {
    let channels = ChannelArgs::augment_args(Command::new("channels"));
    let mut apply = Cli::command();
    apply.build();
    let apply = apply.find_subcommand("apply").unwrap();
    let config = apply.get_arguments().find(|arg| arg.get_id() == "config");
    let refused = apply.get_arg_conflicts_with(config.unwrap());
    let beside: Vec<_> = channels
        .get_arguments()
        .map(|arg| arg.get_id())
        .filter(|id| !refused.iter().any(|refused| refused.get_id() == *id))
        .collect();
    let how = [
        "pki",
        "except",
        "ca_overlap",
        "rollout_annotation",
        "manager_secret_file",
    ];
    assert_eq!(beside, how);
}

/// Every flag of the command and of its subcommands.
fn flags(command: &Command, all: &mut BTreeSet<String>) {
    let longs = command.get_arguments().filter_map(clap::Arg::get_long);
    all.extend(longs.map(|long| format!("--{long}")));
    for command in command.get_subcommands() {
        flags(command, all);
    }
}

fn all_flags() -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let mut command = Cli::command();
    command.build();
    flags(&command, &mut all);
    all
}

/// Whether the schema has a field, its types followed.
fn has_field(schema: &Value, field: &str) -> bool {
    let mut at = schema;
    for key in field.split('.').map(|key| key.trim_end_matches("[]")) {
        let properties = |value: &Value| value.get("properties").is_some();
        while !properties(at) {
            let any = ["allOf", "anyOf"].into_iter().find_map(|of| at.get(of));
            let any = any.and_then(Value::as_array).into_iter().flatten();
            if let Some(items) = at.get("items") {
                at = items;
                continue;
            }
            let reference = std::iter::once(at).chain(any).find_map(|of| of.get("$ref"));
            let Some(reference) = reference.and_then(Value::as_str) else {
                return false;
            };
            at = schema.pointer(reference.trim_start_matches('#')).unwrap();
        }
        match at.get("properties").and_then(|fields| fields.get(key)) {
            Some(next) => at = next,
            None => return false,
        }
    }
    true
}

#[test]
fn each_setting_has_its_flag_and_its_field() {
    let (flags, schema) = (all_flags(), serde_json::to_value(Config::schema()).unwrap());
    for setting in Setting::ALL {
        assert!(flags.contains(setting.flag()), "{setting:?}");
        let field = setting.field();
        assert!(
            field.is_none_or(|field| has_field(&schema, field)),
            "{setting:?}: {field:?}"
        );
    }
    let none: Vec<_> = Setting::ALL
        .iter()
        .filter(|s| s.field().is_none())
        .collect();
    assert_eq!(none, [&Setting::SigningRequests]);
    assert!(!has_field(&schema, "spec.etcd.names.volumes"));
}

fn files(folder: &Path, all: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files(&path, all),
            false if path.extension().is_some_and(|ending| ending == "rs") => all.push(path),
            false => {}
        }
    }
}

/// Whether a text has a word.
fn has_word(text: &str, word: &str) -> bool {
    let is_inside = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    text.match_indices(word).any(|(at, _)| {
        let (before, rest) = text.split_at(at);
        !before.ends_with(is_inside) && !rest.trim_start_matches(word).starts_with(is_inside)
    })
}

/// Arguments of other programs that are called like one of the command's flags.
const OTHERS: [(&str, &str); 3] = [
    ("etcd/client.rs", "--etcd-endpoints"),
    ("etcd/client.rs", "--cert"),
    ("etcd/client.rs", "--key"),
];

#[test]
fn the_pure_crates_name_settings_and_no_flag() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut sources = Vec::new();
    for pure in ["cnx-harden-core/src", "cnx-certs/src"] {
        files(&crates.join(pure), &mut sources);
    }
    assert!(sources.len() > 100);
    let (all, mut wrong) = (all_flags(), Vec::new());
    // Where all flags of settings and commands are said, for the command alone.
    sources.retain(|path| !path.ends_with("src/setting.rs") && !path.ends_with("src/help.rs"));
    for path in &sources {
        let text = fs::read_to_string(path).unwrap();
        // Comments may name a flag, and tests may ask for one.
        let text = text.split("#[cfg(test)]").next().unwrap();
        let code = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        for line in code.filter(|line| line.contains("--")) {
            for flag in all.iter().filter(|flag| has_word(line, flag)) {
                let is_others = |(file, name): &(&str, &str)| path.ends_with(file) && flag == name;
                if !OTHERS.iter().any(is_others) {
                    wrong.push(format!("{}: {line}", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
