//! The verified splice: what the edited document means must be what the
//! operations ask for, or there is no edit.

use crate::document::{Document, documents, is_marker};
use crate::edit::{Indel, TextEdit};
use crate::error::{Error, ErrorKind};
use crate::op::Op;
use crate::plan::{Planned, plan};
use crate::position::Span;
use crate::render::{Style, block_lines};
use crate::tree::Tree;
use crate::value::Value;

impl Tree<'_> {
    /// Lowers `ops` into one edit of the whole stream's text, and proves it: the
    /// document is edited, parsed again and compared with the value that the
    /// operations give. Routes are all those of the text as it is now.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use yaml_splice::{Op, Route, Wanted, documents};
    /// let text = "spec:\n  version: v3\n  # The authority:\n  #caBundle:\n";
    /// let tree = documents(text).next().ok_or("no document")?.parse()?;
    /// let edit = tree.edit(&[Op::uncomment_as(
    ///     Route::root().key("spec"),
    ///     Wanted::Entry("caBundle".into()),
    ///     "LS0t",
    /// )])?;
    /// assert_eq!(edit.apply(text), "spec:\n  version: v3\n  # The authority:\n  caBundle: LS0t\n");
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// Any [`ErrorKind`]: nothing is guessed. [`ErrorKind::Verification`] is a
    /// fault of this crate.
    pub fn edit(&self, ops: &[Op]) -> Result<TextEdit, Error> {
        let Planned { edit, expected } = plan(self, ops)?;
        self.verify(&edit.apply(self.text), expected)?;
        Ok(edit.shifted(self.offset))
    }

    fn verify(&self, edited: &str, expected: Value) -> Result<(), Error> {
        let fail = |what| self.error(ErrorKind::Verification(what), Span::at(0));
        let mut parts = documents(edited);
        let (Some(document), None) = (parts.next(), parts.next()) else {
            return Err(fail("another number of documents"));
        };
        let tree = document.parse().map_err(|_| fail("it does not parse"))?;
        if tree.root_value().sorted() == expected.sorted() {
            Ok(())
        } else {
            Err(fail("another value"))
        }
    }
}

/// Adds `value` as a new document at the stream's end.
///
/// A `---` that stands at the end with nothing behind it is kept there, and a
/// missing final line break stays missing.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use yaml_splice::{Value, insert_document};
/// let edit = insert_document("a: 1\n", &Value::mapping([("b", Value::string("x"))]))?;
/// assert_eq!(edit.apply("a: 1\n"), "a: 1\n---\nb: x\n");
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// [`ErrorKind::Unsupported`] where the last document is in flow style, as JSON
/// is; [`ErrorKind::Syntax`] where it is not YAML.
pub fn insert_document(text: &str, value: &Value) -> Result<TextEdit, Error> {
    let all: Vec<Document<'_>> = documents(text).collect();
    let parsed = all.iter().map(Document::parse);
    let trees = parsed.collect::<Result<Vec<_>, _>>()?;
    if let Some(flow) = trees.iter().find(|tree| tree.is_flow()) {
        let kind = ErrorKind::Unsupported("a document added to JSON; add it in a file of its own");
        return Err(Error::new(kind, text, Span::at(flow.offset)));
    }
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let dash = trees.iter().map(Tree::dash_offset).next().unwrap_or(2);
    let last_line = text.trim_end_matches(['\n', '\r']);
    let last_line = last_line.rsplit('\n').next().unwrap_or_default();
    let open = is_marker(last_line, "---") && last_line.trim() == "---";
    let ended = text.is_empty() || text.ends_with('\n');
    let nothing = trees.iter().all(|tree| tree.root.is_none());
    let style = Style {
        newline,
        dash,
        ended: ended || open,
    };
    let body = block_lines(value, 0, &style, false);
    let mut insert = String::new();
    if !ended {
        insert.push_str(newline);
    }
    if !open && !nothing {
        insert.push_str("---");
        insert.push_str(newline);
    }
    insert.push_str(&body);
    if open {
        insert.push_str(newline);
        insert.push_str("---");
    }
    if ended {
        insert.push_str(newline);
    }
    let delete = Span::at(text.len());
    let edit = TextEdit::new(vec![Indel { delete, insert }], text)?;
    let edited = edit.apply(text);
    let mut values = Vec::new();
    for document in documents(&edited) {
        values.push(document.parse()?.root_value());
    }
    let added = values.iter().filter(|found| **found == *value).count();
    let before = trees
        .iter()
        .filter(|tree| tree.root_value() == *value)
        .count();
    if added == before + 1 {
        Ok(edit)
    } else {
        let kind = ErrorKind::Verification("the added document");
        Err(Error::new(kind, text, delete))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::Route;

    /// The proof is of no use unless it refuses: each of these texts is what a
    /// fault in lowering could make of the edit.
    #[test]
    fn an_edit_that_does_something_else_is_refused() {
        let text = "a: old\nb: 1\n";
        let tree = documents(text).next().unwrap().parse().unwrap();
        let set = Op::set(Route::root().key("a"), "new");
        let expected = plan(&tree, &[set]).unwrap().expected;
        let verify = |edited: &str| tree.verify(edited, expected.clone());
        assert_eq!(verify("a: new\nb: 1\n"), Ok(()));
        assert_eq!(
            verify("b: 1\na: 'new'\n"),
            Ok(()),
            "the order of keys means nothing"
        );
        for wrong in [
            text,
            "a: new\n",
            "a: new\nb: '1'\n",
            "a: new\nb: 2\n",
            "a: new\nb: 1\nc: 1\n",
            "a: new\nb: 1\n---\n",
            "a: [new\nb: 1\n",
            "",
        ] {
            let error = verify(wrong).unwrap_err();
            assert!(
                matches!(error.kind, ErrorKind::Verification(_)),
                "{wrong:?}"
            );
        }
    }
}
