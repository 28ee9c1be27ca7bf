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
//! # Features
//!
//! `crypto`, on by default, brings what needs aws-lc, and so a C compiler: [`check`],
//! [`connect`], [`inspect`] and [`generate`]. Without it files are read, and the pages
//! of the codes are there.
//!
//! # Limitations
//!
//! - Revocation is not looked at; Go does not look at it either.
//! - A few signatures that Go verifies are not verified here, by RSA keys of rare
//!   sizes and ECDSA on P-224: reported as the warning [`Code::SignatureNotTried`].
//! - RSA keys of more than two primes are taken for damaged.
//! - Files of more than [`MAX_FILE`] bytes are not read.
//! - Handshakes are made with rustls, which does not take all that Go takes:
//!   [`Code::HandshakeNotTried`] says so then.
//! - What a browser trusts is not known; of its rules those on names, usages,
//!   dates and algorithms are checked.

#[cfg(feature = "crypto")]
mod certificate;
#[cfg(feature = "crypto")]
mod chain;
#[cfg(feature = "crypto")]
mod check;
mod code;
mod finding;
#[cfg(feature = "crypto")]
pub mod generate;
#[cfg_attr(
    not(feature = "crypto"),
    allow(dead_code, unused_imports, reason = "what the checks alone ask for")
)]
mod go;
#[cfg(feature = "crypto")]
mod handshake;
mod help;
#[cfg(feature = "crypto")]
mod inspect;
#[cfg(feature = "crypto")]
mod names;
mod pem;
#[cfg(feature = "crypto")]
mod policies;
mod policy;
mod role;
mod setting;
mod shown;
#[cfg(feature = "crypto")]
mod signature;

#[cfg(feature = "crypto")]
pub use check::{PairError, check, check_pair};
pub use code::{Code, UnknownCode};
pub use finding::{Details, Finding, Part, Severity};
pub use go::{Release, Unreadable};
#[cfg(feature = "crypto")]
pub use handshake::{ConnectionKind, Handshake, HandshakeOutcome, Session, Version, connect};
pub use help::{Door, Help, HelpPart, Make, Setting};
#[cfg(feature = "crypto")]
pub use inspect::{CertificateInfo, Entry, KeyInfo, PublicKeyInfo, Validity, inspect};
pub use pem::{CaCertificates, CertificateChain, MAX_FILE, PemError, PemErrorKind, PrivateKey};
pub use policy::Policy;
pub use role::{Identity, Material, Role, Side};
pub use rustls_pki_types::UnixTime;
pub use shown::{is_hidden, shell_word, shown};

/// The README's example is a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
