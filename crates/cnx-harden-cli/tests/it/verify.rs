//! `certs verify`: from manifests, from files, from stdin.

use std::fs;
use std::process::Output;

use crate::common::{
    MANIFESTS, hardened, piped, program, read, stderr, stdout, upstream, with_material,
};

fn verify(args: &[&str]) -> Output {
    program()
        .args(["certs", "verify"])
        .args(args)
        .output()
        .unwrap()
}

fn json(output: &Output) -> serde_json::Value {
    serde_json::from_str(&stdout(output)).unwrap()
}

#[test]
fn the_hardened_manifests_connect() {
    for name in MANIFESTS {
        let path = format!("manifests/hardened/{name}");
        let output = verify(&[&path]);
        assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
        insta::assert_snapshot!(format!("verify-{name}"), stdout(&output));
        let output = verify(&["--format", "json", &path]);
        let said = json(&output);
        assert_eq!(said["ok"], true);
        assert_eq!(said["connections"].as_array().unwrap().len(), 2);
        assert_eq!(said["connections"][0]["outcome"], "connected");
        assert_eq!(
            said["connections"][0]["serverName"],
            "cnx-api.kube-system.svc"
        );
        assert_eq!(
            said["notThere"],
            serde_json::json!(["etcd", "typha", "manager"])
        );
    }
}

#[test]
fn a_manifest_from_stdin_connects() {
    let mut verify = program();
    verify.args(["certs", "verify", "-"]);
    let output = piped(verify, &read(hardened(MANIFESTS[0])));
    assert!(output.status.success());
    assert!(stdout(&output).contains("2 of 2 handshakes done"));
}

