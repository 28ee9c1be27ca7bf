//! Tests of the checks, in one binary.

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
mod authority;
mod cases;
mod catalogue;
mod generate;
mod handshake;
mod inspect;
mod outside;
mod own_ca;
mod pages;
mod pem;
