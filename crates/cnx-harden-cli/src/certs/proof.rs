//! Certificates are checked before they are written.

use std::collections::BTreeMap;

use cnx_certs::generate::CertificateProfile;
use cnx_certs::{CaCertificates, CertificateChain, Finding, Material, Part, Policy, PrivateKey};
use cnx_certs::{Role, Severity, UnixTime, check};

use crate::error::{Error, Errors};
use crate::pki::{Pki, Place};

/// A certificate, its key, and what it must say.
pub(super) struct Pair<'p> {
    pub(super) place: &'p Place,
    pub(super) profile: &'p CertificateProfile,
    pub(super) certificate: &'p CertificateChain,
    pub(super) key: &'p PrivateKey,
}

/// Refuses what would not work; returns warnings, as lines.
pub(super) fn prove(
    pki: Pki<'_>,
    ca: &CaCertificates,
    pairs: &[Pair<'_>],
    now: UnixTime,
) -> Result<String, Errors> {
    let (mut errors, mut warnings) = (Vec::new(), String::new());
    for (place, finding) in found(ca, pairs, now) {
        let files = pki.files(place);
        let path = match finding.part {
            Part::Ca => files.ca.unwrap_or_else(|| pki.ca()),
            Part::Certificate => files.certificate,
            Part::Key => files.key,
        };
        let severity = finding.severity;
        let error = Error::Finding(path, finding);
        match severity {
            Severity::Error => errors.push(error),
            Severity::Warning => warnings.push_str(&format!("{error}\n")),
            Severity::Info => {}
        }
    }
    if errors.is_empty() {
        Ok(warnings)
    } else {
        Err(Errors(errors))
    }
}

/// What the checks find, with the place that it is about. A finding names a role: of
/// several servers in one role, each is checked in a round of its own.
fn found<'p>(
    ca: &CaCertificates,
    pairs: &'p [Pair<'p>],
    now: UnixTime,
) -> Vec<(&'p Place, Finding)> {
    let mut count: BTreeMap<Role, usize> = BTreeMap::new();
    let mut rounds: BTreeMap<usize, Vec<&Pair<'_>>> = BTreeMap::new();
    for pair in pairs {
        let count = count.entry(pair.profile.role).or_default();
        rounds.entry(*count).or_default().push(pair);
        *count += 1;
    }
    let mut all = Vec::new();
    for round in rounds.values() {
        let expected = round
            .iter()
            .map(|pair| (pair.profile.names(), pair.profile.identity()));
        let expected: Vec<_> = expected.collect();
        let materials = round
            .iter()
            .zip(&expected)
            .map(|(pair, (names, identity))| Material {
                role: pair.profile.role,
                ca: Some(ca.as_pem()),
                certificate: pair.certificate.as_pem(),
                key: Some(pair.key.as_pem()),
                names,
                identity,
            });
        for finding in check(&materials.collect::<Vec<_>>(), &Policy::at(now)) {
            let pair = round.iter().find(|pair| pair.profile.role == finding.role);
            all.extend(pair.map(|pair| (pair.place, finding)));
        }
    }
    all
}
