//! What the certificates say that manifests hold.

use cnx_certs::{Entry, Policy, inspect};

use super::model::{Certificate, Lifetime, Place};
use crate::survey::Held;

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
        place: Place {
            file: held.file.clone(),
            line: held.line,
            column: held.column,
        },
    });
    found.collect()
}

/// Whether the first certificate in a value is signed with its own key.
pub(super) fn is_self_signed(held: &Held, policy: &Policy) -> bool {
    let entries = inspect(held.bytes(), policy.now).unwrap_or_default();
    matches!(entries.first(), Some(Entry::Certificate(info)) if info.self_signed)
}
