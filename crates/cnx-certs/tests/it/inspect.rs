//! What is read out of certificates and keys.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cnx_certs::{
    CertificateInfo, Entry, Identity, KeyInfo, Material, PemErrorKind, Policy, Role, Severity,
    UnixTime, check, connect, inspect,
};
use proptest::prelude::*;
use rcgen::ExtendedKeyUsagePurpose::{ClientAuth, ServerAuth};

use crate::authority::{Authority, NOW, Wanted};

const DAY: u64 = 24 * 60 * 60;

fn certificate(pem: &str, now: UnixTime) -> CertificateInfo {
    match inspect(pem.as_bytes(), now).unwrap().into_iter().next() {
        Some(Entry::Certificate(info)) => *info,
        other => panic!("{other:?}"),
    }
}

fn key(pem: &str) -> KeyInfo {
    match inspect(pem.as_bytes(), NOW).unwrap().into_iter().next() {
        Some(Entry::PrivateKey(info)) => info,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_certificate_says_what_it_is_for() {
    let ca = Authority::new("ca");
    let leaf = ca.leaf(&Wanted {
        cn: Some("etcd"),
        names: vec!["etcd.example.com", "*.example.com", "10.0.0.1", "fd00::1"],
        uri: Some("spiffe://k8s/etcd"),
        usages: vec![ServerAuth, ClientAuth],
        years: Some((2025, 2026)),
    });
    let info = certificate(&leaf.certificate, NOW);
    assert_eq!(
        (info.subject.as_str(), info.issuer.as_str()),
        ("CN=etcd", "CN=ca")
    );
    let names = [
        "DNS:etcd.example.com",
        "DNS:*.example.com",
        "IP:10.0.0.1",
        "IP:fd00::1",
        "URI:spiffe://k8s/etcd",
    ];
    assert_eq!(info.names, names);
    assert_eq!(info.validity.not_before, "2025-01-01T00:00:00Z");
    assert_eq!(info.validity.not_after, "2026-12-31T00:00:00Z");
    assert_eq!((info.validity.days_left, info.validity.valid), (364, true));
    assert_eq!(
        (info.key.kind.as_str(), info.key.bits),
        ("ECDSA P-256", Some(256))
    );
    assert_eq!(info.signature_algorithm, "ecdsa-with-SHA256");
    assert_eq!(info.key_usage.unwrap(), ["digitalSignature"]);
    assert_eq!(
        info.extended_key_usage.unwrap(),
        ["serverAuth", "clientAuth"]
    );
    assert_eq!(info.roles, Role::ALL);
    assert!(!info.ca && !info.self_signed);
    assert_eq!(info.sha256.len(), 32 * 3 - 1);
    // A pair has one public key.
    assert_eq!(key(&leaf.key).key.unwrap().sha256, info.key.sha256);
}

#[test]
fn days_are_counted_down_and_on() {
    let ca = Authority::new("ca");
    let leaf = ca.leaf(&Wanted {
        years: Some((2026, 2026)),
        ..Wanted::default()
    });
    // 2026-12-31T00:00:00Z.
    let end = 1_798_675_200;
    for (now, days, valid) in [
        (end - DAY, 1, true),
        (end - DAY + 1, 0, true),
        (end, 0, true),
        (end + 1, -1, false),
        (end + DAY, -1, false),
        (end + DAY + 1, -2, false),
        (0, 20_818, false),
    ] {
        let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(now));
        let validity = certificate(&leaf.certificate, now).validity;
        assert_eq!((validity.days_left, validity.valid), (days, valid));
    }
}

#[test]
fn an_authority_is_known_and_fit_for_no_role() {
    let ca = certificate(&Authority::new("ca").pem, NOW);
    assert!(ca.ca && ca.self_signed);
    assert_eq!(ca.key_usage.unwrap(), ["keyCertSign"]);
    assert_eq!((ca.extended_key_usage, ca.path_length), (None, None));
    assert_eq!(ca.roles, []);
}

#[test]
fn a_client_is_fit_for_clients_roles() {
    let leaf = Authority::new("ca").leaf(&Wanted {
        usages: vec![ClientAuth],
        ..Wanted::default()
    });
    let info = certificate(&leaf.certificate, NOW);
    assert_eq!(info.roles, [Role::EtcdClient, Role::TyphaClient]);
}

#[test]
fn nothing_of_a_name_reaches_a_terminal_as_it_is() {
    let leaf = Authority::new("ca").leaf(&Wanted {
        cn: Some("a\u{1b}[2Jb\u{202e}c\nd\u{200b}e"),
        ..Wanted::default()
    });
    let info = certificate(&leaf.certificate, NOW);
    assert!(
        !info
            .subject
            .contains(|c: char| c.is_control() || matches!(c, '\u{202e}' | '\u{200b}'))
    );
    assert!(
        info.subject.starts_with("CN=a\\u{1b}[2Jb\\u{202e}c"),
        "{}",
        info.subject
    );
}

#[test]
fn a_file_is_read_block_by_block() {
    let ca = Authority::new("ca");
    let leaf = ca.leaf(&Wanted::default());
    let file = format!(
        "a remark\n{}{}{}-----BEGIN DH PARAMETERS-----\nAAAA\n-----END DH PARAMETERS-----\n",
        leaf.certificate, ca.pem, leaf.key
    );
    let entries = inspect(file.as_bytes(), NOW).unwrap();
    let kinds: Vec<_> = entries
        .iter()
        .map(|entry| match entry {
            Entry::Certificate(info) => ("certificate", info.line),
            Entry::PrivateKey(info) => ("key", info.line),
            Entry::Other { line, .. } => ("other", *line),
            _ => ("", 0),
        })
        .collect();
    let begins: Vec<_> = file
        .lines()
        .enumerate()
        .filter(|(_, line)| line.starts_with("-----BEGIN"))
        .map(|(number, _)| number + 1)
        .collect();
    let named = ["certificate", "certificate", "key", "other"];
    assert_eq!(kinds, named.into_iter().zip(begins).collect::<Vec<_>>());
    assert!(!format!("{entries:?}").contains(&leaf.key[100..140]));
    let error = inspect(b"nothing", NOW).unwrap_err();
    assert_eq!(error.kind, PemErrorKind::NotPem);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    /// A certificate with a changed byte, as a file of every role.
    #[test]
    fn no_bytes_make_it_panic(place in 0.0..1.0, byte in 0u8.., der in any::<bool>()) {
        let ca = Authority::new("ca");
        let leaf = ca.leaf(&Wanted {
            cn: Some("cn"),
            names: vec!["a.example.com"],
            usages: vec![ServerAuth, ClientAuth],
            ..Wanted::default()
        });
        let mut bytes = match der {
            true => STANDARD.decode(leaf.certificate.lines().filter(|l| !l.starts_with('-')).collect::<String>()).unwrap(),
            false => leaf.certificate.clone().into_bytes(),
        };
        let place = (bytes.len() as f64 * place) as usize;
        bytes[place] = byte;
        let _ = inspect(&bytes, NOW);
        if der {
            let encoded = STANDARD.encode(&bytes);
            bytes = format!("-----BEGIN CERTIFICATE-----\n{encoded}\n-----END CERTIFICATE-----\n").into();
            let _ = inspect(&bytes, NOW);
        }
        let (names, identity) = (["a.example.com".to_owned()], Identity::default());
        for role in [Role::Manager, Role::EtcdClient] {
            let material = Material {
                role,
                ca: Some(ca.pem.as_bytes()),
                certificate: &bytes,
                key: Some(leaf.key.as_bytes()),
                names: &names,
                identity: &identity,
            };
            let policy = Policy::at(NOW);
            let errors = check(std::slice::from_ref(&material), &policy);
            let connected = connect(&[material], &policy).iter().all(|h| h.connected());
            // What connects has no error; the reverse is the catalogue's.
            let errors = errors.iter().filter(|f| f.severity == Severity::Error);
            prop_assert!(!connected || errors.count() == 0);
        }
    }
}
