//! What `kubectl get -o yaml` prints of a cluster: a `List` with fields that the
//! server made, which are left alone.

use std::process::Output;

use crate::common::{assert_same, piped, pki, program, read, stderr, stdout, with_material};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

fn list() -> String {
    read(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/data/live/list.yaml"
    ))
}

fn run(command: &str, flags: &[&str], stdin: &str) -> Output {
    let mut program = with_material(command, "tls");
    program.args(flags).arg("-");
    piped(program, stdin)
}

#[test]
fn a_cluster_s_list_is_hardened_and_what_the_server_made_stays() {
    let (before, output) = (list(), run("apply", &[], &list()));
    assert!(output.status.success(), "{}", stderr(&output));
    let after = stdout(&output);
    let diff = similar::TextDiff::from_lines(&before, &after);
    let changed = |tag| {
        let changes = diff
            .iter_all_changes()
            .filter(move |change| change.tag() == tag);
        let lines = changes.map(|change| change.value().trim_end().to_owned());
        lines
            .map(|line| line.split(": LS0t").next().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let removed = changed(similar::ChangeTag::Delete);
    assert_eq!(removed, ["    insecureSkipTLSVerify: true"]);
    assert_eq!(
        changed(similar::ChangeTag::Insert),
        [
            "    caBundle",
            "  data:",
            "    apiserver.key",
            "    apiserver.crt",
            "          - mountPath: /code/apiserver.local.config/certificates",
            "            name: apiserver-certs",
            "        - name: apiserver-certs",
            "          secret:",
            "            secretName: cnx-apiserver-certs",
        ]
    );
    assert_same(&stdout(&run("apply", &[], &after)), &after, "a second time");
}

#[test]
fn a_cluster_s_list_in_json_is_hardened_too() {
    let value: serde_json::Value = serde_yaml::from_str(&list()).unwrap();
    let json = serde_json::to_string_pretty(&value).unwrap() + "\n";
    let output = run("apply", &[], &json);
    assert!(output.status.success(), "{}", stderr(&output));
    let by_json: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    let by_yaml = stdout(&run("apply", &[], &list()));
    let by_yaml: serde_json::Value = serde_yaml::from_str(&by_yaml).unwrap();
    assert!(by_json == by_yaml);
}

/// `check` takes no material.
#[test]
fn a_cluster_s_list_is_checked_before_and_after() {
    let check = |text: &str| {
        let mut check = program();
        check.args(["check", "--channel", "apiserver", "--format", "json", "-"]);
        let output = piped(check, text);
        let found: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
        let found = found["findings"].as_array().unwrap();
        let errors = found
            .iter()
            .filter(|finding| finding["severity"] == "error");
        let codes = errors.map(|finding| finding["code"].as_str().unwrap().to_owned());
        (output.status.code(), codes.collect::<Vec<_>>())
    };
    let (code, errors) = check(&list());
    assert_eq!(code, Some(1));
    assert!(
        errors.contains(&"insecure-skip-tls-verify".to_owned()),
        "{errors:?}"
    );
    assert_eq!(
        check(&stdout(&run("apply", &[], &list()))),
        (Some(0), Vec::new())
    );
}

/// The last applied configuration of a Secret has its data, as kubectl put it there.
#[test]
fn a_diff_of_a_cluster_shows_no_key_wherever_it_stands() {
    let old = STANDARD.encode(read(pki("rotated.key")));
    let applied = format!(
        "    annotations:
      kubectl.kubernetes.io/last-applied-configuration: |
        {{\"data\":{{\"apiserver.key\":\"{old}\"}},\"kind\":\"Secret\"}}
  data:
    apiserver.crt: \"\"
    apiserver.key: {old}
  type: Opaque
"
    );
    let text = list().replace("  type: Opaque\n", &applied);
    let output = run("diff", &["--exit-code"], &text);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let shown = stdout(&output) + &stderr(&output);
    assert!(shown.contains("last-applied-configuration"));
    let new = STANDARD.encode(read(pki("tls.key")));
    for key in [old, new] {
        assert!(!shown.contains(&key[40..80]));
    }
    assert!(shown.contains("[private key, before]") && shown.contains("[private key]"));
}
