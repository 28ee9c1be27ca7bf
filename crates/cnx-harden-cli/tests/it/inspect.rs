//! `certs inspect`: what files and manifests hold.

use std::process::Output;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::common::{program, stderr, stdout};

fn inspect(args: &[&str]) -> Output {
    program()
        .args(["certs", "inspect"])
        .args(args)
        .output()
        .unwrap()
}

/// Test material is made anew at times, and days go by.
fn filtered(text: &str) -> String {
    let days = |line: &str| match line.split_once("Z, ") {
        Some((before, _)) => format!("{before}Z, [days]"),
        None => line.to_owned(),
    };
    let titled = |line: String| {
        for title in ["serial ", "SHA-256 ", "public key "] {
            if line.trim_start().starts_with(title) {
                return format!("    {title}[hex]");
            }
        }
        line
    };
    text.lines().map(|line| titled(days(line)) + "\n").collect()
}

#[test]
fn files_and_manifests_are_shown() {
    let output = inspect(&[
        "testdata/pki/tls.crt",
        "testdata/pki/rsa.key",
        "testdata/pki/encrypted.key",
        "testdata/pki/tls.der",
        "manifests/hardened/cnx-etcd.yaml",
    ]);
    assert!(output.status.success(), "{}", stderr(&output));
    insta::assert_snapshot!(filtered(&stdout(&output)));
}

#[test]
fn json_has_the_same() {
    let output = inspect(&["--format=json", "manifests/hardened/cnx-etcd.yaml"]);
    let said: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    let files = said["files"].as_array().unwrap();
    assert_eq!(files.len(), 3);
    assert_eq!(files[0]["field"], "data.apiserver.key");
    assert_eq!(files[0]["resource"]["kind"], "Secret");
    let key = &files[0]["entries"][0];
    assert_eq!(
        (&key["type"], &key["form"]),
        (&"private-key".into(), &"PKCS#8".into())
    );
    let certificate = &files[1]["entries"][0];
    assert_eq!(key["key"]["sha256"], certificate["key"]["sha256"]);
    assert_eq!(certificate["validity"]["notAfter"], "2124-01-01T00:00:00Z");
    assert_eq!(
        certificate["keyUsage"],
        serde_json::json!(["digitalSignature"])
    );
    assert_eq!(files[2]["entries"][0]["ca"], true);
    assert_eq!(files[2]["entries"][0]["roles"], serde_json::json!([]));
}

#[test]
fn what_cannot_be_read_is_told_and_the_rest_is_shown() {
    let output = inspect(&["testdata/pki/tls.p12", "testdata/pki/ca.crt", "nowhere.crt"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stdout(&output).contains("testdata/pki/ca.crt\n  line 1: certificate"));
    let said = stderr(&output);
    assert!(
        said.contains("testdata/pki/tls.p12: line 1: this is a PKCS#12 archive"),
        "{said}"
    );
    assert!(said.contains("nowhere.crt: cannot read"), "{said}");
}

#[test]
fn a_folder_is_searched() {
    let output = inspect(&["testdata/pki/typha"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let said = stdout(&output);
    // Each key is told whose it is.
    assert_eq!(
        said.matches("private key\n").count(),
        said.matches("\n    of ").count()
    );
    assert!(
        !said.contains("no certificate that is shown here"),
        "{said}"
    );
    let output = inspect(&["crates/cnx-harden-cli/src"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("the folder holds no file of certificates or keys"));
}

#[test]
fn the_bundles_of_webhooks_are_shown() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("webhooks.yaml");
    let ca = STANDARD.encode(std::fs::read("../../testdata/pki/ca.crt").unwrap());
    let text = format!(
        "kind: List\nitems:\n\
         - {{kind: ValidatingWebhookConfiguration, metadata: {{name: v}}, webhooks: [\
           {{name: a, clientConfig: {{caBundle: Cg==}}}}, {{name: b, clientConfig: {{caBundle: {ca}}}}}]}}\n\
         - {{kind: MutatingWebhookConfiguration, metadata: {{name: m}}, webhooks: [\
           {{name: a, clientConfig: {{caBundle: aGVsbG8=}}}}]}}\n\
         - {{kind: CustomResourceDefinition, metadata: {{name: c}}, spec: {{conversion: \
           {{strategy: Webhook, webhook: {{clientConfig: {{caBundle: {ca}}}}}}}}}}}\n"
    );
    std::fs::write(&file, text).unwrap();
    let output = inspect(&["--format=json", file.to_str().unwrap()]);
    let said: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    let files = said["files"].as_array().unwrap().iter();
    let fields: Vec<_> = files.map(|file| file["field"].as_str().unwrap()).collect();
    let wanted = [
        "webhooks[1].clientConfig.caBundle",
        "spec.conversion.webhook.clientConfig.caBundle",
    ];
    assert_eq!(fields, wanted);
    assert_eq!(output.status.code(), Some(2), "one is no certificate");
    let place = "webhooks[0].clientConfig.caBundle";
    assert!(stderr(&output).contains(place), "{}", stderr(&output));
}

#[test]
fn a_published_manifest_holds_none() {
    let output = inspect(&["manifests/upstream/cnx-etcd.yaml"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(stdout(&output), "no certificates and no keys\n");
}
