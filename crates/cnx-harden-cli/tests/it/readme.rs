//! The README's start, as a newcomer runs it: each command works, and prints the lines
//! that stand below it.

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
