//! What becomes of the texts.

use std::collections::{BTreeMap, HashMap};

use yaml_splice::{Op, Route, Value};

use crate::inventory::{ObjectId, Place};
use crate::pods::POD_KINDS;
use crate::report::EditReport;
use crate::resource::ResourceId;

/// The edits of documents, and objects that are to be added.
#[derive(Default)]
pub(crate) struct Edits {
    /// The operations of documents, with their reports.
    pub(crate) planned: Vec<PlannedEdit>,
    /// Objects that are to be added.
    pub(crate) additions: Vec<Addition>,
    /// Documents about which there is an error: they are not edited.
    pub(crate) refused: Vec<Place>,
    /// The numbers of `additions`, by their file and name.
    added: HashMap<(usize, ResourceId), Vec<usize>>,
}

/// One edit of one object.
pub(crate) struct PlannedEdit {
    pub(crate) place: Place,
    pub(crate) object: ObjectId,
    pub(crate) ops: Vec<Op>,
    pub(crate) report: EditReport,
}

/// An object that is to be added: as a document before those that use it, or to the
/// list that the object beside it is an item of.
pub(crate) struct Addition {
    pub(crate) place: Place,
    pub(crate) beside: ObjectId,
    pub(crate) id: ResourceId,
    pub(crate) list: Option<Route>,
    pub(crate) value: Value,
    pub(crate) reports: Vec<EditReport>,
}

impl Edits {
    /// The objects to add, each with the object to insert it before: the first edited
    /// workload of its namespace in the same file (for a list item, in the same list), or
    /// else the object that it was planned for. `kubectl apply` then creates what a pod
    /// mounts before the pod, and after its Namespace.
    pub(crate) fn placed(&self) -> impl Iterator<Item = (ObjectId, &Addition)> {
        let mut first = BTreeMap::new();
        for edit in &self.planned {
            let id = &edit.report.resource;
            if !edit.ops.is_empty() && POD_KINDS.contains(&id.kind.as_str()) {
                let at = (id.namespace.as_deref(), edit.place);
                let object = first.entry(at).or_insert(edit.object);
                *object = edit.object.min(*object);
            }
        }
        self.additions.iter().map(move |add| {
            let (file, namespace) = (add.place.file, add.id.namespace.as_deref());
            let (from, to) = match add.list {
                Some(_) => (add.place.tree, add.place.tree),
                None => (0, usize::MAX),
            };
            let at = |tree| (namespace, Place { file, tree });
            let user = first.range(at(from)..=at(to)).next();
            (user.map_or(add.beside, |(_, object)| *object), add)
        })
    }

    /// Adds an object. Added twice, it is there once.
    pub(super) fn add(&mut self, addition: Addition) {
        let key = (addition.place.file, addition.id.clone());
        let added = self.added.entry(key).or_default();
        let mut known = added.iter().filter_map(|at| self.additions.get(*at));
        if !known.any(|known| known.value == addition.value) {
            added.push(self.additions.len());
            self.additions.push(addition);
        }
    }
}
