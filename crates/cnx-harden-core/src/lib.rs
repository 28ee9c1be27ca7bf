//! The TLS edits that the vendor's page "Configuring encryption and
//! authentication" (Tigera CNX v2.3) asks for, as typed transforms of manifests.
//!
//! Pure: texts and PEM bytes come in as values, texts and a report come out. No
//! file system, environment, clock, network or printing. What no edit names
//! comes out byte for byte, or nothing comes out and an [`Error`] says why.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # macro_rules! pki {
//! #     ($name:literal) => {
//! #         include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/pki/", $name))
//! #     };
//! # }
//! # let (ca, crt, key) = (pki!("ca.crt"), pki!("tls.crt"), pki!("tls.key"));
//! # let (text, now) = ("kind: Namespace\n", UnixTime::now());
//! use cnx_harden_core::*;
//! let material = KubeApiserver::new(CaBundle::new(ca), Certificate::new(crt), PrivateKey::new(key));
//! let hardening = Hardening {
//!     api_server: Some(material),
//!     certificate_checks: Some(CertificateChecks::at(now)),
//!     ..Hardening::default()
//! };
//! let run = harden(&[Source { name: "cnx-etcd.yaml", text }], &hardening)?;
//! let hardened: &str = &run.outputs[0].text;
//! # assert_eq!(hardened, text);
//! # Ok(()) }
//! ```
//!
//! # Features
//!
//! `certificates`, on by default, checks certificates, and needs a C compiler for it.
//! Without it the library is all Rust and compiles for `wasm32-unknown-unknown`:
//! manifests are hardened, audited and drawn, and what is said of a certificate in
//! them is that it was not checked.
//!
//! # Limitations
//!
//! - Clients of etcd that get their settings by `envFrom` or by arguments are found and
//!   reported, not edited; those of Calico 1's `ETCD_AUTHORITY` are not found.
//! - Files of the host, and of volumes that something else fills, are taken to be
//!   there: what they hold is not known, and not written.
//! - The material is checked where [`Hardening::certificate_checks`] says as of
//!   when: a library without a clock does not know.
//! - An APIService that says no `spec.service.namespace` matches objects of any
//!   namespace, and so do objects without one.
//! - An aggregated API server that a shell starts, or whose image says its arguments, is
//!   an error: flags cannot be added with certainty.
//! - What `yaml-splice` refuses to edit is an error here.

#![cfg_attr(
    test,
    allow(
        clippy::disallowed_methods,
        clippy::disallowed_types,
        reason = "tests read files"
    )
)]

pub mod aggregated;
pub mod audit;
mod certificates;
mod channel;
pub mod client_config;
mod code;
pub mod config;
mod connection;
mod details;
mod edits;
pub mod etcd;
mod finding;
mod harden;
mod identity;
mod inventory;
mod judge;
pub mod krm;
pub mod kube_apiserver;
mod lazy;
pub mod manager;
mod manifests;
mod material;
mod names;
mod needs;
mod objects;
pub mod own;
mod parallel;
pub mod picture;
mod place;
mod plan;
mod pods;
mod profile;
mod reading;
mod redact;
#[cfg(feature = "render")]
pub mod render;
mod report;
mod resource;
mod rollout;
mod sift;
mod source;
mod suggest;
mod survey;
pub mod traffic;
mod transform;
pub mod typha;
mod wired;

pub use aggregated::{ApiService, ApiServices};
pub use certificates::CertificateChecks;
pub use channel::Channel;
pub use cnx_certs::{Door, Help, HelpPart, Setting, UnixTime, help};
pub use code::Code;
pub use details::Details;
pub use etcd::Etcd;
pub use finding::{Error, Finding, Severity};
pub use harden::{Hardening, Run, harden};
pub use kube_apiserver::{KubeApiserver, MissingSecret};
pub use manager::Manager;
pub use manifests::Manifests;
pub use material::{CaBundle, Certificate, PrivateKey};
pub use names::{ApiServerNames, ApiServiceNames, EtcdNames, ManagerNames, Names, TyphaNames};
pub use needs::Needs;
pub use place::Place;
pub use reading::{PassedDocument, Reading, Why, counted};
pub use redact::{MARK, OLD_MARK, redact, redacted};
pub use report::{ChannelReport, ChannelState, EditOutcome, EditReport, FileReport, Report};
pub use resource::{Resource, ResourceId, resources};
pub use rollout::{Restart, RestartStep};
pub use sift::{Sift, Sifted};
pub use source::{Output, Source};
pub use suggest::nearest;
pub use survey::{Credentials, Held, held};
pub use transform::{Edit, Outcome, Target, Transform};
pub use typha::Typha;
pub use wired::{OnHost, Wired, WiredSet, wired};
/// The editor of YAML underneath, whose types an own connection's edits are made of.
pub use yaml_splice;

/// The README's example is a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
