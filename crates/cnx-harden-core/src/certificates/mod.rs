//! The material's own checks: what `cnx-certs` finds, as findings of a run.

#[cfg(feature = "certificates")]
mod checked;
#[cfg(not(feature = "certificates"))]
mod unchecked;

#[cfg(feature = "certificates")]
pub(crate) use checked::{CHECKED, check, seen};
#[cfg(not(feature = "certificates"))]
pub(crate) use unchecked::{CHECKED, check, seen};

use std::collections::{BTreeMap, BTreeSet};

use cnx_certs::{Identity, Part, Policy, Role, Severity};

use crate::finding::{Code, Finding};
use crate::material::{CaBundle, Certificate, PrivateKey};
use crate::place::Place;

/// How the material is checked before anything is written. Without the feature
/// `certificates` nothing can be checked, and nobody can make one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CertificateChecks {
    /// The time, and how long the certificates should last.
    pub policy: Policy,
    /// Errors that are accepted, by their codes. They are reported as allowed.
    pub allow: BTreeSet<cnx_certs::Code>,
}

impl CertificateChecks {
    /// All checks as of this time; nothing is allowed.
    #[cfg(feature = "certificates")]
    #[must_use]
    pub const fn at(now: cnx_certs::UnixTime) -> Self {
        Self {
            policy: Policy::at(now),
            allow: BTreeSet::new(),
        }
    }
}

/// What a certificate in a file says.
pub(crate) struct Seen {
    pub(crate) subject: String,
    pub(crate) names: Vec<String>,
    pub(crate) issuer: String,
    pub(crate) not_after: String,
    pub(crate) days_left: i64,
    pub(crate) valid: bool,
    pub(crate) self_signed: bool,
}

/// What one role of a channel presents, and what is expected of it.
#[derive(Clone, Debug)]
pub(crate) struct Presented<'m> {
    pub(crate) role: Role,
    /// None where it is not known what the other side trusts.
    pub(crate) ca: Option<&'m CaBundle>,
    pub(crate) certificate: &'m Certificate,
    pub(crate) key: &'m PrivateKey,
    /// The names that the other side asks for.
    pub(crate) names: Vec<String>,
    /// What Typha and Felix compare with.
    pub(crate) identity: Identity,
    /// The files that say what is to be in the certificate, of an API server that is not
    /// CNX's.
    pub(crate) inputs: Vec<String>,
}

impl Presented<'_> {
    fn file(&self, part: Part) -> String {
        let (name, what) = match part {
            Part::Ca => (self.ca.and_then(CaBundle::name), "CA"),
            Part::Certificate => (self.certificate.name(), "certificate"),
            Part::Key => (self.key.name(), "key"),
        };
        name.map_or_else(|| format!("({} {what})", self.role), str::to_owned)
    }
}

/// Checks all that is presented. A finding names a role: of several servers in one role,
/// each is checked in a round of its own.
pub(crate) fn check_presented(
    presented: &[Presented<'_>],
    checks: &CertificateChecks,
) -> Vec<Finding> {
    let mut count: BTreeMap<Role, usize> = BTreeMap::new();
    let mut rounds: BTreeMap<usize, Vec<&Presented<'_>>> = BTreeMap::new();
    for one in presented {
        let count = count.entry(one.role).or_default();
        rounds.entry(*count).or_default().push(one);
        *count += 1;
    }
    let findings = rounds.values().flat_map(|round| check_round(round, checks));
    findings.collect()
}

fn check_round(presented: &[&Presented<'_>], checks: &CertificateChecks) -> Vec<Finding> {
    let materials = presented.iter().map(|one| cnx_certs::Material {
        role: one.role,
        ca: one.ca.map(CaBundle::pem),
        certificate: one.certificate.pem(),
        key: Some(one.key.pem()),
        names: &one.names,
        identity: &one.identity,
    });
    let found = check(&materials.collect::<Vec<_>>(), &checks.policy);
    let findings = found.into_iter().map(|finding| {
        let one = presented.iter().find(|one| one.role == finding.role);
        let allowed = finding.severity == Severity::Error && checks.allow.contains(&finding.code);
        Finding {
            code: Code::Certificate(finding.code),
            severity: match allowed {
                true => Severity::Warning,
                false => finding.severity,
            },
            allowed,
            resource: None,
            place: Box::new(Place::line(
                one.map_or_else(String::new, |one| one.file(finding.part)),
                finding.line,
            )),
            details: Box::new(finding.details.into()),
            message: finding.message,
            help: one.map_or(finding.help.clone(), |one| {
                finding.help.made_for(&one.inputs)
            }),
        }
    });
    findings.collect()
}
