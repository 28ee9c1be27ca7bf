//! Certificates and files that are made to do harm.

use std::fs;
use std::process::Command;

use crate::common::{pki, program, stderr, stdout};

/// A file without an end: no more is read than a file of certificates can have.
#[test]
fn files_without_an_end_are_refused() {
    for command in [&["certs", "verify"][..], &["apply", "manifests/upstream"]] {
        for endless in ["ca", "cert", "key"] {
            let files = [("ca", "ca.crt"), ("cert", "tls.crt"), ("key", "tls.key")];
            let flags = files.map(|(flag, file)| match flag == endless {
                true => format!("--apiserver-{flag}=/dev/zero"),
                false => format!("--apiserver-{flag}=testdata/pki/{file}"),
            });
            let output = program().args(command).args(flags).output().unwrap();
            assert_eq!(output.status.code(), Some(2));
            let said = stderr(&output);
            assert!(
                said.starts_with("error: /dev/zero: line 1: the file has more than"),
                "{said}"
            );
            assert!(said.contains("[too-large]"), "{said}");
        }
    }
}

/// What a certificate says comes out as text, whatever it would do to a terminal.
#[test]
fn names_steer_no_terminal() {
    const EVIL: &str = "typha\u{1b}[2J\r\u{7}\u{202e}\u{200b}x\nok";
    let folder = tempfile::tempdir().unwrap();
    let mut params = rcgen::CertificateParams::new([]).unwrap();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params
        .distinguished_name
        .push(rcgen::DnType::CommonName, EVIL);
    let key = rcgen::KeyPair::generate().unwrap();
    let pem = params.self_signed(&key).unwrap().pem();
    // A block of another kind, with a label of that sort.
    let label = "\u{1b}[2J\u{202e}X";
    let pem = format!("{pem}-----BEGIN {label}-----\n-----END {label}-----\n");
    let (cert, secret) = (folder.path().join("t.crt"), folder.path().join("t.key"));
    fs::write(&cert, pem).unwrap();
    fs::write(&secret, key.serialize_pem()).unwrap();
    let files = |names: &[&str], run: &mut Command| {
        for name in names {
            let file = if name.ends_with("key") {
                &secret
            } else {
                &cert
            };
            run.arg(format!("--{name}")).arg(file);
        }
        run.output().unwrap()
    };
    let typha = [
        "typha-ca",
        "typha-server-cert",
        "typha-server-key",
        "typha-client-cert",
        "typha-client-key",
    ];
    for command in [
        &["certs", "verify"][..],
        &["certs", "verify", "--format=json"],
        &["apply", "manifests/upstream/calico-typha.yaml"],
        &[
            "apply",
            "--report=json",
            "manifests/upstream/calico-typha.yaml",
        ],
    ] {
        let output = files(&typha, program().args(command));
        assert_eq!(output.status.code(), Some(2));
        let said = stdout(&output) + &stderr(&output);
        assert!(said.contains("u{1b}[2J"), "{command:?}: {said}");
        let steers = |c: &char| c.is_control() || matches!(c, '\u{202e}' | '\u{200b}');
        assert_eq!(
            said.chars().find(|c| *c != '\n' && steers(c)),
            None,
            "{said}"
        );
        assert!(!said.lines().any(|line| line.starts_with("ok")));
    }
    let inspected = program()
        .args(["certs", "inspect"])
        .arg(&cert)
        .output()
        .unwrap();
    let said = stdout(&inspected);
    assert!(said.contains("u{1b}[2J\\u{202e}X"), "{said}");
    assert!(
        !said.contains(['\u{1b}', '\u{202e}', '\r', '\u{7}']),
        "{said}"
    );
}

/// Names of files and of objects, and lines of manifests, are no commands to the machine
/// that reads the log.
#[test]
fn names_are_no_commands() {
    const EVIL: &str = "::error ::pwned\u{1b}]0;x\u{7}\u{202e}\n::error ::pwned";
    let folder = tempfile::tempdir().unwrap();
    let name = format!("{EVIL}.yaml");
    let text = format!(
        "apiVersion: apiregistration.k8s.io/v1\nkind: APIService\n\
         metadata: {{name: v3.projectcalico.org}}\nspec:\n  group: projectcalico.org\n  \
         service: {{name: cnx-api, namespace: kube-system}}\n  \
         note: |\n    ::error ::pwned\t##[error]pwned\n  insecureSkipTLSVerify: true\n---\n\
         kind: ConfigMap\napiVersion: v1\nmetadata: {{name: {EVIL:?}}}\n\
         data: {{{EVIL:?}: \"-----BEGIN CERTIFICATE-----\\nMIIC\", other: {}}}\n",
        serde_json::to_string(&fs::read_to_string(pki("ca.crt")).unwrap()).unwrap(),
    )
    .replace("\\u{1b}", "\\x1b")
    .replace("\\u{202e}", "\\u202e")
    .replace("\\u{7}", "\\x07");
    fs::write(folder.path().join(&name), text).unwrap();
    let material = ["ca", "cert", "key"].map(|flag| {
        let file = if flag == "key" { "tls.key" } else { "tls.crt" };
        let file = if flag == "ca" { "ca.crt" } else { file };
        format!("--apiserver-{flag}={}", pki(file).display())
    });
    let with_material = |command: &[&'static str]| -> Vec<String> {
        let command = command.iter().map(|word| (*word).to_owned());
        command.chain(material.clone()).collect()
    };
    let plain = |command: &[&str]| command.iter().map(|word| (*word).to_owned()).collect();
    let runs: Vec<Vec<String>> = vec![
        with_material(&["apply", "--output-dir=out", "--verbose"]),
        with_material(&["diff"]),
        with_material(&["diff", "--report=json"]),
        plain(&["check"]),
        plain(&["check", "--format=markdown"]),
        plain(&["check", "--format=json"]),
        plain(&["check", "--format=sarif"]),
        plain(&["certs", "inspect"]),
        plain(&["certs", "inspect", "--format=json"]),
        plain(&["certs", "verify"]),
        plain(&["report"]),
        plain(&["report", "--json"]),
        plain(&["check", "not-there-\u{1b}]0;x\u{7}\n::error ::pwned"]),
    ];
    let mut seen = 0;
    for run in runs {
        let mut command = program();
        command.current_dir(folder.path()).env("NO_COLOR", "1");
        let output = command.args(&run).arg(&name).output().unwrap();
        let said = stdout(&output) + &stderr(&output);
        let hidden = |c| cnx_certs::is_hidden(c) && c != '\n' && c != '\t';
        assert!(!said.contains(hidden), "{run:?}: {said:?}");
        for line in said.lines() {
            assert!(!line.trim_start().starts_with("::"), "{run:?}: {said}");
            assert!(!line.contains("##[error]"), "{run:?}: {said}");
        }
        seen += said.matches("pwned").count();
    }
    assert!(seen > 30, "{seen}");
}
