//! What is printed as JSON is valid by the published schemas, as a validator says.

use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;

use crate::common::{pki, program, read, root, stderr, stdout, tool};

pub(crate) fn validate(document: &[u8], schema: PathBuf) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("document.json");
    std::fs::write(&path, document).unwrap();
    let mut validate = Command::new(tool("jsonschema"));
    validate.arg("-i").arg(path).arg(schema).output().unwrap()
}

/// Each document: the schema's name, a command that prints it, on stdout or else on
/// stderr, and a value that no schema may take, with its place.
#[test]
fn documents_are_valid_by_their_published_schemas() {
    let server = |name: &str| pki(name).to_str().unwrap().to_owned();
    let (ca, cert, key) = (server("ca.crt"), server("tls.crt"), server("tls.key"));
    let material = [
        "--apiserver-ca",
        &ca,
        "--apiserver-cert",
        &cert,
        "--apiserver-key",
        &key,
    ];
    let apply = |key: &str, rest: &[&str]| {
        let mut all = vec!["diff", "--report", "json"];
        all.extend(
            material
                .iter()
                .map(|arg| if arg.ends_with("tls.key") { key } else { arg }),
        );
        all.extend(rest);
        all.into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let hardened = "manifests/hardened";
    let other = server("rotated.key");
    let cases = [
        (
            "run",
            apply(&key, &["manifests/upstream"]),
            "/files/0/changed",
        ),
        (
            "run",
            apply(&other, &["manifests/upstream"]),
            "/findings/0/severity",
        ),
        ("run", apply(&key, &["no-such-file.yaml"]), "/errors/0"),
        (
            "inspect",
            words("certs inspect --format json testdata/pki manifests/hardened"),
            "/files/0/entries/0/type",
        ),
        (
            "verify",
            words(&format!("certs verify --format json {hardened}")),
            "/connections/0/source",
        ),
        (
            "verify",
            words("certs verify --format json crates/cnx-harden-core/tests/audit"),
            "/manifestFindings/0/code",
        ),
    ];
    for (name, arguments, place) in cases {
        let printed = program().args(["schema", name]).output().unwrap();
        let schema = root().join(format!("schemas/{name}.v1.json"));
        assert_eq!(stdout(&printed), read(&schema), "run `cargo xtask schema`");
        let output = program().args(&arguments).output().unwrap();
        let text = match name {
            "run" => output.stderr,
            _ => output.stdout,
        };
        let valid = validate(&text, schema.clone());
        assert!(valid.status.success(), "{arguments:?}: {}", stderr(&valid));
        let mut document: Value = serde_json::from_slice(&text).unwrap();
        let at = document.pointer_mut(place);
        *at.unwrap_or_else(|| panic!("{arguments:?}: no {place}")) = serde_json::json!([[7]]);
        let invalid = validate(document.to_string().as_bytes(), schema);
        assert!(!invalid.status.success(), "{arguments:?}: {place}");
    }
}
