//! Certificates are checked before they are written.

use cnx_certs::generate::Profile;
use cnx_certs::{CaBundle, CertificateChain, Material, Part, Policy, PrivateKey, Severity};
use cnx_certs::{UnixTime, check};

use crate::error::{Error, Errors};
use crate::pki::{PLACES, Pki};

/// A certificate, its key, and what it must say.
pub(super) struct Pair<'p> {
    pub(super) profile: &'p Profile,
    pub(super) certificate: &'p CertificateChain,
    pub(super) key: &'p PrivateKey,
}

/// Refuses what would not work; returns warnings, as lines.
pub(super) fn prove(
    pki: Pki<'_>,
    ca: &CaBundle,
    pairs: &[Pair<'_>],
    now: UnixTime,
) -> Result<String, Errors> {
    let expected: Vec<_> = pairs
        .iter()
        .map(|pair| (pair.profile.names(), pair.profile.identity()))
        .collect();
    let materials: Vec<_> = pairs
        .iter()
        .zip(&expected)
        .map(|(pair, (names, identity))| Material {
            role: pair.profile.role,
            ca: Some(ca.as_pem()),
            certificate: pair.certificate.as_pem(),
            key: Some(pair.key.as_pem()),
            names,
            identity,
        })
        .collect();
    let (mut errors, mut warnings) = (Vec::new(), String::new());
    for finding in check(&materials, &Policy::at(now)) {
        let place = PLACES.iter().find(|place| place.role == finding.role);
        let files = place.map(|place| pki.files(place));
        let path = files.and_then(|files| match finding.part {
            Part::Ca => files.ca,
            Part::Certificate => Some(files.certificate),
            Part::Key => Some(files.key),
        });
        let path = path.unwrap_or_else(|| pki.ca());
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
