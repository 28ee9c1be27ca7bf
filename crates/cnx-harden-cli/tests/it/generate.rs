//! `certs generate`, `certs join` and `--pki`: what is written, what is kept, and
//! what is refused with nothing written.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use crate::common::{MANIFESTS, program, read, stderr, stdout, upstream, with_material};
use crate::key::assert_without;

pub(crate) const EVERYTHING: [&str; 4] = [
    "--etcd-host=etcd.example.com,10.0.0.7",
    "--manager-host=cnx.example.com",
    "--manager-host=2001:db8::7",
    "--spiffe-trust-domain=c.example.com",
];

/// All leaves, and whether they serve.
pub(crate) const LEAVES: [(&str, bool); 6] = [
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

/// Whatever a run says: it holds no key of the folder, and it is on stderr.
pub(crate) fn said_no_key(folder: &Path, output: Output) -> Output {
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
pub(crate) fn refused(output: &Output, reason: &str) {
    assert_eq!(output.status.code(), Some(2), "{}", stderr(output));
    assert!(stderr(output).contains(reason), "{}", stderr(output));
    assert!(stderr(output).contains("help: ") || stderr(output).contains("--help"));
}

/// The files of a folder; no folder has none.
pub(crate) fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = walkdir::WalkDir::new(folder).into_iter().flatten();
    let files = entries.filter(|entry| entry.file_type().is_file());
    let name = |path: &Path| path.strip_prefix(folder).unwrap().display().to_string();
    files
        .map(|file| (name(file.path()), fs::read(file.path()).unwrap()))
        .collect()
}

pub(crate) fn openssl(args: &[&str], folder: &Path) -> Output {
    let mut openssl = Command::new("openssl");
    openssl.args(args).current_dir(folder).output().unwrap()
}

/// What OpenSSL says of each leaf, by its purpose.
pub(crate) fn openssl_verifies(folder: &Path, leaf: &str, serves: bool) {
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
        "ca.key: the CA's key is missing, so nothing can be signed",
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
        "ca.crt: missing, though its key exists",
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
        (
            &["--only", "felix"],
            "possible values: apiserver, apiservices,",
        ),
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
    // A link that leads nowhere is found before anything is written.
    let link = folder.path().join("c/typha/client.key");
    fs::create_dir_all(link.parent().unwrap()).unwrap();
    std::os::unix::fs::symlink("nowhere", &link).unwrap();
    let c = folder.path().join("c");
    refused(
        &generate(&c, &[]),
        "client.key: not written: it is no regular file",
    );
    assert!(contents(&c).is_empty() && link.is_symlink() && !c.join("apiserver").exists());
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

/// A server with two APIServices, etcd's clients, and a server of OLM's.
const FOR: &str = "\
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1.parts.example.com}
spec: {group: parts.example.com, insecureSkipTLSVerify: true, service: {name: parts, namespace: shop}}
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v2.parts.example.com}
spec: {group: parts.example.com, insecureSkipTLSVerify: true, service: {name: parts, namespace: shop}}
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1.lost.example.com}
spec: {group: lost.example.com, service: {name: lost, namespace: shop}}
---
kind: Service
metadata: {name: parts, namespace: shop}
spec: {selector: {app: parts}}
---
kind: Deployment
metadata: {name: parts, namespace: shop}
spec:
  template:
    metadata: {labels: {app: parts}}
    spec: {containers: [{name: parts, args: [--secure-port=443]}]}
---
kind: Deployment
metadata: {name: calico-kube-controllers, namespace: kube-system}
spec:
  template:
    spec:
      containers:
      - name: calico-kube-controllers
        env: [{name: ETCD_ENDPOINTS, value: 'http://10.0.0.1:2379,http://etcd.example.com:2379'}]
";

