//! Tests of PEM files and keys, in one binary.

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

mod authority;
mod generate;
mod handshake;
mod pem;
