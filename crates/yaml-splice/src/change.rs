//! What becomes of a document, node by node.

use std::collections::{BTreeMap, HashMap};

use crate::commented::Commented;
use crate::tree::NodeId;
use crate::value::Value;

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
    pub(crate) op: usize,
}

/// A comment that becomes live.
pub(crate) struct Uncomment {
    pub(crate) commented: Commented,
    /// The entry's key.
    pub(crate) key: Option<String>,
    pub(crate) set: Option<Value>,
    pub(crate) op: usize,
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
    /// Which of `inserts` brings a key.
    pub(crate) by_key: HashMap<String, usize>,
    /// The operation that set it.
    pub(crate) set_by: usize,
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
    pub(crate) fn added(&self) -> Option<(bool, usize)> {
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
    pub(crate) fn other_op(&self) -> Option<usize> {
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
}
