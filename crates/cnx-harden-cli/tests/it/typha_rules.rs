//! Typha's and Felix's rules on the material that hardened manifests hold: the
//! right pair connects, and every wrong one is refused twice: by apply, before
//! anything is written, and where that is overruled, by the handshake.

use std::path::Path;
use std::process::{Command, Output};

use tempfile::{TempDir, tempdir};

use crate::common::{TYPHA_MANIFEST, program, stderr, stdout, upstream};
use crate::generate::{done, generate};

/// An authority's, with Common Names and SPIFFE IDs.
fn pki() -> TempDir {
    let pki = tempdir().unwrap();
    let domain = "--spiffe-trust-domain=c.example.com";
    done(&generate(pki.path(), &["--only", "typha", domain]));
    pki
}

/// Whose files the sides present: a folder, and the name of the pair in it.
type Pair<'p> = (&'p TempDir, &'p str);

fn apply(ca: &TempDir, server: Pair<'_>, client: Pair<'_>, names: &[&str]) -> Command {
    let file = |(pki, name): Pair<'_>, ending: &str| {
        pki.path().join("typha").join(format!("{name}.{ending}"))
    };
    let mut apply = program();
    apply
        .arg("apply")
        .arg("--typha-ca")
        .arg(file((ca, "ca"), "crt"));
    for (side, pair) in [("server", server), ("client", client)] {
        apply
            .arg(format!("--typha-{side}-cert"))
            .arg(file(pair, "crt"));
        apply
            .arg(format!("--typha-{side}-key"))
            .arg(file(pair, "key"));
    }
    apply.args(names.iter().map(|name| format!("--typha-{name}")));
    apply
}

/// What `certs verify` says of a manifest.
fn verify(folder: &Path, manifest: &str) -> Output {
    let path = folder.join("hardened.yaml");
    std::fs::write(&path, manifest).unwrap();
    let mut verify = program();
    verify.args(["certs", "verify"]).arg(path).output().unwrap()
}

const FELIX: &str = "client-uri-san=spiffe://c.example.com/typha-client";
const TYPHA: &str = "server-uri-san=spiffe://c.example.com/typha-server";

#[test]
fn the_right_pair_connects_in_each_mode() {
    let (pki, folder) = (pki(), tempdir().unwrap());
    let modes: [&[&str]; 5] = [
        &[],
        &["client-cn=typha-client", "server-cn=typha-server"],
        &[FELIX, TYPHA],
        &[
            "client-cn=typha-client",
            FELIX,
            "server-cn=typha-server",
            TYPHA,
        ],
        // While one of them is not there yet.
        &[
            "client-cn=not-yet",
            FELIX,
            "server-cn=typha-server",
            "server-uri-san=spiffe://not/yet",
        ],
    ];
    for names in modes {
        let mut apply = apply(&pki, (&pki, "server"), (&pki, "client"), names);
        let output = apply.arg(upstream(TYPHA_MANIFEST)).output().unwrap();
        assert!(output.status.success(), "{names:?}: {}", stderr(&output));
        let verified = verify(folder.path(), &stdout(&output));
        let said = stdout(&verified);
        assert_eq!(verified.status.code(), Some(0), "{names:?}: {said}");
        assert!(said.contains("2 of 2 handshakes done"), "{said}");
    }
}

