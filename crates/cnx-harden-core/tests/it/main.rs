//! Tests of the edits of the vendor's page, in one binary.

#![cfg(feature = "certificates")]
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

mod aggregated;
mod aliases;
mod api;
mod audit;
mod audit_corpus;
mod audit_suppress;
mod audit_unrelated;
mod cases;
mod client_config;
mod common;
mod config;
mod corpus;
mod doors;
mod etcd_corpus;
mod etcd_model;
mod etcd_states;
mod examples;
mod forms;
mod growth;
mod half_applied;
mod half_checked;
mod hostile_names;
mod krm;
mod manager_corpus;
mod material;
mod modules;
mod operator;
mod own;
mod parity;
mod parity_apis;
mod published;
mod redact;
mod runs;
mod sift;
mod suite_places;
mod together;
mod traffic;
mod typha_corpus;
mod typha_halves;
mod wired;
#[allow(
    dead_code,
    reason = "the events are compared by yaml-splice's own tests"
)]
#[path = "../../../yaml-splice/tests/it/yaml_suite.rs"]
mod yaml_suite;
