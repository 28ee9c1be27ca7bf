//! `cnx-harden report`: what it writes, and what it never does.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::common::{program, read, stderr, stdout, upstream};
use crate::sets;

/// The program in a folder of its own, as of a fixed day.
fn report(folder: &Path, args: &[&str]) -> Output {
    let mut report = Command::new(program().get_program());
    report
        .current_dir(folder)
        .env("COLUMNS", "80")
        .args(["report", "--as-of", "2026-01-01"])
        .args(args);
    report.output().unwrap()
}

fn told(folder: &Path, args: &[&str]) -> String {
    let output = report(folder, args);
    assert!(output.status.success(), "{}", stderr(&output));
    stdout(&output)
}

#[test]
fn the_sets_are_told_in_the_terminal_and_as_json() {
    let folder = tempfile::tempdir().unwrap();
    sets::write(folder.path());
    for set in ["upstream", "half", "hardened"] {
        let text = told(folder.path(), &[set]);
        insta::assert_snapshot!(format!("terminal-{set}"), text);
        assert!(text.lines().all(|line| line.chars().count() <= 80));
        let json = told(folder.path(), &["--json", set]);
        assert!(!json.contains("PRIVATE KEY") && !json.contains("LS0tLS1"));
        let traffic: serde_json::Value = serde_json::from_str(&json).unwrap();
        // Findings are the audit's own: that there are errors suffices here.
        let connections = traffic["connections"].as_array().unwrap().iter();
        let connections: Vec<_> = connections
            .map(|connection| {
                let mut connection = connection.clone();
                let findings = connection["findings"].as_array().unwrap().iter();
                let codes =
                    findings.map(|f| format!("{} {}", f["severity"], f["code"]).replace('"', ""));
                connection["findings"] = codes.collect();
                connection
            })
            .collect();
        let model = serde_json::to_string_pretty(&connections).unwrap();
        insta::assert_snapshot!(format!("model-{set}"), model);
    }
}

/// A page that is handed on says nothing of the machine that it was made on.
#[test]
fn paths_below_the_folder_are_relative() {
    let folder = tempfile::tempdir().unwrap();
    sets::write(folder.path());
    // As the program sees its own folder.
    let here = folder.path().canonicalize().unwrap();
    let half = here.join("half");
    let absolute = told(&here, &["--html", "-", half.to_str().unwrap()]);
    assert!(!absolute.contains(here.to_str().unwrap()));
    assert_eq!(absolute, told(&here, &["--html", "-", "half"]));
}

#[test]
fn the_pictures_are_the_same_each_time() {
    let folder = tempfile::tempdir().unwrap();
    sets::write(folder.path());
    let output = report(
        folder.path(),
        &[
            "--html",
            "out/page.html",
            "--svg",
            "out/picture.svg",
            "half",
        ],
    );
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(stdout(&output), "");
    assert_eq!(
        stderr(&output),
        "written: out/page.html\nwritten: out/picture.svg\n"
    );
    let page = read(folder.path().join("out/page.html"));
    let svg = read(folder.path().join("out/picture.svg"));
    assert_eq!(told(folder.path(), &["--html", "-", "half"]), page);
    assert_eq!(told(folder.path(), &["--svg", "-", "half"]), svg);
    insta::assert_snapshot!("picture", svg);
    // The styles are files of their own.
    let (head, rest) = page.split_once("<style>").unwrap();
    let (_, body) = rest.split_once("</style>").unwrap();
    // And findings are the audit's.
    let body = between(body, "<ul class=\"findings\">", "</ul>");
    let body = between(&body, "<li><b>", "</li>");
    insta::assert_snapshot!("page", format!("{head}<style>…</style>{body}"));
    for text in [&page, &svg] {
        assert!(!text.contains("PRIVATE KEY") && !text.contains("LS0tLS1"));
        assert!(!text.contains("http://www.w3.org/1999/xhtml"));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &str| {
            let metadata = fs::metadata(folder.path().join(path)).unwrap();
            metadata.permissions().mode()
        };
        // It holds no key: it is as readable as the manifest.
        assert_eq!(mode("out/page.html"), mode("half/calico.yaml"));
    }
}

/// The text with `…` for whatever stands between these.
fn between(text: &str, start: &str, end: &str) -> String {
    let mut parts = text.split(start);
    let mut out = parts.next().unwrap().to_owned();
    for part in parts {
        let (_, rest) = part.split_once(end).unwrap();
        out += &format!("{start}…{end}{rest}");
    }
    out
}

