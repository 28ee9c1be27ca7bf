//! What operations do to one document: the edits of its text, and the value that
//! the edited text must have.

use crate::change::Changes;
use crate::edit::TextEdit;
use crate::error::Error;
use crate::lookup::Parts;
use crate::lower::lower;
use crate::model;
use crate::op::Op;
use crate::tree::Tree;
use crate::value::Value;

/// An edit of one document that is not proved yet.
pub(crate) struct Planned {
    /// Spans count from the document's start.
    pub(crate) edit: TextEdit,
    /// What the edited document must mean.
    pub(crate) expected: Value,
}

/// Lowers `ops`, and makes the same changes on the document's value.
pub(crate) fn plan(tree: &Tree<'_>, ops: &[Op]) -> Result<Planned, Error> {
    if ops.is_empty() {
        return Ok(Planned {
            edit: TextEdit::default(),
            expected: tree.root_value(),
        });
    }
    ops.iter().try_for_each(|op| tree.refuse_merged(op))?;
    let parts = Parts::of(tree);
    let changes = Changes::new(tree, &parts, ops)?;
    let expected = model::expected(tree, &changes)?;
    let edit = lower(tree, &parts, &changes)?;
    Ok(Planned { edit, expected })
}
