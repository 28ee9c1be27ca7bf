//! Which object of a name belongs to another one.

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
}

impl Inventory<'_> {
    /// The object of this kind and name that belongs to `anchor`: in its namespace,
    /// and in its file, or in another one that holds no object like `anchor`, since
    /// two whole manifests in one run are two sets.
    pub(crate) fn near(&self, anchor: ObjectId, kind: &str, name: &str) -> Near {
        let Some(of) = self.object(anchor) else {
            return Near::None;
        };
        let fits = |id: &ObjectId| {
            self.object(*id)
                .is_some_and(|object| object.shares_namespace(of.id.namespace.as_deref()))
        };
        let named = self.named(kind, name).iter().copied().filter(fits);
        let (own, others): (Vec<_>, Vec<_>) = named.partition(|id| {
            self.object(*id)
                .is_some_and(|o| o.place.file == of.place.file)
        });
        let found = match own.is_empty() {
            false => own,
            true => {
                let twins = self.named(&of.id.kind, &of.id.name);
                let twin = |file: usize| {
                    let mut twins = twins.iter().filter_map(|id| self.object(*id));
                    twins.any(|twin| twin.place.file == file)
                };
                let free = |id: &ObjectId| self.object(*id).is_some_and(|o| !twin(o.place.file));
                others.into_iter().filter(free).collect()
            }
        };
        // An object that says its namespace is meant before one that does not.
        let exact = |id: &&ObjectId| {
            let namespace = self.object(**id).and_then(|o| o.id.namespace.as_deref());
            namespace.is_some() && namespace == of.id.namespace.as_deref()
        };
        match (found.as_slice(), found.iter().filter(exact).count()) {
            ([], _) => Near::None,
            ([one], _) => Near::One(*one),
            (_, 1) => found
                .iter()
                .find(exact)
                .map_or(Near::None, |one| Near::One(*one)),
            _ => Near::Several(found),
        }
    }
}
