//! Audits: what manifests of any kind, in any state, leave unsecured.
//!
//! [`audit`] parses each document once, lets each of the [`rules`] look at all
//! objects together, and says what it found with its place in the text. It
//! changes nothing, and asks for no material.

pub mod document;
mod finding;
mod gap;
mod held;
mod options;
mod place;
mod private_key;
mod rule;
mod rules;
mod scene;
mod suppress;
mod typha;
mod value;

pub use finding::{Audit, AuditFinding, Suppressed, Suppression};
pub use options::{Allowance, AuditOptions};
pub use rules::{RuleInfo, rules};

use crate::inventory::Inventory;
use crate::source::Source;
use rule::Report;
use scene::Scene;

/// Looks at all of `sources` together: the objects may be spread over them.
///
/// ```
/// use cnx_harden_core::{Code, Source, audit};
/// let text = "\
/// apiVersion: apiregistration.k8s.io/v1
/// kind: APIService
/// metadata: {name: v1.example.com}
/// spec:
///   insecureSkipTLSVerify: true
/// ";
/// let audit = audit::audit(&[Source { name: "service.yaml", text }], &Default::default());
/// assert_eq!(audit.findings[0].finding.code, Code::InsecureSkipTlsVerify);
/// assert_eq!(audit.findings[0].finding.place.line, 5);
/// ```
#[must_use]
pub fn audit(sources: &[Source<'_>], options: &AuditOptions) -> Audit {
    run(&Inventory::read(sources), options)
}

/// The same, of what is read already.
pub(crate) fn run(inventory: &Inventory<'_>, options: &AuditOptions) -> Audit {
    let sources = &inventory.sources;
    let mut report = Report::new(options);
    scene::tell_unread(inventory, options, &mut report);
    let scene = Scene::new(inventory, options);
    report.stop(scene.gaps.stopped.clone());
    for rule in rules::all() {
        rule.check(&scene, &mut report);
    }
    let audit = suppress::sort_out(sources, options, report);
    let mut stopped = scene.gaps.stopped.clone();
    stopped.retain(|channel| {
        let mut findings = audit.findings.iter();
        findings.any(|found| found.channel == Some(*channel))
    });
    Audit {
        reading: inventory.reading(),
        objects: scene.about(),
        stopped,
        ..audit
    }
}
