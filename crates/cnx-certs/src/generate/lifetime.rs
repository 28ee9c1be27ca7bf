//! From when to when certificates are valid.

use std::num::NonZeroU16;

use rustls_pki_types::UnixTime;
use time::OffsetDateTime;
use x509_parser::time::ASN1Time;

use super::error::GenerateError;

/// From when to when a new certificate is to be valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ValidityPeriod {
    /// The time of issue.
    pub now: UnixTime,
    /// Counted from `now`.
    pub days: NonZeroU16,
}

impl ValidityPeriod {
    /// A year: what kubeadm gives the certificates of a cluster. It is longer than
    /// the time between two upgrades, at which components restart and read new
    /// certificates (none of CNX v2.3 reads them while it runs), and within the
    /// 398 days above which browsers have become suspicious.
    pub const LEAF_DAYS: NonZeroU16 = days(365);

    /// Ten years: what kubeadm gives its authorities.
    pub const AUTHORITY_DAYS: NonZeroU16 = days(3650);

    /// How long before `now` a certificate is valid already, in seconds: the
    /// clocks of nodes differ, and one that is late would refuse it.
    pub const CLOCK_SKEW: u64 = 5 * 60;

    /// The default of leaves: [`Self::LEAF_DAYS`] from now.
    #[must_use]
    pub const fn leaf(now: UnixTime) -> Self {
        Self {
            now,
            days: Self::LEAF_DAYS,
        }
    }

    /// The default of authorities: [`Self::AUTHORITY_DAYS`] from now.
    #[must_use]
    pub const fn authority(now: UnixTime) -> Self {
        Self {
            now,
            days: Self::AUTHORITY_DAYS,
        }
    }

    pub(super) fn validity(self) -> Result<Validity, GenerateError> {
        let now = self.now.as_secs();
        let end = now.checked_add(u64::from(self.days.get()) * 24 * 60 * 60);
        Ok(Validity {
            from: date(now.saturating_sub(Self::CLOCK_SKEW))?,
            to: date(end.ok_or(GenerateError::Date)?)?,
        })
    }
}

const fn days(number: u16) -> NonZeroU16 {
    match NonZeroU16::new(number) {
        Some(number) => number,
        None => NonZeroU16::MIN,
    }
}

/// X.509 has dates up to the year 9999.
fn date(seconds: u64) -> Result<OffsetDateTime, GenerateError> {
    let seconds = i64::try_from(seconds).map_err(|_| GenerateError::Date)?;
    OffsetDateTime::from_unix_timestamp(seconds).map_err(|_| GenerateError::Date)
}

/// The two dates of a certificate, both inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Validity {
    pub(super) from: OffsetDateTime,
    pub(super) to: OffsetDateTime,
}

impl Validity {
    pub(super) fn of(validity: &x509_parser::certificate::Validity) -> Self {
        let date = |time: &ASN1Time| time.to_datetime();
        Self {
            from: date(&validity.not_before),
            to: date(&validity.not_after),
        }
    }

    /// What both have in common: no certificate outlives its authority.
    pub(super) fn within(self, authority: Self) -> Self {
        Self {
            from: self.from.max(authority.from),
            to: self.to.min(authority.to),
        }
    }
}

/// A date as Unix time.
pub(super) fn unix(date: OffsetDateTime) -> UnixTime {
    let seconds = u64::try_from(date.unix_timestamp()).unwrap_or_default();
    UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds))
}
