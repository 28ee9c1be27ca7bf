//! `certs generate`, `certs join` and `--pki`: what is written, what is kept, and
//! what is refused with nothing written.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::common::{MANIFESTS, program, read, stderr, stdout, upstream, with_material};
use crate::key::assert_without;

const EVERYTHING: [&str; 4] = [
    "--etcd-host=etcd.example.com,10.0.0.7",
    "--manager-host=cnx.example.com",
    "--manager-host=2001:db8::7",
    "--spiffe-trust-domain=c.example.com",
];

/// All leaves, and whether they serve.
const LEAVES: [(&str, bool); 6] = [
    ("apiserver/tls", true),
    ("etcd/client", false),
    ("etcd/server", true),
    ("typha/server", true),
    ("typha/client", false),
    ("manager/tls", true),
];

pub(crate) fn generate(folder: &Path, args: &[&str]) -> Output {
    let mut run = program();
    run.env("RUST_BACKTRACE", "1").args(["certs", "generate"]);
    run.arg("--pki").arg(folder).args(args);
    said_no_key(folder, run.output().unwrap())
}

fn join(folder: &Path, ca: &Path, signed: &[PathBuf]) -> Output {
    let mut run = program();
    run.env("RUST_BACKTRACE", "1").args(["certs", "join"]);
    run.arg("--pki")
        .arg(folder)
        .arg("--ca")
        .arg(ca)
        .args(signed);
    said_no_key(folder, run.output().unwrap())
}

/// Whatever a run says: it holds no key of the folder, and it is on stderr.
fn said_no_key(folder: &Path, output: Output) -> Output {
    assert!(output.stdout.is_empty());
    for (name, bytes) in contents(folder) {
        if name.ends_with(".key") {
            let pem = String::from_utf8_lossy(&bytes).into_owned();
            assert_without(&name, &stderr(&output), &pem);
        }
    }
    output
}

pub(crate) fn done(output: &Output) -> String {
    assert!(output.status.success(), "{}", stderr(output));
    stderr(output)
}

#[track_caller]
fn refused(output: &Output, reason: &str) {
    assert_eq!(output.status.code(), Some(2), "{}", stderr(output));
    assert!(stderr(output).contains(reason), "{}", stderr(output));
    assert!(stderr(output).contains("help: ") || stderr(output).contains("--help"));
}

/// The files of a folder; no folder has none.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = walkdir::WalkDir::new(folder).into_iter().flatten();
    let files = entries.filter(|entry| entry.file_type().is_file());
    let name = |path: &Path| path.strip_prefix(folder).unwrap().display().to_string();
    files
        .map(|file| (name(file.path()), fs::read(file.path()).unwrap()))
        .collect()
}

fn openssl(args: &[&str], folder: &Path) -> Output {
    let mut openssl = Command::new("openssl");
    openssl.args(args).current_dir(folder).output().unwrap()
}

/// A CA by OpenSSL, for what is not ours.
fn corporate(folder: &Path, extension: &str) {
    let request = "req -x509 -newkey rsa:2048 -nodes -keyout corp.key -out corp.crt -days 90 -subj";
    let mut args: Vec<_> = request.split(' ').collect();
    args.extend(["/O=Corp/CN=Corporate CA", "-addext", extension]);
    let made = openssl(&args, folder);
    assert!(made.status.success(), "{}", stderr(&made));
}

/// What OpenSSL says of each leaf, by its purpose.
fn openssl_verifies(folder: &Path, leaf: &str, serves: bool) {
    let verify = |purpose: &str| {
        let ca = if leaf.starts_with("manager") {
            "ca.crt".to_owned()
        } else {
            format!("{}/ca.crt", leaf.split('/').next().unwrap())
        };
        let certificate = format!("{leaf}.crt");
        let args = ["verify", "-x509_strict", "-purpose", purpose, "-CAfile"];
        let args = args.into_iter().chain([ca.as_str(), &certificate]);
        openssl(&args.collect::<Vec<_>>(), folder).status.success()
    };
    assert_eq!(verify("sslserver"), serves, "{leaf}");
    // etcd's own certificate is a client's too.
    let calls = !serves || leaf == "etcd/server";
    assert_eq!(verify("sslclient"), calls, "{leaf}");
}

