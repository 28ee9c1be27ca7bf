//! What is generated: the usages and names of each role, and what is refused.

use std::num::NonZeroU16;
use std::time::Duration;

use cnx_certs::check_pair;
use cnx_certs::generate::{
    Authority, CertificateProfile, GenerateError, Host, KeyKind, TrustDomain, ValidityPeriod,
    request,
};
use cnx_certs::{CertificateChain, Code, Material, Policy, Role, Side, UnixTime, check};
use proptest::prelude::*;
use x509_parser::prelude::{FromDer as _, GeneralName, X509Certificate};

const DAY: u64 = 24 * 60 * 60;

/// 2026-01-01.
pub(crate) fn now() -> UnixTime {
    at(1_767_225_600)
}

fn at(seconds: u64) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(seconds))
}

pub(crate) fn later(days: u64) -> UnixTime {
    at(now().as_secs() + days * DAY)
}

fn days(number: u16) -> NonZeroU16 {
    NonZeroU16::new(number).unwrap()
}

fn host(name: &str) -> Host {
    name.parse().unwrap()
}

fn authority() -> Authority {
    Authority::generate(KeyKind::EcdsaP256, ValidityPeriod::authority(now())).unwrap()
}

pub(crate) fn profile(role: Role, domain: Option<&TrustDomain>) -> CertificateProfile {
    CertificateProfile::new(role, &[host("one.example.com"), host("10.0.0.7")], domain).unwrap()
}

pub(crate) fn x509(chain: &CertificateChain) -> X509Certificate<'_> {
    X509Certificate::from_der(&chain.der()[0]).unwrap().1
}

/// Everything that a role's leaf must and must not have.
pub(crate) fn assert_leaf(
    role: Role,
    kind: KeyKind,
    leaf: &X509Certificate<'_>,
    ca: &X509Certificate<'_>,
) {
    let usage = leaf.key_usage().unwrap().unwrap();
    assert!(usage.critical);
    assert!(usage.value.digital_signature());
    let rsa = matches!(kind, KeyKind::Rsa2048 | KeyKind::Rsa3072 | KeyKind::Rsa4096);
    assert_eq!(usage.value.key_encipherment(), rsa);
    assert!(!usage.value.key_cert_sign() && !usage.value.crl_sign());
    let extended = leaf.extended_key_usage().unwrap().unwrap().value;
    let server = role.side() == Side::Server;
    assert_eq!(extended.server_auth, server);
    assert_eq!(extended.client_auth, !server || role == Role::EtcdServer);
    assert!(!extended.any && !extended.code_signing && extended.other.is_empty());
    let basic = leaf.basic_constraints().unwrap().unwrap();
    assert!(basic.critical && !basic.value.ca);
    assert_eq!(basic.value.path_len_constraint, None);
    assert_eq!(leaf.issuer().as_raw(), ca.subject().as_raw());
    assert_eq!(leaf.subject().iter_common_name().count(), 1);
    // A serial number that is positive, and random.
    let serial = leaf.raw_serial();
    assert!(serial[0] < 0x80 && serial.len() == 16);
    assert_ne!(serial, ca.raw_serial());
    leaf.verify_signature(Some(ca.public_key())).unwrap();
    // Subject and authority key identifiers (RFC 5280, 4.2.1.1 and 4.2.1.2).
    let key_id = |certificate: &X509Certificate<'_>| {
        let mut extensions = certificate.iter_extensions();
        extensions.find_map(|extension| match extension.parsed_extension() {
            x509_parser::extensions::ParsedExtension::SubjectKeyIdentifier(id) => {
                Some(id.0.to_vec())
            }
            _ => None,
        })
    };
    let mut extensions = leaf.iter_extensions();
    let issuer = extensions.find_map(|extension| match extension.parsed_extension() {
        x509_parser::extensions::ParsedExtension::AuthorityKeyIdentifier(id) => {
            Some(id.key_identifier.as_ref().unwrap().0.to_vec())
        }
        _ => None,
    });
    assert_eq!(issuer, key_id(ca));
    assert_eq!(key_id(leaf).unwrap().len(), 20);
}

