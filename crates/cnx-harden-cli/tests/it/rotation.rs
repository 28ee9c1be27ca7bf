//! Rotation: new certificates, and a new CA beside the old one for a while.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::common::{
    MANIFESTS, hardened, object, objects, pki, program, read, stderr, stdout, upstream,
    with_material,
};
use crate::generate::{EVERYTHING, done, generate};

/// `cnx-harden apply` with a pair and a CA that issued it or not.
fn apply(ca: &std::path::Path, args: &[&str], manifest: &std::path::Path) -> String {
    let mut command: Command = program();
    command
        .arg("apply")
        .args(args)
        .arg("--apiserver-ca")
        .arg(ca);
    command
        .args(["--apiserver-cert", "testdata/pki/rotated.crt"])
        .args(["--apiserver-key", "testdata/pki/rotated.key"]);
    let output = command.arg(manifest).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    stdout(&output)
}

fn ca_bundle(manifest: &str) -> String {
    let objects = objects(manifest);
    let service = object(&objects, "APIService", "v3.projectcalico.org");
    let value = service["spec"]["caBundle"].as_str().unwrap();
    String::from_utf8(STANDARD.decode(value).unwrap()).unwrap()
}

#[test]
fn new_certificates_change_their_values_alone() {
    let before = read(hardened(MANIFESTS[0]));
    let after = apply(&pki("ca.crt"), &[], &hardened(MANIFESTS[0]));
    let diff = similar::TextDiff::from_lines(&before, &after);
    let changed = diff
        .iter_all_changes()
        .filter(|change| change.tag() != similar::ChangeTag::Equal);
    let keys: Vec<_> = changed
        .map(|change| {
            change
                .value()
                .trim_start()
                .split(':')
                .next()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_eq!(
        keys,
        [
            "apiserver.key",
            "apiserver.crt",
            "apiserver.key",
            "apiserver.crt"
        ]
    );
}

/// Everything of a cluster is made twice, each time by a CA of its own.
fn two_of_everything(folder: &Path) -> [PathBuf; 2] {
    ["old", "new"].map(|name| {
        let pki = folder.join(name);
        // The manifests' etcd is at this address.
        let here = ["--etcd-host=127.0.0.1"];
        done(&generate(&pki, &[&EVERYTHING[..], &here].concat()));
        pki
    })
}

/// The lines that differ, without their values.
fn changed_keys(before: &str, after: &str) -> BTreeSet<String> {
    let diff = similar::TextDiff::from_lines(before, after);
    let changes = diff.iter_all_changes();
    let changed = changes.filter(|change| change.tag() != similar::ChangeTag::Equal);
    let key = |line: &str| line.trim_start().split(':').next().unwrap().to_owned();
    changed.map(|change| key(change.value())).collect()
}

/// From one CA to another, in the two runs that the overlap needs: of all channels
/// the values change and nothing else, old and new are trusted in between, and what
/// comes out connects each time.
#[test]
fn every_channel_rotates_to_another_ca() {
    let folder = tempfile::tempdir().unwrap();
    let [old, new] = two_of_everything(folder.path());
    let cluster = folder.path().join("cluster");
    fs::create_dir(&cluster).unwrap();
    let names = ["calico-etcd.yaml", "calico-typha.yaml", "cnx-kdd.yaml"];
    for name in names {
        fs::copy(upstream(name), cluster.join(name)).unwrap();
    }
    let texts = || names.map(|name| read(cluster.join(name)));
    let apply = |pki: &Path, args: &[&str]| {
        let mut command = program();
        command.args(["apply", "--in-place", "--pki"]).arg(pki);
        command.args(["--manager-host", "cnx.example.com"]);
        command.args(["--etcd-endpoints", "https://etcd.example.com:2379"]);
        let output = command.args(args).arg(&cluster).output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        let mut verify = program();
        verify.args(["certs", "verify"]).arg(&cluster);
        let verified = verify.output().unwrap();
        assert!(verified.status.success(), "{}", stdout(&verified));
        assert!(stdout(&verified).contains("8 of 8 handshakes done"));
        stderr(&output)
    };
    apply(&old, &[]);
    let before = texts();
    let leaves = [
        &["etcd-cert", "etcd-key"][..],
        &[
            "calico-node.crt",
            "calico-node.key",
            "typha.crt",
            "typha.key",
        ],
        &["apiserver.crt", "apiserver.key", "cert", "key"],
    ];

    // Without the overlap each CA is told that is taken away.
    let said = apply(&new, &[]);
    assert_eq!(said.matches("warning[ca-replaced]").count(), 3, "{said}");
    for (name, text) in names.iter().zip(&before) {
        fs::write(cluster.join(name), text).unwrap();
    }

    let said = apply(&new, &["--ca-overlap"]);
    assert!(!said.contains("ca-replaced"), "{said}");
    for workload in [
        "deployment/cnx-apiserver",
        "deployment/cnx-manager",
        "deployment/calico-kube-controllers",
        "daemonset/calico-node",
    ] {
        let line = format!("rollout restart {workload}\n");
        assert_eq!(said.matches(&line).count(), 1, "{workload}: {said}");
    }
    // Nothing of it runs: it has 0 replicas.
    assert!(
        !said.contains("rollout restart deployment/calico-typha"),
        "{said}"
    );
    let overlap = texts();
    let cas = ["etcd-ca", "typhaca.crt", "caBundle"];
    for (number, name) in names.iter().enumerate() {
        let keys = changed_keys(&before[number], &overlap[number]);
        let mut expected: BTreeSet<_> = leaves[number].iter().map(|k| (*k).to_owned()).collect();
        // The ConfigMap's is a text of several lines.
        let lines = |key: &String| expected.contains(key) || key == cas[number];
        let others: Vec<_> = keys.iter().filter(|key| !lines(key)).collect();
        assert!(
            others.is_empty() || number == 1 && others.iter().all(|line| !line.contains('.')),
            "{name}: {others:?}"
        );
        expected.retain(|key| !keys.contains(key));
        assert!(expected.is_empty(), "{name}: {expected:?} are as before");
    }
    for (folder, place) in [("apiserver", 2), ("etcd", 0)] {
        let both = [&new, &old].map(|pki| read(pki.join(folder).join("ca.crt")));
        let both = STANDARD.encode(both.concat());
        assert!(overlap[place].contains(&both), "{folder}");
    }
    let block = |pki: &PathBuf| {
        let text = read(pki.join("typha/ca.crt"));
        text.lines().nth(1).unwrap().to_owned()
    };
    assert!(
        [&new, &old]
            .iter()
            .all(|pki| overlap[1].contains(&block(pki)))
    );

    // Until told otherwise: what is taken away at last is told.
    let said = apply(&new, &[]);
    assert_eq!(said.matches("warning[ca-replaced]").count(), 3, "{said}");
    let after = texts();
    for (number, name) in names.iter().enumerate() {
        assert!(!after[number].contains(&block(&old)), "{name}");
        let keys = changed_keys(&overlap[number], &after[number]);
        let leaves = leaves[number];
        assert!(
            !keys.iter().any(|key| leaves.contains(&key.as_str())),
            "{keys:?}"
        );
    }
    // Of the annotation every pod template has one, and the second time a new one.
    apply(&new, &["--rollout-annotation"]);
    let annotated = texts();
    apply(&old, &["--rollout-annotation", "--ca-overlap"]);
    let again = texts();
    for (number, name) in names.iter().enumerate() {
        let hashes = |text: &str| -> BTreeSet<String> {
            let lines = text.lines().filter(|line| line.contains("cnx-harden.dev/"));
            lines.map(str::to_owned).collect()
        };
        let (first, second) = (hashes(&annotated[number]), hashes(&again[number]));
        assert!(hashes(&after[number]).is_empty());
        assert!(!first.is_empty(), "{name} has no annotation");
        assert!(first.is_disjoint(&second), "{name}: {first:?}");
    }
}

/// Typha and Felix verify each other: what has restarted is refused by what has not,
/// unless both CAs were trusted before anybody presented a new certificate.
#[test]
fn both_ends_trust_both_cas_before_one_presents_a_new_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let [old, new] = two_of_everything(folder.path());
    let (old_ca, new_ca) = (old.join("typha/ca.crt"), new.join("typha/ca.crt"));
    let both = folder.path().join("both.crt");
    fs::write(&both, read(&old_ca) + &read(&new_ca)).unwrap();
    let connects = |ca: &Path, typha: &Path, felix: &Path| {
        let mut verify = program();
        verify.args(["certs", "verify", "--typha-ca"]).arg(ca);
        for (flag, file) in [
            ("server-cert", typha.join("typha/server.crt")),
            ("server-key", typha.join("typha/server.key")),
            ("client-cert", felix.join("typha/client.crt")),
            ("client-key", felix.join("typha/client.key")),
        ] {
            verify.arg(format!("--typha-{flag}")).arg(file);
        }
        verify.output().unwrap().status.success()
    };
    for (typha, felix) in [(&new, &old), (&old, &new)] {
        assert!(!connects(&old_ca, typha, felix));
        assert!(!connects(&new_ca, typha, felix));
        assert!(connects(&both, typha, felix));
    }
    // That first step is a run with the old material and both CAs.
    let manifest = upstream("calico-typha.yaml");
    let apply = |source: &Path| {
        let mut command = program();
        command.args(["apply", "--pki"]).arg(&old).arg(source);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        assert!(!stderr(&output).contains("ca-replaced"));
        stdout(&output)
    };
    let before = apply(&manifest);
    let path = folder.path().join("calico.yaml");
    fs::write(&path, &before).unwrap();
    fs::copy(&both, &old_ca).unwrap();
    let keys = changed_keys(&before, &apply(&path));
    assert!(
        !keys.is_empty() && keys.iter().all(|key| !key.contains('.')),
        "{keys:?}"
    );
}

/// The manifest trusts `other-ca`; now it is to trust `ca`, which issued the new
/// certificate.
#[test]
fn the_old_ca_stays_beside_the_new_one_until_told_otherwise() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (read(pki("other-ca.crt")), read(pki("ca.crt")));
    let manifest = folder.path().join("cnx.yaml");
    let text = read(hardened(MANIFESTS[0]));
    fs::write(
        &manifest,
        text.replace(&STANDARD.encode(&new), &STANDARD.encode(&old)),
    )
    .unwrap();
    assert_eq!(ca_bundle(&read(&manifest)), old);

    // Without the overlap the running pods would be refused, which is told.
    let warned = |args: &[&str]| {
        let mut command = with_material("diff", "rotated");
        let output = command.args(args).arg(&manifest).output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        stderr(&output).contains(": warning[ca-replaced]: APIService v3.projectcalico.org: ")
    };
    assert!(warned(&[]));
    assert!(!warned(&["--ca-overlap"]));
    let overlap = apply(&pki("ca.crt"), &["--ca-overlap"], &manifest);
    assert_eq!(ca_bundle(&overlap), format!("{new}{old}"));
    fs::write(&manifest, &overlap).unwrap();
    let again = apply(&pki("ca.crt"), &["--ca-overlap"], &manifest);
    assert!(again == overlap, "the second run changes something");
    assert!(warned(&[]) && !warned(&["--ca-overlap"]));
    let without = apply(&pki("ca.crt"), &[], &manifest);
    assert_eq!(ca_bundle(&without), new);

    // A placeholder is no CA to be kept.
    fs::write(
        &manifest,
        text.replace(&STANDARD.encode(&new), "<replace with a CA>"),
    )
    .unwrap();
    assert_eq!(
        ca_bundle(&apply(&pki("ca.crt"), &["--ca-overlap"], &manifest)),
        new
    );
}
