//! Each kind of wrong file has its own error, and none of them holds a key.

use std::path::Path;

use base64::Engine as _;
use cnx_certs::{
    CaCertificates, CertificateChain, MAX_FILE, PairError, PemError, PrivateKey, check_pair,
};
use proptest::prelude::*;

fn pki(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/pki");
    std::fs::read(folder.join(name)).unwrap()
}

fn text(name: &str) -> String {
    String::from_utf8(pki(name)).unwrap()
}

fn base64(bytes: &[u8]) -> Vec<u8> {
    base64::engine::general_purpose::STANDARD
        .encode(bytes)
        .into_bytes()
}

fn relabelled(name: &str, from: &str, to: &str) -> Vec<u8> {
    text(name).replace(from, to).into_bytes()
}

fn code(error: &PemError) -> (usize, &'static str) {
    assert!(!error.help().is_empty());
    (error.line, error.kind.code().as_str())
}

/// Eight MiB are read, a byte more is not: whatever it is.
#[test]
fn what_is_too_large_is_not_read() {
    let certificate = pki("tls.crt");
    let mut file = vec![b'\n'; MAX_FILE - certificate.len()];
    file.extend(&certificate);
    assert!(CertificateChain::from_pem(&file).is_ok());
    file.insert(0, b'\n');
    let error = CertificateChain::from_pem(&file).unwrap_err();
    assert_eq!(code(&error), (1, "too-large"));
    assert_eq!(CaCertificates::from_pem(&file).unwrap_err(), error);
    assert_eq!(PrivateKey::from_pem(&file).unwrap_err(), error);
}

