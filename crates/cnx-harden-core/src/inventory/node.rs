//! A node to read from, without routes.

use yaml_splice::{NodeId, Tree};

/// A node of a document.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node<'a, 't> {
    pub(crate) tree: &'a Tree<'t>,
    pub(crate) id: NodeId,
}

impl<'a, 't> Node<'a, 't> {
    pub(crate) const fn new(tree: &'a Tree<'t>, id: NodeId) -> Self {
        Self { tree, id }
    }

    /// The value under `key`; none for another node, or where there is no such key or
    /// no certain one.
    pub(crate) fn get(self, key: &str) -> Option<Self> {
        let value = self.tree.get(self.id, key).ok().flatten()?;
        Some(Self::new(self.tree, value))
    }

    /// The value that `keys` lead to.
    pub(crate) fn at(self, keys: &[&str]) -> Option<Self> {
        keys.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The scalar's text.
    pub(crate) fn text(self) -> Option<&'a str> {
        self.tree.text(self.id)
    }

    /// The integer, as Kubernetes reads it; none for another value.
    pub(crate) fn integer(self) -> Option<i64> {
        self.tree.integer(self.id)
    }

    /// The boolean, as Kubernetes reads it; none for another value.
    pub(crate) fn boolean(self) -> Option<bool> {
        self.tree.boolean(self.id)
    }

    /// The text of the scalar that `keys` lead to.
    pub(crate) fn text_at(self, keys: &[&str]) -> Option<&'a str> {
        self.at(keys)?.text()
    }

    /// The mapping's keys and values, in order.
    pub(crate) fn entries(self) -> impl Iterator<Item = (&'a str, Self)> {
        let tree = self.tree;
        let entries = tree.entries_of(self.id).into_iter();
        entries.map(move |(key, id)| (key, Self::new(tree, id)))
    }

    /// The sequence's items, in order.
    pub(crate) fn items(self) -> impl Iterator<Item = Self> {
        let tree = self.tree;
        tree.items_of(self.id).map(move |id| Self::new(tree, id))
    }

    /// The items of the sequence under `key`.
    pub(crate) fn items_of(self, key: &str) -> Vec<Self> {
        self.get(key)
            .map_or_else(Vec::new, |list| list.items().collect())
    }

    /// Whether there is a value: neither nothing nor `null`.
    pub(crate) fn is_set(self) -> bool {
        !self.tree.is_null(self.id)
    }
}
