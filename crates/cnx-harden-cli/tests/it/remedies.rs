//! What a finding says to run is run here, as it is printed.

use std::collections::BTreeSet;
use std::path::Path;

use cnx_certs::{Door, Identity, Material, Policy, Role, UnixTime, check};

use crate::common::{program, read, root, stderr, stdout};

/// Cases of the catalogue, each with its role and the names that are asked for.
const CASES: &[(&str, Role, &[&str])] = &[
    ("other-name", Role::ApiServer, &["cnx-api.kube-system.svc"]),
    ("other-name", Role::ApiServer, &["api.calico-apiserver.svc"]),
    ("expired", Role::ApiServer, &["cnx-api.kube-system.svc"]),
    ("expired", Role::TyphaServer, &[]),
    ("expired", Role::TyphaClient, &[]),
    ("expired", Role::EtcdClient, &[]),
    (
        "expired",
        Role::EtcdServer,
        &["etcd.example.com", "192.0.2.7"],
    ),
    ("manager-p521", Role::Manager, &["cnx.example.com"]),
    ("manager-ed25519-ca", Role::Manager, &["cnx.example.com"]),
    (
        "manager-wildcard-on-public-suffix",
        Role::Manager,
        &["cnx.co.uk"],
    ),
];

#[test]
fn commands_that_make_certificates_run_as_printed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/certs");
    let mut commands = BTreeSet::new();
    for (case, role, names) in CASES {
        let read = |part| std::fs::read(root.join(case).join(part)).unwrap();
        let (ca, certificate, key) = (read("ca.crt"), read("tls.crt"), read("tls.key"));
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        let material = Material {
            role: *role,
            ca: Some(&ca),
            certificate: &certificate,
            key: Some(&key),
            names: &names,
            identity: &Identity::default(),
        };
        let found = check(&[material], &Policy::at(UnixTime::now()));
        let mut any = false;
        for finding in found {
            let help = finding.help.for_door(Door::Command);
            if let Some(start) = help.find("cnx-harden certs generate --pki") {
                commands.insert(help[start..].to_owned());
                any = true;
            }
        }
        assert!(any, "{case} {role}: no command");
    }
    for command in commands {
        let folder = tempfile::tempdir().unwrap();
        // The second time there are certificates already.
        for _ in 0..1 + usize::from(command.contains("--force")) {
            let mut run = program();
            run.args(command.split_whitespace().skip(1));
            let output = run.current_dir(folder.path()).output().unwrap();
            assert!(output.status.success(), "{command}: {}", stderr(&output));
        }
    }
}

/// Of a server that is not CNX's, the manifests say what is to be in its certificate: its
/// namespace changes, and so it is made again, in place of the one that is there.
#[test]
fn the_command_for_another_api_server_makes_what_it_lacks() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let mut run = program();
        run.current_dir(folder.path()).args(arguments);
        run.output().unwrap()
    };
    let done = |arguments: &[&str]| {
        let output = run(arguments);
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            stderr(&output)
        );
    };
    let path = folder.path().join("my server.yaml");
    let text = read(root().join("manifests/upstream/metrics-server.yaml"));
    std::fs::write(&path, &text).unwrap();
    let apply = ["apply", "--pki", "pki", "-i", "my server.yaml"];
    done(&[
        "certs",
        "generate",
        "--pki",
        "pki",
        "--for",
        "my server.yaml",
    ]);
    done(&apply);
    let moved = read(&path).replace("namespace: kube-system", "namespace: monitoring");
    std::fs::write(&path, moved).unwrap();
    let command = "cnx-harden certs generate --pki pki --force --for 'my server.yaml'";
    let output = run(&["check", "my server.yaml"]);
    let said = stdout(&output);
    assert!(said.contains("error[name-mismatch]"), "{said}");
    assert!(said.contains(command), "{said}");
    // `apply` prints the same command, for the files that were given.
    let refused = run(&apply);
    assert!(!refused.status.success());
    assert!(stderr(&refused).contains(command), "{}", stderr(&refused));
    done(&[
        "certs",
        "generate",
        "--pki",
        "pki",
        "--force",
        "--for",
        "my server.yaml",
    ]);
    done(&apply);
    done(&["check", "my server.yaml"]);
    done(&["certs", "verify", "my server.yaml"]);
}

/// A host is no URL, and has no port.
#[test]
fn what_is_no_host_is_refused_at_each_command() {
    for command in ["apply", "check", "report"] {
        for host in ["https://cnx.example.com", "cnx.example.com:30003"] {
            let mut run = program();
            run.args([command, "--manager-host", host, "-"]);
            if command == "apply" {
                run.args(["--manager-cert", "x", "--manager-key", "y"]);
            }
            let output = run.output().unwrap();
            assert_eq!(output.status.code(), Some(2));
            let words = stderr(&output);
            assert!(words.contains("leave out the scheme"), "{words}");
        }
    }
}
