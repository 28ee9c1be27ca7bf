//! What the operations mean: the same changes, on the value instead of the text.
//! The edited text must parse to this, or it is thrown away.

use std::collections::{BTreeMap, BTreeSet};

use crate::change::{Changes, Work};
use crate::error::{Error, ErrorKind};
use crate::position::Span;
use crate::tree::{Kind, NodeId, Tree};
use crate::value::Value;

/// The document's value with the changes made.
///
/// # Errors
///
/// [`ErrorKind::DuplicateKey`] where a mapping would get a key twice.
pub(crate) fn expected(tree: &Tree<'_>, changes: &Changes) -> Result<Value, Error> {
    match (tree.root, &changes.bare) {
        (Some(root), _) => rebuild(tree, changes, root),
        (None, Some(work)) => Ok(filled(work)),
        (None, None) => Ok(Value::null()),
    }
}

/// What a node without content becomes.
fn filled(work: &Work) -> Value {
    if let Some(value) = &work.set {
        return value.clone();
    }
    let mut uncomments: Vec<_> = work.uncomments.iter().collect();
    uncomments.sort_by_key(|new| new.commented.span().start);
    let uncommented = uncomments.into_iter().map(|new| {
        let value = new.set.as_ref().unwrap_or(&new.commented.value);
        (new.key.as_ref().map(Value::string), value.clone())
    });
    match work.inserted(0) {
        Value::Mapping(more) => {
            let entries = uncommented.filter_map(|(key, value)| Some((key?, value)));
            Value::Mapping(entries.chain(more).collect())
        }
        Value::Sequence(more) => {
            Value::Sequence(uncommented.map(|(_, value)| value).chain(more).collect())
        }
        other => other,
    }
}

fn rebuild(tree: &Tree<'_>, changes: &Changes, id: NodeId) -> Result<Value, Error> {
    let Some(node) = tree.node(id) else {
        return Ok(Value::null());
    };
    let work = changes.of(id);
    if let Some(value) = work.and_then(|work| work.set.as_ref()) {
        return Ok(value.clone());
    }
    match &node.kind {
        Kind::Scalar { .. } | Kind::Alias { .. } => Ok(match work {
            Some(work) if work.grows() => filled(work),
            _ => tree.value(id),
        }),
        Kind::Sequence { items, .. } => {
            let mut out = Vec::with_capacity(items.len());
            let mut news = New::of(work, items.len());
            for (position, item) in items.iter().enumerate() {
                out.extend(news.before(position).into_iter().map(|(_, value)| value));
                if !work.is_some_and(|work| work.removed.contains_key(&position)) {
                    out.push(rebuild(tree, changes, item.value)?);
                }
            }
            out.extend(news.before(items.len()).into_iter().map(|(_, value)| value));
            Ok(Value::Sequence(out))
        }
        Kind::Mapping { entries, .. } => {
            let mut out = Vec::with_capacity(entries.len());
            let mut keys = Vec::new();
            for (position, entry) in entries.iter().enumerate() {
                if work.is_some_and(|work| work.removed.contains_key(&position)) {
                    continue;
                }
                let renamed = work.and_then(|work| work.renamed.get(&position));
                let key = match renamed {
                    Some((key, _)) => Value::string(key),
                    None => rebuild(tree, changes, entry.key)?,
                };
                if work.is_some() {
                    let (span, new) = (entry.span, renamed.is_some());
                    keys.push((key.clone(), Origin { span, new }));
                }
                out.push((key, rebuild(tree, changes, entry.value)?));
            }
            let mut news = New::of(work, entries.len());
            for (key, value) in news.before(entries.len()) {
                let key = key.unwrap_or_else(Value::null);
                let (span, new) = (node.span, true);
                keys.push((key.clone(), Origin { span, new }));
                out.push((key, value));
            }
            refuse_duplicate(tree, &keys)?;
            Ok(Value::Mapping(out))
        }
    }
}

/// Refuses a new key that is there twice. Keys that were there twice before are none
/// of an edit's business where it doesn't lead through them.
fn refuse_duplicate(tree: &Tree<'_>, keys: &[(Value, Origin)]) -> Result<(), Error> {
    let mut seen: BTreeMap<KeyOf<'_>, Origin> = BTreeMap::new();
    for (key, origin) in keys {
        let before = seen.insert(key_of(key), *origin);
        let Some(before) = before.filter(|before| before.new || origin.new) else {
            continue;
        };
        let span = if origin.new { before.span } else { origin.span };
        let key = key.as_text().unwrap_or_default().to_owned();
        return Err(tree.error(ErrorKind::DuplicateKey(key), span));
    }
    Ok(())
}

/// Where a key comes from.
#[derive(Clone, Copy)]
struct Origin {
    span: Span,
    new: bool,
}

/// Keys are told apart by their texts, as Kubernetes does, or else by all.
type KeyOf<'v> = Result<&'v str, &'v Value>;

fn key_of(key: &Value) -> KeyOf<'_> {
    key.as_text().ok_or(key)
}

impl Value {
    /// A key that this mapping has twice.
    pub(crate) fn own_duplicate_key(&self) -> Option<String> {
        let Self::Mapping(entries) = self else {
            return None;
        };
        let mut seen = BTreeSet::new();
        let mut keys = entries.iter().map(|(key, _)| key);
        let twice = keys.find(|key| !seen.insert(key_of(key)))?;
        Some(twice.as_text().unwrap_or_default().to_owned())
    }

    /// A key that a mapping in the value has twice.
    pub(crate) fn duplicate_key(&self) -> Option<String> {
        let inside = || match self {
            Self::Scalar { .. } | Self::Alias(_) => None,
            Self::Sequence(items) => items.iter().find_map(Self::duplicate_key),
            Self::Mapping(entries) => entries.iter().find_map(|(_, v)| v.duplicate_key()),
        };
        self.own_duplicate_key().or_else(inside)
    }
}

/// The new children of a collection, by the number of old ones before them.
struct New<'w> {
    all: Vec<(usize, u8, usize, Option<&'w String>, &'w Value)>,
    done: usize,
}

impl<'w> New<'w> {
    fn of(work: Option<&'w Work>, children: usize) -> Self {
        let mut all = Vec::new();
        for new in work.into_iter().flat_map(|work| &work.uncomments) {
            let value = new.set.as_ref().unwrap_or(&new.commented.value);
            let (index, start) = (new.commented.index, new.commented.span().start);
            all.push((index, 0, start, new.key.as_ref(), value));
        }
        for new in work.into_iter().flat_map(|work| &work.inserts) {
            let (index, rank) = new.slot.order(children);
            all.push((index, rank + 1, 0, new.key.as_ref(), &new.value));
        }
        all.sort_by_key(|(index, rank, start, ..)| (*index, *rank, *start));
        Self { all, done: 0 }
    }

    /// Those up to the old child of this number that were not returned yet.
    fn before(&mut self, position: usize) -> Vec<(Option<Value>, Value)> {
        let rest = self.all.iter().skip(self.done);
        let rest = rest.take_while(|(index, ..)| *index <= position);
        let new: Vec<_> = rest
            .map(|(.., key, value)| (key.map(Value::string), (*value).clone()))
            .collect();
        self.done += new.len();
        new
    }
}
