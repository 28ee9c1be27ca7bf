//! What we find in each case of the catalogue.

use std::collections::BTreeSet;
use std::path::Path;

use cnx_certs::{Code, Door};

use crate::catalogue::cases;

#[test]
fn each_case_has_the_findings_of_the_catalogue() {
    let mut wrong = Vec::new();
    let cases = cases();
    for case in &cases {
        let found = case.findings();
        let mut found: Vec<_> = found
            .iter()
            .map(|f| format!("{} {}", f.severity, f.code))
            .collect();
        found.sort();
        if found != case.expected.findings {
            let (name, expected) = (&case.name, &case.expected.findings);
            wrong.push(format!("{name}: expected {expected:?}, found {found:?}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
}

#[test]
fn ends_and_names_are_data_too() {
    let mut ends = 0;
    for finding in cases().iter().flat_map(|case| case.findings()) {
        let details = finding.details;
        match finding.code {
            Code::Expired | Code::ExpiresSoon | Code::CaExpiresSoon | Code::OutlivesCa => {
                ends += 1;
                assert!(details.not_after.is_some(), "{}", finding.message);
            }
            Code::IdentityMismatch => assert!(!details.expected.is_empty()),
            _ => assert_eq!(details.not_after, None),
        }
    }
    assert!(ends > 2, "{ends}");
}

#[test]
fn each_folder_is_in_the_catalogue() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/certs");
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap());
    let folders = entries.filter(|entry| entry.file_type().unwrap().is_dir());
    let folders: BTreeSet<_> = folders
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    let cases: BTreeSet<_> = cases().into_iter().map(|case| case.name).collect();
    assert_eq!(folders, cases);
}

#[test]
fn each_code_of_a_file_has_a_case() {
    // These are of a handshake, which no file shows.
    let others = [Code::HandshakeFailed, Code::HandshakeNotTried];
    let cases = cases();
    let has = |code: &Code| {
        let mut expected = cases.iter().flat_map(|case| &case.expected.findings);
        expected.any(|finding| finding.ends_with(&format!(" {code}")))
    };
    let without: Vec<_> = Code::ALL
        .iter()
        .filter(|code| !others.contains(code) && !has(code))
        .collect();
    assert!(without.is_empty(), "no case for {without:?}");
}

#[test]
fn there_are_enough_of_both() {
    let cases = cases();
    let (bad, good): (Vec<_>, Vec<_>) = cases.iter().partition(|case| {
        case.expected
            .findings
            .iter()
            .any(|f| f.starts_with("error"))
    });
    assert!(
        bad.len() >= 35 && good.len() >= 14,
        "{} bad, {} good",
        bad.len(),
        good.len()
    );
}

#[test]
fn each_case_says_what_it_is() {
    for case in cases() {
        assert!(case.expected.is.ends_with('.'), "{}", case.name);
    }
}

/// A certificate that thousands are asked for by does not get as many messages.
#[test]
fn of_many_names_a_few_are_told() {
    let cases = cases();
    let case = cases
        .iter()
        .find(|case| case.expected.findings.is_empty())
        .unwrap();
    let names: Vec<_> = (0..2_000).map(|n| format!("api.ns{n}.svc")).collect();
    let identity = cnx_certs::Identity::default();
    let material = case.material(cnx_certs::Role::ApiServer, &names, &identity);
    let policy = cnx_certs::Policy::at(cnx_certs::UnixTime::now());
    let found = cnx_certs::check(&[material], &policy);
    let names = found.iter().filter(|f| f.code == Code::NameMismatch);
    let texts: Vec<_> = names
        .map(|f| format!("{}\n{}", f.message, f.help.for_door(Door::Command)))
        .collect();
    assert_eq!(texts.len(), 6, "{texts:?}");
    assert!(texts.iter().all(|text| text.len() < 500), "{texts:?}");
    assert!(
        texts[0].contains("api.ns4.svc and 1995 more"),
        "{}",
        texts[0]
    );
    assert!(
        texts[5].contains("covers 1995 more of the names"),
        "{}",
        texts[5]
    );
}

/// What hides the issuer is what there is to be mended.
#[test]
fn a_block_that_is_passed_over_is_named_where_an_issuer_is_missing() {
    let cases = cases();
    let case = cases.iter().find(|case| case.name == "mark-in-the-middle");
    let found = case.unwrap().findings();
    let missing = found.iter().find(|one| one.code == Code::UnknownIssuer);
    let help = missing.unwrap().help.to_string();
    assert!(help.contains("of the CA file: a byte order mark"), "{help}");
    assert!(help.contains("sed -i"), "{help}");
}

/// etcd and its clients do not start with a block that is no certificate to Go.
#[test]
fn a_handshake_with_etcd_needs_each_block_of_the_ca_file() {
    let cases = cases();
    for (name, starts) in [("plain", true), ("etcd-crl-beside-ca", false)] {
        let case = cases.iter().find(|case| case.name == name).unwrap();
        let identity = cnx_certs::Identity::default();
        let names = [crate::catalogue::NAME.to_owned()];
        let material = case.material(cnx_certs::Role::EtcdServer, &names, &identity);
        let policy = cnx_certs::Policy::at(cnx_certs::UnixTime::now());
        let done = cnx_certs::connect(&[material], &policy);
        let [first, ..] = done.as_slice() else {
            panic!("{name}: nothing was tried");
        };
        let said = first.clone().worded(Door::Command);
        let Some(finding) = said.finding() else {
            assert!(starts && said.connected(), "{name}");
            continue;
        };
        let words = format!("{} {}", finding.message, finding.help);
        assert_eq!(
            words.contains("does not start: a block of the CA file"),
            !starts,
            "{words}"
        );
        assert!(
            starts || words.ends_with("see `cnx-harden explain skipped-block`"),
            "{words}"
        );
        assert_eq!(said.version.as_str(), "TLS 1.3");
    }
}

/// What is to be made again is made with the names of the manifests, by each door's words.
#[test]
fn help_says_what_to_make() {
    use cnx_certs::{Help, HelpPart, Make, Role};
    let help = |role, names: &[&str], again| {
        Help::new([HelpPart::Generate(Some(Make {
            role,
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            again,
        }))])
    };
    let start = "cnx-harden certs generate --pki pki --only";
    for (role, names, wanted) in [
        (Role::ApiServer, &[][..], "apiserver"),
        (Role::ApiServer, &["cnx-api.kube-system.svc"], "apiserver"),
        (
            Role::ApiServer,
            &["a.svc"],
            "apiserver --apiserver-name a.svc",
        ),
        (Role::EtcdServer, &[], "etcd-server --etcd-host HOST"),
        (Role::EtcdServer, &["a", "b"], "etcd-server --etcd-host a,b"),
        (Role::Manager, &[], "manager --manager-host HOST"),
        (
            Role::Manager,
            &["it's"],
            "manager --manager-host 'it'\\''s'",
        ),
        (Role::TyphaClient, &["a"], "typha-client"),
    ] {
        let made = help(role, names, false);
        assert_eq!(made.for_door(Door::Command), format!("{start} {wanted}"));
        let again = help(role, names, true).for_door(Door::Command);
        assert_eq!(again, format!("{start} {wanted} --force"));
        assert_eq!(made.to_string(), "cnx_certs::generate");
        assert_eq!(made.for_door(Door::Config), "cnx-harden certs generate");
    }
    let files = ["a b.yaml".to_owned(), "c.yaml".to_owned()];
    let own = help(Role::ApiServer, &[], true);
    assert_eq!(own.clone().made_for(&[]), own);
    assert_eq!(
        own.made_for(&files).for_door(Door::Command),
        "cnx-harden certs generate --pki pki --force --for 'a b.yaml' c.yaml"
    );
    let other = help(Role::Manager, &[], true);
    assert_eq!(other.clone().made_for(&files), other);
}
