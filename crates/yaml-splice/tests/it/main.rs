//! Tests of reading and editing, in one binary.

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
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests read files"
)]

mod agreement;
mod agreement_edits;
mod agreement_generated;
mod cases;
mod combinations;
mod common;
mod corpus;
mod edits;
mod events;
mod example;
mod kubectl;
mod page;
mod properties;
mod reading;
mod resolve;
mod skim;
mod stream;
mod suite;
mod yaml_suite;
