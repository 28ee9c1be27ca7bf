//! What yaml-splice reads, beside what libyaml reads.

use yaml_splice::Value;

use crate::model::{Doc, Id, Kind, is_typed};

/// Whether both mean the same.
pub fn same(ours: &Value, doc: &Doc) -> bool {
    match doc.root {
        Some(root) => node(ours, doc, root),
        None => ours.is_null(),
    }
}

fn node(ours: &Value, doc: &Doc, id: Id) -> bool {
    let other = &doc.nodes[id];
    match (ours, &other.kind) {
        (Value::Alias(ours), Kind::Alias(name)) => ours == name,
        (Value::Scalar { text, string, tag }, Kind::Scalar { text: same, plain }) => {
            // What may be typed for one reader is no string for us; a string is
            // one for all.
            let typed = *plain && other.tag.is_none() && (is_typed(same) || ours.is_null());
            text == same
                && *tag == other.tag
                && (tag.is_some() || if *string { !typed } else { *plain })
        }
        (Value::Sequence(ours), Kind::Sequence { items, .. }) => {
            ours.len() == items.len() && ours.iter().zip(items).all(|(o, id)| node(o, doc, *id))
        }
        (Value::Mapping(ours), Kind::Mapping { entries, .. }) => {
            ours.len() == entries.len()
                && ours
                    .iter()
                    .zip(entries)
                    .all(|((k, v), (key, value))| node(k, doc, *key) && node(v, doc, *value))
        }
        _ => false,
    }
}
