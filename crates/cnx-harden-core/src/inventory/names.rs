//! The objects by what they are called.

use std::cmp::Ordering;

use super::scan::{Object, ObjectId};

/// The numbers of all objects, in two orders, so that each costs but two numbers.
#[derive(Default)]
pub(super) struct ByName {
    /// By kind and name, then as in the inputs.
    by_name: Vec<ObjectId>,
    /// By kind, name and namespace, then as in the inputs.
    by_namespace: Vec<ObjectId>,
}

impl ByName {
    pub(super) fn of(objects: &[Object]) -> Self {
        let id = |number: &ObjectId| objects.get(number.0).map(|object| &object.id);
        let name = |number: &ObjectId| id(number).map(|id| (id.kind.as_str(), id.name.as_str()));
        let namespace = |number: &ObjectId| id(number).and_then(|id| id.namespace.as_deref());
        let mut by_name: Vec<_> = (0..objects.len()).map(ObjectId).collect();
        by_name.sort_by(|a, b| name(a).cmp(&name(b)));
        let mut by_namespace = by_name.clone();
        // Those of a name stand together already.
        for same in by_namespace.chunk_by_mut(|a, b| name(a) == name(b)) {
            same.sort_by(|a, b| namespace(a).cmp(&namespace(b)));
        }
        Self {
            by_name,
            by_namespace,
        }
    }

    /// The objects of this kind and name, in the order of the inputs.
    pub(super) fn named(&self, objects: &[Object], kind: &str, name: &str) -> &[ObjectId] {
        equal(&self.by_name, objects, |object| {
            (object.id.kind.as_str(), object.id.name.as_str()).cmp(&(kind, name))
        })
    }

    /// Those of them that say this namespace.
    pub(super) fn named_in(
        &self,
        objects: &[Object],
        kind: &str,
        name: &str,
        namespace: Option<&str>,
    ) -> &[ObjectId] {
        equal(&self.by_namespace, objects, |object| {
            let id = &object.id;
            let own = (id.kind.as_str(), id.name.as_str(), id.namespace.as_deref());
            own.cmp(&(kind, name, namespace))
        })
    }
}

/// Those that `order` finds equal, of what is sorted by it.
fn equal<'a>(
    sorted: &'a [ObjectId],
    objects: &[Object],
    order: impl Fn(&Object) -> Ordering,
) -> &'a [ObjectId] {
    let order = |number: &ObjectId| objects.get(number.0).map_or(Ordering::Greater, &order);
    let start = sorted.partition_point(|number| order(number) == Ordering::Less);
    let end = sorted.partition_point(|number| order(number) != Ordering::Greater);
    sorted.get(start..end).unwrap_or_default()
}
