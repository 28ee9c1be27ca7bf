//! What the values that manifests hold say, and whether it would work.

use cnx_certs::{Entry, Identity, Material, Policy, Role, Severity, check, inspect};

use super::model::{Certificate, Lifetime};
use super::read::spot;
use crate::wired::Held;

/// The certificates in a value.
pub(super) fn read(held: Option<&Held>, purpose: &str, policy: &Policy) -> Vec<Certificate> {
    let Some(held) = held else {
        return Vec::new();
    };
    let entries = inspect(held.bytes(), policy.now).unwrap_or_default();
    let found = entries.into_iter().filter_map(|entry| match entry {
        Entry::Certificate(info) => Some(info),
        _ => None,
    });
    let soon = i64::try_from(policy.expires_within.as_secs() / 86_400).unwrap_or(i64::MAX);
    let found = found.map(|info| Certificate {
        purpose: purpose.to_owned(),
        lifetime: match info.validity.days_left {
            _ if !info.validity.valid => Lifetime::NotValid,
            days if days < soon => Lifetime::ExpiresSoon,
            _ => Lifetime::Valid,
        },
        subject: info.subject,
        names: info.names,
        issuer: info.issuer,
        not_after: info.validity.not_after,
        days_left: info.validity.days_left,
        place: spot(held),
    });
    found.collect()
}

/// Whether the first certificate in a value is signed with its own key.
pub(super) fn is_self_signed(held: &Held, policy: &Policy) -> bool {
    let entries = inspect(held.bytes(), policy.now).unwrap_or_default();
    matches!(entries.first(), Some(Entry::Certificate(info)) if info.self_signed)
}

/// One side's files, and what is expected of them.
pub(super) struct Files<'f> {
    pub(super) role: Role,
    pub(super) ca: Option<&'f Held>,
    pub(super) certificate: &'f Held,
    pub(super) key: &'f Held,
    pub(super) names: &'f [String],
    pub(super) identity: &'f Identity,
}

/// Why the other side would not take the certificate; none where it would.
pub(super) fn fault(files: &Files<'_>, policy: &Policy) -> Option<String> {
    let material = Material {
        role: files.role,
        ca: files.ca.map(Held::bytes),
        certificate: files.certificate.bytes(),
        key: Some(files.key.bytes()),
        names: files.names,
        identity: files.identity,
    };
    let mut errors = check(&[material], policy)
        .into_iter()
        .filter(|finding| finding.severity == Severity::Error);
    let error = errors.next()?;
    Some(format!("{} [{}]", error.message, error.code))
}