#[test]
fn an_authority_may_sign_leaves_and_nothing_else() {
    let (one, other) = (authority(), authority());
    let chain = CertificateChain::from_pem(one.bundle().as_pem()).unwrap();
    let ca = x509(&chain);
    let basic = ca.basic_constraints().unwrap().unwrap();
    assert!(basic.critical && basic.value.ca);
    assert_eq!(basic.value.path_len_constraint, Some(0));
    let usage = ca.key_usage().unwrap().unwrap();
    assert!(usage.critical && usage.value.key_cert_sign() && usage.value.crl_sign());
    assert!(!usage.value.digital_signature());
    assert!(ca.extended_key_usage().unwrap().is_none());
    assert_eq!(one.not_after().unwrap(), later(3650));
    assert_eq!(
        ca.validity().not_before.timestamp(),
        i64::try_from(now().as_secs()).unwrap() - 300
    );
    check_pair(&chain, one.key()).unwrap();
    let other = CertificateChain::from_pem(other.bundle().as_pem()).unwrap();
    assert_ne!(ca.subject().as_raw(), x509(&other).subject().as_raw());
    assert_eq!(format!("{one:?}"), "Authority { .. }");
}

#[test]
fn each_kind_of_key_has_its_size_and_signs() {
    for kind in KeyKind::ALL {
        assert_eq!(kind.to_string().parse(), Ok(kind));
        let authority = Authority::generate(kind, ValidityPeriod::authority(now())).unwrap();
        let bundle = CertificateChain::from_pem(authority.bundle().as_pem()).unwrap();
        let issued = authority
            .issue(
                &profile(Role::EtcdServer, None),
                kind,
                ValidityPeriod::leaf(now()),
            )
            .unwrap();
        let leaf = x509(&issued.certificate);
        assert_leaf(Role::EtcdServer, kind, &leaf, &x509(&bundle));
        let size = leaf.public_key().parsed().unwrap().key_size();
        let wanted = match kind {
            KeyKind::EcdsaP256 => 256,
            KeyKind::EcdsaP384 => 384,
            KeyKind::Rsa2048 => 2048,
            KeyKind::Rsa3072 => 3072,
            KeyKind::Rsa4096 => 4096,
        };
        // x509-parser counts a curve's point with its tag.
        assert!((wanted..wanted + 16).contains(&size), "{kind}: {size}");
        check_pair(&issued.certificate, &issued.key).unwrap();
    }
    assert!("dsa".parse::<KeyKind>().is_err());
}

#[test]
fn names_are_of_their_kind() {
    let domain: TrustDomain = "cluster.example.com".parse().unwrap();
    let hosts = ["One.example.com", "10.0.0.7", "2001:db8::7", "10.0.0.7"].map(host);
    let authority = authority();
    for role in Role::ALL {
        let profile = CertificateProfile::new(role, &hosts, Some(&domain)).unwrap();
        let issued = authority
            .issue(&profile, KeyKind::EcdsaP256, ValidityPeriod::leaf(now()))
            .unwrap();
        let leaf = x509(&issued.certificate);
        let names = leaf.subject_alternative_name().unwrap();
        let names = names.map_or(&[][..], |names| &names.value.general_names[..]);
        match role {
            Role::EtcdClient => assert!(names.is_empty()),
            Role::TyphaServer | Role::TyphaClient => {
                let id = format!("spiffe://cluster.example.com/{role}");
                assert_eq!(names, [GeneralName::URI(&id)]);
            }
            Role::ApiServer | Role::EtcdServer | Role::Manager => {
                let v6 = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7];
                let wanted = [
                    GeneralName::DNSName("one.example.com"),
                    GeneralName::IPAddress(&[10, 0, 0, 7]),
                    GeneralName::IPAddress(&v6),
                ];
                assert_eq!(names, wanted);
            }
        }
        let read = CertificateProfile::of_certificate(role, &issued.certificate).unwrap();
        assert_eq!(read, profile);
    }
    let identity = profile(Role::TyphaServer, Some(&domain)).identity();
    assert_eq!(identity.common_name.as_deref(), Some("typha-server"));
    assert_eq!(
        identity.uri_san.as_deref(),
        Some("spiffe://cluster.example.com/typha-server")
    );
    assert_eq!(profile(Role::Manager, None).identity(), Default::default());
    for role in [Role::ApiServer, Role::EtcdServer, Role::Manager] {
        assert_eq!(
            CertificateProfile::new(role, &[], None),
            Err(GenerateError::NoName(role))
        );
    }
}

