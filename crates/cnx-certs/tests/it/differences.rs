//! Verifiers that do not say what we say: each with its reason, none unlisted,
//! and none that is no longer there.

use std::collections::BTreeSet;

use crate::catalogue::{Case, Verdict};

/// Why a verifier says another thing than we.
pub(crate) struct Difference {
    pub(crate) because: &'static str,
    /// Whether we refuse what it accepts, or the other way round.
    pub(crate) we: We,
    pub(crate) cases: &'static [&'static str],
}

/// Who refuses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum We {
    /// The verifier accepts it.
    Refuse,
    /// The verifier refuses it.
    Accept,
}

/// Compares the verdicts with ours and with the catalogue's, and tells all that
/// is not as it should be at once.
#[track_caller]
pub(crate) fn agree(
    verifier: &str,
    differences: &[Difference],
    verdicts: Vec<(&Case, Verdict)>,
    expected: impl Fn(&Case) -> &str,
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
        if !verdict.is(expected(case)) {
            wrong.insert(format!(
                "{name}: catalogue: {:?}, {verifier}: {verdict:?}",
                expected(case)
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
