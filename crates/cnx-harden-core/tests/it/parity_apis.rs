//! The doors agree on API servers that are not CNX's: what `check` finds is what keeps
//! `report` below its goal, and after `apply`, of own files or by cert-manager, both are
//! content, and `certs verify` too.

use cnx_harden_core::aggregated::{IssuerRef, Profile, Strategy, Trust};
use cnx_harden_core::audit::AuditFinding;
use cnx_harden_core::traffic::{Connection, Link, State, TrafficOptions};
use cnx_harden_core::{
    ApiService, ApiServices, Code, Hardening, Manifests, Names, Severity, Source, harden,
};

use crate::material;
use crate::parity::{Set, as_from_kustomize, as_list, now, sets};

/// What an audit says of such a server.
fn is_of_others(found: &AuditFinding) -> bool {
    let codes = [
        Code::InsecureSkipTlsVerify,
        Code::InsecureBesideCaBundle,
        Code::MissingCaBundle,
        Code::ServerWithoutCertificate,
        Code::UnexpectedValue,
        Code::NotBase64,
        Code::Placeholder,
    ];
    let finding = &found.finding;
    let matters = finding.severity <= Severity::Warning && found.channel.is_none();
    let of_certificates = matches!(finding.code, Code::Certificate(_));
    matters && (of_certificates || codes.contains(&finding.code))
}

fn found(set: &Set, manifests: &Manifests<'_>) -> Vec<AuditFinding> {
    let audit = manifests.audit(&set.options());
    let accepted = audit.suppressed.into_iter().map(|accepted| accepted.found);
    let all = audit.findings.into_iter().chain(accepted);
    all.filter(is_of_others).collect()
}

fn drawn(set: &Set, manifests: &Manifests<'_>, found: &[AuditFinding]) -> Connection {
    let options = TrafficOptions {
        names: set.names.clone(),
        ..TrafficOptions::at(now())
    };
    let traffic = manifests.traffic(&options, found);
    let link = Link::KubeApiserverOtherApis;
    traffic.connection(link).unwrap().clone()
}

fn lines(found: &[AuditFinding]) -> String {
    let lines = found.iter().map(|f| f.finding.to_string());
    lines.collect::<Vec<_>>().join("\n    ")
}

/// The APIServices of one server, as `certs generate --for` finds them.
fn hardenings(set: &Set, manifests: &Manifests<'_>) -> Vec<(Hardening, Vec<String>)> {
    let needs = manifests.needs(&set.names).api_services;
    let of = |trust: &dyn Fn(&[String]) -> Trust| {
        let asked = needs.iter().flat_map(|need| {
            let trust = trust(&need.names);
            let names = need.api_services.iter();
            names.map(move |name| ApiService::new(name.clone(), trust.clone()))
        });
        let asked: Vec<_> = asked.collect();
        let names: Vec<String> = asked.iter().map(|asked| asked.name.clone()).collect();
        let api_services = ApiServices {
            asked,
            profiles: Vec::new(),
        };
        let hardening = Hardening {
            api_services: Some(api_services),
            ..Hardening::default()
        };
        (hardening, names)
    };
    let own = of(&|names| Trust::Own(material::serving(names)));
    let issued = of(&|_| {
        Trust::CertManager(IssuerRef {
            name: "cluster-ca".into(),
            kind: None,
            group: None,
        })
    });
    let all = [own, issued].into_iter();
    all.filter(|(_, names)| !names.is_empty()).collect()
}

