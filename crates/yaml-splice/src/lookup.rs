//! What lowering asks of a tree: parents, nodes that may be edited, aliases.

use crate::error::{Error, ErrorKind};
use crate::find::Child;
use crate::position::Span;
use crate::route::{Route, Step};
use crate::tree::{CollectionStyle, Kind, NodeId, ScalarStyle, Tree};

/// The way up from each node, and the aliases of a document.
pub(crate) struct Parts {
    /// The parent of each node and the number among its children.
    parents: Vec<Option<(NodeId, usize)>>,
    /// Each alias with its target, by the target.
    aliases: Vec<(NodeId, NodeId)>,
}

impl Parts {
    pub(crate) fn of(tree: &Tree<'_>) -> Self {
        let mut parents = vec![None; tree.nodes.len()];
        let mut aliases = Vec::new();
        for (number, node) in tree.nodes.iter().enumerate() {
            let id = NodeId(number);
            let mut adopt = |child: NodeId, position: usize| {
                if let Some(parent) = parents.get_mut(child.0) {
                    *parent = Some((id, position));
                }
            };
            match &node.kind {
                Kind::Mapping { entries, .. } => {
                    for (position, entry) in entries.iter().enumerate() {
                        adopt(entry.key, position);
                        adopt(entry.value, position);
                    }
                }
                Kind::Sequence { items, .. } => {
                    for (position, item) in items.iter().enumerate() {
                        adopt(item.value, position);
                    }
                }
                Kind::Alias { target, .. } => aliases.push((*target, id)),
                Kind::Scalar { .. } => {}
            }
        }
        aliases.sort_unstable_by_key(|(target, alias)| (target.0, alias.0));
        Self { parents, aliases }
    }

    pub(crate) fn parent(&self, id: NodeId) -> Option<(NodeId, usize)> {
        self.parents.get(id.0).copied().flatten()
    }

    /// The entry or item whose value the node is.
    pub(crate) fn child(&self, tree: &Tree<'_>, id: NodeId) -> Option<Child> {
        let (parent, position) = self.parent(id)?;
        let entry = tree.entries(parent).get(position).copied();
        let item = tree.items(parent).get(position).copied();
        entry.map(Child::Entry).or(item.map(Child::Item))
    }

    /// How many collections the node is in.
    pub(crate) fn depth(&self, id: NodeId) -> usize {
        let mut depth = 0;
        let mut at = id;
        while let Some((parent, _)) = self.parent(at) {
            (at, depth) = (parent, depth + 1);
        }
        depth
    }

    /// Whether the node is inside of brackets or braces.
    pub(crate) fn in_flow(&self, tree: &Tree<'_>, id: NodeId) -> bool {
        let style = self
            .parent(id)
            .and_then(|(parent, _)| tree.node(parent)?.style());
        matches!(
            style,
            Some(CollectionStyle::Flow | CollectionStyle::FlowPair)
        )
    }

    /// The column of the block collection around the node.
    pub(crate) fn block_column(&self, tree: &Tree<'_>, id: NodeId) -> Option<usize> {
        let mut at = id;
        while let Some((parent, _)) = self.parent(at) {
            if let Some(CollectionStyle::Block { column }) =
                tree.node(parent).and_then(|node| node.style())
            {
                return Some(column);
            }
            at = parent;
        }
        None
    }

    /// The node at `route`, with nothing on the way that makes an edit unsafe.
    pub(crate) fn existing(&self, tree: &Tree<'_>, route: &Route) -> Result<NodeId, Error> {
        match self.reach(tree, route)? {
            (Some(id), []) => Ok(id),
            (id, _) => {
                let kind = ErrorKind::NotFound(route.describe());
                Err(tree.error(kind, tree.span_of(id)))
            }
        }
    }