#[test]
fn bad_names_are_told_with_what_is_wrong() {
    for (name, reason) in [
        ("", "it is empty"),
        ("https://x.example.com", "leave out the scheme"),
        ("x.example.com:2379", "leave out the scheme"),
        ("[::1]", "leave out the scheme"),
        ("bücher.example.com", "ASCII form (xn--…)"),
        ("x.example.com.", "leave out the dot"),
        ("*", "a * may stand"),
        ("*.com", "a * may stand"),
        ("a.*.example.com", "a * may stand"),
        ("x*.example.com", "a * may stand"),
        ("10.0.0.300", "looks like an IP address"),
        ("127.1", "looks like an IP address"),
        ("-x.example.com", "use letters"),
        ("x..example.com", "use letters"),
        ("x y.example.com", "use letters"),
        (&"x".repeat(64), "use letters"),
        (&"x.".repeat(130), "leave out the dot"),
        (&format!("{}com", "x.".repeat(130)), "use letters"),
    ] {
        let error = name.parse::<Host>().unwrap_err().to_string();
        assert!(
            error.contains(reason) && error.contains(name),
            "{name}: {error}"
        );
    }
    for name in [
        "",
        ".",
        "x..y",
        "x.",
        "Example.com",
        "spiffe://x",
        "x/y",
        &"x".repeat(256),
    ] {
        let error = name.parse::<TrustDomain>().unwrap_err().to_string();
        assert!(error.contains("SPIFFE trust domain"), "{error}");
    }
}

#[test]
fn no_leaf_outlives_its_authority() {
    let lifetime = ValidityPeriod {
        now: now(),
        days: days(100),
    };
    let short = Authority::generate(KeyKind::EcdsaP256, lifetime).unwrap();
    let issue = |lifetime| short.issue(&profile(Role::Manager, None), KeyKind::EcdsaP256, lifetime);
    let issued = issue(ValidityPeriod::leaf(now())).unwrap();
    assert!(issued.shortened);
    assert_eq!(issued.not_after, later(100));
    let validity = x509(&issued.certificate).validity().clone();
    let (from, to) = (now().as_secs() - 300, later(100).as_secs());
    assert_eq!(
        validity.not_before.timestamp(),
        i64::try_from(from).unwrap()
    );
    assert_eq!(validity.not_after.timestamp(), i64::try_from(to).unwrap());
    let issued = issue(ValidityPeriod {
        now: now(),
        days: days(99),
    })
    .unwrap();
    assert!(!issued.shortened);
    assert_eq!(issued.not_after, later(99));
    for now in [at(u64::MAX), at(253_402_300_799)] {
        assert_eq!(
            issue(ValidityPeriod::leaf(now)).unwrap_err(),
            GenerateError::Date
        );
    }
}

#[test]
fn no_debug_text_holds_a_key() {
    let authority = authority();
    let profile = profile(Role::Manager, None);
    let lifetime = ValidityPeriod::leaf(now());
    let issued = authority
        .issue(&profile, KeyKind::EcdsaP256, lifetime)
        .unwrap();
    let requested = request(&profile, KeyKind::EcdsaP256).unwrap();
    let text = format!("{authority:?} {issued:?} {requested:?}");
    for key in [authority.key(), &issued.key, &requested.key] {
        let pem = String::from_utf8(key.as_pem().to_vec()).unwrap();
        // The first line begins alike for every key of the kind.
        for line in pem.lines().filter(|line| !line.starts_with('-')).skip(1) {
            assert!(!text.contains(line));
        }
    }
}

