//! Tests of the edits of the vendor's page, in one binary.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "tests fail by panicking"
)]

mod audit;
mod audit_corpus;
mod audit_suppress;
mod audit_unrelated;
mod cases;
mod common;
mod corpus;
mod material;
mod published;
mod redact;
mod traffic;
mod typha_corpus;
mod wired;
