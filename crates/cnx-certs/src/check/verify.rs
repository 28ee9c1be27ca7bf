//! The checks of a chain in a handshake: those of its files again, by the same
//! sequence.

use rustls_pki_types::CertificateDer;

use super::presented::Presented;
use super::report::Report;
use super::{Policy, form, usage};
use crate::certificate::Certificate;
use crate::code::Code;
use crate::finding::{Details, Finding, Part, Severity};
use crate::role::{Identity, Role};

/// What a verifier goes by.
#[derive(Clone, Debug)]
pub(crate) struct Expectation {
    /// Whose certificate it is.
    pub(crate) role: Role,
    /// The certificates that are trusted.
    pub(crate) trusted: Vec<CertificateDer<'static>>,
    /// The names that it must cover.
    pub(crate) names: Vec<String>,
    /// What Typha and Felix compare with.
    pub(crate) identity: Identity,
    pub(crate) policy: Policy,
}

/// The subjects of the chain that verifies, the certificate's first, the trusted
/// one's last; or the first reason to refuse it.
pub(crate) fn verify(
    chain: &[CertificateDer<'static>],
    expectation: &Expectation,
) -> Result<Vec<String>, Finding> {
    let mut report = Report::new(expectation.role, &expectation.names);
    // There are no lines here: these tell the certificates apart.
    let numbers: Vec<_> = (1..=chain.len()).collect();
    let certificates = Certificate::all(chain, &numbers);
    let trusted = Certificate::all(&expectation.trusted, &[]);
    let Some((leaf, intermediates)) = certificates.split_first() else {
        return Err(Finding {
            code: Code::BadCertificate,
            severity: Severity::Error,
            role: expectation.role,
            part: Part::Certificate,
            line: 1,
            details: Details::default(),
            message: "Go does not read this certificate".to_owned(),
            help: "look at it: openssl x509 -in FILE -noout -text".into(),
        });
    };
    let presented = Presented {
        leaf,
        intermediates,
        trusted: Some(&trusted),
        pair: None,
        names: &expectation.names,
        identity: &expectation.identity,
    };
    let issuers = presented.check(&expectation.policy, &mut report);
    let mut findings = report.findings.into_iter();
    match findings.find(|finding| finding.severity == Severity::Error) {
        Some(finding) => Err(Finding { line: 1, ..finding }),
        None => {
            let issuers = issuers.iter().flatten();
            let above = issuers.map(|(_, issuer)| issuer.subject());
            Ok(std::iter::once(leaf.subject()).chain(above).collect())
        }
    }
}

/// The roles that a certificate is fit for by itself, as the checks judge it. A CA's
/// own certificate is for none.
pub(crate) fn usable(certificate: &Certificate<'_>) -> Vec<Role> {
    let allowed = |role: &Role| {
        let mut report = Report::new(*role, &[]);
        form::check_leaf(&mut report, certificate, &[]);
        usage::check(&mut report, certificate);
        let named = match role {
            Role::ApiServer | Role::EtcdServer | Role::Manager => certificate.has_host_names(),
            Role::EtcdClient | Role::TyphaServer | Role::TyphaClient => true,
        };
        let mut findings = report.findings.iter();
        named
            && !findings.any(|finding| {
                finding.severity == Severity::Error
                    || matches!(finding.code, Code::KeyUsage | Code::CaAsLeaf)
            })
    };
    Role::ALL.into_iter().filter(allowed).collect()
}
