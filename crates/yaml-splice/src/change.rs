//! What operations change, node by node: routes resolved, operations that agree
//! merged, those that exclude each other refused.

use std::collections::BTreeMap;

use crate::commented::{Commented, Wanted};
use crate::error::{Error, ErrorKind};
use crate::lookup::Parts;
use crate::op::{Op, Place};
use crate::position::Span;
use crate::route::{Route, Step};
use crate::tree::{Kind, NodeId, Tree};
use crate::value::Value;
use crate::writable;

/// Where something new goes among the children that are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    /// Directly behind the child of this number.
    Behind(usize),
    /// Directly before the child of this number.
    Before(usize),
    /// Behind all children.
    Last,
}

impl Slot {
    /// How many children stand before it, and its rank among what comes there.
    pub(crate) const fn order(self, children: usize) -> (usize, u8) {
        match self {
            Self::Behind(child) => (child + 1, 0),
            Self::Before(child) => (child, 1),
            Self::Last => (children, 2),
        }
    }
}

/// A new entry (with a key) or item.
pub(crate) struct Insert {
    pub(crate) key: Option<String>,
    pub(crate) value: Value,
    pub(crate) slot: Slot,
    op: usize,
}

/// A comment that becomes live.
pub(crate) struct Uncomment {
    pub(crate) commented: Commented,
    /// The entry's key.
    pub(crate) key: Option<String>,
    pub(crate) set: Option<Value>,
    op: usize,
}

/// What becomes of one node. Of a document without nodes, what it gets.
#[derive(Default)]
pub(crate) struct Work {
    pub(crate) set: Option<Value>,
    /// The children that go.
    pub(crate) removed: BTreeMap<usize, usize>,
    /// The children with another key.
    pub(crate) renamed: BTreeMap<usize, (String, usize)>,
    pub(crate) uncomments: Vec<Uncomment>,
    pub(crate) inserts: Vec<Insert>,
    /// The operation that set it.
    set_by: usize,
}

impl Work {
    /// Whether it gets new children.
    pub(crate) fn grows(&self) -> bool {
        !self.inserts.is_empty() || !self.uncomments.is_empty()
    }

    /// Whether its new children are a mapping's.
    pub(crate) fn adds_entries(&self) -> bool {
        self.added().is_some_and(|(entries, _)| entries)
    }

    /// Whether new children are a mapping's, and the operation that brings one.
    fn added(&self) -> Option<(bool, usize)> {
        let inserts = self.inserts.iter().map(|new| (new.key.is_some(), new.op));
        let uncomments = self.uncomments.iter();
        let mut all = inserts.chain(uncomments.map(|new| (new.key.is_some(), new.op)));
        all.next()
    }

    /// The insertions in the order of the text.
    pub(crate) fn sorted_inserts(&self, children: usize) -> Vec<&Insert> {
        let mut inserts: Vec<_> = self.inserts.iter().collect();
        inserts.sort_by_key(|insert| insert.slot.order(children));
        inserts
    }

    /// A collection of just what is inserted.
    pub(crate) fn inserted(&self, children: usize) -> Value {
        let inserts = self.sorted_inserts(children).into_iter();
        if self.adds_entries() {
            let entries = inserts.filter_map(|insert| {
                let key = insert.key.as_ref()?;
                Some((Value::string(key), insert.value.clone()))
            });
            Value::Mapping(entries.collect())
        } else {
            Value::Sequence(inserts.map(|insert| insert.value.clone()).collect())
        }
    }

    /// The first operation that did something other than set the node.
    fn other_op(&self) -> Option<usize> {
        let removed = self.removed.values().copied();
        let renamed = self.renamed.values().map(|(_, op)| *op);
        let uncomments = self.uncomments.iter().map(|new| new.op);
        let inserts = self.inserts.iter().map(|new| new.op);
        let all = removed.chain(renamed).chain(uncomments).chain(inserts);
        all.min()
    }
}

/// All that operations change.
#[derive(Default)]
pub(crate) struct Changes {
    /// By the node's number.
    pub(crate) nodes: BTreeMap<usize, Work>,
    /// Of a document without nodes.
    pub(crate) bare: Option<Work>,
}

impl Changes {
    pub(crate) fn of(&self, id: NodeId) -> Option<&Work> {
        self.nodes.get(&id.0)
    }

    /// Resolves the operations of one edit.
    pub(crate) fn new(tree: &Tree<'_>, parts: &Parts, ops: &[Op]) -> Result<Self, Error> {
        let mut resolver = Resolver {
            tree,
            parts,
            ops,
            changes: Self::default(),
        };
        // What goes comes first, so that something new may take its key.
        for (number, op) in ops.iter().enumerate() {
            resolver.take(number, op)?;
        }
        for (number, op) in ops.iter().enumerate() {
            resolver.give(number, op)?;
        }
        resolver.refuse_conflicts()?;
        Ok(resolver.changes)
    }
}

