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
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests read files"
)]

mod aggregated_server;
mod browser;
mod certificates;
mod check;
mod circle;
mod client_config;
mod commands;
mod common;
mod completions;
mod config;
mod corpus;
mod doors;
mod etcd;
mod etcd_server;
mod examples;
mod explain;
mod exposed;
mod files;
mod flags;
mod generate;
mod git_ignore;
mod host;
mod hostile;
mod inspect;
mod interactive;
mod key;
mod krm;
mod large;
mod live;
mod manager;
mod manager_page;
mod manifests;
mod names;
mod own_ca;
mod picture;
mod programs;
mod readme;
mod remedies;
mod report;
mod rotation;
mod said;
mod schemas;
mod sets;
mod typed;
mod typha;
mod typha_rules;
mod utf16;
mod verify;
mod writer;