#[test]
fn published_manifests_have_nothing_to_verify() {
    let output = verify(&["manifests/upstream"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stdout(&output).is_empty());
    assert!(stderr(&output).contains("there is nothing to verify\n  help: give hardened"));
    let output = verify(&[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("there is nothing to verify"));
}

#[test]
fn files_of_the_host_are_named() {
    let on_host = "crates/cnx-harden-core/tests/data/etcd-files-of-the-host/before.yaml";
    let output = verify(&[on_host]);
    assert_eq!(output.status.code(), Some(2));
    insta::assert_snapshot!("verify-on-host", stderr(&output));
    // Beside others they keep nothing from being verified.
    let hardened = format!("manifests/hardened/{}", MANIFESTS[0]);
    let output = verify(&[on_host, &hardened]);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    assert!(
        stdout(&output).contains("on host    "),
        "{}",
        stdout(&output)
    );
    assert!(!stdout(&output).contains("Calico to etcd: no certificates"));
    let said = json(&verify(&["--format", "json", on_host, &hardened]));
    assert_eq!(said["onHost"][0]["channel"], "etcd");
    assert_eq!(said["notThere"], serde_json::json!(["typha", "manager"]));
}

/// The files of one connection, the certificate and key of these names.
fn files(ca: &str, cert: &str, key: &str) -> Vec<String> {
    ["ca", "cert", "key"]
        .iter()
        .zip([ca, cert, key])
        .map(|(flag, file)| format!("--apiserver-{flag}=testdata/pki/{file}"))
        .collect()
}

#[test]
fn files_connect_or_the_reason_is_told() {
    for (ca, cert, key, name, code, why) in [
        (
            "ca.crt",
            "tls.crt",
            "tls.key",
            None,
            0,
            "2 of 2 handshakes done",
        ),
        (
            "ca.crt",
            "tls.crt",
            "ec-sec1.key",
            None,
            0,
            "2 of 2 handshakes done",
        ),
        (
            "ca.crt",
            "rsa.crt",
            "rsa.key",
            None,
            0,
            "2 of 2 handshakes done",
        ),
        (
            "other-ca.crt",
            "tls.crt",
            "tls.key",
            None,
            2,
            "[unknown-issuer]",
        ),
        (
            "ca.crt",
            "tls.crt",
            "rotated.key",
            None,
            2,
            "does not start: the private key",
        ),
        (
            "ca.crt",
            "cn-only.crt",
            "cn-only.key",
            None,
            2,
            "[common-name-only]",
        ),
        (
            "ca.crt",
            "tls.crt",
            "tls.key",
            Some("api.kube-system.svc"),
            2,
            "[name-mismatch]",
        ),
        ("ca.crt", "tls.der", "tls.key", None, 2, "not tried"),
    ] {
        let mut args = files(ca, cert, key);
        args.extend(name.map(|name| format!("--server-name={name}")));
        let args: Vec<_> = args.iter().map(String::as_str).collect();
        let output = verify(&args);
        let said = stdout(&output);
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(said.contains(why), "{why}: {said}");
        assert!(
            said.contains(if code == 0 { "ok " } else { "TLS 1.2" }),
            "{said}"
        );
    }
    let output = verify(&["--apiserver-ca", "testdata/pki/ca.crt"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("--apiserver-cert <FILE>"));
}

#[test]
fn a_wrong_value_is_told_at_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.yaml");
    let text = read(hardened(MANIFESTS[0]));
    // The base64 of the base64.
    let line = text
        .lines()
        .position(|line| line.contains("caBundle: L"))
        .unwrap();
    let value = text
        .lines()
        .nth(line)
        .unwrap()
        .trim()
        .strip_prefix("caBundle: ")
        .unwrap();
    let twice = {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode(value)
    };
    fs::write(&path, text.replace(value, &twice)).unwrap();
    let output = verify(&[path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    let place = format!(
        "m.yaml:{}:13: error[base64-of-pem]: apiserver: spec.caBundle",
        line + 1
    );
    assert!(stdout(&output).contains(&place), "{}", stdout(&output));
    // Not base64 at all: the connection cannot be put together.
    fs::write(&path, text.replace(value, "<replace me>")).unwrap();
    let output = verify(&[path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    let place = format!("m.yaml:{}:13: error[not-base64]: APIService", line + 1);
    assert!(stdout(&output).contains(&place), "{}", stdout(&output));
}

#[test]
fn typha_and_the_manager_connect_by_what_apply_wrote() {
    let folder = tempfile::tempdir().unwrap();
    let pki = |name: &str| format!("testdata/pki/{name}");
    let hardened = |args: &[(&str, &str)], manifest: &str| {
        let mut apply = program();
        apply.arg("apply");
        for (flag, file) in args {
            apply.arg(flag).arg(pki(file));
        }
        let output = apply.arg(upstream(manifest)).output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        let path = folder.path().join(manifest);
        fs::write(&path, stdout(&output)).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let typha = hardened(
        &[
            ("--typha-ca", "typha/ca.crt"),
            ("--typha-server-cert", "typha/server.crt"),
            ("--typha-server-key", "typha/server.key"),
            ("--typha-client-cert", "typha/client.crt"),
            ("--typha-client-key", "typha/client.key"),
        ],
        "calico-typha.yaml",
    );
    let output = verify(&["--format=json", &typha]);
    let said = json(&output);
    assert_eq!(
        (output.status.code(), &said["ok"]),
        (Some(0), &true.into()),
        "{said}"
    );
    assert_eq!(said["connections"][0]["channel"], "typha");
    assert!(
        said["connections"][0]["clientChain"][0]
            .as_str()
            .unwrap()
            .contains("typha-client")
    );
    // Felix with another idea of whom it connects to.
    let text = read(&typha).replace("value: typha-server", "value: typha-2");
    fs::write(&typha, text).unwrap();
    let output = verify(&[&typha]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stdout(&output).contains("Felix refuses the certificate of Typha: Felix asks for"));

    let manager = hardened(
        &[
            ("--manager-cert", "manager/tls.crt"),
            ("--manager-key", "manager/tls.key"),
        ],
        "cnx-kdd.yaml",
    );
    let output = verify(&[&manager]);
    assert_eq!(output.status.code(), Some(0));
    assert!(stdout(&output).contains("whether a browser trusts this CA was not checked"));
    let ca = pki("manager/ca.crt");
    for (host, code) in [("cnx.example.com", 0), ("cnx.example.net", 2)] {
        let output = verify(&["--manager-ca", &ca, "--manager-host", host, &manager]);
        assert_eq!(output.status.code(), Some(code), "{}", stdout(&output));
        assert!(!stdout(&output).contains("was not checked"));
    }
}

#[test]
fn the_rotated_and_the_rsa_pair_connect_too() {
    let folder = tempfile::tempdir().unwrap();
    for pair in ["rotated", "rsa"] {
        let output = with_material("apply", pair)
            .arg(upstream(MANIFESTS[0]))
            .output()
            .unwrap();
        let path = folder.path().join("m.yaml");
        fs::write(&path, stdout(&output)).unwrap();
        assert!(verify(&[path.to_str().unwrap()]).status.success());
    }
}

/// As `kubectl get -o json` prints several objects.
#[test]
fn what_is_in_a_cluster_connects() {
    let folder = tempfile::tempdir().unwrap();
    let pki = folder.path().join("pki");
    let mut generate = program();
    generate.args([
        "certs",
        "generate",
        "--quiet",
        "--etcd-host",
        "10.0.0.7",
        "--pki",
    ]);
    assert!(generate.arg(&pki).status().unwrap().success());
    let value = |name: &str| {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode(read(pki.join(name)))
    };
    let list = |ca: &str| {
        serde_json::json!({
            "apiVersion": "v1", "kind": "List", "metadata": {"resourceVersion": ""},
            "items": [
                {
                    "apiVersion": "v1", "kind": "Secret",
                    "metadata": {"name": "calico-etcd-secrets", "namespace": "kube-system"},
                    "data": {
                        "etcd-ca": value(ca),
                        "etcd-cert": value("etcd/client.crt"),
                        "etcd-key": value("etcd/client.key"),
                    },
                },
                {
                    "apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService",
                    "metadata": {"name": "v3.projectcalico.org"},
                    "spec": {
                        "group": "projectcalico.org", "caBundle": value("apiserver/ca.crt"),
                        "service": {"name": "cnx-api", "namespace": "kube-system", "port": 443},
                    },
                    "status": {"conditions": []},
                },
                {
                    "apiVersion": "v1", "kind": "Secret",
                    "metadata": {"name": "cnx-apiserver-certs", "namespace": "kube-system"},
                    "data": {
                        "apiserver.crt": value("apiserver/tls.crt"),
                        "apiserver.key": value("apiserver/tls.key"),
                    },
                },
            ],
        })
    };
    let path = folder.path().join("cluster.json");
    fs::write(&path, list("etcd/ca.crt").to_string()).unwrap();
    let output = verify(&[path.to_str().unwrap()]);
    let said = stdout(&output);
    assert!(output.status.success(), "{said}");
    assert!(
        said.contains("Calico to etcd (a server made up here)"),
        "{said}"
    );
    assert!(said.contains("4 of 4 handshakes done"), "{said}");
    // A client certificate of another CA than the one beside it.
    fs::write(&path, list("etcd/server.crt").to_string()).unwrap();
    let output = verify(&[path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    let said = stdout(&output);
    assert!(
        said.contains("etcd refuses the certificate of Calico: "),
        "{said}"
    );
    // The folder itself: all four connections but the Manager's.
    let output = verify(&["--pki", pki.to_str().unwrap(), "--etcd-host", "10.0.0.7"]);
    let said = stdout(&output);
    assert!(said.contains("6 of 6 handshakes done"), "{said}");
    assert!(said.contains("not there  browser to Manager"), "{said}");
    let output = verify(&["--pki", pki.to_str().unwrap(), "--etcd-host", "10.0.0.8"]);
    assert_eq!(output.status.code(), Some(2));
    let output = verify(&["--pki", folder.path().to_str().unwrap()]);
    assert!(stderr(&output).contains("not a folder of keys and certificates"));
}

/// What a browser has to trust is the folder's CA, if that issued the Manager's
/// certificate; of a public authority's it is not known.
#[test]
fn the_ca_of_the_folder_is_the_managers_where_it_issued_it() {
    let folder = tempfile::tempdir().unwrap();
    let pki = folder.path().to_str().unwrap();
    let host = "--manager-host=cnx.example.com";
    let mut generate = program();
    generate.args(["certs", "generate", "--only", "manager", host, "--pki", pki]);
    assert!(generate.output().unwrap().status.success());
    let trusted = || {
        let output = verify(&["--format", "json", "--pki", pki, host]);
        assert!(output.status.success(), "{}", stdout(&output));
        let said = json(&output);
        let connection = &said["connections"][0];
        assert_eq!(connection["channel"], "manager");
        connection["trusted"].as_bool().unwrap()
    };
    assert!(trusted());
    // By another CA.
    let other = tempfile::tempdir().unwrap();
    let mut generate = program();
    generate.args(["certs", "generate", "--only", "manager", host, "--pki"]);
    assert!(
        generate
            .arg(other.path())
            .output()
            .unwrap()
            .status
            .success()
    );
    for file in ["manager/tls.crt", "manager/tls.key"] {
        fs::copy(other.path().join(file), folder.path().join(file)).unwrap();
    }
    assert!(!trusted());
}