fn look(set: &Set, hardened: &mut usize) -> Vec<String> {
    let sources = set.sources();
    let manifests = Manifests::read(&sources);
    let mut wrong = Vec::new();
    let told = found(set, &manifests);
    let before = drawn(set, &manifests, &told);
    if before.state < State::Unknown && told.is_empty() {
        let why = before.worst().map_or("", |way| way.reason.as_str());
        wrong.push(format!("report is below the goal, check is silent: {why}"));
    }
    let errors = told
        .iter()
        .filter(|f| f.finding.severity == Severity::Error);
    if before.state >= State::Verified && before.state != State::Absent && errors.count() > 0 {
        let told = lines(&told);
        wrong.push(format!("check finds, report is at the goal:\n    {told}"));
    }
    for (hardening, names) in hardenings(set, &manifests) {
        let Ok(run) = manifests.harden(&hardening) else {
            continue;
        };
        *hardened += 1;
        let texts = set.texts.iter().zip(&run.outputs);
        let after = Set {
            texts: texts
                .map(|((name, _), o)| (name.clone(), o.text.clone()))
                .collect(),
            ..set.clone()
        };
        let sources = after.sources();
        let manifests = Manifests::read(&sources);
        let mut left = found(&after, &manifests);
        // Of those that were not asked for, all is as before.
        let known = |f: &AuditFinding| told.iter().any(|t| t.finding.message == f.finding.message);
        let asked = |f: &AuditFinding| {
            let id = f.finding.resource.as_ref();
            id.is_some_and(|id| id.kind == "APIService" && names.contains(&id.name))
        };
        left.retain(|f| asked(f) || !known(f));
        if !left.is_empty() {
            wrong.push(format!("after apply, check finds:\n    {}", lines(&left)));
        }
        for way in drawn(&after, &manifests, &[]).ways {
            let is_asked = names.iter().any(|name| way.what.ends_with(name.as_str()));
            if is_asked && way.state != State::Verified {
                let (state, reason) = (way.state, way.reason);
                wrong.push(format!("after apply, report says {state}: {reason}"));
            }
        }
        match manifests.harden(&hardening) {
            Ok(again) if again.outputs.iter().all(|output| !output.changed) => {}
            Ok(_) => wrong.push("the second run changes something".to_owned()),
            Err(error) => wrong.push(format!("the second run is refused: {error}")),
        }
    }
    wrong
}

#[test]
fn the_doors_agree_on_other_api_servers() {
    let only = std::env::var("PARITY").unwrap_or_default();
    let mut failures = Vec::new();
    let mut hardened = 0;
    let is_one = |set: &Set| {
        set.texts
            .iter()
            .any(|(_, text)| text.contains("APIService"))
    };
    for set in sets()
        .iter()
        .filter(|set| is_one(set) && set.name.contains(&only))
    {
        let others = [as_list(set), as_from_kustomize(set)];
        for variant in std::iter::once(set).chain(others.iter().flatten()) {
            let wrong = look(variant, &mut hardened).into_iter();
            failures.extend(wrong.map(|wrong| format!("{}: {wrong}", variant.name)));
        }
    }
    assert!(hardened >= 100 || !only.is_empty(), "{hardened}");
    let count = failures.len();
    assert!(
        failures.is_empty(),
        "{count} of them:\n{}",
        failures.join("\n")
    );
}

/// A server of its own, hardened, with the certificate for `names`.
fn metrics_server(names: &[&str]) -> String {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../manifests/upstream/metrics-server.yaml"
    );
    let text = std::fs::read_to_string(path).unwrap();
    let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
    let trust = Trust::Own(material::serving(&names));
    let hardening = Hardening {
        api_services: Some(ApiServices {
            asked: vec![ApiService::new("v1beta1.metrics.k8s.io", trust)],
            profiles: Vec::new(),
        }),
        ..Hardening::default()
    };
    let source = Source {
        name: "-",
        text: &text,
    };
    harden(&[source], &hardening).unwrap().outputs[0]
        .text
        .clone()
}

/// What is wrong by `check`, and what `report` says.
fn said(text: &str) -> (Vec<&'static str>, State, usize) {
    let set = Set {
        name: "-".to_owned(),
        texts: vec![("-".to_owned(), text.to_owned())],
        names: Names::default(),
    };
    let sources = set.sources();
    let manifests = Manifests::read(&sources);
    let found = found(&set, &manifests);
    let codes = found.iter().map(|f| f.finding.code.as_str()).collect();
    let state = drawn(&set, &manifests, &found).state;
    let verified = manifests.wired(&set.names);
    (codes, state, verified.sets.len())
}

