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

mod cases;
mod common;
mod config;
mod corpus;
mod doors;
mod published;
mod redact;
mod typha_corpus;
mod wired;
