//! Connections and rules of a caller's own.

use cnx_harden_core::audit::AuditOptions;
use cnx_harden_core::own::{Connection, Connections, Planning};
use cnx_harden_core::yaml_splice::Span;
use cnx_harden_core::{
    Code, Finding, Hardening, Manifests, Place, PrivateKey, Severity, Source, harden,
};

#[path = "../../examples/own_connection.rs"]
mod example;

#[test]
fn the_example_goes_through_all_doors() {
    insta::assert_snapshot!(example::run().unwrap());
}

/// Shows what a plan may say beside its edits.
#[derive(Debug)]
struct Remarks;

const KEY: &str = "AN OWN KEY";
const MANIFEST: &str = "kind: ConfigMap\nmetadata: {name: portal}\n";

impl Connection for Remarks {
    fn name(&self) -> &'static str {
        "remarks"
    }

    fn ends(&self) -> (&'static str, &'static str) {
        ("Portal", "directory")
    }

    fn needles(&self) -> Vec<&str> {
        vec!["portal"]
    }

    fn plan(&self, planning: &mut Planning<'_, '_>) {
        planning.hide(&PrivateKey::new(KEY));
        assert_eq!(format!("{planning:?}"), "Planning { .. }");
        let source = Source {
            name: "portal.yaml",
            text: MANIFEST,
        };
        let place = Place::new(&source, Span::at(0));
        let code = Code::Own("portal-of-old");
        let mut finding = Finding::new(code, place, "the portal is old", "update it");
        finding.severity = Severity::Warning;
        planning.find(finding);
    }
}

#[test]
fn a_connection_says_what_it_finds_at_each_door() {
    let source = Source {
        name: "portal.yaml",
        text: MANIFEST,
    };
    let hardening = Hardening {
        own: Connections::from(Remarks),
        ..Hardening::default()
    };
    let run = harden(&[source], &hardening).unwrap();
    let [told] = run.report.findings.as_slice() else {
        panic!("{:?}", run.report.findings);
    };
    assert_eq!(
        (told.code, told.severity),
        (Code::Own("portal-of-old"), Severity::Warning)
    );
    let options = AuditOptions {
        own: hardening.own.clone(),
        ..AuditOptions::default()
    };
    let report = Manifests::read(&[source]).audit(&options);
    let [found] = report.findings.as_slice() else {
        panic!("{:?}", report.findings);
    };
    assert_eq!(found.finding.severity, Severity::Warning);
    assert_eq!(found.finding.message, "the portal is old");
    assert_eq!(options.own, hardening.own);
    assert_ne!(options.own, Connections::from(Remarks));
}
