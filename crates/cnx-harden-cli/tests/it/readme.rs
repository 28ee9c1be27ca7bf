//! The README's start, as a newcomer runs it: each command works, and prints the lines
//! that stand below it. And the commands of the site's own pages.

use std::fs;

use crate::common::{program, read, root, stderr, stdout, upstream};

#[test]
fn a_minutes_start_is_as_it_says() {
    let readme = read(root().join("README.md"));
    let (_, rest) = readme.split_once("\n## A minute's start\n").unwrap();
    let (section, _) = rest.split_once("\n## ").unwrap();
    let folder = tempfile::tempdir().unwrap();
    fs::copy(
        upstream("cnx-etcd.yaml"),
        folder.path().join("cnx-etcd.yaml"),
    )
    .unwrap();
    let blocks = section.split("```console\n").skip(1);
    let blocks = blocks.map(|block| block.split("```").next().unwrap());
    let (mut ran, mut said) = (0, String::new());
    for line in blocks.flat_map(str::lines) {
        let command = line.strip_prefix("$ ");
        if let Some(arguments) = command.and_then(|command| command.strip_prefix("cnx-harden ")) {
            let mut command = program();
            let output = command
                .current_dir(folder.path())
                .args(arguments.split(' '))
                .output()
                .unwrap();
            let wanted = if arguments.starts_with("check") { 1 } else { 0 };
            assert_eq!(
                output.status.code(),
                Some(wanted),
                "{line}: {}",
                stderr(&output)
            );
            said = stdout(&output) + &stderr(&output);
            ran += 1;
        } else if command.is_none() && line != "…" {
            assert!(
                said.lines().any(|printed| printed == line),
                "{line:?} is not in {said}"
            );
        }
    }
    assert_eq!(ran, 4);
}

/// The pages of `docs/book` that are not taken from elsewhere, with what a reader has before:
/// manifests, and here certificates and hardened manifests too.
#[test]
fn the_commands_of_the_sites_pages_work() {
    let programs = program().get_program().to_owned();
    let programs = std::path::Path::new(&programs).parent().unwrap().to_owned();
    let path = std::env::var("PATH").unwrap();
    let path = format!("{}:{path}", programs.display());
    let mut ran = 0;
    for page in fs::read_dir(root().join("docs/book/src")).unwrap() {
        let page = page.unwrap().path();
        if page.is_dir() {
            continue;
        }
        let folder = tempfile::tempdir().unwrap();
        for name in ["calico-etcd.yaml", "cnx-etcd.yaml"] {
            fs::copy(upstream(name), folder.path().join(name)).unwrap();
        }
        let text = read(&page);
        let run = |line: &str, codes: &[i32]| {
            let mut shell = std::process::Command::new("sh");
            shell.current_dir(folder.path()).env("PATH", &path);
            let output = shell.args(["-c", line]).output().unwrap();
            let code = output.status.code().unwrap();
            assert!(
                codes.contains(&code),
                "{}: {line}: {}",
                page.display(),
                stderr(&output)
            );
        };
        let commands = text
            .lines()
            .filter_map(|line| line.trim_start().strip_prefix("$ "));
        let commands: Vec<_> = commands.collect();
        if commands
            .first()
            .is_some_and(|first| !first.contains("generate --pki pki --manager"))
        {
            run("cnx-harden certs generate --pki pki --only apiserver", &[0]);
            run("cnx-harden apply --pki pki -o hardened cnx-etcd.yaml", &[0]);
        }
        for command in commands {
            // What is published is not secured.
            run(
                command,
                if command.contains(" check ") {
                    &[0, 1]
                } else {
                    &[0]
                },
            );
            ran += 1;
        }
    }
    assert!(ran >= 8, "{ran}");
}

/// The map of the code has each file, by its name or its folder's, and names tests that are
/// there.
#[test]
fn the_map_of_the_code_is_whole() {
    let map = read(root().join("ARCHITECTURE.md"));
    let mut missing = Vec::new();
    for top in ["crates", "xtask"] {
        for entry in walkdir::WalkDir::new(root().join(top)) {
            let path = entry.unwrap().into_path();
            let text = path.display().to_string();
            let is_source = text.contains("/src/") && text.ends_with(".rs");
            if !is_source || text.contains("/tests") {
                continue;
            }
            let name =
                |path: &std::path::Path| path.file_name().unwrap().to_string_lossy().into_owned();
            let above = path.parent().unwrap();
            let words = [
                name(&path),
                format!("{}/", name(above)),
                format!("{}/", name(above.parent().unwrap())),
            ];
            // The folder of all files says nothing.
            let known = words
                .iter()
                .any(|word| word != "src/" && word != "crates/" && map.contains(word.as_str()));
            let library = ["lib.rs", "mod.rs"].contains(&words[0].as_str());
            if !known && !library {
                missing.push(text);
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
    let (_, table) = map.split_once("\n## What keeps them\n").unwrap();
    let (table, _) = table.split_once("\n## ").unwrap();
    let paths = table.split('`').skip(1).step_by(2);
    let gone: Vec<_> = paths
        .filter(|path| !root().join("crates").join(path).exists() && !root().join(path).exists())
        .collect();
    assert!(gone.is_empty(), "{gone:?}");
}
