//! Without the feature `certificates`: nothing is known of them.

use cnx_certs::{Finding, Material, Policy, UnixTime};

use super::Seen;

/// Whether certificates are checked.
pub(crate) const CHECKED: bool = false;

/// No checks: nobody can ask for them.
pub(crate) const fn check(_: &[Material<'_>], _: &Policy) -> Vec<Finding> {
    Vec::new()
}

/// No certificates.
pub(crate) const fn seen(_: &[u8], _: UnixTime) -> Vec<Seen> {
    Vec::new()
}
