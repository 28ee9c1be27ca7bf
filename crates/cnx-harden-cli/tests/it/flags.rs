//! Each flag that a text names exists, for the command that it is named with.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::common::{program, read, root, stdout};

/// The flags of each command, by its words: `certs verify`.
type Commands = BTreeMap<String, BTreeSet<String>>;

/// Flags of other programs, which help and documentation name too.
const OTHERS: [&str; 47] = [
    // etcd, and its clients.
    "--advertise-client-urls",
    "--ca-file",
    "--cacert",
    "--cert",
    "--cert-file",
    "--client-cert-auth",
    "--etcd",
    "--etcd-cafile",
    "--etcd-certfile",
    "--etcd-keyfile",
    "--etcd-servers",
    "--etcd-servers-overrides",
    "--key",
    "--key-file",
    "--listen-client-urls",
    "--trusted-ca-file",
    // API servers.
    "--authentication-kubeconfig",
    "--authorization-kubeconfig",
    "--deprecated-kubelet-completely-insecure",
    "--kubelet-insecure-tls",
    "--requestheader-client-ca-file",
    "--secure-port",
    "--cert-dir",
    "--tls-cert-file",
    "--tls-private-key-file",
    // kubectl and kustomize.
    "--certificate-authority",
    "--enable-alpha-plugins",
    "--enable-exec",
    "--fn-config",
    "--ignore-not-found",
    "--kubeconfig",
    "--raw",
    "--replicas",
    "--server",
    "--server-side",
    "--tls-server-name",
    "--token",
    // git.
    "--stdin",
    // kpt, Helm, cargo, cargo xtask.
    "--check",
    "--example",
    "--exec",
    "--locked",
    "--open",
    "--path",
    "--post-renderer",
    "--post-renderer-args",
    // Colours of the page.
    "--bg",
];

fn help(command: &str) -> String {
    let output = program()
        .args(command.split_whitespace())
        .arg("--help")
        .output();
    stdout(&output.unwrap())
}

fn commands() -> Commands {
    let mut commands = Commands::new();
    let mut open = vec![String::new()];
    while let Some(command) = open.pop() {
        let text = help(&command);
        let list = text.split("\nCommands:\n").nth(1).unwrap_or_default();
        let list = list.lines().take_while(|line| !line.is_empty());
        let names = list.filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
        let names = names.filter(|name| !name.is_empty() && *name != "help");
        open.extend(names.map(|name| format!("{command} {name}").trim().to_owned()));
        let flags = text.lines().flat_map(|line| {
            let line = line.trim_start();
            let is_flag = line.starts_with('-') && !line.starts_with("- ");
            let words = line.split(' ').take_while(|word| word.starts_with('-'));
            words
                .filter(|_| is_flag)
                .map(|word| word.trim_end_matches(',').to_owned())
                .collect::<Vec<_>>()
        });
        commands.insert(command, flags.collect());
    }
    commands
}

/// The files that may name a flag: documentation, code pages, and the sources, whose
/// literals are the messages and their help.
fn texts() -> Vec<(PathBuf, String)> {
    let mut texts = Vec::new();
    let mut open = ["README.md", "examples", "docs", "crates"]
        .map(|p| root().join(p))
        .to_vec();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            let entries = path.read_dir().unwrap().map(|entry| entry.unwrap().path());
            open.extend(entries.filter(|path| !path.ends_with("tests")));
            continue;
        }
        let ending = path.extension().and_then(|ending| ending.to_str());
        match ending {
            Some("md" | "yaml" | "sh") => texts.push((path.clone(), read(&path))),
            Some("rs") => texts.push((path.clone(), literals(&read(&path)))),
            _ => {}
        }
    }
    assert!(texts.len() > 100);
    texts
}

/// A source without its comments, and its literals' lines joined as the compiler
/// joins them.
fn literals(source: &str) -> String {
    let is_code = |line: &&str| !line.trim_start().starts_with("//");
    let source = source
        .split("#[cfg(test)]\nmod tests")
        .next()
        .unwrap_or_default();
    let mut text = String::new();
    for line in source.lines().filter(is_code) {
        let continues = text.ends_with('\\') && !text.ends_with("\\\\");
        if continues {
            text.pop();
            text.push_str(line.trim_start());
        } else {
            text.push('\n');
            text.push_str(line);
        }
    }
    text.replace("\\\\\n", "\\\n").replace("\\n", "\n")
}

