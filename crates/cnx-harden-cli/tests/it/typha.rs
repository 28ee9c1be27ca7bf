//! The channel of Typha through the program: the shipped manifest, and the
//! material.

use crate::common::{
    TYPHA_MANIFEST as NAME, assert_same, hardened, object, objects, pki, program, read, shortened,
    stderr, stdout, upstream, with_typha,
};
use crate::key::assert_silent;
use base64::Engine as _;
use serde_yaml::Value;

#[test]
fn apply_prints_what_is_committed() {
    let output = with_typha("apply", "")
        .arg(upstream(NAME))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert_same(&stdout(&output), &read(hardened(NAME)), NAME);
    let before = read(upstream(NAME));
    let text = read(hardened(NAME));
    // Nothing that was there goes or changes.
    let diff = similar::TextDiff::from_lines(before.as_str(), text.as_str());
    assert!(
        diff.iter_all_changes()
            .all(|c| c.tag() != similar::ChangeTag::Delete)
    );
}

#[test]
fn the_second_run_changes_nothing() {
    let output = with_typha("diff", "")
        .arg("--exit-code")
        .arg(hardened(NAME))
        .output()
        .unwrap();
    let shown = stdout(&output);
    assert_eq!((output.status.code(), shown.as_str()), (Some(0), ""));
    assert!(
        stderr(&output)
            .ends_with("\n0 edits to make, 11 already in place; 0 of 1 file would change\n")
    );
}

/// What was given is what the variables lead to, by mounts and volumes.
#[test]
fn each_variable_leads_to_its_file() {
    let objects = objects(&read(hardened(NAME)));
    let file = |workload: (&str, &str), container: &str, variable: &str| -> Vec<u8> {
        let pod = &object(&objects, workload.0, workload.1)["spec"]["template"]["spec"];
        let named = |list: &Value, name: &str| {
            let mut items = list.as_sequence().unwrap().iter();
            items.find(|item| item["name"] == name).unwrap().clone()
        };
        let container = named(&pod["containers"], container);
        let path = named(&container["env"], variable)["value"].clone();
        let (folder, file) = path.as_str().unwrap().rsplit_once('/').unwrap();
        let mounts = container["volumeMounts"].as_sequence().unwrap();
        let mount = mounts.iter().find(|m| m["mountPath"] == folder).unwrap();
        let volume = named(&pod["volumes"], mount["name"].as_str().unwrap());
        match volume["secret"]["secretName"].as_str() {
            Some(name) => {
                let data = &object(&objects, "Secret", name)["data"][file];
                let engine = base64::engine::general_purpose::STANDARD;
                engine.decode(data.as_str().unwrap()).unwrap()
            }
            None => {
                let name = volume["configMap"]["name"].as_str().unwrap();
                let data = &object(&objects, "ConfigMap", name)["data"][file];
                data.as_str().unwrap().as_bytes().to_owned()
            }
        }
    };
    let (typha, node) = (("Deployment", "calico-typha"), ("DaemonSet", "calico-node"));
    for (workload, container, variable, wanted) in [
        (typha, "calico-typha", "TYPHA_CAFILE", "ca.crt"),
        (typha, "calico-typha", "TYPHA_SERVERCERTFILE", "server.crt"),
        (typha, "calico-typha", "TYPHA_SERVERKEYFILE", "server.key"),
        (node, "calico-node", "FELIX_TYPHACAFILE", "ca.crt"),
        (node, "calico-node", "FELIX_TYPHACERTFILE", "client.crt"),
        (node, "calico-node", "FELIX_TYPHAKEYFILE", "client.key"),
    ] {
        let got = file(workload, container, variable);
        let wanted = std::fs::read(pki("typha").join(wanted)).unwrap();
        assert!(got == wanted, "{variable}");
    }
}

#[test]
fn diff_and_reports() {
    let path = format!("manifests/upstream/{NAME}");
    let output = with_typha("diff", "").arg(&path).output().unwrap();
    // The CA is written as it is.
    let text = shortened(&stdout(&output));
    let ca = read(pki("typha").join("ca.crt"));
    let is_body = |line: &&str| {
        let line = line.trim_start_matches('+').trim();
        !ca.lines().any(|l| l == line && !l.starts_with("-----"))
    };
    let text: Vec<_> = text.lines().filter(is_body).collect();
    insta::assert_snapshot!("typha-diff", text.join("\n"));
    insta::assert_snapshot!("typha-summary", stderr(&output));
    let mut apply = with_typha("apply", "");
    let output = apply.args(["--report", "json"]).arg(&path).output();
    insta::assert_snapshot!("typha-report", stderr(&output.unwrap()));
}

