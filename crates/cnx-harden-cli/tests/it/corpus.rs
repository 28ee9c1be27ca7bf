//! Published manifests through the program: `diff` says what `apply` does.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::common::{stderr, stdout, with_etcd, with_material};

/// The flags that a release with other names asks for.
fn flags(state: &str, text: &str) -> &'static [&'static str] {
    match state {
        "no-mounts" => &[
            "--apiserver-secret=calico-k8sapiserver-certs",
            "--apiserver-deployment=calico-k8sapiserver",
            "--apiserver-container=calico-k8sapiserver",
            "--apiserver-volume=certs",
        ],
        "no-secret" if text.contains("name: calico-server") => &[
            "--add-secret",
            "--apiserver-deployment=calico-server",
            "--apiserver-container=calico-server",
        ],
        "no-secret" => &["--add-secret"],
        _ => &[],
    }
}

#[test]
fn diff_says_what_apply_does_to_each_published_manifest() {
    let command = |command: &str| with_material(command, "tls");
    if let Some([changed, unchanged, refused]) = compare(&command, &flags) {
        assert!(changed > 70 && unchanged > 90 && refused > 10);
    }
}

#[test]
fn diff_says_what_apply_does_for_etcd() {
    // Where a manifest has a placeholder, nobody but the caller knows where etcd is.
    let flags = |_: &str, text: &str| {
        let mut lines = text.lines();
        let open = lines.any(|line| line.contains("etcd_endpoints:") && line.contains('<'));
        let all: &'static [&'static str] = &[
            "--assume-secret",
            "--etcd-endpoints",
            "https://etcd.example.com:2379",
        ];
        if open { all } else { &all[..1] }
    };
    if let Some([changed, unchanged, refused]) = compare(&with_etcd, &flags) {
        assert!(changed > 85 && unchanged > 90 && refused > 5);
    }
}

type Flags<'f> = &'f dyn Fn(&str, &str) -> &'static [&'static str];

/// How many manifests are changed, unchanged and refused.
fn compare(command: &dyn Fn(&str) -> Command, flags: Flags<'_>) -> Option<[usize; 3]> {
    let Some(folder) = std::env::var_os("CNX_HARDEN_CORPUS").map(PathBuf::from) else {
        eprintln!("CNX_HARDEN_CORPUS is not set: no published manifests were hardened");
        return None;
    };
    let index = std::fs::read_to_string(folder.join("INDEX.tsv")).unwrap();
    let (mut changed, mut unchanged, mut refused) = (0, 0, 0);
    for line in index.lines().skip(1) {
        let cells: Vec<_> = line.split('\t').collect();
        let (name, state) = (cells[0], cells[3]);
        let path = folder.join(name);
        let before = std::fs::read_to_string(&path).unwrap();
        let run = |name: &str| {
            let mut command = command(name);
            // Early releases have other Services, which the test certificate is not for.
            command
                .args(["--allow", "name-mismatch"])
                .args(flags(state, &before))
                .arg(Path::new(&path));
            if name == "diff" {
                command.arg("--exit-code");
            }
            command.output().unwrap()
        };
        let (apply, diff) = (run("apply"), run("diff"));
        let after = stdout(&apply);
        let wanted = match apply.status.code() {
            Some(0) if after == before => 0,
            Some(0) => 1,
            _ => 2,
        };
        assert_eq!(
            diff.status.code(),
            Some(wanted),
            "{name}: {}",
            stderr(&diff)
        );
        match wanted {
            0 => unchanged += 1,
            1 => changed += 1,
            _ => {
                refused += 1;
                assert!(after.is_empty() && diff.stdout.is_empty(), "{name}");
                assert_eq!(stderr(&apply), stderr(&diff), "{name}");
                continue;
            }
        }
        let made = similar::TextDiff::from_lines(&before, &after);
        let made: Vec<_> = made
            .iter_all_changes()
            .filter(|change| change.tag() != similar::ChangeTag::Equal)
            .map(|change| (change.tag().to_string(), without_key(change.value())))
            .collect();
        let shown = stdout(&diff);
        let shown = shown
            .lines()
            .filter(|l| !l.starts_with("---") && !l.starts_with("+++"));
        let shown: Vec<_> = shown
            .filter(|line| line.starts_with(['-', '+']))
            .map(|line| (line[..1].to_owned(), without_key(&line[1..])))
            .collect();
        assert!(
            shown == made,
            "{name}: diff shows something else than apply does"
        );
    }
    println!("{changed} changed, {unchanged} unchanged, {refused} refused");
    Some([changed, unchanged, refused])
}

fn without_key(line: &str) -> String {
    let line = line.trim_end_matches(['\n', '\r']);
    for key in ["apiserver.key:", "etcd-key:"] {
        if let Some((before, _)) = line.split_once(&format!("{key} ")) {
            return format!("{before}{key}");
        }
    }
    line.to_owned()
}
