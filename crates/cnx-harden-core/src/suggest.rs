//! What was probably meant by a mistyped name.

/// Below this Jaro-Winkler similarity a name is another one, not a slip.
const SIMILAR: f64 = 0.8;

/// The candidate that is most like `name`, if one is.
///
/// ```
/// use cnx_harden_core::nearest;
/// assert_eq!(nearest("certfile", ["caFile", "certFile"]), Some("certFile"));
/// assert_eq!(nearest("labels", ["caFile", "certFile"]), None);
/// ```
#[must_use]
pub fn nearest<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let scored = candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate));
    let best = scored.max_by(|(one, _), (other, _)| one.total_cmp(other))?;
    (best.0 >= SIMILAR).then_some(best.1)
}
