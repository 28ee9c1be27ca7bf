//! An authority, and the certificates of every role.
//!
//! [`CertificateProfile`] says what a role's certificate holds, [`Authority`] issues it.
//! Who has an authority elsewhere makes a [`request`] (CSR) and gives the answer
//! to [`join`].
//!
//! ```
//! use cnx_certs::generate::{Authority, KeyKind, ValidityPeriod, CertificateProfile};
//! use cnx_certs::{Role, UnixTime};
//! # fn main() -> Result<(), cnx_certs::generate::GenerateError> {
//! let now = UnixTime::now();
//! let kind = KeyKind::EcdsaP256;
//! let authority = Authority::generate(kind, ValidityPeriod::authority(now))?;
//! let profile = CertificateProfile::new(Role::ApiServer, &["cnx-api.kube-system.svc".parse()?], None)?;
//! let issued = authority.issue(&profile, kind, ValidityPeriod::leaf(now))?;
//! assert!(issued.certificate.as_pem().starts_with(b"-----BEGIN CERTIFICATE-----\n"));
//! assert_eq!(format!("{:?}", issued.key), "PrivateKey([redacted])");
//! # Ok(())
//! # }
//! ```
//!
//! Random numbers come from aws-lc; nothing else here is impure.

mod authority;
mod error;
mod issue;
mod join;
mod key;
mod lifetime;
mod name;
mod profile;

pub use authority::Authority;
pub use error::GenerateError;
pub use issue::{Issued, Requested, request};
pub use join::{Joined, join};
pub use key::{KeyKind, UnknownKeyKind};
pub use lifetime::ValidityPeriod;
pub use name::{Host, NameError, NameReason, TrustDomain};
pub use profile::CertificateProfile;