#[test]
fn everything_is_written_for_its_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let pki = folder.path().join("new/pki");
    let said = done(&generate(&pki, &EVERYTHING));
    let names: Vec<_> = contents(&pki).into_keys().collect();
    assert_eq!(
        names.join(" "),
        "apiserver/ca.crt apiserver/tls.crt apiserver/tls.key ca.crt ca.key \
         etcd/ca.crt etcd/client.crt etcd/client.key etcd/server.crt etcd/server.key \
         manager/tls.crt manager/tls.key \
         typha/ca.crt typha/client.crt typha/client.key typha/server.crt typha/server.key"
    );
    for entry in walkdir::WalkDir::new(&pki) {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        let wanted = if entry.file_type().is_dir() {
            0o700
        } else {
            0o600
        };
        assert_eq!(mode, wanted, "{}", entry.path().display());
    }
    for channel in ["apiserver", "etcd", "typha"] {
        let ca = fs::read(pki.join(channel).join("ca.crt")).unwrap();
        assert_eq!(ca, fs::read(pki.join("ca.crt")).unwrap());
    }
    let next = format!("next: cnx-harden apply --pki {}", pki.display());
    assert!(said.contains(&next), "{said}");
    assert!(said.contains("keep "), "{said}");
    for (leaf, serves) in LEAVES {
        assert!(said.contains(&format!("{leaf}.crt: CN ")), "{said}");
        openssl_verifies(&pki, leaf, serves);
    }
    for (leaf, option, name, fits) in [
        (
            "apiserver/tls",
            "-verify_hostname",
            "cnx-api.kube-system.svc",
            true,
        ),
        (
            "apiserver/tls",
            "-verify_hostname",
            "cnx-api.default.svc",
            false,
        ),
        ("etcd/server", "-verify_hostname", "etcd.example.com", true),
        ("etcd/server", "-verify_ip", "10.0.0.7", true),
        ("etcd/server", "-verify_ip", "10.0.0.8", false),
        ("manager/tls", "-verify_hostname", "cnx.example.com", true),
        ("manager/tls", "-verify_ip", "2001:db8::7", true),
    ] {
        let certificate = format!("{leaf}.crt");
        let args = ["verify", option, name, "-CAfile", "ca.crt", &certificate];
        let verified = openssl(&args, &pki).status.success();
        assert_eq!(verified, fits, "{leaf} {name}");
    }
}

#[test]
fn kinds_of_keys_and_days_are_as_asked() {
    for (kind, wanted) in [
        ("ecdsa-p384", "secp384r1"),
        ("rsa-2048", "Public-Key: (2048 bit)"),
        ("rsa-3072", "Public-Key: (3072 bit)"),
    ] {
        let pki = tempfile::tempdir().unwrap();
        let args = [EVERYTHING[0], "--key-type", kind, "--days", "40", "--quiet"];
        assert_eq!(done(&generate(pki.path(), &args)), "");
        for (leaf, serves) in LEAVES.into_iter().take(5) {
            openssl_verifies(pki.path(), leaf, serves);
            let path = format!("{leaf}.crt");
            let text = stdout(&openssl(
                &["x509", "-noout", "-text", "-in", &path],
                pki.path(),
            ));
            assert!(text.contains(wanted), "{kind}: {text}");
            let ends = |seconds: &str| {
                let args = ["x509", "-noout", "-checkend", seconds, "-in", &path];
                !openssl(&args, pki.path()).status.success()
            };
            assert!(!ends("3369600") && ends("3542400"), "39 and 41 days");
        }
    }
}

