//! Validity. Dates are such that they hold for today's clock too, since that is
//! what Go and OpenSSL go by.

use super::super::draft::Draft;
use super::{Case, Cases, root, server};
use crate::Wrong;

const PAST: (&str, &str) = ("2019-01-01", "2020-01-01");
const FUTURE: (&str, &str) = ("2100-01-01", "2124-01-01");

pub(super) const CASES: Cases = &[
    ("expired", |name| {
        Case::usual(&server(name)?.valid(PAST.0, PAST.1))
    }),
    ("not-yet-valid", |name| {
        Case::usual(&server(name)?.valid(FUTURE.0, FUTURE.1))
    }),
    ("pinned-expired", |name| {
        Case::pinned(&server(name)?.valid(PAST.0, PAST.1))
    }),
    ("never-expires", |name| {
        Case::usual(&server(name)?.valid("2024-01-01", "9999-12-31"))
    }),
    ("expires-soon", |name| {
        Case::usual(&server(name)?.valid("2024-01-01", "2123-12-01"))
    }),
    ("ca-expired", |name| below_a_ca_of(name, PAST)),
    ("ca-not-yet-valid", |name| below_a_ca_of(name, FUTURE)),
    ("ca-expires-soon", |name| {
        let ca = root()?.valid("2024-01-01", "2123-12-01");
        Case::issued(&server(name)?.valid("2024-01-01", "2123-12-01"), &ca)
    }),
    ("intermediate-expired", |name| {
        let intermediate = super::authority("cnx-harden TEST intermediate")?;
        Case::below(&server(name)?, &intermediate.valid(PAST.0, PAST.1))
    }),
    ("outlives-ca", |name| {
        Case::issued(&server(name)?, &root()?.valid("2024-01-01", "2123-01-01"))
    }),
];

fn below_a_ca_of(name: &str, valid: (&'static str, &'static str)) -> Result<Case, Wrong> {
    let ca: Draft = root()?.valid(valid.0, valid.1);
    Case::issued(&server(name)?, &ca)
}