#[test]
fn files_that_are_no_certificates() {
    let utf16: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(text("tls.crt").encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    let chain = text("tls.crt") + &text("tls.key");
    let damaged = text("tls.crt").replace("\nMII", "\n!!!");
    let other_body =
        text("tls.crt").lines().next().unwrap().to_owned() + "\nTUlJ\n-----END CERTIFICATE-----\n";
    let headers = text("tls.crt").replacen('\n', "\nComment: x\n\n", 1);
    let lines = text("tls.crt").lines().count();
    let cases: Vec<(Vec<u8>, (usize, &str))> = vec![
        (b"".to_vec(), (1, "empty-file")),
        (b" \r\n".to_vec(), (1, "empty-file")),
        (b"hello".to_vec(), (1, "not-pem")),
        (pki("tls.der"), (1, "der-not-pem")),
        (pki("tls.p12"), (1, "pkcs12-not-pem")),
        (utf16, (1, "utf-16")),
        (base64(&pki("tls.crt")), (1, "base64-of-pem")),
        (pki("tls.crt")[..200].to_vec(), (1, "truncated-pem")),
        (
            relabelled("tls.crt", "END CERTIFICATE", "END X"),
            (lines, "wrong-pem-end"),
        ),
        (damaged.into_bytes(), (1, "bad-base64")),
        (pki("tls.key"), (1, "key-instead-of-certificate")),
        (
            chain.into_bytes(),
            (lines + 1, "key-instead-of-certificate"),
        ),
        (pki("encrypted.key"), (1, "key-instead-of-certificate")),
        (
            relabelled("tls.crt", "CERTIFICATE", "PUBLIC KEY"),
            (1, "public-key"),
        ),
        (
            relabelled("tls.crt", "CERTIFICATE", "CERTIFICATE REQUEST"),
            (1, "signing-request"),
        ),
        (
            relabelled("tls.crt", "CERTIFICATE", "TRUSTED CERTIFICATE"),
            (1, "skipped-block"),
        ),
        (
            format!("\u{feff}{}", text("tls.crt")).into_bytes(),
            (1, "byte-order-mark"),
        ),
        (
            relabelled("tls.crt", "-----BEGIN", "  -----BEGIN"),
            (1, "indented-pem"),
        ),
        (
            relabelled("tls.crt", "-----END", "\t-----END"),
            (lines, "indented-pem"),
        ),
        // Two files joined, the first without a final line break.
        (
            (text("tls.crt").trim_end().to_owned() + &text("ca.crt")).into_bytes(),
            (lines, "trailing-junk"),
        ),
        (other_body.into_bytes(), (1, "bad-certificate")),
    ];
    for (bytes, wanted) in cases {
        assert_eq!(
            code(&CertificateChain::from_pem(&bytes).unwrap_err()),
            wanted
        );
        assert_eq!(code(&CaCertificates::from_pem(&bytes).unwrap_err()), wanted);
    }
    // In a CA file alone Go skips a block with headers.
    let wanted = (1, "pem-headers");
    let skipped = CaCertificates::from_pem(headers.as_bytes()).unwrap_err();
    let chain = CertificateChain::from_pem(headers.as_bytes()).unwrap();
    assert_eq!(
        (code(&skipped), code(&chain.warnings()[0])),
        (wanted, wanted)
    );
}

#[test]
fn files_that_are_no_private_key() {
    let cases: Vec<(Vec<u8>, (usize, &str))> = vec![
        (b"\n".to_vec(), (1, "empty-file")),
        (
            text("tls.key").replace('\n', "").into_bytes(),
            (1, "one-line-pem"),
        ),
        (
            text("tls.key").replace('\n', " ").into_bytes(),
            (1, "one-line-pem"),
        ),
        (
            text("tls.key").replace("-----\n", "-----").into_bytes(),
            (1, "one-line-pem"),
        ),
        (pki("encrypted.key"), (1, "encrypted-key")),
        (pki("encrypted-legacy.key"), (1, "encrypted-key")),
        (pki("tls.crt"), (1, "certificate-instead-of-key")),
        (
            relabelled("tls.key", "PRIVATE KEY", "PUBLIC KEY"),
            (1, "public-key"),
        ),
        (
            relabelled("tls.key", "PRIVATE KEY", "DSA PRIVATE KEY"),
            (1, "skipped-block"),
        ),
        (base64(&pki("tls.key")), (1, "base64-of-pem")),
        (pki("tls.key")[..100].to_vec(), (1, "truncated-pem")),
    ];
    for (bytes, wanted) in cases {
        let error = PrivateKey::from_pem(&bytes).unwrap_err();
        assert_eq!(code(&error), wanted);
        let body = text("tls.key").lines().nth(1).unwrap()[..20].to_owned();
        assert!(!format!("{error} {error:?}").contains(&body));
    }
}

/// As Go does, the first of several keys is taken.
#[test]
fn of_several_keys_the_first() {
    let two = text("tls.key") + &text("rsa.key") + &text("encrypted.key");
    let lines = text("tls.key").lines().count();
    let key = PrivateKey::from_pem(two.as_bytes()).unwrap();
    let warnings: Vec<_> = key.warnings().iter().map(code).collect();
    assert_eq!(key.line(), 1);
    assert_eq!(warnings[0], (lines + 1, "several-keys"));
    assert_eq!(warnings.len(), 2);
    let chain = CertificateChain::from_pem(&pki("tls.crt")).unwrap();
    assert_eq!(cnx_certs::check_pair(&chain, &key), Ok(()));
}

#[test]
fn unusual_files_that_are_good() {
    let crlf = text("tls.crt").replace('\n', "\r\n");
    let talk = format!(
        "subject: {{a: b}}\n{}\nthat was it\n{}",
        text("tls.crt"),
        text("ca.crt")
    );
    for pem in [crlf, talk] {
        let chain = CertificateChain::from_pem(pem.as_bytes()).unwrap();
        assert_eq!(chain.as_pem(), pem.as_bytes());
        check_pair(&chain, &PrivateKey::from_pem(&pki("tls.key")).unwrap()).unwrap();
    }
    let warned = |warnings: &[PemError]| warnings.iter().map(code).collect::<Vec<_>>();
    let lines = text("tls.crt").lines().count();
    let after = text("tls.crt") + "\nbye\n";
    let after = CertificateChain::from_pem(after.as_bytes()).unwrap();
    assert_eq!(warned(after.warnings()), [(lines + 2, "text-after-pem")]);
    let crl = text("tls.crt") + "-----BEGIN X509 CRL-----\nTUlJ\n-----END X509 CRL-----\n";
    let crl = CaCertificates::from_pem(crl.as_bytes()).unwrap();
    assert_eq!(warned(crl.warnings()), [(lines + 1, "skipped-block")]);
    let both = text("tls.crt") + &text("tls.key");
    let both = PrivateKey::from_pem(both.as_bytes()).unwrap();
    assert_eq!(both.line(), lines + 1);
    assert_eq!(warned(both.warnings()), [(1, "skipped-block")]);
    let bundle = text("ca.crt") + &text("other-ca.crt");
    assert_eq!(
        CaCertificates::from_pem(bundle.as_bytes())
            .unwrap()
            .as_pem(),
        bundle.as_bytes()
    );
    let parameters =
        "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
    PrivateKey::from_pem((parameters.to_owned() + &text("ec-sec1.key")).as_bytes()).unwrap();
}

#[test]
fn a_key_fits_its_certificate_alone() {
    let check = |chain: &str, key: &str| {
        let chain = CertificateChain::from_pem(chain.as_bytes()).unwrap();
        check_pair(&chain, &PrivateKey::from_pem(&pki(key)).unwrap())
    };
    for (crt, key) in [
        ("tls", "tls"),
        ("rotated", "rotated"),
        ("rsa", "rsa"),
        ("tls", "ec-sec1"),
    ] {
        assert_eq!(
            check(&text(&format!("{crt}.crt")), &format!("{key}.key")),
            Ok(())
        );
    }
    assert_eq!(
        check(&text("tls.crt"), "rotated.key"),
        Err(PairError::Mismatch)
    );
    assert_eq!(check(&text("tls.crt"), "rsa.key"), Err(PairError::Mismatch));
    let wrong_order = text("ca.crt") + &text("tls.crt");
    assert_eq!(
        check(&wrong_order, "tls.key"),
        Err(PairError::WrongOrder(2))
    );
    let chain = CertificateChain::from_pem(&pki("tls.crt")).unwrap();
    let broken = text("tls.key").replace("\nMI", "\nMA");
    let key = PrivateKey::from_pem(broken.as_bytes()).unwrap();
    assert_eq!(check_pair(&chain, &key), Err(PairError::UnusableKey));
    assert_eq!(format!("{key:?}"), "PrivateKey([redacted])");
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic_or_tell_a_key(
        cut in 0_usize..400, put in prop::collection::vec(any::<u8>(), 0..20), at in 0_usize..400,
    ) {
        for name in ["tls.key", "tls.crt", "tls.der", "rsa.key"] {
            let mut bytes = pki(name);
            bytes.truncate(bytes.len().saturating_sub(cut));
            let at = at.min(bytes.len());
            bytes.splice(at..at, put.iter().copied());
            let said = format!(
                "{:?} {:?} {:?}",
                PrivateKey::from_pem(&bytes).map_err(|e| e.to_string()),
                CertificateChain::from_pem(&bytes).map(|_| ()).map_err(|e| e.to_string()),
                CaCertificates::from_pem(&bytes).map(|_| ()).map_err(|e| e.to_string()),
            );
            for line in text("tls.key").lines().chain(text("rsa.key").lines()) {
                prop_assert!(line.starts_with('-') || !said.contains(&line[..16]));
            }
        }
    }
}

/// The new bundle as it is, and behind it what the old one has more: trust that overlaps.
#[test]
fn bundles_overlap() {
    let [one, other] = ["ca.crt", "manager/tls.crt"].map(text);
    let read = |pem: &str| CaCertificates::from_pem(pem.as_bytes()).unwrap();
    let overlap =
        |new: &str, old: &str| String::from_utf8(read(new).overlapping(&read(old))).unwrap();
    let both = format!("{one}{other}");
    assert_eq!(overlap(&one, &one), one);
    assert_eq!(overlap(&both, &other), both);
    assert_eq!(overlap(&one, &format!("# old\n{both}")), both);
    assert_eq!(overlap(one.trim_end(), &other), both);
}
