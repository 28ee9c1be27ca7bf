//! Operations that exclude each other, and those that make one together.

use crate::error::{Error, ErrorKind};
use crate::op::Op;
use crate::position::Span;
use crate::route::Route;
use crate::settle::Resolver;
use crate::tree::NodeId;
use crate::value::Value;

impl Resolver<'_, '_> {
    pub(crate) fn conflict(&self, at: &Route, first: usize, second: usize, span: Span) -> Error {
        let name = |op: usize| self.ops.get(op).map(Op::describe).unwrap_or_default();
        let kind = ErrorKind::Conflict {
            at: at.describe(),
            first: name(first),
            second: name(second),
        };
        self.tree.error(kind, span)
    }

    /// What is replaced or removed must not be edited inside, nor be referred to.
    pub(crate) fn refuse_conflicts(&self) -> Result<(), Error> {
        let tree = self.tree;
        if let Some(work) = &self.changes.bare
            && work.set.is_some()
            && let Some(op) = work.other_op()
        {
            let span = self.span(None);
            return Err(self.conflict(&Route::root(), work.set_by, op, span));
        }
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
pub(crate) fn merge(old: &mut Value, new: Value, at: &Route) -> Result<(), Route> {
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
