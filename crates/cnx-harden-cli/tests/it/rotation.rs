//! Rotation: new certificates, and a new CA beside the old one for a while.

use std::fs;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::common::{
    MANIFESTS, hardened, object, objects, pki, program, read, stderr, stdout, with_material,
};

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
