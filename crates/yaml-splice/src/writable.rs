//! Whether a new value can be written so that it is read as what it says.

use crate::MAX_DEPTH;
use crate::error::ErrorKind;
use crate::plain::{is_plain, is_string};
use crate::render::double_quoted;
use crate::value::Value;

/// YAML's readers give up looking for a key's colon behind 1,024 characters.
const MAX_KEY: usize = 1000;

/// Refuses a value that cannot be written, at so many steps from the root.
pub(crate) fn check(value: &Value, depth: usize) -> Result<(), ErrorKind> {
    match value {
        Value::Scalar { tag: Some(_), .. } => Err(ErrorKind::NotWritable("it has a tag")),
        Value::Scalar { string: true, .. } => Ok(()),
        Value::Scalar { text, .. } => {
            let one = text.is_empty() || is_plain(text, false);
            match one && !is_string(text) && !text.contains(['\n', '\r']) {
                true => Ok(()),
                false => Err(ErrorKind::NotWritable(
                    "it is called no string, but its text is not read as anything else",
                )),
            }
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_be_read_as_something_else_is_refused() {
        for text in [
            "1",
            "-1.5e+3",
            "~",
            "true",
            "0644",
            "2001-12-14 21:59:43",
            "=",
        ] {
            assert_eq!(check(&Value::raw(text), 0), Ok(()), "{text}");
        }
        for text in [
            "x",
            "1 # x",
            "1: 2",
            "[1]",
            "1\n2",
            "2001-12-14 # x",
            "2001-12-14 :",
        ] {
            let refused = check(&Value::raw(text), 0);
            assert!(matches!(refused, Err(ErrorKind::NotWritable(_))), "{text}");
        }
        let tag = Some("!t".to_owned());
        let (text, string) = ("x".to_owned(), true);
        for value in [
            Value::Scalar { text, string, tag },
            Value::Alias("x".to_owned()),
            Value::Mapping(vec![(Value::null(), Value::null())]),
            Value::Mapping(vec![(Value::Sequence(Vec::new()), Value::null())]),
            Value::mapping([("k".repeat(1001), "v")]),
            Value::mapping([("\u{2028}".repeat(200), "v")]),
        ] {
            let refused = check(&value, 0);
            assert!(
                matches!(refused, Err(ErrorKind::NotWritable(_))),
                "{value:?}"
            );
        }
        let twice = Value::mapping([("k", 1), ("k", 2)]);
        assert_eq!(
            check(&twice, 0),
            Err(ErrorKind::DuplicateKey("k".to_owned()))
        );
        let deep = (0..MAX_DEPTH).fold(Value::null(), |inner, _| Value::Sequence(vec![inner]));
        assert_eq!(check(&deep, 0), Ok(()));
        assert_eq!(check(&deep, 1), Err(ErrorKind::TooDeep));
    }
}
