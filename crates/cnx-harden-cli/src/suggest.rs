//! What was probably meant by a mistyped name.

/// Below this Jaro-Winkler similarity a name is another one, not a slip.
const SIMILAR: f64 = 0.8;

/// The candidate that is most like `name`, if one is.
pub(crate) fn nearest<'c>(
    name: &str,
    candidates: impl Iterator<Item = &'c str>,
) -> Option<&'c str> {
    let scored = candidates.map(|candidate| (strsim::jaro_winkler(name, candidate), candidate));
    let best = scored.max_by(|(one, _), (other, _)| one.total_cmp(other))?;
    (best.0 >= SIMILAR).then_some(best.1)
}
