//! An audit in the forms that people and programs read it in.
//!
//! Each takes the sources that were looked at, and an [`Audit`](crate::audit::Audit)
//! whose help is worded already ([`Audit::worded`](crate::audit::Audit::worded)), or else
//! names what the library has. JSON is
//! [`AuditDocument`](crate::audit::document::AuditDocument); the results of a KRM
//! function are in its [`Response`](crate::krm::Response).
//!
//! ```
//! use cnx_harden_core::audit::{AuditOptions, audit};
//! use cnx_harden_core::{Door, Source, render};
//! let text = "\
//! apiVersion: apiregistration.k8s.io/v1
//! kind: APIService
//! metadata: {name: v1.example.com}
//! spec:
//!   insecureSkipTLSVerify: true
//! ";
//! let sources = [Source { name: "api.yaml", text }];
//! let audit = audit(&sources, &AuditOptions::default()).worded(Door::Command);
//! let lines = render::github(&audit, &sources);
//! assert!(lines.starts_with("::error file=api.yaml,line=5,"));
//! ```

mod github;
mod markdown;
mod sarif;
mod shown;
mod text;

pub use github::github;
pub use markdown::markdown;
pub use sarif::sarif;
pub use text::{TextOptions, text};