struct Resolver<'a, 't> {
    tree: &'a Tree<'t>,
    parts: &'a Parts,
    ops: &'a [Op],
    changes: Changes,
}

impl Resolver<'_, '_> {
    fn conflict(&self, at: &Route, first: usize, second: usize, span: Span) -> Error {
        let name = |op: usize| self.ops.get(op).map(Op::describe).unwrap_or_default();
        let kind = ErrorKind::Conflict {
            at: at.describe(),
            first: name(first),
            second: name(second),
        };
        self.tree.error(kind, span)
    }

    fn work(&mut self, id: Option<NodeId>) -> &mut Work {
        match id {
            Some(id) => self.changes.nodes.entry(id.0).or_default(),
            None => self.changes.bare.get_or_insert_default(),
        }
    }

    fn span(&self, id: Option<NodeId>) -> Span {
        self.tree.span_of(id)
    }

    /// [`Op::Set`], [`Op::Remove`] and [`Op::RenameKey`].
    fn take(&mut self, number: usize, op: &Op) -> Result<(), Error> {
        let tree = self.tree;
        match op {
            Op::Set { at, value } => {
                let id = match tree.root {
                    None if at.steps().is_empty() => None,
                    _ => Some(self.parts.existing(tree, at)?),
                };
                let span = self.span(id);
                writable::check(value, at.steps().len()).map_err(|kind| tree.error(kind, span))?;
                let work = self.work(id);
                match &work.set {
                    Some(old) if old.clone().sorted() != value.clone().sorted() => {
                        let first = work.set_by;
                        return Err(self.conflict(at, first, number, span));
                    }
                    Some(_) => {}
                    None => (work.set, work.set_by) = (Some(value.clone()), number),
                }
            }
            Op::Remove { at } => {
                let (parent, position) = self.child(at)?;
                let work = self.work(Some(parent));
                work.removed.entry(position).or_insert(number);
            }
            Op::RenameKey { at, key } => {
                let (parent, position) = self.child(at)?;
                let span = self.span(Some(parent));
                let entry = tree.entries(parent).get(position);
                let Some(entry) = entry.copied() else {
                    let found = tree.node(parent).map_or("", |node| node.kind_name());
                    let expected = "a mapping";
                    return Err(tree.error(ErrorKind::WrongKind { expected, found }, span));
                };
                self.parts.refuse_shared(tree, entry.key)?;
                writable::check_key(&Value::string(key)).map_err(|kind| tree.error(kind, span))?;
                let work = self.work(Some(parent));
                let (old, first) = work
                    .renamed
                    .entry(position)
                    .or_insert_with(|| (key.clone(), number));
                if old != key {
                    let first = *first;
                    return Err(self.conflict(at, first, number, span));
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The insertions, and [`Op::Uncomment`].
    fn give(&mut self, number: usize, op: &Op) -> Result<(), Error> {
        let tree = self.tree;
        match op {
            Op::Uncomment {
                parent,
                wanted,
                set,
            } => {
                let missing = |span| {
                    let kind = ErrorKind::NotFound(format!("commented-out {}", wanted.describe()));
                    tree.error(kind, span)
                };
                if tree.root.is_none() {
                    return Err(missing(Span::at(0)));
                }
                let id = self.parts.existing(tree, parent)?;
                let span = self.span(Some(id));
                let commented = tree.find_commented(parent, wanted)?;
                let commented = commented.ok_or_else(|| missing(span))?;
                let here = commented.span();
                let here = Span::new(here.start - tree.offset, here.end - tree.offset);
                if let Some(key) = commented.value.duplicate_key() {
                    return Err(tree.error(ErrorKind::DuplicateKey(key), here));
                }
                if commented.has_anchor {
                    return Err(tree.error(ErrorKind::Anchor, here));
                }
                let depth = parent.steps().len();
                writable::check_depth(&commented.value, depth + 1)
                    .map_err(|kind| tree.error(kind, here))?;
                if let Some(value) = set {
                    writable::check(value, 0).map_err(|kind| tree.error(kind, here))?;
                }
                let key = match wanted {
                    Wanted::Entry(key) | Wanted::Sequence(key) => Some(key.clone()),
                    Wanted::Item { .. } | Wanted::Text(_) => None,
                };
                self.refuse_kind(id, key.is_some())?;
                if let Some(key) = &key {
                    self.refuse_existing(id, key)?;
                }
                if let Some((entries, first)) = self.work(Some(id)).added()
                    && entries != key.is_some()
                {
                    return Err(self.conflict(parent, first, number, here));
                }
                let same = |other: &&Uncomment| other.commented.span() == commented.span();
                let work = self.work(Some(id));
                if let Some(other) = work.uncomments.iter().find(same) {
                    if other.set == *set {
                        return Ok(());
                    }
                    let first = other.op;
                    return Err(self.conflict(&op.target(), first, number, here));
                }
                work.uncomments.push(Uncomment {
                    commented,
                    key,
                    set: set.clone(),
                    op: number,
                });
                Ok(())
            }
            Op::InsertEntry {
                parent,
                key,
                value,
                place,
            } => self.insert(number, parent, Some(key), value, place),
            Op::InsertItem {
                parent,
                value,
                place,
            } => self.insert(number, parent, None, value, place),
            _ => Ok(()),
        }
    }

    fn insert(
        &mut self,
        number: usize,
        parent: &Route,
        key: Option<&String>,
        value: &Value,
        place: &Place,
    ) -> Result<(), Error> {
        let tree = self.tree;
        let (id, missing) = self.parts.reach(tree, parent)?;
        let span = self.span(id);
        if parent.steps().len() >= crate::MAX_DEPTH {
            return Err(tree.error(ErrorKind::TooDeep, span));
        }
        writable::check(value, parent.steps().len() + 1).map_err(|kind| tree.error(kind, span))?;
        // The missing parents, from the inside out.
        let mut new = match key {
            Some(key) => (Some(key.clone()), value.clone()),
            None => (None, value.clone()),
        };
        for step in missing.iter().rev() {
            let inner = match new {
                (Some(key), value) => Value::mapping([(key, value)]),
                (None, value) => Value::Sequence(vec![value]),
            };
            let Step::Key(key) = step else {
                return Err(tree.error(ErrorKind::NotFound(parent.describe()), span));
            };
            new = (Some(key.clone()), inner);
        }
        let (key, value) = new;
        if let Some(key) = &key {
            let key = Value::string(key);
            writable::check_key(&key).map_err(|kind| tree.error(kind, span))?;
        }
        let slot = match missing.is_empty() {
            true => self.slot(id, place)?,
            false => Slot::Last,
        };
        if let Some(id) = id {
            self.refuse_kind(id, key.is_some())?;
            if let Some(key) = &key {
                self.refuse_existing(id, key)?;
            }
        }
        let steps = parent.steps().len() - missing.len();
        let mut holder = Route::root();
        for step in parent.steps().iter().take(steps) {
            holder = holder.step(step.clone());
        }
        let work = self.work(id);
        if let Some((entries, first)) = work.added()
            && entries != key.is_some()
        {
            return Err(self.conflict(&holder, first, number, span));
        }
        match &key {
            Some(key) => {
                let same = |other: &&mut Insert| other.key.as_ref() == Some(key);
                if let Some(other) = work.inserts.iter_mut().find(same) {
                    let first = other.op;
                    let merged = merge(&mut other.value, value, &holder.key(key));
                    return merged.map_err(|at| self.conflict(&at, first, number, span));
                }
            }
            None => {
                let same = |other: &Insert| other.value == value && other.slot == slot;
                if work.inserts.iter().any(same) {
                    return Ok(());
                }
            }
        }
        work.inserts.push(Insert {
            key,
            value,
            slot,
            op: number,
        });
        Ok(())
    }

    fn slot(&self, id: Option<NodeId>, place: &Place) -> Result<Slot, Error> {
        let tree = self.tree;
        let children = id.map_or(0, |id| tree.child_spans(id).len());
        let missing = |name: String| {
            let kind = ErrorKind::NotFound(name);
            tree.error(kind, self.span(id))
        };
        let sibling = |step: &Step| {
            let id = id.ok_or_else(|| missing(Route::root().step(step.clone()).to_string()))?;
            let found = tree.child_position(id, step)?;
            found.ok_or_else(|| missing(Route::root().step(step.clone()).to_string()))
        };
        Ok(match place {
            Place::First | Place::Index(0) if children > 0 => Slot::Before(0),
            Place::First | Place::Last => Slot::Last,
            Place::Before(step) => Slot::Before(sibling(step)?),
            Place::After(step) => Slot::Behind(sibling(step)?),
            Place::Index(index) if *index < children => Slot::Before(*index),
            Place::Index(index) if *index == children => Slot::Last,
            Place::Index(index) => return Err(missing(format!("place number {index}"))),
        })
    }

    /// The parent of the node at the route, and its number there.
    fn child(&self, at: &Route) -> Result<(NodeId, usize), Error> {
        let tree = self.tree;
        let Some((parent, step)) = at.split() else {
            let kind = ErrorKind::Unsupported("removing or renaming a document's root");
            return Err(tree.error(kind, self.span(tree.root)));
        };
        let id = self.parts.existing(tree, &parent)?;
        let found = tree.child_position(id, step)?;
        let found = found.ok_or_else(|| {
            let kind = ErrorKind::NotFound(at.to_string());
            tree.error(kind, self.span(Some(id)))
        })?;
        Ok((id, found))
    }

    /// New children must be of the collection's kind.
    fn refuse_kind(&self, id: NodeId, entry: bool) -> Result<(), Error> {
        let tree = self.tree;
        let Some(node) = tree.node(id) else {
            return Ok(());
        };
        let fits = match &node.kind {
            Kind::Mapping { .. } => entry,
            Kind::Sequence { .. } => !entry,
            Kind::Scalar { .. } if node.tag.is_some() => {
                return Err(tree.error(ErrorKind::Tag, node.span));
            }
            Kind::Scalar { .. } => tree.is_null(id),
            Kind::Alias { .. } => return Err(tree.error(ErrorKind::Alias, node.span)),
        };
        if fits {
            return Ok(());
        }
        let expected = if entry { "a mapping" } else { "a sequence" };
        let found = node.kind_name();
        Err(tree.error(ErrorKind::WrongKind { expected, found }, node.span))
    }

    /// A new key must not be there already.
    fn refuse_existing(&self, id: NodeId, key: &str) -> Result<(), Error> {
        let tree = self.tree;
        let work = self.changes.of(id);
        for (position, entry) in tree.entries(id).iter().enumerate() {
            let goes = work.is_some_and(|work| {
                work.removed.contains_key(&position) || work.renamed.contains_key(&position)
            });
            if tree.text(entry.key) == Some(key) && !goes {
                let span = self.span(Some(entry.value));
                return Err(tree.error(ErrorKind::Exists(key.to_owned()), span));
            }
        }
        Ok(())
    }

    /// What is replaced or removed must not be edited inside, nor be referred to.
    fn refuse_conflicts(&mut self) -> Result<(), Error> {
        let tree = self.tree;
        // The nodes that go, as ranges of numbers, and the operation.
        let mut gone: Vec<(usize, usize, usize)> = Vec::new();
        for (id, work) in &self.changes.nodes {
            let id = NodeId(*id);
            if work.set.is_some() {
                if let Some(op) = work.other_op() {
                    let at = self.ops.get(op).map(Op::target).unwrap_or_default();
                    return Err(self.conflict(&at, work.set_by, op, self.span(Some(id))));
                }
                gone.push((tree.first_inside(id).0, id.0, work.set_by));
            }
            for (position, op) in &work.removed {
                if let Some((_, other)) = work.renamed.get(position) {
                    let at = self.ops.get(*op).map(Op::target).unwrap_or_default();
                    return Err(self.conflict(&at, *op, *other, self.span(Some(id))));
                }
                if let Some((first, last)) = tree.child_nodes(id, *position) {
                    gone.push((tree.first_inside(first).0, last.0, *op));
                }
            }
            for (position, (_, op)) in &work.renamed {
                if let Some(entry) = tree.entries(id).get(*position) {
                    gone.push((entry.key.0, entry.key.0, *op));
                }
            }
        }
        gone.sort_unstable();
        for (first, last, op) in &gone {
            for (id, work) in self.changes.nodes.range(first..=last) {
                let other = match work.other_op() {
                    Some(other) => other,
                    None if work.set_by != *op => work.set_by,
                    None => continue,
                };
                let span = self.span(Some(NodeId(*id)));
                let at = self.ops.get(other).map(Op::target).unwrap_or_default();
                return Err(self.conflict(&at, *op, other, span));
            }
        }
        self.parts.refuse_lost_anchors(tree, &gone)
    }
}

/// Makes one value of two that are inserted at `at`; where they differ otherwise,
/// the place.
fn merge(old: &mut Value, new: Value, at: &Route) -> Result<(), Route> {
    match (&mut *old, new) {
        (Value::Mapping(entries), Value::Mapping(more)) => {
            for (key, value) in more {
                let same = entries.iter_mut().find(|(other, _)| *other == key);
                match same {
                    Some((_, old)) => {
                        merge(old, value, &at.key(key.as_text().unwrap_or_default()))?;
                    }
                    None => entries.push((key, value)),
                }
            }
            Ok(())
        }
        (Value::Sequence(items), Value::Sequence(more)) => {
            for item in more {
                if !items.contains(&item) {
                    items.push(item);
                }
            }
            Ok(())
        }
        (old, new) if *old == new => Ok(()),
        _ => Err(at.clone()),
    }
}
