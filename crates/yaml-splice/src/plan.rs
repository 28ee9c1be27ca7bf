//! What operations do to one document: the edits of its text, and the value that
//! the edited text must have.

use crate::commented::Commented;
use crate::edit::TextEdit;
use crate::error::{Error, ErrorKind};
use crate::lower::{Resolved, lower};
use crate::model::{self, Found};
use crate::op::Op;
use crate::position::Span;
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
    let mut resolved = Vec::with_capacity(ops.len());
    for op in ops {
        tree.refuse_merged(op)?;
        let commented = match op {
            Op::Uncomment { parent, wanted, .. } => tree.find_commented(parent, wanted)?,
            _ => None,
        };
        resolved.push(Resolved { op, commented });
    }
    let edit = lower(tree, &resolved).map_err(|error| in_stream(tree, error))?;
    let mut expected = tree.root_value();
    // Later comments first, so that the places of the earlier ones stay true;
    // removals last, for the same reason.
    resolved.sort_by_key(|resolved| match (&resolved.op, &resolved.commented) {
        (Op::Remove { .. }, _) => (2, 0),
        (_, Some(commented)) => (0, usize::MAX - commented.span().start),
        _ => (1, 0),
    });
    for Resolved { op, commented } in resolved {
        let found = commented.map(|Commented { index, value, .. }| Found { index, value });
        model::apply(&mut expected, op, found).ok_or_else(|| {
            tree.error(ErrorKind::Verification("a route does not fit"), Span::at(0))
        })?;
    }
    Ok(Planned { edit, expected })
}

/// Moves an error's place from the document's text into the stream's.
fn in_stream(tree: &Tree<'_>, error: Error) -> Error {
    match error.kind {
        ErrorKind::Overlap(..) => {
            let span = error.span.shifted(tree.offset);
            Error::new(error.kind, tree.source, span)
        }
        _ => error,
    }
}
