//! What the certificates say that manifests hold.

use cnx_certs::Policy;

use super::model::{Certificate, Lifetime};
use crate::certificates::seen;
use crate::survey::Held;

/// The certificates in a value.
pub(super) fn read(held: Option<&Held>, purpose: &str, policy: &Policy) -> Vec<Certificate> {
    let Some(held) = held else {
        return Vec::new();
    };
    let soon = i64::try_from(policy.expires_within.as_secs() / 86_400).unwrap_or(i64::MAX);
    let found = seen(held.bytes(), policy.now).into_iter();
    let found = found.map(|one| Certificate {
        purpose: purpose.to_owned(),
        lifetime: match one.days_left {
            _ if !one.valid => Lifetime::NotValid,
            days if days < soon => Lifetime::ExpiresSoon,
            _ => Lifetime::Valid,
        },
        subject: one.subject,
        names: one.names,
        issuer: one.issuer,
        not_after: one.not_after,
        days_left: one.days_left,
        place: held.place.clone(),
    });
    found.collect()
}

/// Whether the first certificate in a value is signed with its own key.
pub(super) fn is_self_signed(held: &Held, policy: &Policy) -> bool {
    let seen = seen(held.bytes(), policy.now);
    seen.first().is_some_and(|first| first.self_signed)
}
