//! Whether a new value can be written so that it is read as what it says.

use crate::MAX_DEPTH;
use crate::error::ErrorKind;
use crate::plain::is_string;
use crate::render::double_quoted;
use crate::value::Value;

/// YAML's readers give up looking for a key's colon behind 1,024 characters.
const MAX_KEY: usize = 1000;

/// Refuses a value that cannot be written, at so many steps from the root.
pub(crate) fn check(value: &Value, depth: usize) -> Result<(), ErrorKind> {
    match value {
        Value::Scalar { tag: Some(_), .. } => Err(ErrorKind::NotWritable("it has a tag")),
        Value::Scalar { text, string, .. } => match !string && is_string(text) {
            true => Err(ErrorKind::NotWritable(
                "it is called no string, but its text is read as one",
            )),
            false => Ok(()),
        },
        Value::Alias(_) => Err(ErrorKind::NotWritable("it is an alias")),
        Value::Sequence(_) | Value::Mapping(_) if depth >= MAX_DEPTH => Err(ErrorKind::TooDeep),
        Value::Sequence(items) => items.iter().try_for_each(|item| check(item, depth + 1)),
        Value::Mapping(entries) => {
            if let Some(key) = value.own_duplicate_key() {
                return Err(ErrorKind::DuplicateKey(key));
            }
            entries.iter().try_for_each(|(key, value)| {
                check_key(key)?;
                check(value, depth + 1)
            })
        }
    }
}

/// Refuses a key that cannot be written in front of a colon.
pub(crate) fn check_key(key: &Value) -> Result<(), ErrorKind> {
    let Value::Scalar { text, string, .. } = key else {
        return Err(ErrorKind::NotWritable("a key of it is not a scalar"));
    };
    check(key, 0)?;
    if text.is_empty() && !string {
        return Err(ErrorKind::NotWritable("a key of it is null"));
    }
    if double_quoted(text).chars().count() > MAX_KEY {
        return Err(ErrorKind::NotWritable("a key of it is too long"));
    }
    Ok(())
}

/// Refuses a value that would be nested too deeply at so many steps from the root.
pub(crate) fn check_depth(value: &Value, depth: usize) -> Result<(), ErrorKind> {
    match value {
        Value::Scalar { .. } | Value::Alias(_) => Ok(()),
        _ if depth >= MAX_DEPTH => Err(ErrorKind::TooDeep),
        Value::Sequence(items) => items
            .iter()
            .try_for_each(|item| check_depth(item, depth + 1)),
        Value::Mapping(entries) => entries.iter().try_for_each(|(key, value)| {
            check_depth(key, depth + 1)?;
            check_depth(value, depth + 1)
        }),
    }
}
