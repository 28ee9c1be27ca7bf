//! What is presented in a handshake, and all that its verifier asks of it: one
//! sequence for files and for connections.

use super::pair::PairError;
use super::report::{At, Report};
use super::{Policy, form, name, size, trust, usage, validity};
use crate::certificate::Certificate;
use crate::code::Code;
use crate::finding::Part;
use crate::role::Identity;

/// A certificate with what is beside it, and what is expected of it.
pub(super) struct Presented<'a, 'd> {
    pub(super) leaf: &'a Certificate<'d>,
    pub(super) intermediates: &'a [Certificate<'d>],
    /// None where it is not known what the other side trusts.
    pub(super) trusted: Option<&'a [Certificate<'d>]>,
    /// Why the key is not the certificate's, with the key's line.
    pub(super) pair: Option<(PairError, usize)>,
    /// The names that the other side asks for.
    pub(super) names: &'a [String],
    /// What Typha and Felix compare with.
    pub(super) identity: &'a Identity,
}

impl<'a, 'd> Presented<'a, 'd> {
    /// Makes all checks. Returns the certificates of the chain above, each with its
    /// file; nothing, if the file begins with another certificate than the key's.
    pub(super) fn check(
        &self,
        policy: &Policy,
        report: &mut Report,
    ) -> Option<Vec<(Part, &'a Certificate<'d>)>> {
        let &Self {
            leaf,
            intermediates,
            ..
        } = self;
        size::check_message(report, leaf, intermediates);
        form::check_leaf(report, leaf, self.trusted.unwrap_or_default());
        form::check_signers(report, Part::Certificate, intermediates);
        self.check_pair(report)?;
        name::check(report, leaf, self.names, self.identity);
        usage::check(report, leaf);
        let issuers = match self.trusted {
            Some(trusted) => trust::check(report, leaf, intermediates, trusted, policy.now),
            None => Vec::new(),
        };
        validity::check(report, leaf, &issuers, policy);
        self.spare(report, &issuers);
        Some(issuers)
    }

    /// Go does not mind what is wrong with a certificate that no chain goes through.
    fn spare(&self, report: &mut Report, issuers: &[(Part, &Certificate<'_>)]) {
        let trusted = self.trusted.unwrap_or_default();
        if issuers.is_empty() && !trusted.iter().any(|other| other.der == self.leaf.der) {
            return;
        }
        let files = [(Part::Ca, trusted), (Part::Certificate, self.intermediates)];
        for (part, all) in files {
            let used = |line: &usize| issuers.iter().any(|(p, i)| (*p, i.line) == (part, *line));
            let lines = all.iter().map(|certificate| certificate.line);
            report.spare(part, &lines.filter(|line| !used(line)).collect::<Vec<_>>());
        }
    }

    fn check_pair(&self, report: &mut Report) -> Option<()> {
        let Some((error, line)) = self.pair else {
            return Some(());
        };
        // A key of a kind that nobody can use is nobody's.
        if report.has_error(&[Code::UnsupportedKey]) {
            return Some(());
        }
        let part = Part::Key;
        report.error(
            error.code(),
            At { part, line },
            error.to_string(),
            error.help(),
        );
        // What follows would speak of the wrong certificate.
        (!matches!(error, PairError::WrongOrder(_))).then_some(())
    }
}
