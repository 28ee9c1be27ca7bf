//! The channel of the Manager through the program: its Secret, in the manifest or
//! apart from it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::common::{
    MANIFESTS, assert_same, object, objects, read, shortened, stderr, stdout, upstream,
    with_manager,
};
use crate::key::assert_silent;

#[test]
fn the_secret_is_added_before_the_deployment() {
    for name in MANIFESTS {
        let output = with_manager("apply", "")
            .arg(upstream(name))
            .output()
            .unwrap();
        let (before, after) = (read(upstream(name)), stdout(&output));
        let start =
            "apiVersion: v1\nkind: Secret\ntype: Opaque\nmetadata:\n  name: cnx-manager-tls\n";
        let at = after.find(start).unwrap();
        let end = at + after[at..].find("---\n").unwrap() + 4;
        assert!([&after[..at], &after[end..]].concat() == before, "{name}");
        assert!(after[end..].contains("\n  name: cnx-manager\n"), "{name}");
        let objects = objects(&after);
        let secret = object(&objects, "Secret", "cnx-manager-tls");
        assert_eq!(secret["metadata"]["namespace"], "kube-system");
        let keys: Vec<_> = secret["data"].as_mapping().unwrap().keys().collect();
        assert_eq!(keys, ["cert", "key"]);
        assert!(
            stderr(&output)
                .ends_with("  kubectl -n kube-system rollout restart deployment/cnx-manager\n")
        );
    }
}

#[test]
fn diff_and_report() {
    let path = "manifests/upstream/cnx-kdd.yaml";
    let mut diff = with_manager("diff", "");
    diff.args([
        "--manager-host",
        "cnx.example.com",
        "--manager-host",
        "192.0.2.10",
    ]);
    let output = diff.args(["--rollout-annotation", path]).output().unwrap();
    let hidden = shortened(&stdout(&output));
    let hidden = hidden
        .lines()
        .map(|line| match line.split_once("sha256: ") {
            Some((before, _)) => format!("{before}sha256: [hash]"),
            None => line.to_owned(),
        });
    insta::assert_snapshot!("manager-diff", hidden.collect::<Vec<_>>().join("\n"));
    insta::assert_snapshot!("manager-summary", stderr(&output));
    let said = stdout(&output) + &stderr(&output);
    assert_silent("diff", &said, "manager/tls.key");
}

#[test]
fn the_secret_is_written_by_itself_for_its_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret.yaml");
    // Readable by all before: not any more.
    fs::write(&secret, "").unwrap();
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o644)).unwrap();
    let apart = |command: &str, rotated: &str| {
        let mut run = with_manager(command, rotated);
        run.arg("--manager-secret-file").arg(&secret);
        run.arg(upstream("cnx-kdd.yaml")).output().unwrap()
    };
    assert!(apart("diff", "").status.success());
    assert_eq!(read(&secret), "", "diff writes nothing");
    let output = apart("apply", "");
    assert_same(
        &stdout(&output),
        &read(upstream("cnx-kdd.yaml")),
        "unchanged",
    );
    let text = read(&secret);
    assert_eq!(
        fs::metadata(&secret).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let mut in_place = with_manager("apply", "rotated-");
    let output = in_place.arg("--in-place").arg(&secret).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stderr(&output).contains("rollout restart deployment/cnx-manager"));
    assert_silent("summary", &stderr(&output), "manager/rotated-tls.key");
    let rotated = read(&secret);
    assert_ne!(text, rotated);
    // Both ways give the same.
    apart("apply", "rotated-");
    assert_same(&read(&secret), &rotated, "rotated");
    let objects = objects(&rotated);
    assert_eq!(
        object(&objects, "Secret", "cnx-manager-tls")["type"],
        "Opaque"
    );
}

#[test]
fn nothing_is_written_where_a_manifest_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret.yaml");
    let manifest = folder.path().join("cnx.yaml");
    let text = read(upstream("cnx-kdd.yaml"));
    fs::write(
        &manifest,
        text.replace("mountPath: /etc/cnx-manager-web-tls", "mountPath: /x"),
    )
    .unwrap();
    let mut apply = with_manager("apply", "");
    apply.arg("--manager-secret-file").arg(&secret);
    let output = apply.arg("--in-place").arg(&manifest).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("error[mount-conflict]"));
    assert!(!secret.exists());
}

/// What becomes of the file is said, and a second run has nothing to do or restart.
#[test]
fn the_secret_by_itself_is_reported_as_any_edit_is() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret.yaml");
    let run = |command: &str, rotated: &str, more: &[&str]| {
        let mut run = with_manager(command, rotated);
        run.arg("--manager-secret-file").arg(&secret).args(more);
        run.arg(upstream("cnx-kdd.yaml")).output().unwrap()
    };
    let name = secret.display();
    let said = |words: &str| format!("{name}:1: Secret cnx-manager-tls in kube-system: {words}\n");
    let restart = "rollout restart deployment/cnx-manager";
    let diff = run("diff", "", &["--exit-code"]);
    assert_eq!(diff.status.code(), Some(1));
    assert!(stderr(&diff).contains(&said("key to do (Secret added)")));
    let added = stderr(&run("apply", "", &[]));
    assert!(added.contains(&said("key done (Secret added)")), "{added}");
    assert!(added.contains("2 edits made, 1 already in place; 1 of 2 files changed"));
    assert!(added.contains(restart));
    let again = stderr(&run("apply", "", &["-v"]));
    assert!(again.contains(&said("cert already in place")), "{again}");
    assert!(!again.contains(restart));
    assert_eq!(run("diff", "", &["--exit-code"]).status.code(), Some(0));
    let rotated = stderr(&run("apply", "rotated-", &["--report", "json"]));
    let report: serde_json::Value = serde_json::from_str(&rotated).unwrap();
    assert_eq!(report["files"][1]["edits"][1]["edit"], "manager-key");
    assert_eq!(report["files"][1]["edits"][1]["outcome"], "changed");
    assert_eq!(report["channels"][3]["state"], "hardened");
    assert_eq!(report["restarts"][0]["name"], "cnx-manager");
    assert_silent("report", &rotated, "manager/rotated-tls.key");
}

#[test]
fn what_is_said_of_the_manager_without_its_certificate_is_refused() {
    for flag in [
        "--manager-host=cnx.example.com",
        "--manager-secret-file=x.yaml",
    ] {
        let mut apply = crate::common::with_etcd("apply");
        let output = apply
            .arg(flag)
            .arg(upstream("cnx-kdd.yaml"))
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(
            stderr(&output).contains("--manager-cert"),
            "{}",
            stderr(&output)
        );
    }
}