/// The flags in a text.
fn flags(text: &str) -> impl Iterator<Item = &str> {
    let is_flag = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    text.match_indices("--").filter_map(move |(at, _)| {
        let before = text[..at].chars().next_back();
        let rest = &text[at + 2..];
        let starts = rest.starts_with(|c: char| c.is_ascii_lowercase());
        let alone =
            before.is_none_or(|c| !is_flag(c) && !c.is_alphanumeric() && c != '<' && c != '!');
        let end = rest.find(|c| !is_flag(c)).unwrap_or(rest.len());
        (starts && alone).then(|| text[at..at + 2 + end].trim_end_matches('-'))
    })
}

/// The commands in a text: what follows the program's name, up to the line's end, the
/// end of a quotation, or another program.
fn lines(text: &str) -> Vec<String> {
    let joined = text.replace("\\\n", " ");
    let found = joined.match_indices("cnx-harden ").map(|(at, name)| {
        let quoted = joined[..at].ends_with('`');
        let rest = &joined[at + name.len()..];
        let end = match quoted {
            true => rest.find('`'),
            false => rest.find(['\n', '|', ';', '"', '\'', '#', '`']),
        };
        rest[..end.unwrap_or(rest.len())].replace('\n', " ")
    });
    found.collect()
}

/// The command that a line calls; none where it is about the program.
fn called<'c>(line: &str, commands: &'c Commands) -> Option<&'c str> {
    let words: Vec<_> = line
        .split_whitespace()
        .take_while(|word| !word.starts_with('-'))
        .collect();
    let mut lengths = (1..=words.len()).rev();
    let found = lengths.find_map(|n| commands.get_key_value(&words[..n].join(" ")));
    found.map(|(command, _)| command.as_str())
}

fn wrong(path: &Path, text: &str, commands: &Commands) -> Vec<String> {
    let path = path.strip_prefix(root()).unwrap_or(path);
    let mut wrong = Vec::new();
    for line in lines(text) {
        let Some(command) = called(&line, commands) else {
            continue;
        };
        let there = flags(&line).filter(|flag| !commands[command].contains(*flag));
        wrong.extend(there.map(|flag| format!("{}: cnx-harden {command} {flag}", path.display())));
    }
    // The examples are of other programs' commands.
    if path.starts_with("examples") {
        return wrong;
    }
    let anywhere = |flag: &&str| commands.values().any(|flags| flags.contains(*flag));
    let unknown = flags(text).filter(|flag| !anywhere(flag) && !OTHERS.contains(flag));
    wrong.extend(unknown.map(|flag| format!("{}: {flag}", path.display())));
    wrong
}

#[test]
fn each_flag_that_a_text_names_exists_for_its_command() {
    let commands = commands();
    assert!(
        commands.len() > 15 && commands["certs verify"].contains("--pki"),
        "{commands:?}"
    );
    let helps = commands
        .keys()
        .map(|command| (PathBuf::from(command), help(command)));
    let texts: Vec<_> = helps.chain(texts()).collect();
    let wrong: BTreeSet<_> = texts
        .iter()
        .flat_map(|(path, text)| wrong(path, text, &commands))
        .collect();
    let wrong: Vec<_> = wrong.into_iter().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The test can fail.
#[test]
fn a_flag_of_another_command_is_found() {
    let commands = commands();
    let wrong = |text: &str| wrong(Path::new("text"), text, &commands);
    assert_eq!(
        wrong("`cnx-harden certs verify\n--pki pki` or cnx-harden apply --pki pki"),
        [""; 0]
    );
    assert_eq!(
        wrong("cnx-harden apply \\\n  --fail-on x"),
        ["text: cnx-harden apply --fail-on"]
    );
    assert_eq!(wrong("name it by --manager-name"), ["text: --manager-name"]);
}
