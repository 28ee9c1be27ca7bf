//! Dates, for people.

use cnx_certs::UnixTime;
use time::OffsetDateTime;

/// As `2027-11-24`, in UTC.
pub(crate) fn day(time: UnixTime) -> String {
    let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    match OffsetDateTime::from_unix_timestamp(seconds) {
        Ok(time) => time.date().to_string(),
        Err(_) => "for ever".to_owned(),
    }
}
