//! Which objects belong to another one.

use std::collections::BTreeSet;

use super::scan::{Inventory, ObjectId};

/// The objects of a name that belong to another object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Near {
    /// It is not in the input.
    None,
    One(ObjectId),
    /// Several fit.
    Several(Vec<ObjectId>),
}

impl Near {
    /// The object, if it is certain.
    pub(crate) const fn one(&self) -> Option<ObjectId> {
        match self {
            Self::One(id) => Some(*id),
            _ => None,
        }
    }

    /// All that fit.
    pub(crate) fn all(self) -> Vec<ObjectId> {
        match self {
            Self::None => Vec::new(),
            Self::One(id) => vec![id],
            Self::Several(ids) => ids,
        }
    }
}

/// What other objects are matched with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Anchor<'a> {
    pub(crate) file: usize,
    pub(crate) namespace: Option<&'a str>,
    /// The files that hold an object like this one.
    pub(crate) twins: &'a BTreeSet<usize>,
}

impl Inventory<'_> {
    /// The object of this kind and name that belongs to `anchor`: in its namespace,
    /// and in its file, or in another one that holds no object like `anchor`, since
    /// two whole manifests in one run are two sets.
    pub(crate) fn near(&self, anchor: ObjectId, kind: &str, name: &str) -> Near {
        let namespace = self.object(anchor).and_then(|o| o.id.namespace.as_deref());
        self.near_in(anchor, namespace, kind, name)
    }

    /// The same, where `anchor` is matched by another namespace than its own: an
    /// APIService by that of its Service.
    pub(crate) fn near_in(
        &self,
        anchor: ObjectId,
        namespace: Option<&str>,
        kind: &str,
        name: &str,
    ) -> Near {
        let Some(of) = self.object(anchor) else {
            return Near::None;
        };
        let anchor = Anchor {
            file: of.place.file,
            namespace,
            twins: self.files_with(&of.id.kind, &of.id.name),
        };
        let named = self.named_in(kind, name, namespace);
        let found = self.belonging(&anchor, named);
        // An object that says its namespace is meant before one that does not.
        let mut exact = found.iter().filter(|id| {
            let namespace = self.object(**id).and_then(|o| o.id.namespace.as_deref());
            namespace.is_some() && namespace == anchor.namespace
        });
        match (found.as_slice(), exact.next(), exact.next()) {
            ([], ..) => Near::None,
            ([one], ..) | (_, Some(one), None) => Near::One(*one),
            _ => Near::Several(found),
        }
    }

    /// Those of `candidates` that belong to `anchor`, by the rule of [`near`](Self::near).
    pub(crate) fn belonging(
        &self,
        anchor: &Anchor<'_>,
        candidates: impl Iterator<Item = ObjectId>,
    ) -> Vec<ObjectId> {
        let (mut own, mut others) = (Vec::new(), Vec::new());
        for id in candidates {
            let Some(object) = self.object(id) else {
                continue;
            };
            let file = object.place.file;
            if !object.shares_namespace(anchor.namespace) {
                continue;
            }
            if file == anchor.file {
                own.push(id);
            } else if own.is_empty() && !anchor.twins.contains(&file) {
                others.push(id);
            }
        }
        match own.is_empty() {
            true => others,
            false => own,
        }
    }
}
