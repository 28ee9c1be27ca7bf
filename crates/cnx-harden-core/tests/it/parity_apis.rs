//! The doors agree on API servers that are not CNX's: what `check` finds is what keeps
//! `report` below its goal, and after `apply`, of own files or by cert-manager, both are
//! content, and `certs verify` too.

use cnx_harden_core::aggregated::{IssuerRef, Trust};
use cnx_harden_core::audit::AuditFinding;
use cnx_harden_core::traffic::{Connection, Link, State, TrafficOptions};
use cnx_harden_core::{ApiService, ApiServices, Code, Hardening, Manifests, Severity};

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
