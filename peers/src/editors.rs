//! Each editor behind one signature: a stream, one of its documents, one
//! operation, and the stream that comes out.

use std::str::FromStr;

use serde_yaml::Value as Serde;
use yaml_edit::{ScalarValue, YamlFile, YamlNode, YamlValue};
use yaml_splice::documents;
use yaml_splice_fuzz::ops::{Data, Op, Step, Where};

/// What came of an operation.
pub enum Outcome {
    Text(String),
    Refused,
    /// The editor has no such operation.
    Unknown,
}

impl Outcome {
    fn of<E>(result: Result<String, E>) -> Self {
        result.map_or(Self::Refused, Self::Text)
    }
}

/// An editor's name, and what it does.
pub type Editor = (&'static str, fn(&str, usize, &[Op]) -> Outcome);

/// All that are compared.
pub const EDITORS: [Editor; 3] = [
    ("yaml-splice", yaml_splice),
    ("yaml-edit 0.3.6", yaml_edit),
    ("yamlpatch 1.32.0", yamlpatch),
];

fn yaml_splice(text: &str, document: usize, ops: &[Op]) -> Outcome {
    let ours: Vec<_> = ops.iter().map(Op::ours).collect();
    Outcome::of(yaml_splice::edit(text, document, &ours))
}

/// yamlpatch reads a stream's first document only, so it is given the one to edit.
fn yamlpatch(text: &str, document: usize, ops: &[Op]) -> Outcome {
    let Some(part) = documents(text).nth(document) else {
        return Outcome::Refused;
    };
    let route = |steps: &[Step]| {
        let steps = steps.iter().map(|step| match step {
            Step::Key(key) => yamlpath::Component::Key(key.clone().into()),
            Step::Index(index) => yamlpath::Component::Index(*index),
        });
        yamlpath::Route::from(steps.collect::<Vec<_>>())
    };
    let mut patches = Vec::new();
    for op in ops {
        let (at, operation) = match op {
            Op::Set { at, value } => (at, yamlpatch::Op::Replace(serde(value))),
            Op::Remove { at } => (at, yamlpatch::Op::Remove),
            Op::Insert {
                parent,
                key,
                value,
                place: Where::Last,
            } => {
                let (key, value) = (key.clone(), serde(value));
                (parent, yamlpatch::Op::Add { key, value })
            }
            Op::Append {
                parent,
                value,
                place: Where::Last,
            } => {
                let value = serde(value);
                (parent, yamlpatch::Op::Append { value })
            }
            _ => return Outcome::Unknown,
        };
        patches.push(yamlpatch::Patch {
            route: route(at),
            operation,
        });
    }
    let Ok(old) = yamlpath::Document::new(part.text()) else {
        return Outcome::Refused;
    };
    Outcome::of(yamlpatch::apply_yaml_patches(&old, &patches).map(|new| {
        let (before, behind) = (&text[..part.span().start], &text[part.span().end..]);
        format!("{before}{}{behind}", new.source())
    }))
}

fn yaml_edit(text: &str, document: usize, ops: &[Op]) -> Outcome {
    let Ok(file) = YamlFile::from_str(text) else {
        return Outcome::Refused;
    };
    let Some(document) = file.documents().nth(document) else {
        return Outcome::Refused;
    };
    let root = document
        .as_mapping()
        .map(YamlNode::Mapping)
        .or_else(|| document.as_sequence().map(YamlNode::Sequence));
    for op in ops {
        let done = root.as_ref().map(|root| change(root, op));
        match done {
            Some(Some(true)) => {}
            Some(None) => return Outcome::Unknown,
            Some(Some(false)) | None => return Outcome::Refused,
        }
    }
    Outcome::Text(file.to_string())
}

fn walk(root: &YamlNode, steps: &[Step]) -> Option<YamlNode> {
    steps
        .iter()
        .try_fold(root.clone(), |node, step| match step {
            Step::Key(key) => node.as_mapping()?.get(key.as_str()),
            Step::Index(index) => node.as_sequence()?.get(*index),
        })
}

/// Whether it was done; none if there is no such operation.
fn change(root: &YamlNode, op: &Op) -> Option<bool> {
    Some(match op {
        Op::Set { at, value } => {
            let (last, parent) = at.split_last()?;
            let parent = walk(root, parent);
            match (last, &parent) {
                (Step::Key(key), Some(YamlNode::Mapping(mapping))) => {
                    let there = mapping.contains_key(key.as_str());
                    if there {
                        mapping.set(key.as_str(), node(value));
                    }
                    there
                }
                (Step::Index(index), Some(YamlNode::Sequence(sequence))) => {
                    sequence.set(*index, node(value))
                }
                _ => false,
            }
        }
        Op::Remove { at } => {
            let (last, parent) = at.split_last()?;
            let parent = walk(root, parent);
            match (last, &parent) {
                (Step::Key(key), Some(YamlNode::Mapping(mapping))) => {
                    mapping.remove(key.as_str()).is_some()
                }
                (Step::Index(index), Some(YamlNode::Sequence(sequence))) => {
                    sequence.remove(*index).is_some()
                }
                _ => false,
            }
        }
        Op::Insert {
            parent,
            key,
            value,
            place,
        } => {
            let Some(YamlNode::Mapping(mapping)) = walk(root, parent) else {
                return Some(false);
            };
            let (key, value) = (key.as_str(), node(value));
            match place {
                Where::Last => {
                    mapping.set(key, value);
                    true
                }
                Where::First => {
                    mapping.insert_at_index(0, key, value);
                    true
                }
                Where::Index(index) => {
                    mapping.insert_at_index(*index, key, value);
                    true
                }
                Where::Before(Step::Key(other)) => {
                    mapping.insert_before(other.as_str(), key, value)
                }
                Where::After(Step::Key(other)) => mapping.insert_after(other.as_str(), key, value),
                _ => return None,
            }
        }
        Op::Append {
            parent,
            value,
            place,
        } => {
            let Some(YamlNode::Sequence(sequence)) = walk(root, parent) else {
                return Some(false);
            };
            let value = node(value);
            match place {
                Where::Last => sequence.push(value),
                Where::First => sequence.insert(0, value),
                Where::Index(index) | Where::Before(Step::Index(index)) => {
                    sequence.insert(*index, value);
                }
                Where::After(Step::Index(index)) => sequence.insert(index + 1, value),
                _ => return None,
            }
            true
        }
        Op::Rename { at, key } => {
            let (last, parent) = at.split_last()?;
            match (last, walk(root, parent)) {
                (Step::Key(old), Some(YamlNode::Mapping(mapping))) => {
                    mapping.rename_key(old.as_str(), key.as_str())
                }
                _ => false,
            }
        }
        Op::Uncomment { .. } => return None,
    })
}

fn node(data: &Data) -> YamlValue {
    match data {
        Data::Null => YamlValue::Scalar(ScalarValue::null()),
        Data::Raw(text) => YamlValue::Scalar(ScalarValue::parse(text.clone())),
        Data::Text(text) => YamlValue::Scalar(ScalarValue::string(text.clone())),
        Data::Sequence(items) => YamlValue::Sequence(items.iter().map(node).collect()),
        Data::Mapping(entries) => {
            let entries = entries.iter().map(|(k, v)| (k.clone(), node(v)));
            YamlValue::Mapping(entries.collect())
        }
    }
}

fn serde(data: &Data) -> Serde {
    match data {
        Data::Null => Serde::Null,
        Data::Raw(text) => serde_yaml::from_str(text).unwrap_or(Serde::Null),
        Data::Text(text) => Serde::String(text.clone()),
        Data::Sequence(items) => Serde::Sequence(items.iter().map(serde).collect()),
        Data::Mapping(entries) => {
            let entries = entries.iter();
            Serde::Mapping(
                entries
                    .map(|(k, v)| (Serde::String(k.clone()), serde(v)))
                    .collect(),
            )
        }
    }
}
