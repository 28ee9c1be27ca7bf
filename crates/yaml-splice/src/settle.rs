//! Resolves operations: from routes to nodes. Operations that agree are merged.

use crate::change::{Changes, Insert, Slot, Uncomment, Work};
use crate::commented::Wanted;
use crate::conflict;
use crate::error::{Error, ErrorKind};
use crate::lookup::Parts;
use crate::op::{InsertAt, Op};
use crate::position::Span;
use crate::route::{Route, Step};
use crate::tree::{Kind, NodeId, Tree};
use crate::value::Value;
use crate::writable;

impl Changes {
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

pub(crate) struct Resolver<'a, 't> {
    pub(crate) tree: &'a Tree<'t>,
    pub(crate) parts: &'a Parts,
    pub(crate) ops: &'a [Op],
    pub(crate) changes: Changes,
}

impl Resolver<'_, '_> {
    fn work(&mut self, id: Option<NodeId>) -> &mut Work {
        match id {
            Some(id) => self.changes.nodes.entry(id.0).or_default(),
            None => self.changes.bare.get_or_insert_default(),
        }
    }

    pub(crate) fn span(&self, id: Option<NodeId>) -> Span {
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
        place: &InsertAt,
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
                let next = work.inserts.len();
                let known = *work.by_key.entry(key.clone()).or_insert(next);
                if let Some(other) = work.inserts.get_mut(known) {
                    let first = other.op;
                    let merged = conflict::merge(&mut other.value, value, &holder.key(key));
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

    fn slot(&self, id: Option<NodeId>, place: &InsertAt) -> Result<Slot, Error> {
        let tree = self.tree;
        let children = id.map_or(0, |id| tree.entries(id).len() + tree.items(id).len());
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
            InsertAt::First | InsertAt::Index(0) if children > 0 => Slot::Before(0),
            InsertAt::First | InsertAt::Last => Slot::Last,
            InsertAt::Before(step) => Slot::Before(sibling(step)?),
            InsertAt::After(step) => Slot::Behind(sibling(step)?),
            InsertAt::Index(index) if *index < children => Slot::Before(*index),
            InsertAt::Index(index) if *index == children => Slot::Last,
            InsertAt::Index(index) => return Err(missing(format!("place number {index}"))),
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
        for (position, entry) in tree.entries_with(id, key) {
            let goes = work.is_some_and(|work| {
                work.removed.contains_key(&position) || work.renamed.contains_key(&position)
            });
            if !goes {
                let span = self.span(Some(entry.value));
                return Err(tree.error(ErrorKind::Exists(key.to_owned()), span));
            }
        }
        Ok(())
    }
}
