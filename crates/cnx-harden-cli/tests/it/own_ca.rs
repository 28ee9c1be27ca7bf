//! A CA of one's own: with its key at hand, and run by others, who get requests.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use crate::common::{MANIFESTS, program, read, stderr, upstream};
use crate::generate::{
    EVERYTHING, LEAVES, contents, done, generate, openssl, openssl_verifies, refused, said_no_key,
};
use crate::key::assert_without;

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

/// A CA by OpenSSL, for what is not ours.
fn corporate(folder: &Path, extension: &str) {
    let request = "req -x509 -newkey rsa:2048 -nodes -keyout corp.key -out corp.crt -days 90 -subj";
    let mut args: Vec<_> = request.split(' ').collect();
    args.extend(["/O=Corp/CN=Corporate CA", "-addext", extension]);
    let made = openssl(&args, folder);
    assert!(made.status.success(), "{}", stderr(&made));
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
        "pki/typha/ca.crt: holds another CA",
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

/// What a CA granted otherwise than it was asked is refused before it is placed.
#[test]
fn certificates_that_would_not_work_are_not_joined() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let pki = here.join("pki");
    corporate(here, "keyUsage=critical,keyCertSign,cRLSign");
    let args: Vec<_> = EVERYTHING.into_iter().chain(["--csr"]).collect();
    done(&generate(&pki, &args));
    let before = contents(&pki);
    let sign_with = |leaf: &str, extensions: &str, days: &str| {
        fs::write(here.join("extensions"), extensions).unwrap();
        let request = pki.join(format!("{leaf}.csr"));
        let request = request.to_str().unwrap();
        let args = ["x509", "-req", "-in", request, "-CA", "corp.crt", "-CAkey"];
        let more = ["corp.key", "-CAcreateserial", "-extfile", "extensions"];
        let end = ["-days", days, "-out", "signed.pem"];
        let made = openssl(&[&args[..], &more, &end].concat(), here);
        assert!(made.status.success(), "{}", stderr(&made));
        join(&pki, &here.join("corp.crt"), &[here.join("signed.pem")])
    };
    let plain = "extendedKeyUsage=serverAuth";
    let named = |name: &str| format!("{plain}\nsubjectAltName=DNS:{name}");
    refused(
        &sign_with("apiserver/tls", plain, "60"),
        "[common-name-only]",
    );
    let other = named("cnx-api.default.svc");
    refused(&sign_with("apiserver/tls", &other, "60"), "[name-mismatch]");
    // One of two names that were asked for.
    let first = named("cnx-api.kube-system.svc");
    refused(
        &sign_with("apiserver/tls", &first, "60"),
        "cnx-api.kube-system.svc.cluster.local",
    );
    let as_client =
        "extendedKeyUsage=clientAuth\nsubjectAltName=DNS:cnx.example.com,IP:2001:db8::7";
    refused(
        &sign_with("manager/tls", as_client, "60"),
        "[missing-server-auth]",
    );
    let as_server = "extendedKeyUsage=serverAuth";
    refused(
        &sign_with("etcd/client", as_server, "60"),
        "[missing-client-auth]",
    );
    // OpenSSL has it expire before it begins.
    let good = "extendedKeyUsage=clientAuth";
    refused(&sign_with("etcd/client", good, "-1"), "[expired]");
    assert!(contents(&pki) == before, "nothing was written");
    // It is the certificates that were wrong.
    done(&sign_with("etcd/client", good, "60"));
    // Of another CA than the one that is to be trusted.
    let request = pki.join("typha/client.csr");
    sign(here, &request, "typha.pem");
    corporate(here, "keyUsage=critical,keyCertSign,cRLSign");
    let output = join(&pki, &here.join("corp.crt"), &[here.join("typha.pem")]);
    refused(&output, "typha/client.crt");
}

/// An etcd that has its CA already, a Manager of the company's CA, and our own CA
/// for the rest: each connection has its own trust.
#[test]
fn each_connection_may_have_a_ca_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let pki = here.join("pki");
    corporate(here, "keyUsage=critical,keyCertSign,cRLSign");
    done(&generate(&pki, &[]));
    let own = fs::read(pki.join("ca.crt")).unwrap();
    let path = |name: &str| here.join(name).display().to_string();
    let signer = [
        "--ca-cert",
        &path("corp.crt"),
        "--ca-key",
        &path("corp.key"),
    ];
    done(&generate(
        &pki,
        &[&signer[..], &["--only=etcd-client"]].concat(),
    ));
    openssl_verifies(&pki, "etcd/client", false);
    let corp = fs::read(here.join("corp.crt")).unwrap();
    assert!(fs::read(pki.join("etcd/ca.crt")).unwrap() == corp);
    // The other end is not of our CA.
    let server = ["--only=etcd-server", "--etcd-host=etcd.example.com"];
    refused(&generate(&pki, &server), "etcd/ca.crt: holds another CA");

    let manager = ["--only=manager", "--manager-host=cnx.example.com", "--csr"];
    done(&generate(&pki, &manager));
    sign(here, &pki.join("manager/tls.csr"), "manager.pem");
    let ca = here.join("corp.crt");
    done(&join(&pki, &ca, &[here.join("manager.pem")]));
    assert!(
        fs::read(pki.join("ca.crt")).unwrap() == own,
        "the folder's own stays"
    );
    openssl_verifies(&pki, "typha/server", true);
    let mut apply = program();
    apply.arg("apply").arg("--pki").arg(&pki);
    done(&apply.arg(upstream(MANIFESTS[1])).output().unwrap());
}
