//! What the operations mean: the same change, on the value instead of the text.
//! The edited text must parse to this, or it is thrown away.

use crate::commented::Wanted;
use crate::op::Op;
use crate::route::{Route, Step};
use crate::value::Value;

/// An item that is uncommented takes the place that its comment has.
pub(crate) struct Found {
    pub(crate) index: usize,
    pub(crate) value: Value,
}

/// Makes the change on `root`. `found` is the commented-out entry of an
/// [`Op::Uncomment`]. `None` where the route doesn't fit.
pub(crate) fn apply(root: &mut Value, op: &Op, found: Option<Found>) -> Option<()> {
    match op {
        Op::Set { at, value } => *find(root, at)? = value.clone(),
        Op::RenameKey { .. } => return None,
        Op::Remove { at } => {
            let (parent, last) = at.split()?;
            let parent = find(root, &parent)?;
            let position = position(parent, last)?;
            match parent {
                Value::Mapping(entries) => drop(entries.remove(position)),
                Value::Sequence(items) => drop(items.remove(position)),
                _ => return None,
            }
        }
        Op::Uncomment {
            parent,
            wanted,
            set,
        } => {
            let parent = find(root, parent)?;
            let Found { index, value } = found?;
            let value = set.clone().unwrap_or(value);
            match wanted {
                Wanted::Entry(key) | Wanted::Sequence(key) => insert_entry(parent, key, value)?,
                Wanted::Item { .. } | Wanted::Text(_) => insert_item(parent, Some(index), value)?,
            }
        }
        Op::InsertEntry {
            parent, key, value, ..
        } => {
            insert_entry(find(root, parent)?, key, value.clone())?;
        }
        Op::InsertItem { parent, value, .. } => {
            insert_item(find(root, parent)?, None, value.clone())?;
        }
    }
    Some(())
}

fn insert_entry(parent: &mut Value, key: &str, value: Value) -> Option<()> {
    if parent.is_null() {
        *parent = Value::Mapping(Vec::new());
    }
    match parent {
        // A key that is there twice would mean whatever its reader makes of it.
        Value::Mapping(entries) if entries.iter().any(|(k, _)| k.as_text() == Some(key)) => {
            return None;
        }
        Value::Mapping(entries) => entries.push((Value::string(key), value)),
        _ => return None,
    }
    Some(())
}

fn insert_item(parent: &mut Value, index: Option<usize>, value: Value) -> Option<()> {
    if parent.is_null() {
        *parent = Value::Sequence(Vec::new());
    }
    match parent {
        Value::Sequence(items) => {
            let index = index.unwrap_or(items.len()).min(items.len());
            items.insert(index, value);
        }
        _ => return None,
    }
    Some(())
}

fn position(parent: &Value, step: &Step) -> Option<usize> {
    match (parent, step) {
        (Value::Mapping(entries), Step::Key(key)) => {
            entries.iter().position(|(k, _)| k.as_text() == Some(key))
        }
        (Value::Sequence(items), Step::Index(index)) => (*index < items.len()).then_some(*index),
        (Value::Sequence(items), Step::Item { field, value }) => items
            .iter()
            .position(|item| item.get(field).and_then(Value::as_text) == Some(value)),
        _ => None,
    }
}

fn find<'v>(root: &'v mut Value, route: &Route) -> Option<&'v mut Value> {
    let mut at = root;
    for step in route.steps() {
        let position = position(at, step)?;
        at = match at {
            Value::Mapping(entries) => &mut entries.get_mut(position)?.1,
            Value::Sequence(items) => items.get_mut(position)?,
            _ => return None,
        };
    }
    Some(at)
}
