//! The cases in yaml-splice's `tests/data`, as operations.

use serde_yaml::Value as Serde;
use yaml_splice_fuzz::model::{Doc, Kind};
use yaml_splice_fuzz::ops::{Data, Hidden, Op, Step, Where};

/// The operations in `ops.yaml`; none if they hold what is not compared.
pub fn ops(text: &str, doc: &Doc) -> Option<Vec<Op>> {
    let list: Vec<Serde> = serde_yaml::from_str(text).ok()?;
    list.iter().map(|data| op(data, doc)).collect()
}

fn op(data: &Serde, doc: &Doc) -> Option<Op> {
    let text = |key: &str| data.get(key).and_then(Serde::as_str).map(str::to_owned);
    let steps = |key: &str| data.get(key).map(|steps| route(steps, doc));
    if let Some(at) = steps("set") {
        let value = value(data.get("text").or(data.get("value"))?)?;
        return Some(Op::Set { at: at?, value });
    }
    if let Some(at) = steps("remove") {
        return Some(Op::Remove { at: at? });
    }
    if let Some(at) = steps("rename") {
        let key = text("to")?;
        return Some(Op::Rename { at: at?, key });
    }
    if let Some(parent) = steps("uncomment") {
        // Only we have this one, so that its details do not matter.
        let (wanted, set) = (Hidden::Entry(String::new()), None);
        let parent = parent?;
        return Some(Op::Uncomment {
            parent,
            wanted,
            set,
        });
    }
    let new = value(data.get("value")?)?;
    if let Some(parent) = steps("insert") {
        let parent = parent?;
        return Some(Op::Insert {
            place: place(data, doc, &parent)?,
            parent,
            key: text("key")?,
            value: new,
        });
    }
    let parent = steps("append")??;
    Some(Op::Append {
        place: place(data, doc, &parent)?,
        parent,
        value: new,
    })
}

fn place(data: &Serde, doc: &Doc, parent: &[Step]) -> Option<Where> {
    let sibling = |key: &str| data.get(key).map(|data| step(data, doc, parent));
    Some(if let Some(step) = sibling("before") {
        Where::Before(step?)
    } else if let Some(step) = sibling("after") {
        Where::After(step?)
    } else if let Some(index) = data.get("index") {
        Where::Index(usize::try_from(index.as_u64()?).ok()?)
    } else if data.get("first").is_some() {
        Where::First
    } else {
        Where::Last
    })
}

fn route(steps: &Serde, doc: &Doc) -> Option<Vec<Step>> {
    let mut route = Vec::new();
    for data in steps.as_sequence()? {
        let step = step(data, doc, &route)?;
        route.push(step);
    }
    Some(route)
}

/// A key, a number, or the number of the item that `{field: value}` names.
fn step(data: &Serde, doc: &Doc, at: &[Step]) -> Option<Step> {
    Some(match data {
        Serde::Number(index) => Step::Index(usize::try_from(index.as_u64()?).ok()?),
        Serde::String(key) => Step::Key(key.clone()),
        Serde::Mapping(item) => {
            let (field, value) = item.iter().next()?;
            let Kind::Sequence { items, .. } = &doc.nodes[doc.find(at)?].kind else {
                return None;
            };
            let index = (0..items.len()).find(|index| {
                let mut at = at.to_vec();
                at.push(Step::Index(*index));
                at.push(Step::Key(field.as_str().unwrap_or_default().to_owned()));
                let found = doc.find(&at).map(|id| &doc.nodes[id].kind);
                matches!(found, Some(Kind::Scalar { text, .. }) if Some(text.as_str()) == value.as_str())
            });
            Step::Index(index?)
        }
        _ => return None,
    })
}

fn value(data: &Serde) -> Option<Data> {
    Some(match data {
        Serde::Null => Data::Null,
        Serde::Bool(value) => Data::Raw(value.to_string()),
        Serde::Number(number) => Data::Raw(number.to_string()),
        Serde::String(text) => Data::Text(text.clone()),
        Serde::Sequence(items) => Data::Sequence(items.iter().map(value).collect::<Option<_>>()?),
        Serde::Mapping(entries) => {
            let entries = entries.iter();
            let entries = entries.map(|(k, v)| Some((k.as_str()?.to_owned(), value(v)?)));
            Data::Mapping(entries.collect::<Option<_>>()?)
        }
        Serde::Tagged(_) => return None,
    })
}
