//! Tests of the command, in one binary.

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

mod client_config;
mod common;
mod corpus;
mod etcd;
mod etcd_server;
mod files;
mod key;
mod manager;
mod manifests;
mod programs;
mod typha;
