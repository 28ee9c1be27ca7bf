//! Manifests that are read once, for all that is asked of them.

use std::fmt;

use crate::audit::{self, Audit, AuditFinding, AuditOptions};
use crate::finding::Error;
use crate::harden::{self, Hardening, Run};
use crate::inventory::Inventory;
use crate::reading::Reading;
use crate::source::Source;
use crate::traffic::{self, Traffic, TrafficOptions};

/// Manifests that are read: each document that can matter is parsed once, whatever
/// is asked of them then.
///
/// ```
/// use cnx_harden_core::{Manifests, Source};
/// use cnx_harden_core::traffic::TrafficOptions;
/// # let text = "kind: Namespace\n";
/// # let now = cnx_certs::UnixTime::since_unix_epoch(std::time::Duration::from_secs(1_767_225_600));
/// let manifests = Manifests::read(&[Source { name: "cnx-etcd.yaml", text }]);
/// let options = TrafficOptions::at(now);
/// let audit = manifests.audit(&options.audit());
/// let traffic = manifests.traffic(&options, &audit.findings);
/// # assert_eq!(traffic.present().count(), 0);
/// ```
pub struct Manifests<'t>(Inventory<'t>);

// The texts hold private keys.
impl fmt::Debug for Manifests<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Manifests").field(&self.0.sources).finish()
    }
}

impl<'t> Manifests<'t> {
    /// Reads `sources`. What cannot be read is told by what is asked next.
    #[must_use]
    pub fn read(sources: &[Source<'t>]) -> Self {
        Self(Inventory::read(sources))
    }

    /// What was read, and what was passed by.
    #[must_use]
    pub fn reading(&self) -> Reading {
        self.0.reading()
    }

    /// As [`harden`](crate::harden).
    ///
    /// # Errors
    ///
    /// As there.
    pub fn harden(&self, hardening: &Hardening) -> Result<Run, Error> {
        harden::run(&self.0, hardening)
    }

    /// As [`audit`](audit::audit).
    #[must_use]
    pub fn audit(&self, options: &AuditOptions) -> Audit {
        audit::run(&self.0, options)
    }

    /// As [`traffic`](traffic::traffic).
    #[must_use]
    pub fn traffic(&self, options: &TrafficOptions, findings: &[AuditFinding]) -> Traffic {
        traffic::run(&self.0, options, findings)
    }
}