#[test]
fn manifests_say_what_is_needed() {
    let folder = tempfile::tempdir().unwrap();
    let (pki, manifest) = (folder.path().join("pki"), folder.path().join("a.yaml"));
    fs::write(&manifest, FOR).unwrap();
    let arguments = ["--for", manifest.to_str().unwrap()];
    let output = generate(&pki, &arguments);
    done(&output);
    let said = stderr(&output);
    assert!(
        said.contains("its Service lost in namespace shop is not in the input"),
        "{said}"
    );
    let names = |file: &str| {
        let mut openssl = Command::new("openssl");
        openssl.args([
            "x509",
            "-noout",
            "-subject",
            "-ext",
            "subjectAltName",
            "-in",
        ]);
        stdout(&openssl.arg(pki.join(file)).output().unwrap())
    };
    let parts = names("apiservices/v1.parts.example.com/tls.crt");
    assert!(parts.contains("CN = parts.shop.svc") || parts.contains("CN=parts.shop.svc"));
    assert!(parts.contains("DNS:parts.shop.svc, DNS:parts.shop.svc.cluster.local"));
    let etcd = names("etcd/server.crt");
    assert!(
        etcd.contains("IP Address:10.0.0.1, DNS:etcd.example.com"),
        "{etcd}"
    );
    // One server has one certificate.
    let both = ["v1", "v2"].map(|version| {
        let place = pki.join(format!("apiservices/{version}.parts.example.com"));
        (read(place.join("tls.crt")), read(place.join("tls.key")))
    });
    assert!(both[0] == both[1]);
    for folder in [
        "apiserver",
        "typha",
        "manager",
        "apiservices/v1.lost.example.com",
    ] {
        assert!(!pki.join(folder).exists(), "{folder}");
    }
    // A second run keeps what is there, and makes what is not.
    fs::remove_dir_all(pki.join("etcd")).unwrap();
    let output = generate(&pki, &arguments);
    done(&output);
    assert_eq!(stderr(&output).matches("there already, kept").count(), 2);
    assert!(both[0].0 == read(pki.join("apiservices/v1.parts.example.com/tls.crt")));
    // What it made, apply takes.
    fs::remove_dir_all(pki.join("etcd")).unwrap();
    let mut apply = program();
    apply.args(["apply", "--pki"]).arg(&pki).arg(&manifest);
    let output = apply.output().unwrap();
    let hardened = stdout(&output);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(hardened.matches("caBundle: ").count(), 2);
    assert_eq!(hardened.matches("kind: Secret").count(), 1);
    assert!(!stderr(&output).contains("warning"), "{}", stderr(&output));
    // Nothing to make: why is told.
    let lost = FOR.split("---\n").nth(2).unwrap();
    fs::write(&manifest, lost).unwrap();
    refused(
        &generate(&folder.path().join("other"), &arguments),
        "is not in the input",
    );
}

#[test]
fn requests_for_api_services_are_joined() {
    let folder = tempfile::tempdir().unwrap();
    let (pki, manifest) = (folder.path().join("pki"), folder.path().join("a.yaml"));
    fs::write(&manifest, FOR).unwrap();
    let arguments = [
        "--csr",
        "--only",
        "apiservices",
        "--for",
        manifest.to_str().unwrap(),
    ];
    done(&generate(&pki, &arguments));
    let place = pki.join("apiservices/v1.parts.example.com");
    let in_folder = |program: &str, words: &str| {
        let mut command = Command::new(program);
        command
            .current_dir(folder.path())
            .args(words.split_whitespace());
        assert!(command.output().unwrap().status.success(), "{words}");
    };
    in_folder(
        "openssl",
        "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -subj /CN=corp -days 30",
    );
    fs::write(
        folder.path().join("ext"),
        "subjectAltName=DNS:parts.shop.svc,DNS:parts.shop.svc.cluster.local\n\
         extendedKeyUsage=serverAuth\nbasicConstraints=critical,CA:FALSE\n\
         subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n",
    )
    .unwrap();
    let request = place.join("tls.csr");
    let request = request.display();
    in_folder(
        "openssl",
        &format!(
            "x509 -req -in {request} -CA ca.crt -CAkey ca.key -CAcreateserial -days 20 -sha256 \
             -extfile ext -out signed.crt"
        ),
    );
    let mut join = program();
    let join = join
        .current_dir(folder.path())
        .args(["certs", "join", "--pki", "pki"]);
    done(
        &join
            .args(["--ca", "ca.crt", "signed.crt"])
            .output()
            .unwrap(),
    );
    for version in ["v1", "v2"] {
        let place = pki.join(format!("apiservices/{version}.parts.example.com"));
        assert!(place.join("tls.crt").exists() && place.join("ca.crt").exists());
    }
}
