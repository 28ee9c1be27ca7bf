//! Which objects belong to another one.

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;

use super::scan::{Inventory, Object, ObjectId};

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
    pub(crate) object: ObjectId,
    pub(crate) namespace: Option<&'a str>,
    /// The files that hold an object like this one.
    pub(crate) twins: Twins<'a>,
}

/// Files that hold objects of some kind and name.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Twins<'a> {
    /// Those of these objects, which are in the order of the inputs.
    Like(&'a [Object], &'a [ObjectId]),
    Files(&'a BTreeSet<usize>),
}

impl Twins<'_> {
    fn contains(self, file: usize) -> bool {
        match self {
            Self::Like(objects, like) => {
                let of = |id: &ObjectId| objects.get(id.0).map(|object| object.place.file);
                like.binary_search_by_key(&Some(file), of).is_ok()
            }
            Self::Files(files) => files.contains(&file),
        }
    }
}

impl Inventory<'_> {
    /// The object of this kind and name that belongs to `anchor`: in its namespace,
    /// and in its set (see `segments`), or in its file, or in another one that holds no
    /// object like `anchor`, since two whole manifests in one run are two sets.
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
            object: anchor,
            namespace,
            twins: self.files_with(&of.id.kind, &of.id.name),
        };
        let found = self.belonging(&anchor, self.named_in(kind, name, namespace));
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

    /// Those of the candidates, each list in the order of the inputs, that belong to
    /// `anchor`, by the rule of [`near`](Self::near).
    pub(crate) fn belonging(
        &self,
        anchor: &Anchor<'_>,
        candidates: [&[ObjectId]; 2],
    ) -> Vec<ObjectId> {
        let file = |id: ObjectId| self.object(id).map(|object| object.place.file);
        let within = |range: Range<ObjectId>| -> Vec<ObjectId> {
            let parts = candidates.map(|list| {
                let start = list.partition_point(|id| *id < range.start);
                let end = list.partition_point(|id| *id < range.end);
                list.get(start..end).unwrap_or_default()
            });
            parts.concat()
        };
        let set = self.segment(anchor.object);
        let own = within(set.clone());
        if !own.is_empty() {
            return own;
        }
        // The nearest set of the file that has one, the following before those above.
        let here = file(anchor.object);
        let below = candidates.map(|list| {
            let behind = list.partition_point(|id| *id < set.end);
            list.get(behind).copied()
        });
        let above = candidates.map(|list| {
            let before = list.partition_point(|id| *id < set.start).checked_sub(1);
            before.and_then(|before| list.get(before)).copied()
        });
        let in_file = |id: &ObjectId| file(*id) == here;
        let below = below.into_iter().flatten().filter(in_file).min();
        let above = above.into_iter().flatten().filter(in_file).max();
        if let Some(near) = below.or(above) {
            return within(self.segment(near));
        }
        let others = candidates.into_iter().flatten().copied();
        let free = |id: &ObjectId| file(*id).is_some_and(|file| !anchor.twins.contains(file));
        others.filter(free).collect()
    }
}

/// The sets of objects: each file is one, unless it is several manifests one behind
/// the other. It is where a workload or an APIService is there twice; then each set
/// begins where some object is there again.
pub(super) fn segments(objects: &[Object]) -> Vec<ObjectId> {
    let mut starts = Vec::new();
    let mut files = objects.iter().enumerate().peekable();
    while let Some((first, object)) = files.next() {
        let file = object.place.file;
        let mut all = vec![(first, object)];
        while let Some(next) = files.next_if(|(_, object)| object.place.file == file) {
            all.push(next);
        }
        starts.push(ObjectId(first));
        let mut seen = HashSet::new();
        let is_anchor = |object: &Object| object.pod.is_some() || object.id.kind == "APIService";
        let mut anchors = all.iter().filter(|(_, object)| is_anchor(object));
        if anchors.all(|(_, object)| seen.insert(&object.id)) {
            continue;
        }
        seen.clear();
        for (number, object) in all {
            if object.unreadable.is_none() && !seen.insert(&object.id) {
                starts.push(ObjectId(number));
                seen.clear();
                seen.insert(&object.id);
            }
        }
    }
    starts
}
