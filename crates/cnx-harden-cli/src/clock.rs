//! The one place that asks for the time.

use cnx_certs::UnixTime;

/// The time as of which certificates must be valid.
pub(crate) fn now() -> UnixTime {
    UnixTime::now()
}
