//! The checks of a role's material, by the rules of its verifier.

mod form;
mod name;
mod pair;
mod presented;
mod report;
mod size;
mod trust;
mod usage;
mod validity;
mod verify;

use crate::certificate::Certificate;
use crate::code::Code;
use crate::finding::{Finding, Part};
use crate::pem::{CaCertificates, CertificateChain, PrivateKey};
use crate::policy::Policy;
use crate::role::{Material, Role};
pub use pair::{PairError, check_pair};
use presented::Presented;
use report::{At, Report};
pub(crate) use size::message;
pub(crate) use verify::{Expectation, usable, verify};

/// Checks the material of all roles of a run, and tells everything that is wrong
/// at once. Without a finding of [`Severity::Error`](crate::Severity::Error) the
/// other side accepts the certificate.
///
/// ```
/// use cnx_certs::{Code, Identity, Material, Policy, Role, UnixTime, check};
/// let material = Material {
///     role: Role::ApiServer,
///     ca: Some(b"-----BEGIN CERTIFICATE-----\n"),
///     certificate: b"LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg==",
///     key: None,
///     names: &["cnx-api.kube-system.svc".to_owned()],
///     identity: &Identity::default(),
/// };
/// let policy = Policy::at(UnixTime::since_unix_epoch(std::time::Duration::from_secs(1_700_000_000)));
/// let codes: Vec<_> = check(&[material], &policy).iter().map(|finding| finding.code).collect();
/// assert_eq!(codes, [Code::TruncatedPem, Code::Base64OfPem]);
/// ```
#[must_use]
pub fn check(materials: &[Material<'_>], policy: &Policy) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut keys: Vec<(Vec<u8>, Role)> = Vec::new();
    for material in materials {
        let mut report = Report::new(material.role, material.names);
        let key = check_one(material, policy, &mut report);
        if let Some((key, line)) = key {
            let other = keys
                .iter()
                .find(|(other, role)| *other == key && *role != report.role);
            if let Some((_, other)) = other {
                shared_key(&mut report, *other, line);
            }
            keys.push((key, material.role));
        }
        findings.append(&mut report.findings);
    }
    findings
}

/// Checks one role's material. Returns its public key and where it stands.
fn check_one(
    material: &Material<'_>,
    policy: &Policy,
    report: &mut Report,
) -> Option<(Vec<u8>, usize)> {
    let ca = material
        .ca
        .and_then(|pem| report.read(Part::Ca, CaCertificates::for_role(material.role, pem)));
    let chain = report.read(
        Part::Certificate,
        CertificateChain::from_pem(material.certificate),
    );
    let key = material
        .key
        .and_then(|pem| report.read(Part::Key, PrivateKey::from_pem(pem)));
    report.unused(Part::Ca, ca.as_ref().map_or(&[], CaCertificates::warnings));
    report.unused(
        Part::Certificate,
        chain.as_ref().map_or(&[], CertificateChain::warnings),
    );
    report.unused(Part::Key, key.as_ref().map_or(&[], PrivateKey::warnings));
    size::check(report, material);
    if report.role == Role::Manager && material.certificate.ends_with(b"-----") {
        let lines = material.certificate.split(|byte| *byte == b'\n').count();
        report.error(
            Code::MissingLineBreak,
            At {
                part: Part::Certificate,
                line: lines,
            },
            "it does not end with a line break, and the Manager reads the key right behind it",
            "add one: echo >> FILE",
        );
    }
    let trusted = ca.as_ref().map(|ca| Certificate::all(ca.der(), ca.lines()));
    form::check_signers(report, Part::Ca, trusted.as_deref().unwrap_or_default());
    for error in ca.iter().flat_map(CaCertificates::unreadable) {
        report.fatal_to_etcd(error);
    }
    let chain = chain?;
    let certificates = Certificate::all(chain.der(), chain.lines());
    let (leaf, intermediates) = certificates.split_first()?;
    let presented = Presented {
        leaf,
        intermediates,
        trusted: trusted.as_deref(),
        pair: key
            .as_ref()
            .and_then(|key| Some((check_pair(&chain, key).err()?, key.line()))),
        names: material.names,
        identity: material.identity,
    };
    presented.check(policy, report)?;
    Some((leaf.spki().to_vec(), leaf.line))
}

fn shared_key(report: &mut Report, other: Role, line: usize) {
    let part = Part::Certificate;
    report.warning(
        Code::SharedKey,
        At { part, line },
        format!(
            "the roles {other} and {} use the same private key",
            report.role
        ),
        "give each role a key of its own, so that one that leaks is one to replace",
    );
}