#[test]
fn every_wrong_pair_is_refused_before_writing_and_by_the_handshake() {
    let (own, other, folder) = (pki(), pki(), tempdir().unwrap());
    let (server, client) = ((&own, "server"), (&own, "client"));
    let table: [(Pair<'_>, Pair<'_>, &[&str], &str, &str); 12] = [
        (
            server,
            client,
            &["client-cn=other"],
            "identity-mismatch",
            "Typha",
        ),
        (
            server,
            client,
            &["server-cn=other"],
            "identity-mismatch",
            "Felix",
        ),
        (
            server,
            client,
            &["client-cn=Typha-Client"],
            "identity-mismatch",
            "Typha",
        ),
        (
            server,
            client,
            &["client-uri-san=spiffe://c.example.com/other"],
            "identity-mismatch",
            "Typha",
        ),
        (
            server,
            client,
            &["server-uri-san=spiffe://c.example.com/other"],
            "identity-mismatch",
            "Felix",
        ),
        (
            server,
            client,
            &["client-cn=other", "client-uri-san=spiffe://o/o"],
            "identity-mismatch",
            "Typha",
        ),
        // The names are swapped.
        (
            server,
            client,
            &["client-cn=typha-server"],
            "identity-mismatch",
            "Typha",
        ),
        // A server's certificate is no client's, whatever its name, nor the other way round.
        (
            server,
            server,
            &["client-cn=typha-server"],
            "missing-client-auth",
            "Typha",
        ),
        (
            client,
            client,
            &["server-cn=typha-client"],
            "missing-server-auth",
            "Felix",
        ),
        // Another authority's, with the right names.
        (server, (&other, "client"), &[], "unknown-issuer", "Typha"),
        ((&other, "server"), client, &[], "unknown-issuer", "Felix"),
        (
            (&other, "server"),
            (&other, "client"),
            &[],
            "unknown-issuer",
            "Felix",
        ),
    ];
    let text = std::fs::read_to_string(upstream(TYPHA_MANIFEST)).unwrap();
    for (number, (server, client, names, code, who)) in table.into_iter().enumerate() {
        let what = format!("row {number}, {names:?}");
        let manifest = folder.path().join("calico.yaml");
        std::fs::write(&manifest, &text).unwrap();
        let run = || {
            let mut run = apply(&own, server, client, names);
            run.arg(&manifest);
            run
        };
        let output = run().arg("--in-place").output().unwrap();
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{what}: {said}");
        assert!(said.contains(&format!("error[{code}]")), "{what}: {said}");
        assert!(
            std::fs::read_to_string(&manifest).unwrap() == text,
            "{what}"
        );

        let output = run().args(["--allow", code]).output().unwrap();
        assert!(output.status.success(), "{what}: {}", stderr(&output));
        let verified = verify(folder.path(), &stdout(&output));
        let said = stdout(&verified);
        assert_eq!(verified.status.code(), Some(2), "{what}: {said}");
        assert!(said.contains("0 of 2 handshakes done"), "{what}: {said}");
        for version in ["1.3", "1.2"] {
            assert!(
                said.contains(&format!("failed     TLS {version}")),
                "{what}: {said}"
            );
        }
        let refuses = format!("{who} refuses the certificate of");
        let line = said.lines().find(|line| line.contains(&refuses));
        let line = line.unwrap_or_else(|| panic!("{what}: {said}"));
        assert!(line.contains(&format!("[{code}]")), "{what}: {said}");
    }
}

/// Each of the five that a side has is needed, where it has one name; of two
/// names, one suffices.
#[test]
fn a_side_that_lacks_one_of_its_variables_has_no_connection() {
    let (pki, folder) = (pki(), tempdir().unwrap());
    let hardened = |names: &[&str]| {
        let mut apply = apply(&pki, (&pki, "server"), (&pki, "client"), names);
        stdout(&apply.arg(upstream(TYPHA_MANIFEST)).output().unwrap())
    };
    let without = |text: &str, variable: &str| {
        let mut lines: Vec<_> = text.split_inclusive('\n').collect();
        let name = format!("- name: {variable}\n");
        let at = lines
            .iter()
            .position(|line| line.trim_start() == name)
            .unwrap();
        lines.drain(at..at + 2);
        lines.concat()
    };
    let refused = |text: &str, variable: &str| {
        let verified = verify(folder.path(), text);
        let said = stdout(&verified);
        assert_eq!(verified.status.code(), Some(2), "{variable}: {said}");
        assert!(
            said.contains("error[typha-incomplete]"),
            "{variable}: {said}"
        );
        let output = program()
            .args(["check", "--quiet"])
            .arg(folder.path())
            .output()
            .unwrap();
        assert_eq!(
            output.status.code(),
            Some(1),
            "{variable}: {}",
            stderr(&output)
        );
    };
    let by_name = hardened(&["client-cn=typha-client", "server-cn=typha-server"]);
    let by_uri = hardened(&[FELIX, TYPHA]);
    let files = [
        "TYPHA_CAFILE",
        "TYPHA_SERVERCERTFILE",
        "TYPHA_SERVERKEYFILE",
        "FELIX_TYPHACAFILE",
        "FELIX_TYPHACERTFILE",
        "FELIX_TYPHAKEYFILE",
    ];
    for (text, names) in [
        (&by_name, ["TYPHA_CLIENTCN", "FELIX_TYPHACN"]),
        (&by_uri, ["TYPHA_CLIENTURISAN", "FELIX_TYPHAURISAN"]),
    ] {
        for variable in files.into_iter().chain(names) {
            refused(&without(text, variable), variable);
        }
    }
    let both = hardened(&[
        "client-cn=typha-client",
        FELIX,
        "server-cn=typha-server",
        TYPHA,
    ]);
    for variable in [
        "TYPHA_CLIENTCN",
        "TYPHA_CLIENTURISAN",
        "FELIX_TYPHACN",
        "FELIX_TYPHAURISAN",
    ] {
        let verified = verify(folder.path(), &without(&both, variable));
        assert_eq!(
            verified.status.code(),
            Some(0),
            "{variable}: {}",
            stdout(&verified)
        );
    }
}
