//! PEM and X.509 for the certificates of Tigera CNX. Pure: bytes in, typed
//! values or typed errors out.
//!
//! A file that a cluster could not use is refused here with its reason: Go,
//! which all of CNX is written in, skips over most of what it cannot read, and
//! fails much later with "no valid certificate authority data seen".
//!
//! ```
//! use cnx_certs::{CertificateChain, PemErrorKind};
//! let error = CertificateChain::from_pem(b"-----BEGIN CERTIFICATE-----\nTUlJ\n").unwrap_err();
//! assert_eq!(error.kind, PemErrorKind::TruncatedPem);
//! assert_eq!(error.to_string(), "line 1: the PEM block has no END line [truncated-pem]");
//! ```
//!
//! [`check`] judges the files of each role by the rules of its verifier,
//! [`connect`] shakes hands with them, [`inspect`] shows what they are, and
//! [`Code::page`] says of each finding how it fails in a cluster.
//!
//! # Limitations
//!
//! - Revocation is not looked at; Go does not look at it either.
//! - Chains are built by webpki, which takes less than Go in a few rare forms:
//!   [`Code::UntrustedChain`] is too strict then, and its page says of which.
//! - Files of more than [`MAX_FILE`] bytes are not read.
//! - Handshakes are made with rustls, which does not take all that Go takes:
//!   [`Code::HandshakeNotTried`] says so then.
//! - What a browser trusts is not known; of its rules those on names, usages,
//!   dates and algorithms are checked.

mod certificate;
mod chain;
mod check;
mod code;
mod finding;
pub mod generate;
mod handshake;
mod inspect;
mod names;
mod pem;
mod role;
mod signature;

pub use check::{PairError, Policy, check, check_pair};
pub use code::{Code, UnknownCode};
pub use finding::{Finding, Part, Severity};
pub use handshake::{Connection, Handshake, Outcome, Session, Version, connect};
pub use inspect::{CertificateInfo, Entry, KeyInfo, PublicKeyInfo, Validity, inspect};
pub use pem::{CaBundle, CertificateChain, MAX_FILE, PemError, PemErrorKind, PrivateKey};
pub use role::{Identity, Material, Role, Side};
pub use rustls::pki_types::UnixTime;
