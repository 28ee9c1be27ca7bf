//! The shipped manifests: what is changed in them, and what is said of it.

use crate::common::{
    MANIFESTS, assert_same, hardened, read, shortened, stderr, stdout, upstream, with_material,
};

#[test]
fn each_manifest_loses_nine_lines_and_gains_eight() {
    for name in MANIFESTS {
        let (before, after) = (read(upstream(name)), read(hardened(name)));
        let diff = similar::TextDiff::from_lines(&before, &after);
        let count = |tag| {
            diff.iter_all_changes()
                .filter(|change| change.tag() == tag)
                .count()
        };
        assert_eq!(count(similar::ChangeTag::Delete), 9, "{name}");
        assert_eq!(count(similar::ChangeTag::Insert), 8, "{name}");
    }
}

#[test]
fn apply_prints_what_is_committed() {
    for name in MANIFESTS {
        let output = with_material("apply", "tls")
            .arg(upstream(name))
            .output()
            .unwrap();
        assert!(output.status.success());
        assert_same(&stdout(&output), &read(hardened(name)), name);
    }
}

#[test]
fn the_second_run_changes_nothing() {
    for name in MANIFESTS {
        let output = with_material("apply", "tls")
            .arg(hardened(name))
            .output()
            .unwrap();
        assert_same(&stdout(&output), &read(hardened(name)), name);
        assert!(
            stderr(&output).ends_with("0 edits made, 6 already in place; 0 of 1 file changed\n")
        );
        let output = with_material("diff", "tls")
            .arg("--exit-code")
            .arg(hardened(name))
            .output();
        let output = output.unwrap();
        assert_eq!(
            (output.status.code(), stdout(&output).as_str()),
            (Some(0), "")
        );
    }
}

#[test]
fn other_certificates_replace_the_values_alone() {
    for name in MANIFESTS {
        let output = with_material("apply", "rotated")
            .arg(hardened(name))
            .output()
            .unwrap();
        let (before, after) = (read(hardened(name)), stdout(&output));
        let diff = similar::TextDiff::from_lines(&before, &after);
        let changes = diff
            .iter_all_changes()
            .filter(|c| c.tag() == similar::ChangeTag::Insert);
        let lines: Vec<_> = changes
            .map(|c| c.value().split(':').next().unwrap().trim().to_owned())
            .collect();
        assert_eq!(
            lines,
            ["apiserver.key", "apiserver.crt"],
            "the CA is the same"
        );
    }
}

#[test]
fn diffs() {
    for name in MANIFESTS {
        let path = format!("manifests/upstream/{name}");
        let output = with_material("diff", "tls")
            .arg("--exit-code")
            .arg(path)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1));
        insta::assert_snapshot!(format!("diff-{name}"), shortened(&stdout(&output)));
        insta::assert_snapshot!(format!("summary-{name}"), stderr(&output));
    }
}

#[test]
fn reports() {
    for name in MANIFESTS {
        let path = format!("manifests/upstream/{name}");
        let mut apply = with_material("apply", "tls");
        let output = apply.args(["--report", "json"]).arg(path).output().unwrap();
        insta::assert_snapshot!(format!("report-{name}"), stderr(&output));
    }
}

#[test]
fn the_diff_says_what_apply_does() {
    for name in MANIFESTS {
        let path = format!("manifests/upstream/{name}");
        let shown = stdout(&with_material("diff", "tls").arg(&path).output().unwrap());
        let added = |line: &&str| line.starts_with('+') && !line.starts_with("+++");
        let shown: Vec<_> = shown
            .lines()
            .filter(added)
            .map(|line| line[1..].to_owned())
            .collect();
        let (before, after) = (read(upstream(name)), read(hardened(name)));
        let diff = similar::TextDiff::from_lines(&before, &after);
        let made = diff
            .iter_all_changes()
            .filter(|c| c.tag() == similar::ChangeTag::Insert);
        let made: Vec<_> = made
            .map(|change| match change.value().trim_end() {
                line if line.contains("apiserver.key:") => {
                    "  apiserver.key: [private key]".to_owned()
                }
                line => line.to_owned(),
            })
            .collect();
        assert_eq!(shown, made);
    }
}

/// The Manager's Secret is beside the manifests, as the page has it made.
#[test]
fn the_manager_s_secret_is_what_is_committed() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret.yaml");
    let mut apply = crate::common::with_manager("apply", "");
    apply.arg("--manager-secret-file").arg(&secret);
    let output = apply.arg(upstream(MANIFESTS[0])).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert_same(
        &read(secret),
        &read(hardened("cnx-manager-tls.yaml")),
        "Secret",
    );
}

#[test]
fn all_four_connections_of_the_hardened_manifests_are_made() {
    let mut verify = crate::common::program();
    let output = verify
        .args(["certs", "verify", "--manager-host", "cnx.example.com"])
        .args(["--manager-ca", "testdata/pki/manager/ca.crt"])
        .args(["--format", "json", "manifests/hardened"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let said: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    let made = said["connections"].as_array().unwrap().iter();
    let made: std::collections::BTreeSet<_> =
        made.map(|c| c["channel"].as_str().unwrap()).collect();
    let wanted = ["apiserver", "etcd", "manager", "typha"];
    assert_eq!(made.into_iter().collect::<Vec<_>>(), wanted);
    assert_eq!(said["notThere"], serde_json::json!([]));
}
