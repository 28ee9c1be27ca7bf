//! Authorities of one's own, intermediates, and answers to requests.

use cnx_certs::generate::{
    Authority, CertificateProfile, GenerateError, KeyKind, TrustDomain, ValidityPeriod, join,
    request,
};
use cnx_certs::{CertificateChain, Door, PairError, PrivateKey, Role, check_pair};
use rcgen::{BasicConstraints, CertificateParams, CertificateSigningRequestParams, DnType, IsCa};
use rcgen::{Issuer, KeyPair, KeyUsagePurpose};

use crate::generate::{assert_leaf, later, now, profile, x509};

fn ca(change: impl FnOnce(&mut CertificateParams)) -> (CertificateChain, PrivateKey) {
    let pair = KeyPair::generate().unwrap();
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.not_before = rcgen::date_time_ymd(2025, 1, 1);
    params.not_after = rcgen::date_time_ymd(2035, 1, 1);
    change(&mut params);
    let pem = params.self_signed(&pair).unwrap().pem();
    (
        CertificateChain::from_pem(pem.as_bytes()).unwrap(),
        PrivateKey::from_pem(pair.serialize_pem().as_bytes()).unwrap(),
    )
}

#[test]
fn an_own_authority_must_be_one() {
    let (chain, key) = ca(|_| {});
    let own = Authority::new(chain.clone(), key, now()).unwrap();
    let profile = profile(Role::ApiServer, None);
    let issued = own
        .issue(&profile, KeyKind::EcdsaP256, ValidityPeriod::leaf(now()))
        .unwrap();
    assert_leaf(
        Role::ApiServer,
        KeyKind::EcdsaP256,
        &x509(&issued.certificate),
        &x509(&chain),
    );
    assert_eq!(own.bundle().as_pem(), chain.as_pem());
    let refused = |(chain, key), wanted: GenerateError| {
        let error = Authority::new(chain, key, now()).unwrap_err();
        assert_eq!(error, wanted);
        assert!(!error.help().to_string().is_empty());
    };
    refused(
        (chain, ca(|_| {}).1),
        GenerateError::Pair(PairError::Mismatch),
    );
    refused(
        ca(|params| params.is_ca = IsCa::ExplicitNoCa),
        GenerateError::NotACa,
    );
    refused(
        ca(|params| params.is_ca = IsCa::NoCa),
        GenerateError::NotACa,
    );
    refused(
        ca(|params| params.key_usages = vec![KeyUsagePurpose::CrlSign]),
        GenerateError::MayNotSign,
    );
    let (from, to) = (
        rcgen::date_time_ymd(2026, 2, 1),
        rcgen::date_time_ymd(2025, 12, 31),
    );
    refused(
        ca(|params| params.not_before = from),
        GenerateError::NotYetValid(from.date()),
    );
    refused(
        ca(|params| params.not_after = to),
        GenerateError::Expired(to.date()),
    );
    // Keys of other kinds sign as well.
    for algorithm in [
        &rcgen::PKCS_ED25519,
        &rcgen::PKCS_ECDSA_P384_SHA384,
        &rcgen::PKCS_ECDSA_P521_SHA512,
        &rcgen::PKCS_RSA_SHA256,
    ] {
        let pair = KeyPair::generate_for(algorithm).unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = params.self_signed(&pair).unwrap().pem();
        let chain = CertificateChain::from_pem(pem.as_bytes()).unwrap();
        let key = PrivateKey::from_pem(pair.serialize_pem().as_bytes()).unwrap();
        let own = Authority::new(chain, key, now()).unwrap();
        own.issue(&profile, KeyKind::EcdsaP256, ValidityPeriod::leaf(now()))
            .unwrap();
    }
}

/// `CN=CA, DC=example, DC=com`: rcgen would write one `DC` alone, and no verifier
/// would find the issuer.
#[test]
fn an_authority_whose_name_cannot_be_repeated_is_refused() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/two-dc");
    let read = |name: &str| std::fs::read(format!("{path}/{name}")).unwrap();
    let chain = CertificateChain::from_pem(&read("ca.crt")).unwrap();
    let key = PrivateKey::from_pem(&read("ca.key")).unwrap();
    // It is valid from the end of 2026 on.
    let now = later(400);
    let own = Authority::new(chain, key, now).unwrap();
    let error = own
        .issue(
            &profile(Role::Manager, None),
            KeyKind::EcdsaP256,
            ValidityPeriod::leaf(now),
        )
        .unwrap_err();
    assert_eq!(error, GenerateError::AuthorityName);
    assert!(error.help().for_door(Door::Command).contains("--csr"));
}

