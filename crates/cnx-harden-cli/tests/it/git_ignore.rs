//! `--git-ignore`: what git ignores is left out of folders.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::common::{program, read, stderr, stdout, upstream, with_material};

/// A folder below one with a `.gitignore`, and the manifests that git has there.
fn folder(top: &Path) -> std::path::PathBuf {
    let folder = top.join("deploy");
    for below in ["kept", "build", "kept/secret"] {
        fs::create_dir_all(folder.join(below)).unwrap();
    }
    for name in [
        "a.yaml",
        "b.local.yaml",
        "kept.local.yaml",
        "kept/c.yaml",
        "build/d.yaml",
        "kept/secret/e.yaml",
    ] {
        fs::copy(upstream("cnx-etcd.yaml"), folder.join(name)).unwrap();
    }
    fs::write(top.join(".gitignore"), "*.local.yaml\n/deploy/build/\n").unwrap();
    fs::write(folder.join(".gitignore"), "!kept.local.yaml\n").unwrap();
    fs::write(folder.join("kept/.gitignore"), "secret\n").unwrap();
    folder
}

const ALL: [&str; 6] = [
    "a.yaml",
    "b.local.yaml",
    "build/d.yaml",
    "kept.local.yaml",
    "kept/c.yaml",
    "kept/secret/e.yaml",
];
/// In a repository that begins above the folder.
const KEPT: [&str; 3] = ["a.yaml", "kept.local.yaml", "kept/c.yaml"];
/// In one that begins with it, and outside of any.
const KEPT_HERE: [&str; 5] = [
    "a.yaml",
    "b.local.yaml",
    "build/d.yaml",
    "kept.local.yaml",
    "kept/c.yaml",
];

/// The files that are read, by what is said of them.
fn found(mut run: Command, folder: &Path, mark: &str) -> Vec<String> {
    let output = run.arg(folder).output().unwrap();
    let said = stdout(&output) + &stderr(&output);
    let named = |name: &&&str| said.contains(&format!("{mark}{}", folder.join(name).display()));
    let found = ALL.iter().filter(named);
    found.map(|name| (*name).to_owned()).collect()
}

/// With and without a repository around it, by each command that walks folders.
#[test]
fn what_git_ignores_is_left_out_where_that_is_asked_for() {
    for repository in [false, true] {
        let top = tempfile::tempdir().unwrap();
        let folder = folder(top.path());
        let kept = match repository {
            true => &KEPT[..],
            false => &KEPT_HERE,
        };
        if repository {
            fs::create_dir(top.path().join(".git")).unwrap();
        }
        let check = |more: &[&str]| {
            let mut check = program();
            check.args(["check", "--format", "json"]).args(more);
            found(check, &folder, "\"")
        };
        assert_eq!(check(&[]), ALL);
        assert_eq!(check(&["--git-ignore"]), kept);
        let report = |more: &[&str]| {
            let mut report = program();
            report.args(["report", "--json"]).args(more);
            found(report, &folder, "\"")
        };
        assert_eq!(report(&[]), ALL);
        assert_eq!(report(&["--git-ignore"]), kept);
        let diff = |more: &[&str]| {
            let mut diff = with_material("diff", "tls");
            diff.args(more);
            found(diff, &folder, "+++ ")
        };
        assert_eq!(diff(&[]), ALL);
        assert_eq!(diff(&["--git-ignore"]), kept);
    }
}

/// As `git ls-files` sees it.
#[test]
fn git_leaves_out_the_same_files() {
    let top = tempfile::tempdir().unwrap();
    let folder = folder(top.path());
    let git = |words: &[&str]| {
        let mut git = Command::new("git");
        git.args(words).current_dir(&folder).env("HOME", top.path());
        stdout(&git.output().unwrap())
    };
    git(&["init", "-q"]);
    let list = ["ls-files", "--others", "--exclude-standard", "*.yaml"];
    let listed = git(&list);
    let mut listed: Vec<_> = listed.lines().collect();
    listed.sort_unstable();
    // What is above the repository says nothing to git.
    assert_eq!(listed, KEPT_HERE);
    let mut diff = with_material("diff", "tls");
    diff.arg("--git-ignore");
    assert_eq!(found(diff, &folder, "+++ "), listed);
}

#[test]
fn a_file_that_is_named_is_edited_and_one_that_is_ignored_stays() {
    let top = tempfile::tempdir().unwrap();
    let folder = folder(top.path());
    fs::create_dir(top.path().join(".git")).unwrap();
    let apply = |path: &Path| {
        let mut apply = with_material("apply", "tls");
        apply.args(["-i", "--git-ignore"]).arg(path);
        apply.output().unwrap()
    };
    assert!(apply(&folder).status.success());
    let before = read(upstream("cnx-etcd.yaml"));
    for name in ALL {
        let changed = read(folder.join(name)) != before;
        assert_eq!(changed, KEPT.contains(&name), "{name}");
    }
    assert!(apply(&folder.join("b.local.yaml")).status.success());
    assert!(read(folder.join("b.local.yaml")) != before);
    let none = apply(&folder.join("kept/secret"));
    assert!(
        none.status.success(),
        "the folder itself was named: {}",
        stderr(&none)
    );
    fs::write(folder.join("build/.gitignore"), "*\n").unwrap();
    let none = apply(&folder.join("build"));
    assert_eq!(none.status.code(), Some(2));
    assert!(
        stderr(&none).contains("leave out --git-ignore"),
        "{}",
        stderr(&none)
    );
}