    /// The last node that is there on the way to `route`, and the missing steps,
    /// which are keys. No node in a document without any.
    pub(crate) fn reach<'r>(
        &self,
        tree: &Tree<'_>,
        route: &'r Route,
    ) -> Result<(Option<NodeId>, &'r [Step]), Error> {
        let mut at = tree.root;
        if let Some(root) = at {
            self.refuse_shared(tree, root)?;
        }
        let mut steps = route.steps();
        while let ([step, rest @ ..], Some(id)) = (steps, at) {
            let Some(child) = tree.child(id, step)? else {
                break;
            };
            self.refuse_shared(tree, child.value())?;
            (at, steps) = (Some(child.value()), rest);
        }
        let holds = at.is_none_or(|id| !tree.entries(id).is_empty() || tree.may_hold_entries(id));
        let keys = steps.iter().all(|step| matches!(step, Step::Key(_)));
        if steps.is_empty() || (keys && holds) {
            return Ok((at, steps));
        }
        let kind = ErrorKind::NotFound(route.describe());
        Err(tree.error(kind, tree.span_of(at)))
    }

    /// Refuses a node that other places of the document show too.
    pub(crate) fn refuse_shared(&self, tree: &Tree<'_>, id: NodeId) -> Result<(), Error> {
        let Some(node) = tree.node(id) else {
            return Ok(());
        };
        if matches!(node.kind, Kind::Alias { .. }) {
            return Err(tree.error(ErrorKind::Alias, node.span));
        }
        match self.aliases_of(id) {
            [] => Ok(()),
            _ => Err(tree.error(ErrorKind::Anchor, node.span)),
        }
    }

    fn aliases_of(&self, id: NodeId) -> &[(NodeId, NodeId)] {
        let start = self.aliases.partition_point(|(target, _)| target.0 < id.0);
        let end = self.aliases.partition_point(|(target, _)| target.0 <= id.0);
        self.aliases.get(start..end).unwrap_or_default()
    }

    /// Refuses to take away what an alias that stays refers to. `gone` holds
    /// ranges of nodes, sorted and disjoint.
    pub(crate) fn refuse_lost_anchors(
        &self,
        tree: &Tree<'_>,
        gone: &[(usize, usize, usize)],
    ) -> Result<(), Error> {
        let goes = |id: NodeId| {
            let behind = gone.partition_point(|(first, ..)| *first <= id.0);
            let range = behind.checked_sub(1).and_then(|at| gone.get(at));
            range.is_some_and(|(_, last, _)| id.0 <= *last)
        };
        for (target, alias) in &self.aliases {
            if goes(*target) && !goes(*alias) {
                return Err(tree.error(ErrorKind::Anchor, tree.span_of(Some(*target))));
            }
        }
        Ok(())
    }
}

impl Tree<'_> {
    /// Where the node stands in the document's text; its start where there is none.
    pub(crate) fn span_of(&self, id: Option<NodeId>) -> Span {
        let node = id.and_then(|id| self.node(id));
        node.map_or(Span::at(0), |node| node.span)
    }

    /// Whether entries may be added: to a mapping, or to nothing.
    fn may_hold_entries(&self, id: NodeId) -> bool {
        match self.node(id).map(|node| &node.kind) {
            Some(Kind::Mapping { .. }) => true,
            Some(Kind::Scalar { .. }) => self.is_null(id),
            _ => false,
        }
    }

    /// The number of the child that the step leads to.
    pub(crate) fn child_position(&self, id: NodeId, step: &Step) -> Result<Option<usize>, Error> {
        let Some(child) = self.child(id, step)? else {
            return Ok(None);
        };
        let (value, entries, items) = (child.value().0, self.entries(id), self.items(id));
        let entry = entries.binary_search_by_key(&value, |entry| entry.value.0);
        let item = || items.binary_search_by_key(&value, |item| item.value.0);
        Ok(entry.or_else(|_| item()).ok())
    }

    /// The first and the last node of a child: its key, or its value, and its value.
    pub(crate) fn child_nodes(&self, id: NodeId, position: usize) -> Option<(NodeId, NodeId)> {
        let entry = self
            .entries(id)
            .get(position)
            .map(|entry| (entry.key, entry.value));
        let item = self
            .items(id)
            .get(position)
            .map(|item| (item.value, item.value));
        entry.or(item)
    }

    /// The first node inside of the node. Nodes are numbered children first, so
    /// that a node and all inside of it are a range.
    pub(crate) fn first_inside(&self, id: NodeId) -> NodeId {
        let mut at = id;
        while let Some((first, _)) = self.child_nodes(at, 0) {
            at = first;
        }
        at
    }

    pub(crate) fn child_spans(&self, id: NodeId) -> Vec<Span> {
        match self.node(id).map(|node| &node.kind) {
            Some(Kind::Mapping { entries, .. }) => entries.iter().map(|entry| entry.span).collect(),
            Some(Kind::Sequence { items, .. }) => items.iter().map(|item| item.span).collect(),
            _ => Vec::new(),
        }
    }

    /// Whether the node is a literal or folded block scalar.
    pub(crate) fn is_block_scalar(&self, id: NodeId) -> bool {
        matches!(
            self.node(id).map(|node| &node.kind),
            Some(Kind::Scalar {
                style: ScalarStyle::Literal | ScalarStyle::Folded,
                ..
            })
        )
    }
}