/// Nothing that the checks know is wrong with what is generated, nor about to be.
#[test]
fn the_checks_find_nothing() {
    let domain: TrustDomain = "c.example.com".parse().unwrap();
    for kind in [KeyKind::EcdsaP256, KeyKind::EcdsaP384, KeyKind::Rsa2048] {
        let authority = Authority::generate(kind, ValidityPeriod::authority(now())).unwrap();
        let profiles = Role::ALL.map(|role| profile(role, Some(&domain)));
        let issued = profiles.each_ref().map(|profile| {
            authority
                .issue(profile, kind, ValidityPeriod::leaf(now()))
                .unwrap()
        });
        let names = profiles.each_ref().map(CertificateProfile::names);
        let identities = profiles.each_ref().map(CertificateProfile::identity);
        let materials: Vec<_> = (0..profiles.len())
            .map(|i| Material {
                role: profiles[i].role,
                ca: Some(authority.bundle().as_pem()),
                certificate: issued[i].certificate.as_pem(),
                key: Some(issued[i].key.as_pem()),
                names: &names[i],
                identity: &identities[i],
            })
            .collect();
        assert_eq!(check(&materials, &Policy::at(now())), []);
        // They do find what comes: the leaves' last month, and their end.
        let soon = check(&materials, &Policy::at(later(340)));
        assert_eq!(soon.len(), 6, "{soon:?}");
        assert!(soon.iter().all(|finding| finding.code == Code::ExpiresSoon));
        let over = check(&materials, &Policy::at(later(366)));
        assert!(over.iter().all(|finding| finding.code == Code::Expired));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever the role, the names and the days: the leaf has its role's usages.
    #[test]
    fn every_leaf_has_the_usages_of_its_role(
        role in prop::sample::select(&Role::ALL[..]),
        kind in prop::sample::select(&[KeyKind::EcdsaP256, KeyKind::EcdsaP384][..]),
        names in prop::collection::vec("(\\*\\.)?[a-z][a-z0-9-]{0,20}[a-z0-9](\\.[a-z]{2,8}){1,3}", 1..4),
        addresses in prop::collection::vec(any::<[u8; 4]>(), 0..3),
        domain in prop::option::of("[a-z0-9_-]{1,10}(\\.[a-z0-9_-]{1,10}){0,2}"),
        number in 1u16..5000,
    ) {
        let mut hosts: Vec<Host> = names.iter().map(|name| host(name)).collect();
        hosts.extend(addresses.iter().map(|bytes| Host::Ip((*bytes).into())));
        let domain = domain.map(|domain| domain.parse::<TrustDomain>().unwrap());
        let profile = CertificateProfile::new(role, &hosts, domain.as_ref()).unwrap();
        let authority = authority();
        let lifetime = ValidityPeriod { now: now(), days: days(number) };
        let issued = authority.issue(&profile, kind, lifetime).unwrap();
        let bundle = CertificateChain::from_pem(authority.bundle().as_pem()).unwrap();
        let (leaf, ca) = (x509(&issued.certificate), x509(&bundle));
        assert_leaf(role, kind, &leaf, &ca);
        prop_assert!(leaf.validity().not_after <= ca.validity().not_after);
        prop_assert_eq!(CertificateProfile::of_certificate(role, &issued.certificate).unwrap(), profile);
    }

    /// No text makes a name panic, and what is accepted is kept.
    #[test]
    fn any_text_is_a_name_or_an_error(text in "\\PC{0,40}") {
        if let Ok(host) = text.parse::<Host>() {
            prop_assert_eq!(host.to_string().parse::<Host>(), Ok(host));
        }
    }
}