/// An intermediate that signs: it goes behind each leaf, its root does not.
#[test]
fn an_intermediate_authority_follows_its_leaves() {
    let root_key = KeyPair::generate().unwrap();
    let mut root = CertificateParams::default();
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    root.distinguished_name.push(DnType::CommonName, "root");
    let root_pem = root.self_signed(&root_key).unwrap().pem();
    let (middle, middle_key) = middle(&Issuer::from_params(&root, &root_key));
    let chain = CertificateChain::from_pem((middle.clone() + &root_pem).as_bytes()).unwrap();
    let key = PrivateKey::from_pem(middle_key.serialize_pem().as_bytes()).unwrap();
    let own = Authority::new(chain, key, now()).unwrap();
    let issued = own
        .issue(
            &profile(Role::Manager, None),
            KeyKind::EcdsaP256,
            ValidityPeriod::leaf(now()),
        )
        .unwrap();
    assert_eq!(issued.certificate.der().len(), 2);
    assert!(issued.certificate.as_pem().ends_with(middle.as_bytes()));
    assert_eq!(own.bundle().as_pem(), (middle + &root_pem).as_bytes());
}

fn middle(root: &Issuer<'_, &KeyPair>) -> (String, KeyPair) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.distinguished_name.push(DnType::CommonName, "middle");
    (params.signed_by(&key, root).unwrap().pem(), key)
}

#[test]
fn requests_are_joined_by_their_keys() {
    let domain: TrustDomain = "example.com".parse().unwrap();
    let root_key = KeyPair::generate().unwrap();
    let mut root = CertificateParams::default();
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root_pem = root.self_signed(&root_key).unwrap().pem();
    let (middle_pem, middle_key) = middle(&Issuer::from_params(&root, &root_key));
    let middle = Issuer::from_ca_cert_pem(&middle_pem, &middle_key).unwrap();
    let (mut signed, mut keys) = (String::new(), Vec::new());
    for role in [Role::TyphaServer, Role::EtcdServer] {
        let wanted = profile(role, Some(&domain));
        let requested = request(&wanted, KeyKind::EcdsaP256).unwrap();
        let read = CertificateProfile::of_request(role, requested.request.as_bytes()).unwrap();
        assert_eq!(read, wanted);
        // rcgen verifies the request's signature, and takes over what it asks for.
        let csr = CertificateSigningRequestParams::from_pem(&requested.request).unwrap();
        let asked = &csr.params.extended_key_usages;
        assert!(asked.contains(&rcgen::ExtendedKeyUsagePurpose::ServerAuth));
        assert_eq!(asked.len(), if role == Role::EtcdServer { 2 } else { 1 });
        // The authority sends its chain first, and in any order.
        signed = root_pem.clone() + &middle_pem + &signed;
        signed += &csr.signed_by(&middle).unwrap().pem();
        keys.push((role, requested.key));
    }
    let signed = CertificateChain::from_pem(signed.as_bytes()).unwrap();
    let joined = join(&signed, &keys).unwrap();
    assert_eq!(joined.len(), 2);
    for (joined, (role, key)) in joined.iter().zip(&keys) {
        assert_eq!(joined.role, *role);
        check_pair(&joined.certificate, key).unwrap();
        assert_eq!(joined.certificate.der().len(), 2);
        assert!(joined.certificate.as_pem().ends_with(middle_pem.as_bytes()));
    }
    let stranger = request(&profile(Role::Manager, None), KeyKind::EcdsaP256).unwrap();
    assert_eq!(join(&signed, &[(Role::Manager, stranger.key)]), Ok(vec![]));
    for broken in [
        "",
        "x",
        "-----BEGIN CERTIFICATE REQUEST-----\nTUlJ\n-----END CERTIFICATE REQUEST-----\n",
    ] {
        let read = CertificateProfile::of_request(Role::Manager, broken.as_bytes());
        assert_eq!(read, Err(GenerateError::Unreadable));
    }
}
