//! Another YAML reader's view of a document, to compare ours with.

use serde_yaml::Value as Other;
use yaml_splice::Value;

/// Whether our value says what serde_yaml's does.
pub(crate) fn agrees(ours: &Value, other: &Other) -> bool {
    match (ours, other) {
        (Value::Sequence(ours), Other::Sequence(other)) => {
            ours.len() == other.len() && ours.iter().zip(other).all(|(a, b)| agrees(a, b))
        }
        (Value::Mapping(ours), Other::Mapping(other)) => {
            ours.len() == other.len()
                && ours
                    .iter()
                    .zip(other)
                    .all(|((k, v), (ok, ov))| agrees(k, ok) && agrees(v, ov))
        }
        (Value::Scalar { text, .. }, Other::String(other)) => text == other,
        (Value::Scalar { text, string, .. }, Other::Null) => {
            !string && (text.is_empty() || text == "~" || text.eq_ignore_ascii_case("null"))
        }
        (Value::Scalar { text, string, .. }, Other::Bool(other)) => {
            !string && text.eq_ignore_ascii_case(&other.to_string())
        }
        (Value::Scalar { string, .. }, Other::Number(_)) => !string,
        _ => false,
    }
}
