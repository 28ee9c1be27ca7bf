//! What lowering asks of a tree: nodes that may be edited, places of children.

use crate::error::{Error, ErrorKind};
use crate::position::Span;
use crate::route::{Child, Route, Step};
use crate::tree::{CollectionStyle, Kind, NodeId, Tree};

impl Tree<'_> {
    /// The node at `route`, with nothing on the way that makes an edit unsafe.
    pub(crate) fn editable(&self, route: &Route) -> Result<NodeId, Error> {
        let missing = || self.error(ErrorKind::NotFound(route.to_string()), Span::at(0));
        let mut at = self.root.ok_or_else(missing)?;
        self.refuse_anchor(at)?;
        for step in route.steps() {
            at = self.child(at, step)?.ok_or_else(missing)?.value();
            self.refuse_anchor(at)?;
        }
        Ok(at)
    }

    /// One name for each collection, whichever way the operations name it.
    pub(crate) fn resolved(&self, route: &Route) -> Result<Route, Error> {
        Ok(self.resolve(route)?.unwrap_or_else(|| route.clone()))
    }

    fn refuse_anchor(&self, id: NodeId) -> Result<(), Error> {
        match self.node(id) {
            Some(node) if node.anchor.is_some() => Err(self.error(ErrorKind::Anchor, node.span)),
            Some(node) if matches!(node.kind, Kind::Alias { .. }) => {
                Err(self.error(ErrorKind::Alias, node.span))
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn child_at(&self, route: &Route) -> Result<Option<Child>, Error> {
        let Some((parent, step)) = route.split() else {
            return Ok(None);
        };
        match self.find(&parent)? {
            Some(parent) => self.child(parent, step),
            None => Ok(None),
        }
    }

    pub(crate) fn position(&self, parent: &Route, step: &Step) -> Result<usize, Error> {
        let child = self
            .find(parent)?
            .map(|id| self.child(id, step).map(|child| (id, child)));
        let found = match child.transpose()? {
            Some((id, Some(child))) => {
                let value = child.value();
                self.entries(id)
                    .iter()
                    .position(|entry| entry.value == value)
                    .or_else(|| self.items(id).iter().position(|item| item.value == value))
            }
            _ => None,
        };
        found.ok_or_else(|| self.error(ErrorKind::NotFound(parent.to_string()), Span::at(0)))
    }

    pub(crate) fn child_spans(&self, id: NodeId) -> Vec<Span> {
        match self.node(id).map(|node| &node.kind) {
            Some(Kind::Mapping { entries, .. }) => entries.iter().map(|entry| entry.span).collect(),
            Some(Kind::Sequence { items, .. }) => items.iter().map(|item| item.span).collect(),
            _ => Vec::new(),
        }
    }

    /// Whether the place is inside of brackets or braces.
    pub(crate) fn is_inside_flow(&self, span: Span) -> bool {
        self.nodes.iter().any(|node| {
            node.style() == Some(CollectionStyle::Flow)
                && node.span.start < span.start
                && span.end < node.span.end
        })
    }

    pub(crate) fn is_root_flow(&self, id: NodeId) -> bool {
        self.root == Some(id) && self.is_flow()
    }
}