#[test]
fn other_certificates_replace_the_values_and_ask_for_restarts() {
    let output = with_typha("apply", "rotated-").arg(hardened(NAME)).output();
    let output = output.unwrap();
    let (before, after) = (read(hardened(NAME)), stdout(&output));
    let diff = similar::TextDiff::from_lines(&before, &after);
    let inserted = diff
        .iter_all_changes()
        .filter(|change| change.tag() == similar::ChangeTag::Insert);
    let keys: Vec<_> = inserted
        .map(|change| change.value().split(':').next().unwrap().trim().to_owned())
        .collect();
    let wanted = [
        "typha.crt",
        "typha.key",
        "calico-node.crt",
        "calico-node.key",
    ];
    assert_eq!(keys, wanted);
    let said = stderr(&output);
    assert!(said.ends_with(
        // Typha has 0 replicas: nothing of it is to be restarted.
        "once all is applied, run\n  kubectl -n kube-system rollout restart daemonset/calico-node\n"
    ), "{said}");
}

/// A new certificate rolls out by the annotation instead.
#[test]
fn the_annotation_changes_with_the_certificate() {
    let annotated = |rotated: &str| {
        let mut apply = with_typha("apply", rotated);
        let output = apply
            .arg("--rollout-annotation")
            .arg(upstream(NAME))
            .output();
        let output = output.unwrap();
        assert!(!stderr(&output).contains("rollout restart"));
        let text = stdout(&output);
        let lines = text
            .lines()
            .filter(|line| line.contains("certificate-sha256:"));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let (old, new) = (annotated(""), annotated("rotated-"));
    assert_eq!((old.len(), new.len()), (2, 2));
    assert!(old.iter().zip(&new).all(|(old, new)| old != new));
    assert!(old[0] != old[1], "each side has its own certificate");
}

#[test]
fn no_diff_report_or_summary_holds_a_key() {
    for rotated in ["", "rotated-"] {
        for path in [upstream(NAME), hardened(NAME)] {
            for (command, format) in [("diff", "text"), ("apply", "json")] {
                let mut run = with_typha(command, rotated);
                let output = run.args(["--report", format]).arg(&path).output().unwrap();
                let mut said = stderr(&output);
                if command == "diff" {
                    said += &stdout(&output);
                }
                for side in ["server", "client", "rotated-server", "rotated-client"] {
                    assert_silent(command, &said, &format!("typha/{side}.key"));
                }
            }
        }
    }
}

#[test]
fn names_are_said_for_each_side() {
    let mut apply = with_typha("apply", "");
    apply.args([
        "--typha-client-uri-san",
        "spiffe://cnx.example.com/typha-client",
    ]);
    apply.args(["--typha-server-cn", "typha-server"]);
    apply.args([
        "--typha-server-uri-san",
        "spiffe://cnx.example.com/typha-server",
    ]);
    let text = stdout(&apply.arg(upstream(NAME)).output().unwrap());
    let value = |name: &str| {
        let (_, rest) = text.split_once(&format!("- name: {name}\n"))?;
        Some(rest.lines().next()?.trim().to_owned())
    };
    assert_eq!(value("TYPHA_CLIENTCN"), None);
    for (name, wanted) in [
        (
            "TYPHA_CLIENTURISAN",
            "value: spiffe://cnx.example.com/typha-client",
        ),
        ("FELIX_TYPHACN", "value: typha-server"),
        (
            "FELIX_TYPHAURISAN",
            "value: spiffe://cnx.example.com/typha-server",
        ),
    ] {
        assert_eq!(value(name).as_deref(), Some(wanted));
    }
}

#[test]
fn incomplete_or_wrong_material_is_refused() {
    let pki = "testdata/pki/typha";
    let refused = |args: &[String], words: &str| {
        let mut apply = program();
        let output = apply.arg("apply").args(args).arg(upstream(NAME)).output();
        let output = output.unwrap();
        assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
        assert!(stderr(&output).contains(words), "{}", stderr(&output));
        assert!(output.stdout.is_empty());
    };
    let whole = |key: &str| {
        let flags = [
            ("ca", "ca.crt"),
            ("server-cert", "server.crt"),
            ("server-key", key),
            ("client-cert", "client.crt"),
            ("client-key", "client.key"),
        ];
        flags.map(|(flag, file)| format!("--typha-{flag}={pki}/{file}"))
    };
    let all = whole("server.key");
    for missing in 0..all.len() {
        let mut args = all.to_vec();
        let flag = args.remove(missing);
        refused(&args, flag.split('=').next().unwrap());
    }
    refused(
        &whole("client.key"),
        "typha/client.key:1:1: error[key-mismatch]",
    );
    let none = "--typha-client-cn=none".to_owned();
    refused(&[&all[..], &[none]].concat(), "`none` means no name");
}
