//! Edits as data: disjoint, sorted, applied once to the original text.

use crate::error::{Error, ErrorKind};
use crate::position::Span;

/// One replacement: delete a range, insert a text in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Indel {
    /// The bytes of the original text to delete; empty for an insertion.
    pub delete: Span,
    /// The text to insert there.
    pub insert: String,
}

/// A sorted list of disjoint [`Indel`]s on one text: what a proved edit changes.
///
/// It is for showing. The new text is [`Edited::text`](crate::Edited::text), which
/// no other way leads to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextEdit {
    indels: Vec<Indel>,
}

impl TextEdit {
    /// The replacements, from the text's start on.
    #[must_use]
    pub fn indels(&self) -> &[Indel] {
        &self.indels
    }

    /// Whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.indels.is_empty()
    }

    /// Sorts the replacements. Insertions at one place keep their order.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Overlap`] where two want the same bytes, or one inserts
    /// inside of what another deletes. `text` is for the error's place.
    pub(crate) fn new(mut indels: Vec<Indel>, text: &str) -> Result<Self, Error> {
        indels.sort_by_key(|indel| (indel.delete.start, indel.delete.end));
        for (left, right) in indels.iter().zip(indels.iter().skip(1)) {
            if left.delete.end > right.delete.start {
                let kind = ErrorKind::Overlap(left.delete, right.delete);
                return Err(Error::new(kind, text, right.delete));
            }
        }
        Ok(Self { indels })
    }

    /// The text with the edit made. It leaves this crate once it is proved.
    #[must_use]
    pub(crate) fn apply(&self, text: &str) -> String {
        let inserted: usize = self.indels.iter().map(|indel| indel.insert.len()).sum();
        let mut out = String::with_capacity(text.len() + inserted);
        let mut done = 0;
        for indel in &self.indels {
            out.push_str(text.get(done..indel.delete.start).unwrap_or_default());
            out.push_str(&indel.insert);
            done = indel.delete.end;
        }
        out.push_str(text.get(done..).unwrap_or_default());
        out
    }

    /// The same edit on a text that has `offset` more bytes in front.
    #[must_use]
    pub(crate) fn shifted(mut self, offset: usize) -> Self {
        for indel in &mut self.indels {
            indel.delete = indel.delete.shifted(offset);
        }
        self
    }

    /// Where the byte at `offset` of the new text comes from: what was inserted,
    /// from where it was inserted.
    pub(crate) fn origin(&self, offset: usize) -> usize {
        let (mut old, mut new) = (0, 0);
        for Indel { delete, insert } in &self.indels {
            let kept = delete.start.saturating_sub(old);
            if offset < new + kept {
                break;
            }
            (old, new) = (delete.end, new + kept + insert.len());
            if offset < new {
                return delete.start;
            }
        }
        old + offset.saturating_sub(new)
    }

    /// The replacements themselves.
    pub(crate) fn into_indels(self) -> Vec<Indel> {
        self.indels
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_of_the_new_text_comes_from_somewhere() {
        let indel = |start, end, insert: &str| Indel {
            delete: Span::new(start, end),
            insert: insert.to_owned(),
        };
        let text = "0123456789";
        let edit = TextEdit::new(vec![indel(2, 4, "abc"), indel(6, 7, "")], text).unwrap();
        assert_eq!(edit.apply(text), "01abc45789");
        let origins: Vec<_> = (0..11).map(|at| edit.origin(at)).collect();
        assert_eq!(origins, [0, 1, 2, 2, 2, 4, 5, 7, 8, 9, 10]);
        assert!(!edit.is_empty() && TextEdit::default().is_empty());
    }
}
