//! What certificates are judged by.

use std::time::Duration;

use rustls_pki_types::UnixTime;

/// What the checks go by, apart from the material.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The time at which the material must work.
    pub now: UnixTime,
    /// How long it should work on; less is a warning. 30 days by default.
    pub expires_within: Duration,
}

impl Policy {
    /// Thirty days, the default of `expires_within`.
    pub const EXPIRES_WITHIN: Duration = Duration::from_secs(30 * 24 * 60 * 60);

    /// The policy at this time.
    #[must_use]
    pub const fn at(now: UnixTime) -> Self {
        Self {
            now,
            expires_within: Self::EXPIRES_WITHIN,
        }
    }
}