#[test]
fn each_fault_of_another_server_is_found_and_drawn() {
    let name = "metrics-server.kube-system.svc";
    let good = metrics_server(&[name]);
    assert_eq!(said(&good), (vec![], State::Verified, 1));
    let other_name = metrics_server(&["metrics-server.monitoring.svc"]);
    let line = |text: &str, key: &str| {
        let mut lines = text.lines();
        let found = lines.find(|line| line.trim_start().starts_with(key));
        found.unwrap_or_else(|| panic!("{key}")).to_owned()
    };
    let with = |key: &str, value: &str| {
        let old = line(&good, key);
        let indent = &old[..old.len() - old.trim_start().len()];
        good.replace(&old, &format!("{indent}{key} {value}"))
    };
    let pki = |path: &str| {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/");
        crate::common::b64(&std::fs::read_to_string(format!("{root}{path}")).unwrap())
    };
    let without = |key: &str| good.replace(&(line(&good, key) + "\n"), "");
    let key_of_other = line(&other_name, "tls.key:");
    let cases = [
        (other_name.clone(), "name-mismatch"),
        (
            with("caBundle:", &pki("pki/other-ca.crt")),
            "unknown-issuer",
        ),
        (with("caBundle:", "bm8gUEVN"), "not-pem"),
        (with("caBundle:", "'---'"), "not-base64"),
        (with("tls.crt:", "bm8gUEVN"), "not-pem"),
        (with("tls.crt:", &pki("certs/expired/tls.crt")), "expired"),
        (
            with("tls.key:", key_of_other.trim().split_once(' ').unwrap().1),
            "key-mismatch",
        ),
        (without("tls.key:"), "server-without-certificate"),
        (without("- --tls-cert-file"), "server-without-certificate"),
        (
            good.replace("serving-certs/tls.crt", "serving-certs/other.crt"),
            "server-without-certificate",
        ),
        (
            good.replace("mountPath: /etc/serving-certs", "mountPath: /etc/others"),
            "server-without-certificate",
        ),
    ];
    for (number, (text, code)) in cases.iter().enumerate() {
        assert_ne!(*text, good, "{number}: {code}");
        let (codes, state, _) = said(text);
        assert!(codes.contains(code), "{number}: {code}: {codes:?}");
        assert_eq!(state, State::Broken, "{number}: {code}");
    }
    // Without the server, the Secret is known by its name.
    let alone = |text: &str| {
        let documents = yaml_splice::documents(text).map(|document| document.text());
        let kinds = ["kind: APIService", "kind: Secret"];
        let kept = documents.filter(|text| kinds.iter().any(|kind| text.contains(kind)));
        kept.map(|text| format!("---\n{}", text.trim_start_matches("---\n")))
            .collect::<String>()
    };
    assert_eq!(said(&alone(&good)), (vec![], State::Verified, 1));
    assert_eq!(said(&alone(&other_name)).1, State::Broken);
}

/// A server that a profile knows needs a certificate, whatever its flags say.
#[test]
fn a_profile_says_what_a_server_needs() {
    let text = metrics_server(&["metrics-server.kube-system.svc"]);
    let text = text.replace("--tls-cert-file=/", "--tls-cert-file=");
    let source = Source {
        name: "components.yaml",
        text: &text,
    };
    let manifests = Manifests::read(&[source]);
    let needs = manifests.needs(&Names::default());
    assert_eq!((needs.api_services.len(), needs.left_out.len()), (0, 1));
    let names = Names {
        profiles: vec![Profile {
            group: "metrics.k8s.io".into(),
            namespace: None,
            strategy: Strategy::FixedPath,
            folder: "/etc/serving-certs".into(),
            certificate: "tls.crt".into(),
            key: "tls.key".into(),
            secret: None,
            volume: None,
        }],
        ..Names::default()
    };
    let needs = manifests.needs(&names);
    assert_eq!((needs.api_services.len(), needs.left_out.len()), (1, 0));
}