#[test]
fn nothing_is_overwritten_without_force() {
    let pki = tempfile::tempdir().unwrap();
    let pki = pki.path();
    done(&generate(pki, &EVERYTHING));
    let before = contents(pki);
    for more in [&[][..], &["--only", "typha"], &["--csr"]] {
        let args: Vec<_> = EVERYTHING.iter().chain(more).copied().collect();
        refused(&generate(pki, &args), "there");
        assert!(contents(pki) == before, "{more:?}");
    }
    // A single key without its certificate is not overwritten either.
    fs::remove_file(pki.join("typha/server.crt")).unwrap();
    let half = contents(pki);
    refused(&generate(pki, &EVERYTHING), "there already: ");
    assert!(contents(pki) == half);

    fs::set_permissions(pki.join("typha/client.key"), Permissions::from_mode(0o644)).unwrap();
    done(&generate(pki, &["--only", "typha", "--force"]));
    let after = contents(pki);
    for (name, bytes) in &after {
        let replaced = name.starts_with("typha/") && !name.ends_with("ca.crt");
        assert_eq!(before[name] != *bytes, replaced, "{name}");
    }
    let mode = fs::metadata(pki.join("typha/client.key"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(after.len(), before.len(), "no temporary file is left");
}

#[test]
fn a_channel_is_added_later_by_the_same_authority() {
    let pki = tempfile::tempdir().unwrap();
    let pki = pki.path();
    let said = done(&generate(pki, &[]));
    assert!(
        said.contains("etcd: left out; --etcd-host asks for it"),
        "{said}"
    );
    assert!(
        said.contains("manager: left out; --manager-host asks for it"),
        "{said}"
    );
    assert!(!pki.join("etcd").exists() && !pki.join("manager").exists());
    let before = contents(pki);
    refused(
        &generate(pki, &["--only", "manager"]),
        "the certificate of manager needs the name that the browser asks for",
    );
    // With roles named, and without: what is there stays.
    done(&generate(pki, &["--only=manager", EVERYTHING[1]]));
    let said = done(&generate(pki, &EVERYTHING));
    assert!(
        said.contains("manager/tls.crt: there already, kept"),
        "{said}"
    );
    let after = contents(pki);
    assert!(before.iter().all(|(name, bytes)| after[name] == *bytes));
    for (leaf, serves) in LEAVES {
        openssl_verifies(pki, leaf, serves);
    }
    // Two bundles, while one CA replaces another: kept, for ours is in it.
    let bundle = read(pki.join("typha/ca.crt")) + &read(crate::common::pki("other-ca.crt"));
    fs::write(pki.join("typha/ca.crt"), &bundle).unwrap();
    done(&generate(pki, &["--only", "typha-client", "--force"]));
    assert_eq!(read(pki.join("typha/ca.crt")), bundle);

    // The key of the authority was put away.
    fs::rename(pki.join("ca.key"), pki.join("away.key")).unwrap();
    let only = ["--only", "etcd-client", "--force"];
    refused(
        &generate(pki, &only),
        "ca.key: is not there, so nothing can be signed",
    );
    let (crt, key) = (pki.join("ca.crt"), pki.join("away.key"));
    let own = [
        "--ca-cert",
        crt.to_str().unwrap(),
        "--ca-key",
        key.to_str().unwrap(),
    ];
    done(&generate(pki, &[&only[..], &own].concat()));
    openssl_verifies(pki, "etcd/client", false);
    assert!(!pki.join("ca.key").exists());
    fs::rename(&crt, pki.join("away.crt")).unwrap();
    fs::rename(&key, pki.join("ca.key")).unwrap();
    refused(
        &generate(pki, &only),
        "ca.crt: is not there, but its key is",
    );
}

#[test]
fn an_own_authority_signs_and_its_key_is_not_copied() {
    let folder = tempfile::tempdir().unwrap();
    corporate(folder.path(), "keyUsage=critical,keyCertSign");
    let own = |certificate: &str, key: &str| {
        let path = |name: &str| folder.path().join(name).display().to_string();
        [
            format!("--ca-cert={}", path(certificate)),
            format!("--ca-key={}", path(key)),
        ]
    };
    let pki = folder.path().join("pki");
    let run = |certificate: &str, key: &str, more: &[&str]| {
        let own = own(certificate, key);
        let own = own.each_ref().map(String::as_str);
        generate(&pki, &[&own, more].concat())
    };
    refused(
        &run("corp.key", "corp.key", &[]),
        "[key-instead-of-certificate]",
    );
    refused(
        &run("corp.crt", "corp.crt", &[]),
        "[certificate-instead-of-key]",
    );
    refused(&run("none.crt", "corp.key", &[]), "none.crt: cannot read");
    assert!(!pki.exists());
    let said = done(&run("corp.crt", "corp.key", &EVERYTHING));
    assert!(
        said.contains("as long as its CA"),
        "90 days, not 365: {said}"
    );
    assert!(!pki.join("ca.key").exists());
    assert_eq!(
        read(pki.join("ca.crt")),
        read(folder.path().join("corp.crt"))
    );
    assert_without("stderr", &said, &read(folder.path().join("corp.key")));
    for (leaf, serves) in LEAVES {
        openssl_verifies(&pki, leaf, serves);
    }
    // Another CA than the folder's; a leaf as a CA; a key that is another's.
    let before = contents(&pki);
    fs::rename(
        folder.path().join("corp.crt"),
        folder.path().join("first.crt"),
    )
    .unwrap();
    fs::rename(
        folder.path().join("corp.key"),
        folder.path().join("first.key"),
    )
    .unwrap();
    corporate(folder.path(), "basicConstraints=critical,CA:TRUE");
    let force = ["--only", "typha", "--force"];
    refused(
        &run("corp.crt", "corp.key", &force),
        "pki/ca.crt: holds another CA",
    );
    refused(&run("first.crt", "corp.key", &force), "[key-mismatch]");
    refused(
        &run("pki/typha/client.crt", "pki/typha/client.key", &force),
        "[not-a-ca]",
    );
    corporate(folder.path(), "keyUsage=critical,cRLSign");
    refused(&run("corp.crt", "corp.key", &force), "[ca-key-usage]");
    assert!(contents(&pki) == before);
}

/// Signs a request as a CA does that grants what is asked for.
fn sign(folder: &Path, request: &Path, signed: &str) {
    let request = request.to_str().unwrap();
    let serial = "-CAcreateserial";
    let args = [
        "x509", "-req", "-in", request, "-CA", "corp.crt", "-CAkey", "corp.key", serial,
    ];
    let args = [
        &args[..],
        &["-copy_extensions", "copy", "-days", "60", "-out", signed],
    ]
    .concat();
    let made = openssl(&args, folder);
    assert!(made.status.success(), "{}", stderr(&made));
}

#[test]
fn requests_are_signed_elsewhere_and_joined() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let pki = here.join("pki");
    corporate(here, "keyUsage=critical,keyCertSign,cRLSign");
    let args: Vec<_> = EVERYTHING.into_iter().chain(["--csr"]).collect();
    let said = done(&generate(&pki, &args));
    assert!(said.contains("certs join --pki"), "{said}");
    assert_eq!(contents(&pki).len(), 12, "keys and requests, and no CA");
    let manifest = upstream(MANIFESTS[0]);
    let apply = || {
        program()
            .args(["apply", "--assume-secret"])
            .arg("--pki")
            .arg(&pki)
            .arg(&manifest)
            .output()
            .unwrap()
    };
    refused(&apply(), "the certificate was requested");

    let mut signed = Vec::new();
    for (number, (leaf, _)) in LEAVES.into_iter().enumerate() {
        let request = pki.join(format!("{leaf}.csr"));
        let verified = openssl(
            &["req", "-verify", "-noout", "-in", request.to_str().unwrap()],
            here,
        );
        assert!(verified.status.success(), "{}", stderr(&verified));
        // The name of a file says nothing.
        let name = format!("{}.pem", 9 - number);
        sign(here, &request, &name);
        signed.push(here.join(name));
    }
    signed.reverse();
    let before = contents(&pki);
    let ca = here.join("corp.crt");
    refused(
        &join(&pki, &ca, std::slice::from_ref(&ca)),
        "no certificate in it is of a key of the folder",
    );
    refused(
        &join(&pki, &signed[0], std::slice::from_ref(&ca)),
        "no certificate",
    );
    refused(
        &join(&pki, &ca, &[pki.join("typha/client.csr")]),
        "[signing-request]",
    );
    let copy = here.join("copy.pem");
    fs::copy(&signed[0], &copy).unwrap();
    refused(
        &join(&pki, &ca, &[signed[0].clone(), copy]),
        "another certificate of the key of",
    );
    refused(
        &join(&here.join("none"), &ca, &signed),
        "none: not a folder of keys",
    );
    assert!(contents(&pki) == before, "nothing was written");

    // Some now, the rest later; two in one file, with the CA's own before them.
    let said = done(&join(&pki, &ca, &signed[..2]));
    assert!(
        said.contains("typha/server.csr: still to be signed"),
        "{said}"
    );
    let both = read(&ca) + &read(&signed[2]) + &read(&signed[3]);
    fs::write(here.join("both.pem"), both).unwrap();
    let rest = [here.join("both.pem"), signed[4].clone(), signed[5].clone()];
    let said = done(&join(&pki, &ca, &rest));
    assert!(said.contains("next: cnx-harden apply"), "{said}");
    for (leaf, serves) in LEAVES {
        openssl_verifies(&pki, leaf, serves);
    }
    for (name, bytes) in before {
        assert!(
            fs::read(pki.join(&name)).unwrap() == bytes,
            "{name} changed"
        );
    }
    done(&apply());
    // A renewed certificate of the same key.
    refused(&join(&pki, &ca, &signed[..1]), "there already");
    // Requests anew would have other keys.
    refused(
        &generate(&pki, &["--csr", "--only=typha", "--force"]),
        "the certificate is there, and would not be of a new key",
    );
}

#[test]
fn what_cannot_be_done_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let pki = folder.path().join("a/pki");
    for (args, reason) in [
        (
            &["--etcd-host", "https://etcd.example.com:2379"][..],
            "leave out the scheme",
        ),
        (&["--etcd-host", "10.0.0.300"], "looks like an IP address"),
        (
            &["--manager-host", "*"],
            "a * may stand for the first label alone",
        ),
        (&["--manager-host", "bücher.example"], "its ASCII form"),
        (
            &["--apiserver-name", "cnx_api..svc"],
            "use letters, digits and hyphens",
        ),
        (
            &["--spiffe-trust-domain", "spiffe://x"],
            "is not a SPIFFE trust domain",
        ),
        (&["--only", "felix"], "possible values: apiserver, etcd,"),
        (&["--key-type", "dsa"], "possible values: ecdsa-p256,"),
        (&["--days", "0"], "--days"),
        (&["--days", "70000"], "--days"),
        (&["--csr", "--days", "3"], "cannot be used with"),
        (&["--ca-cert", "x.crt"], "--ca-key"),
        (
            &["--only", "etcd-server"],
            "the certificate of etcd-server needs the name",
        ),
    ] {
        refused(&generate(&pki, args), reason);
        assert!(!folder.path().join("a").exists(), "{args:?}");
    }
    for place in ["/proc/cnx", "/dev/full/cnx"] {
        refused(
            &generate(Path::new(place), &[]),
            "cannot create the folder of",
        );
    }
    // The last folder is a file: those that were made before it are gone again.
    fs::create_dir(folder.path().join("b")).unwrap();
    fs::write(folder.path().join("b/manager"), "").unwrap();
    let b = folder.path().join("b");
    refused(&generate(&b, &EVERYTHING), "manager/tls.crt");
    assert_eq!(fs::read_dir(&b).unwrap().count(), 1);
}

