//! What becomes of the texts.

use std::collections::HashMap;

use yaml_splice::{Op, Route, Value};

use crate::inventory::{ObjectId, Place};
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

/// An object that is to be added: as a document behind a file's last one, or to
/// the list that the object beside it is an item of.
pub(crate) struct Addition {
    pub(crate) place: Place,
    pub(crate) beside: ObjectId,
    pub(crate) id: ResourceId,
    pub(crate) list: Option<Route>,
    pub(crate) value: Value,
    pub(crate) reports: Vec<EditReport>,
}

impl Edits {
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
