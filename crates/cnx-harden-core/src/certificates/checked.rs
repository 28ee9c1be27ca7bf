//! With the feature `certificates`: what `cnx-certs` makes of them.

pub(crate) use cnx_certs::check;

use cnx_certs::{Entry, UnixTime, inspect};

use super::Seen;

/// Whether certificates are checked.
pub(crate) const CHECKED: bool = true;

/// The certificates in a file, in its order.
pub(crate) fn seen(pem: &[u8], now: UnixTime) -> Vec<Seen> {
    let entries = inspect(pem, now).unwrap_or_default();
    let found = entries.into_iter().filter_map(|entry| match entry {
        Entry::Certificate(info) => Some(Seen {
            subject: info.subject,
            names: info.names,
            issuer: info.issuer,
            not_after: info.validity.not_after,
            days_left: info.validity.days_left,
            valid: info.validity.valid,
            self_signed: info.self_signed,
        }),
        _ => None,
    });
    found.collect()
}