#[test]
fn a_half_folder_is_an_error_that_names_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let pki = folder.path().join("pki");
    let manifest = upstream(MANIFESTS[1]);
    let run = |command: &str, more: &[&str]| {
        let mut run = program();
        run.arg(command).arg("--pki").arg(&pki).args(more);
        run.arg(&manifest).output().unwrap()
    };
    refused(
        &run("apply", &[]),
        "pki: not a folder of keys and certificates",
    );
    done(&generate(&pki, &[]));
    assert_eq!(run("diff", &["--exit-code"]).status.code(), Some(1));
    let applied = run("apply", &[]);
    assert!(applied.status.success(), "{}", stderr(&applied));
    // The flags of a connection go before the folder.
    let given = [
        "--apiserver-ca=testdata/pki/ca.crt",
        "--apiserver-cert=testdata/pki/tls.crt",
    ];
    let given = [given[0], given[1], "--apiserver-key=testdata/pki/tls.key"];
    let flags = run("apply", &given);
    let alone = with_material("apply", "tls")
        .arg(&manifest)
        .output()
        .unwrap();
    assert!(stdout(&flags) == stdout(&alone) && stdout(&flags) != stdout(&applied));
    for name in ["tls.key", "tls.crt", "ca.crt"] {
        fs::rename(pki.join("apiserver").join(name), folder.path().join(name)).unwrap();
        refused(
            &run("apply", &[]),
            &format!("apiserver: {name} is not there"),
        );
        refused(&run("diff", &[]), name);
        fs::rename(folder.path().join(name), pki.join("apiserver").join(name)).unwrap();
    }
    fs::remove_dir_all(pki.join("apiserver")).unwrap();
    fs::create_dir(pki.join("apiserver")).unwrap();
    refused(&run("apply", &[]), "ca.crt, tls.crt, tls.key are not there");
    assert!(run("apply", &[]).stdout.is_empty());
}

#[test]
fn help_says_how_it_is_used() {
    for args in [
        &["certs", "--help"][..],
        &["certs", "generate", "--help"],
        &["certs", "join", "--help"],
    ] {
        let output = program().args(args).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{args:?}");
        if args.len() == 3 {
            assert!(stdout(&output).contains("Example"), "{args:?}");
        }
    }
    let output = program().args(["certs"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}
