//! The private key is in the manifest that asks for it, and nowhere else.

use crate::common::{
    MANIFESTS, hardened, pki, program, read, root, stderr, stdout, upstream, with_material,
};
use base64::Engine as _;

/// Pieces of a key, as text and in base64, none longer than a line of PEM.
fn pieces(pem: &str) -> Vec<String> {
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    // Behind the secret of a P-256 key, 32 bytes that end before the 69th, stands
    // the public key, which the certificate has too. 91 characters of base64 are 68
    // bytes; before them is the BEGIN line, and a line break is among them.
    let secret = match pem.find("-----\n").map(|begin| begin + 6 + 91 + 1) {
        Some(end) if body.len() < 200 => &pem[..end],
        _ => pem,
    };
    let encoded = base64::engine::general_purpose::STANDARD.encode(secret);
    let body = if body.len() < 200 {
        body[..91].to_owned()
    } else {
        body
    };
    let cut = |text: &str| {
        let bytes = text.as_bytes();
        let pieces = bytes.chunks(16).filter(|c| c.len() == 16);
        pieces
            .map(|c| String::from_utf8_lossy(c).into_owned())
            .collect::<Vec<_>>()
    };
    // The first bytes are the same for every key of the kind.
    let mut pieces = cut(&body)[4..].to_vec();
    pieces.extend(cut(&encoded)[8..].to_vec());
    if let Ok(der) = base64::engine::general_purpose::STANDARD.decode(&body[..body.len() / 4 * 4]) {
        // As bytes are shown: the secret of an elliptic curve's key is within the
        // first 70, and what is behind it is public.
        let hex: String = der
            .iter()
            .take(64)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        pieces.extend(cut(&hex)[5..].to_vec());
    }
    pieces
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
    let key = base64::engine::general_purpose::STANDARD.encode(read(pki("tls.key")));
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
