//! Completions, by completing in the shells.

use std::fs;
use std::process::Command;

use crate::common::{program, stderr, stdout, tool};

/// What is typed, and a word that Tab then offers.
const LINES: [(&str, &str); 6] = [
    ("cnx-harden ap", "apply"),
    ("cnx-harden apply --pk", "--pki"),
    ("cnx-harden apply --etcd-endp", "--etcd-endpoints"),
    ("cnx-harden certs gen", "generate"),
    ("cnx-harden check --format sar", "sarif"),
    ("cnx-harden explain name-mis", "name-mismatch"),
];

const BASH: &str = r#"
source "$1"
COMP_WORDS=($2)
COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))
$(complete -p cnx-harden | sed -E 's/.* -F ([^ ]+) .*/\1/') cnx-harden \
  "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\n' "${COMPREPLY[@]}"
"#;

/// A shell in a pseudo-terminal, Tab, and the line that is then there.
const ZSH: &str = r#"
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "fpath=(${1:h} \$fpath); autoload -U compinit; compinit -u -D; print READ''Y"
zpty -r shell out '*READY*'
zpty -w -n shell "$2"$'\t'
zpty -w -n shell $'\x01print -r -- "<\x05>"\n'
zpty -r shell out '*<*>*<*>*'
print -r -- "$out"
zpty -d shell
"#;

const FISH: &str = r#"source $argv[1]; complete -C "$argv[2]""#;

#[test]
fn shells_complete_commands_flags_values_and_codes() {
    let folder = tempfile::tempdir().unwrap();
    let shells = [
        (
            "bash",
            "/bin/bash".into(),
            vec!["--norc", "-c", BASH, "bash"],
        ),
        ("zsh", tool("zsh"), vec!["-f", "-c", ZSH, "zsh"]),
        ("fish", tool("fish"), vec!["--no-config", "-c", FISH]),
    ];
    for (shell, path, arguments) in shells {
        let made = program()
            .args(["install", "completions", shell])
            .output()
            .unwrap();
        let script = folder.path().join("_cnx-harden");
        fs::write(&script, stdout(&made)).unwrap();
        for (line, wanted) in LINES {
            let mut command = Command::new(&path);
            command.args(&arguments).arg(&script).arg(line);
            command.env("HOME", folder.path()).env("TERM", "dumb");
            let output = command.output().unwrap();
            let offered = String::from_utf8_lossy(&output.stdout);
            assert!(
                offered.contains(wanted),
                "{shell}: {line}: {offered}{}",
                stderr(&output)
            );
        }
    }
}
