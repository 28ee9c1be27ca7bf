//! The private key is in the manifest that asks for it, and nowhere else.

use crate::common::{
    MANIFESTS, hardened, piped, pki, program, read, root, stderr, stdout, upstream, with_material,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::process::Stdio;

/// Pieces of a key, as text, in base64 and as hexadecimal digits, none longer than
/// a line of PEM.
fn pieces(pem: &str) -> Vec<String> {
    const LONG: usize = 16;
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let windows = |text: &str, step: usize| -> Vec<String> {
        let windows = text.as_bytes().windows(LONG).step_by(step);
        windows
            .map(|window| String::from_utf8_lossy(window).into_owned())
            .collect()
    };
    let encoded = STANDARD.encode(pem);
    if !body.starts_with(P256) {
        // The first bytes are the same for every key of the kind.
        let mut pieces = windows(&body, LONG)[4..].to_vec();
        pieces.extend(windows(&encoded, LONG)[8..].to_vec());
        return pieces;
    }
    // The secret is the bytes from 36 on, 32 of them. Before it every key of the kind
    // is the same, and behind it is the public key, which the certificate has too.
    let secret = 36..68;
    let der = STANDARD.decode(&body).unwrap();
    let hex: String = der[secret.clone()]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let begin = pem.find(P256).unwrap();
    let (from, to) = (secret.start.div_ceil(3) * 4, secret.end / 3 * 4);
    // A line break is within the secret: the 65th character is on the next line.
    let (first, last) = (begin + from, begin + to + 1);
    let mut pieces = windows(&body[from..to], 1);
    pieces.extend(windows(&encoded[first.div_ceil(3) * 4..last / 3 * 4], 1));
    pieces.extend(windows(&hex, 1));
    pieces
}

/// How the body of each P-256 key as PKCS#8 begins.
const P256: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg";

/// The search itself finds a part of a key, and does not take the certificate for one.
#[test]
fn a_part_of_a_key_is_found_in_each_form() {
    for name in [
        "tls",
        "rotated",
        "etcd/client",
        "typha/server",
        "manager/tls",
    ] {
        let pem = read(pki(&format!("{name}.key")));
        let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        let found = |text: &str| pieces(&pem).iter().any(|piece| text.contains(piece));
        // Twenty characters from within, wherever they are cut out.
        for at in 48..70 {
            assert!(found(&body[at..at + 20]), "{name}: PEM from {at}");
        }
        let encoded = STANDARD.encode(&pem);
        for at in 104..130 {
            assert!(found(&encoded[at..at + 20]), "{name}: base64 from {at}");
        }
        let certificate = read(pki(&format!("{name}.crt")));
        assert!(
            !found(&certificate) && !found(&STANDARD.encode(&certificate)),
            "{name}"
        );
    }
}

pub(crate) fn assert_silent(what: &str, text: &str, name: &str) {
    assert_without(what, text, &read(pki(name)));
}

/// A text that holds no piece of the key.
#[track_caller]
pub(crate) fn assert_without(what: &str, text: &str, key: &str) {
    for piece in pieces(key) {
        assert!(!text.contains(&piece), "{what} holds a piece of a key");
    }
}

#[test]
fn the_key_is_in_the_manifest_once() {
    let key = STANDARD.encode(read(pki("tls.key")));
    for name in MANIFESTS {
        assert_eq!(read(hardened(name)).matches(&key).count(), 1);
    }
}

#[test]
fn no_diff_report_summary_or_error_holds_a_key() {
    let folder = tempfile::tempdir().unwrap();
    let broken = folder.path().join("broken.yaml");
    std::fs::write(
        &broken,
        read(hardened(MANIFESTS[0])) + "\n- broken: [cnx-apiserver\n",
    )
    .unwrap();
    let eks = folder.path().join("eks.yaml");
    let text = read(hardened(MANIFESTS[0]));
    let text = text.replace(
        "          secret:\n            secretName: cnx-apiserver-certs",
        "          configMap:\n            name: extension-apiserver-authentication",
    );
    std::fs::write(&eks, text).unwrap();
    let twice = folder.path().join("twice.yaml");
    let text = read(hardened(MANIFESTS[0]));
    let line = text
        .lines()
        .find(|line| line.contains("apiserver.key: "))
        .unwrap();
    std::fs::write(&twice, text.replace(line, &format!("{line}\n{line}"))).unwrap();
    let mut outputs = 0;
    for pair in ["tls", "rotated", "rsa"] {
        let inputs = [
            upstream(MANIFESTS[0]),
            hardened(MANIFESTS[0]),
            hardened(MANIFESTS[1]),
        ];
        for input in inputs.iter().chain([&broken, &eks, &twice]) {
            for format in ["text", "json"] {
                for command in ["apply", "diff"] {
                    let mut run = with_material(command, pair);
                    run.env("RUST_BACKTRACE", "1")
                        .args(["--report", format])
                        .arg(input);
                    let output = run.output().unwrap();
                    let mut said = stderr(&output);
                    if command == "diff" {
                        said += &stdout(&output);
                    }
                    // The key that was there, and the one that comes.
                    for key in ["tls.key", &format!("{pair}.key")] {
                        assert_silent(&format!("{command} {}", input.display()), &said, key);
                    }
                    outputs += 1;
                }
            }
        }
    }
    assert_eq!(outputs, 72);
}

/// The Secret of etcd: the key that was there, and the one that comes.
#[test]
fn no_diff_or_summary_holds_a_key_for_etcd() {
    for (pair, manifest) in [
        ("etcd/client", upstream("calico-etcd.yaml")),
        ("etcd/client", hardened("calico-etcd.yaml")),
        ("etcd/rotated-client", hardened("calico-etcd.yaml")),
    ] {
        for format in ["text", "json"] {
            let mut run = program();
            run.args(["diff", "--report", format, "--etcd-ca"])
                .arg(pki("etcd/ca.crt"));
            run.arg("--etcd-cert").arg(pki(&format!("{pair}.crt")));
            run.arg("--etcd-key").arg(pki(&format!("{pair}.key")));
            let output = run.arg(&manifest).output().unwrap();
            assert!(output.status.success());
            let said = stdout(&output) + &stderr(&output);
            assert_silent("diff", &said, "etcd/client.key");
            assert_silent("diff", &said, &format!("{pair}.key"));
            let marked = said.contains("etcd-key: [private key]");
            assert_eq!(marked, stdout(&output).contains("etcd-key"));
        }
    }
}

#[test]
fn no_error_about_a_wrong_file_holds_the_key() {
    let folder = tempfile::tempdir().unwrap();
    let cut = folder.path().join("cut.key");
    let key = read(pki("tls.key"));
    std::fs::write(&cut, &key[..key.len() - 40]).unwrap();
    let (key, cert) = (pki("tls.key"), pki("tls.crt"));
    for (ca, crt, given) in [
        (&key, &cert, &cert),
        (&cert, &key, &key),
        (&cert, &cert, &cut),
    ] {
        let mut run = program();
        run.env("RUST_BACKTRACE", "1")
            .arg("apply")
            .arg("--apiserver-ca")
            .arg(ca);
        run.arg("--apiserver-cert")
            .arg(crt)
            .arg("--apiserver-key")
            .arg(given);
        let output = run.arg(upstream(MANIFESTS[0])).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(output.stdout.is_empty());
        assert_silent("an error", &stderr(&output), "tls.key");
    }
}

#[test]
fn certs_verify_and_inspect_tell_nothing_of_a_key() {
    let folder = tempfile::tempdir().unwrap();
    let cut = folder.path().join("cut.key");
    let key = read(pki("tls.key"));
    std::fs::write(&cut, &key[..key.len() - 40]).unwrap();
    // A manifest with the key where the certificates belong, and the other way round.
    let swapped = folder.path().join("swapped.yaml");
    let text = read(hardened(MANIFESTS[0]));
    let text = text.replace("apiserver.key:", "apiserver.new:");
    let text = text.replace("apiserver.crt:", "apiserver.key:");
    std::fs::write(&swapped, text.replace("apiserver.new:", "apiserver.crt:")).unwrap();
    let cut = cut.to_str().unwrap();
    let swapped = swapped.to_str().unwrap();
    let (ca, crt, key) = (
        "testdata/pki/ca.crt",
        "testdata/pki/tls.crt",
        "testdata/pki/tls.key",
    );
    let verify = |ca, crt, key| {
        [
            "verify",
            "--apiserver-ca",
            ca,
            "--apiserver-cert",
            crt,
            "--apiserver-key",
            key,
        ]
        .to_vec()
    };
    for args in [
        vec!["verify", "manifests/hardened/cnx-etcd.yaml"],
        vec!["verify", swapped],
        verify(ca, crt, key),
        verify(ca, key, crt),
        verify(key, crt, key),
        verify(ca, crt, cut),
        verify(ca, cut, cut),
        vec![
            "inspect",
            crt,
            key,
            cut,
            "testdata/pki/ec-sec1.key",
            swapped,
        ],
        vec!["inspect", "manifests/hardened", "testdata/pki"],
    ] {
        for format in ["text", "json"] {
            let mut run = program();
            run.env("RUST_BACKTRACE", "1").arg("certs").args(&args);
            let output = run.args(["--format", format]).output().unwrap();
            let said = stdout(&output) + &stderr(&output);
            assert!(said.len() > 100, "{args:?}");
            assert_silent(&format!("{args:?}"), &said, "tls.key");
            assert_silent(&format!("{args:?}"), &said, "rsa.key");
        }
    }
}

#[test]
fn no_snapshot_holds_a_key() {
    let mut snapshots = 0;
    for entry in walkdir::WalkDir::new(root().join("crates")) {
        let entry = entry.unwrap();
        if entry.path().extension().is_some_and(|e| e == "snap") {
            snapshots += 1;
            assert_silent(
                &entry.path().display().to_string(),
                &read(entry.path()),
                "tls.key",
            );
        }
    }
    assert!(snapshots >= 6);
}

/// A key that is given where something else belongs is printed by nothing.
#[test]
fn a_key_in_a_wrong_place_is_not_printed() {
    let pem = read(pki("tls.key"));
    let body: String = pem.lines().filter(|line| !line.contains("--")).collect();
    let encoded = STANDARD.encode(&pem);
    let manifest = upstream("cnx-etcd.yaml");
    let manifest = manifest.to_str().unwrap();
    let lines = [
        "apply --apiserver-ca ca --apiserver-cert crt --apiserver-key KEY MANIFEST",
        "apply --etcd-endpoints KEY MANIFEST",
        "apply --allow KEY MANIFEST",
        "apply --expires-within KEY MANIFEST",
        "apply --config KEY MANIFEST",
        "apply --api-service KEY --pki testdata/pki MANIFEST",
        "apply --manager-host KEY MANIFEST",
        "diff --typha-client-cn KEY --pki testdata/pki MANIFEST",
        "check --etcd-secret KEY --channel KEY MANIFEST",
        "check KEY",
        "report KEY",
        "explain KEY",
        "certs inspect KEY",
        "certs verify KEY",
        "certs generate --pki KEY --days KEY",
        "client-config felix --etcd-endpoints KEY",
        "KEY",
        "--KEY",
    ];
    for key in [&pem, &body, &encoded] {
        for line in lines {
            let arguments = line
                .split(' ')
                .map(|word| word.replace("KEY", key).replace("MANIFEST", manifest));
            let output = program().args(arguments).output().unwrap();
            let said = stdout(&output) + &stderr(&output);
            let parts = [&body[40..60], &encoded[80..100]];
            assert!(
                !parts.iter().any(|part| said.contains(part)),
                "{line}: {said}"
            );
        }
    }
    let config = |field: &str| {
        format!(
            "apiVersion: cnx-harden.dev/v1alpha1\nkind: Hardening\nmetadata: {{name: x}}\nspec:\n  {field}\n"
        )
    };
    for field in [
        "etcd: {endpoints: KEY}",
        "KEY: 1",
        "apiServer: {ca: KEY, cert: KEY, key: KEY}",
        "checks: {allow: [KEY]}",
    ] {
        for key in [&body, &encoded] {
            let function = config(&field.replace("KEY", key)).replace('\n', "\n  ");
            let list = format!(
                "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nfunctionConfig:\n  {function}\nitems: []\n"
            );
            let mut krm = program();
            krm.arg("krm");
            let output = piped(krm, &list);
            let (_, results) = stdout(&output)
                .split_once("results:")
                .map(|(a, b)| (a.to_owned(), b.to_owned()))
                .unwrap();
            let parts = [&body[40..60], &encoded[80..100]];
            assert!(
                !parts.iter().any(|part| results.contains(part)),
                "{field}: {results}"
            );
        }
    }
}

/// `script` gives the program a terminal.
#[test]
fn a_key_is_not_printed_to_a_terminal_unasked() {
    let manifest = upstream("cnx-etcd.yaml");
    let run = |more: &str| {
        let mut apply = with_material("apply", "tls");
        apply.arg("-q").args(more.split_whitespace()).arg(&manifest);
        let words = std::iter::once(apply.get_program()).chain(apply.get_args());
        let words: Vec<_> = words.map(|word| word.to_str().unwrap()).collect();
        let mut script = std::process::Command::new("script");
        script
            .args(["-qec", &words.join(" "), "/dev/null"])
            .current_dir(root());
        script.stdin(Stdio::null()).output().unwrap()
    };
    let refused = run("");
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        stdout(&refused).contains("--show-secrets"),
        "{}",
        stdout(&refused)
    );
    assert!(!stdout(&refused).contains("kind: Secret"));
    let shown = run("--show-secrets");
    assert!(shown.status.success() && stdout(&shown).contains("kind: Secret"));
}
