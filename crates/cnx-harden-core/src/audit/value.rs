//! What stands where a value should be.

use yaml_splice::Route;

use super::scene::Object;
use crate::inventory::is_open;

/// What stands where a value should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// No field, or one without a value.
    Unset,
    /// Words that ask to be replaced.
    Placeholder,
    /// Something.
    Set,
}

impl State {
    /// Of the scalar at `route` of the object.
    pub(super) fn at(object: &Object<'_, '_>, route: &Route) -> Self {
        let tree = object.resource.tree();
        let id = match tree.find(route) {
            Ok(Some(id)) => id,
            Ok(None) => return Self::Unset,
            // There, and not to be told: twice, or an alias.
            Err(_) => return Self::Set,
        };
        match tree.text(id) {
            _ if tree.is_null(id) => Self::Unset,
            Some(text) => Self::of(text),
            None => Self::Set,
        }
    }

    /// Of a text.
    pub(super) fn of(text: &str) -> Self {
        match text.trim().is_empty() {
            true => Self::Unset,
            false if is_open(text) => Self::Placeholder,
            false => Self::Set,
        }
    }
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn listed(names: &[&str]) -> String {
    match names.split_last() {
        None => String::new(),
        Some((last, [])) => (*last).to_owned(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

/// `is` or `are`.
pub(super) const fn verb(names: &[&str]) -> &'static str {
    match names {
        [_] => "is",
        _ => "are",
    }
}
