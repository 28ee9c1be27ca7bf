//! Agreement with real verifiers. Where one does not say what we say, that is
//! listed with its reason: nothing unlisted, and nothing that is no longer so.

mod etcd;
mod go;
mod handshake;
mod openssl;
mod server;

use std::collections::BTreeSet;

use crate::catalogue::{Case, Verdict};

/// Why a verifier says another thing than we.
pub(super) struct Difference {
    pub(super) because: &'static str,
    /// Whether we refuse what it accepts, or the other way round.
    pub(super) we: We,
    pub(super) cases: &'static [&'static str],
}

/// Who refuses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum We {
    /// The verifier accepts it.
    Refuse,
    /// The verifier refuses it.
    Accept,
}

/// Compares the verdicts with ours and with the catalogue's, and tells all that
/// is not as it should be at once.
#[track_caller]
pub(super) fn agree(
    verifier: &str,
    differences: &[Difference],
    verdicts: Vec<(&Case, Verdict)>,
    expected: impl Fn(&Case) -> Option<&str>,
) {
    let mut wrong = BTreeSet::new();
    let mut known = BTreeSet::new();
    for Difference { because, we, cases } in differences {
        assert!(!because.is_empty());
        for name in *cases {
            if !verdicts.iter().any(|(case, _)| case.name == *name) {
                wrong.insert(format!("{name}: a listed difference, and no case"));
            }
            if !known.insert((*name, *we == We::Accept)) {
                wrong.insert(format!("{name}: listed twice"));
            }
        }
    }
    for (case, verdict) in &verdicts {
        let (name, ours) = (&case.name, case.our_verdict());
        if let Some(expected) = expected(case)
            && !verdict.is(expected)
        {
            wrong.insert(format!(
                "{name}: catalogue: {expected:?}, {verifier}: {verdict:?}"
            ));
        }
        let listed = known.iter().find(|(listed, _)| listed == name);
        let differs = (verdict.accepts() != ours.accepts()).then(|| ours.accepts());
        match (differs, listed) {
            (None, None) => {}
            (Some(accepts), Some((_, listed))) if accepts == *listed => {}
            (None, Some(_)) => {
                wrong.insert(format!("{name}: a listed difference that is none any more"));
            }
            (Some(_), _) => {
                wrong.insert(format!("{name}: we: {ours:?}, {verifier}: {verdict:?}"));
            }
        }
    }
    let wrong: Vec<_> = wrong.into_iter().collect();
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        verdicts.len(),
        wrong.join("\n")
    );
}
