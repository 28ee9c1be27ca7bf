//! What an audit says.

use std::collections::BTreeSet;

use cnx_certs::{Door, Severity};
use serde::Serialize;
use yaml_splice::TextEdit;

use crate::channel::Channel;
use crate::finding::{Code, Finding};
use crate::reading::Reading;

/// What an audit found. It holds no value of the manifests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Audit {
    /// What is wrong, in the order of the inputs and of their lines.
    pub findings: Vec<AuditFinding>,
    /// What is wrong and accepted.
    pub suppressed: Vec<Suppressed>,
    /// Fingerprints of the baseline that no finding has any more.
    pub stale: Vec<String>,
    /// The connections that `apply` would stop at, and of which it would put nothing
    /// right, given the manifests as they are.
    pub stopped: BTreeSet<Channel>,
    /// Allowances of the options that nothing was found of.
    pub unused_allowances: Vec<Code>,
    /// What was read, and what was passed by.
    pub reading: Reading,
    /// The number of objects that one of the connections looked at is about.
    pub objects: usize,
}

impl Audit {
    /// How many findings have this severity.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        let findings = self.findings.iter();
        findings.filter(|f| f.finding.severity == severity).count()
    }

    /// The same, with each help in words for the users of a door.
    #[must_use]
    pub fn worded(mut self, door: Door) -> Self {
        let accepted = self.suppressed.iter_mut().map(|one| &mut one.found);
        for found in self.findings.iter_mut().chain(accepted) {
            found.finding.help = found.finding.help.worded(door);
        }
        self
    }
}

/// A finding, and what is known besides.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuditFinding {
    /// What is wrong, where, and what to do.
    pub finding: Finding,
    /// The connection that it is about, where it is about one.
    pub channel: Option<Channel>,
    /// The field of the object, symbolically: `spec.caBundle`.
    pub field: Option<String>,
    /// Whether `apply` puts it right, given the material.
    pub fixable: bool,
    /// The edit of the input's text that `apply` would make, where it needs no
    /// material: a whole one, that is all that the connection lacks, in one document.
    /// Of the first 64 in a document.
    pub fix: Option<TextEdit>,
    /// What it is known by, whatever its line: code, file, object and field.
    pub fingerprint: String,
}

impl AuditFinding {
    /// The order of the inputs, of their lines, and of what matters most.
    pub(super) fn order(&self) -> (Option<usize>, usize, usize, Severity) {
        let Finding {
            place, severity, ..
        } = &self.finding;
        (place.input, place.line, place.column, *severity)
    }
}

/// A finding that is accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Suppressed {
    /// The finding.
    pub found: AuditFinding,
    /// By what.
    pub by: Suppression,
    /// Why; a baseline may say nothing.
    pub reason: Option<String>,
}

/// What accepts a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Suppression {
    /// `# cnx-harden: allow CODE -- reason`, on its line or above it.
    Comment,
    /// An allowance of the options.
    Allowance,
    /// The baseline.
    Baseline,
}