#[test]
fn a_narrow_terminal_breaks_lines_and_a_pipe_has_no_colours() {
    let mut narrow = program();
    narrow.env("COLUMNS", "40").env("NO_COLOR", "1");
    let output = narrow
        .args(["report", "--as-of", "2026-01-01"])
        .arg(
            upstream("cnx-kdd.yaml")
                .strip_prefix(crate::common::root())
                .unwrap(),
        )
        .output()
        .unwrap();
    insta::assert_snapshot!("terminal-narrow", stdout(&output));
    let mut forced = program();
    forced.env("CLICOLOR_FORCE", "1").env_remove("NO_COLOR");
    let output = forced
        .arg("report")
        .arg(upstream("cnx-kdd.yaml"))
        .output()
        .unwrap();
    assert!(stdout(&output).contains("\u{1b}[1;33m! not verified\u{1b}[0m"));
}

#[test]
fn days_are_counted_from_the_day_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    sets::write(folder.path());
    let at = |args: &[&str]| {
        let mut report = Command::new(program().get_program());
        let output = report
            .current_dir(folder.path())
            .args(["report", "--json", "hardened"])
            .args(args)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        serde_json::from_str::<serde_json::Value>(&stdout(&output)).unwrap()
    };
    let traffic = at(&["--as-of", "2123-12-22"]);
    assert_eq!(traffic["asOf"], "2123-12-22T00:00:00Z");
    let certificate = &traffic["connections"][0]["certificates"][0];
    assert_eq!(certificate["daysLeft"], 10);
    assert_eq!(certificate["lifetime"], "expires-soon");
    let traffic = at(&["--as-of", "2123-12-22T12:00:00Z", "--expires-within", "5d"]);
    let certificate = &traffic["connections"][0]["certificates"][0];
    assert_eq!(certificate["daysLeft"], 9);
    assert_eq!(certificate["lifetime"], "valid");
    let traffic = at(&["--as-of", "2124-02-01"]);
    assert_eq!(traffic["connections"][0]["state"], "broken");
    let traffic = at(&[
        "--as-of",
        "2026-01-01",
        "--manager-host",
        "other.example.com",
    ]);
    assert_eq!(traffic["connections"][0]["state"], "broken");
}

#[test]
fn what_cannot_be_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.yaml"), "kind: Namespace\n").unwrap();
    let refused = |args: &[&str], words: &str| {
        let output = report(folder.path(), args);
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains(words), "{}", stderr(&output));
        assert_eq!(stdout(&output), "");
    };
    refused(
        &["--html", "-", "--svg", "-", "a.yaml"],
        "two of --html, --svg and --json would go to stdout",
    );
    refused(&["--json", "--svg", "-", "a.yaml"], "would go to stdout");
    refused(&["--html", "a/b.html", "missing.yaml"], "missing.yaml");
    refused(
        &["--html", "x.html", "--svg", "x.html", "a.yaml"],
        "both inputs would be written there",
    );
    assert!(!folder.path().join("a").exists());
    let output = program()
        .args(["report", "--as-of", "tomorrow", "a.yaml"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("write it as 2026-12-31"));
    assert_eq!(
        told(folder.path(), &["a.yaml"]),
        "no connection of CNX in these manifests; as of 2026-01-01\n\n"
    );
}

#[test]
fn the_manifests_of_the_repository_are_as_they_should_be() {
    let states = |folder: &str| {
        let output = program()
            .args(["report", "--json", "--as-of", "2026-01-01", folder])
            .output()
            .unwrap();
        let traffic: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
        let connections = traffic["connections"].as_array().unwrap();
        let line = |c: &serde_json::Value| format!("{} {}", c["link"], c["state"]);
        let lines: Vec<_> = connections.iter().map(line).collect();
        lines.join("\n").replace('"', "")
    };
    let wanted = [
        ("browser--manager", "unknown", "verified"),
        ("kube-apiserver--api-server", "not-verified", "verified"),
        (
            "kube-apiserver--query-server",
            "not-verified",
            "not-verified",
        ),
        ("kube-apiserver--other-apis", "not-verified", "verified"),
        ("api-server--etcd", "plain", "mutual"),
        ("query-server--etcd", "plain", "mutual"),
        ("kube-controllers--etcd", "plain", "mutual"),
        ("calicoctl--etcd", "plain", "mutual"),
        ("typha--etcd", "absent", "absent"),
        ("calico-node--etcd", "plain", "mutual"),
        ("calico-node--typha", "plain", "mutual"),
        ("others--etcd", "absent", "absent"),
    ];
    let lines = |pick: fn(&(&str, &str, &str)) -> String| {
        let lines: Vec<_> = wanted.iter().map(pick).collect();
        lines.join("\n")
    };
    assert_eq!(
        states("manifests/upstream"),
        lines(|(link, upstream, _)| format!("{link} {upstream}"))
    );
    assert_eq!(
        states("manifests/hardened"),
        lines(|(link, _, hardened)| format!("{link} {hardened}"))
    );
}
