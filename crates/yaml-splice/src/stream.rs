//! The one way in which text is made: all edits of a stream and all documents
//! that are added to it, written at once and proved over the whole stream.

use std::collections::BTreeMap;
use std::fmt;

use crate::document::{Document, documents, is_marker};
use crate::edit::{Indel, TextEdit};
use crate::error::{Error, ErrorKind};
use crate::front::{Front, is_blank, is_tabs, marks_move, newline};
use crate::json;
use crate::op::Op;
use crate::parallel;
use crate::plan::{Planned, plan};
use crate::position::Span;
use crate::proof::{Expected, prove, prove_alone, same_with_break};
use crate::render::{Style, block_lines, block_value};
use crate::tree::Tree;
use crate::value::Value;
use crate::writable;

/// A text that was edited, and proved to be what was asked for.
#[derive(Clone, PartialEq, Eq)]
pub struct Edited {
    /// The whole stream's new text.
    pub text: String,
    /// What was changed, in bytes of the old text.
    pub edit: TextEdit,
}

// The text may hold secrets.
impl fmt::Debug for Edited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Edited").finish_non_exhaustive()
    }
}

/// All that is to be done to one stream of documents.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use yaml_splice::{Op, Route, StreamEdit, Value, documents};
///
/// let text = "a: 1 # one\n---\nb: 2\n";
/// let tree = documents(text).nth(1).ok_or("no second document")?.parse()?;
/// let secret = Value::mapping([("kind", Value::string("Secret"))]);
/// let set = Op::set(Route::root().key("b"), "new");
/// let edited = StreamEdit::new(text)
///     .edit(&tree, &[set])?
///     .insert_before(&tree, &secret)?
///     .finish()?;
/// assert_eq!(edited.text, "a: 1 # one\n---\nkind: Secret\n---\nb: new\n");
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct StreamEdit<'a> {
    source: &'a str,
    newline: &'static str,
    documents: Vec<Document<'a>>,
    changes: BTreeMap<usize, Change<'a>>,
    /// In front of the document of this number; at the end by their count.
    additions: BTreeMap<usize, Vec<&'a Value>>,
}

/// The edit of one document.
#[derive(Clone)]
struct Change<'a> {
    tree: &'a Tree<'a>,
    /// Spans count from the document's start.
    edit: TextEdit,
    expected: Value,
}

/// What becomes of the last document where others are added behind it.
#[derive(Default)]
struct End {
    /// The line break that it gets.
    tail: &'static str,
    /// It has no nodes, and its comments are the first new one's now.
    joined: bool,
    /// It was a bare `---`, and there is one again behind the new ones.
    open: bool,
}

impl<'a> StreamEdit<'a> {
    /// An edit of `source` that does nothing yet.
    #[must_use]
    pub fn new(source: &'a str) -> Self {
        Self {
            source,
            newline: newline(source),
            documents: documents(source).collect(),
            changes: BTreeMap::new(),
            additions: BTreeMap::new(),
        }
    }

    /// Makes `ops` on a document of the stream: all that are to be made on it, in
    /// one call. Their routes are those of the text as it is now.
    ///
    /// # Errors
    ///
    /// Any [`ErrorKind`] that planning the operations gives, and
    /// [`ErrorKind::Unsupported`] for a document of another text or one that has
    /// operations already.
    pub fn edit(&mut self, tree: &'a Tree<'a>, ops: &[Op]) -> Result<&mut Self, Error> {
        let planned = self.planned(tree, ops)?;
        self.take(tree, planned)
    }

    /// Makes operations on several documents of the stream, as [`edit`](Self::edit) does
    /// on each. They are planned on several threads where they are many.
    ///
    /// # Errors
    ///
    /// Those of `edit`, all of them, in the order of the documents.
    pub fn edit_all(&mut self, edits: &[(&'a Tree<'a>, Vec<Op>)]) -> Result<&mut Self, Vec<Error>> {
        let planned = parallel::map(edits, |(tree, ops)| self.planned(tree, ops));
        let mut errors = Vec::new();
        for ((tree, _), planned) in edits.iter().zip(planned) {
            let taken = planned.and_then(|planned| self.take(tree, planned).map(drop));
            errors.extend(taken.err());
        }
        match errors.is_empty() {
            true => Ok(self),
            false => Err(errors),
        }
    }

    /// What becomes of the document of this number, if anything.
    fn planned(
        &self,
        tree: &'a Tree<'a>,
        ops: &[Op],
    ) -> Result<(usize, Option<Change<'a>>), Error> {
        let number = self.number(tree)?;
        let Planned { edit, expected } = plan(tree, ops)?;
        let end = tree.text.len();
        let touched = edit
            .indels()
            .last()
            .is_some_and(|last| last.delete.end == end);
        let ended = number + 1 < self.documents.len() && tree.text.ends_with('\n');
        if touched && ended && !edit.apply(tree.text).ends_with('\n') {
            let what = "the document would not end with LF or CRLF, without which kubectl sees no \
                        further document";
            return Err(tree.error(ErrorKind::WouldChange(what), Span::at(end)));
        }
        let change = (!edit.is_empty()).then_some(Change {
            tree,
            edit,
            expected,
        });
        Ok((number, change))
    }

    fn take(
        &mut self,
        tree: &Tree<'_>,
        (number, change): (usize, Option<Change<'a>>),
    ) -> Result<&mut Self, Error> {
        if self.changes.contains_key(&number) {
            let kind = ErrorKind::Unsupported("two edits of one document; make them in one call");
            return Err(tree.error(kind, Span::at(0)));
        }
        self.changes.extend(change.map(|change| (number, change)));
        Ok(self)
    }

    /// Adds a document at the stream's end.
    ///
    /// A `---` that stands there with nothing behind it stays at the end, and a
    /// missing final line break stays missing.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use yaml_splice::{StreamEdit, Value};
    /// let value = Value::mapping([("b", Value::string("x"))]);
    /// let edited = StreamEdit::new("a: 1\n").add_document(&value)?.finish()?;
    /// assert_eq!(edited.text, "a: 1\n---\nb: x\n");
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unsupported`] where the stream is JSON.
    pub fn add_document(&mut self, value: &'a Value) -> Result<&mut Self, Error> {
        self.add(self.documents.len(), value)
    }

    /// Adds a document in front of another one, behind those that were added
    /// there before.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unsupported`] where the stream is JSON, where directives
    /// (`%YAML`) stand above the other document, or where that is one of another
    /// text.
    pub fn insert_before(&mut self, tree: &Tree<'_>, value: &'a Value) -> Result<&mut Self, Error> {
        let number = self.number(tree)?;
        if let Some(document) = self.documents.get(number)
            && Front::of(document.text()).directives
        {
            let kind = ErrorKind::Unsupported(
                "a document added in front of directives; add it at the end",
            );
            return Err(tree.error(kind, Span::at(0)));
        }
        if let Some(document) = self.documents.get(number)
            && marks_move(document.text(), number == 0)
        {
            let kind = ErrorKind::Unsupported("a byte order mark that would be left out here");
            return Err(tree.error(kind, Span::at(0)));
        }
        self.add(number, value)
    }

    fn add(&mut self, number: usize, value: &'a Value) -> Result<&mut Self, Error> {
        // kubectl reads what begins with a brace as JSON, to its end.
        let body = self.source.trim_start_matches('\u{feff}').trim_start();
        // Where no `---` divides two documents, the first one is JSON.
        let undivided = |number: Option<usize>| {
            let document = number.and_then(|number| self.documents.get(number));
            let rest = document.and_then(|document| self.source.get(document.span().start..));
            rest.and_then(json::len_before_next).is_some()
        };
        if body.starts_with('{') || undivided(Some(number)) || undivided(number.checked_sub(1)) {
            let kind =
                ErrorKind::Unsupported("a document added to JSON; add it in a file of its own");
            let at = Span::at(self.source.len() - body.len());
            return Err(Error::new(kind, self.source, at));
        }
        let at = self.documents.get(number).or(self.documents.last());
        let at = Span::at(at.map_or(0, |document| document.span().start));
        if value.is_null() {
            let kind = ErrorKind::NotWritable("a document of nothing is none");
            return Err(Error::new(kind, self.source, at));
        }
        writable::check(value, 0).map_err(|kind| Error::new(kind, self.source, at))?;
        let last = self
            .documents
            .last()
            .filter(|_| number == self.documents.len());
        if let Some(last) = last
            && Front::of(last.text()).is_open()
        {
            let kind = ErrorKind::Unsupported("a document added behind directives without `---`");
            return Err(Error::new(kind, self.source, Span::at(last.span().start)));
        }
        self.additions.entry(number).or_default().push(value);
        Ok(self)
    }

    /// Writes the text, and proves it: it is split into its documents again, which
    /// must be as many as before and in their order, with those that were added at
    /// their places. What was not touched is the same byte for byte; what was is
    /// parsed, and means what the operations ask for, without a key that is there
    /// twice.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::UnendedScalar`], [`ErrorKind::DuplicateKey`],
    /// [`ErrorKind::Overlap`]; [`ErrorKind::Verification`] is a fault of this crate.
    pub fn finish(&self) -> Result<Edited, Error> {
        let (edit, expected) = self.write()?;
        let text = edit.apply(self.source);
        prove(self.source, &text, &edit, expected)?;
        Ok(Edited { text, edit })
    }

    /// What changes, and which documents there are then.
    pub(crate) fn write(&self) -> Result<(TextEdit, Vec<Expected<'_>>), Error> {
        let mut indels = Vec::new();
        let mut expected = Vec::with_capacity(self.documents.len());
        let last = self.documents.len().saturating_sub(1);
        for (number, document) in self.documents.iter().enumerate() {
            let front = self.added(number);
            let place = document.span();
            let (lead, from) = self.write_front(number, front, &mut indels);
            expected.extend(front.iter().map(|value| Expected::Added(value, place)));
            let change = self.changes.get(&number);
            if let Some(change) = change {
                indels.extend(change.edit.clone().shifted(place.start).into_indels());
            }
            let behind = match number == last {
                true => self.added(number + 1),
                false => &[],
            };
            let End { tail, joined, open } = self.write_end(number, behind, &mut indels)?;
            match change {
                Some(change) => expected.push(Expected::Edited(change.tree, &change.expected)),
                None if joined => {}
                None => expected.push(Expected::Kept {
                    lead,
                    text: document.text().get(from..).unwrap_or_default(),
                    tail,
                    place,
                }),
            }
            expected.extend(behind.iter().map(|value| Expected::Added(value, place)));
            if open {
                expected.push(Expected::Blank(place));
            }
        }
        Ok((TextEdit::new(indels, self.source)?, expected))
    }

    /// The number of the tree's document.
    fn number(&self, tree: &Tree<'_>) -> Result<usize, Error> {
        let same = std::ptr::eq(self.source, tree.source) || self.source == tree.source;
        let found = self
            .documents
            .binary_search_by_key(&tree.offset, |document| document.span().start);
        match found {
            Ok(number) if same => Ok(number),
            _ => {
                let kind = ErrorKind::Unsupported("the document is one of another text");
                Err(tree.error(kind, Span::at(0)))
            }
        }
    }

    fn added(&self, number: usize) -> &[&'a Value] {
        self.additions.get(&number).map_or(&[], Vec::as_slice)
    }

    /// Writes documents in front of one. What that one has in front of it now, and
    /// from where on it is the same.
    fn write_front(
        &self,
        number: usize,
        added: &[&Value],
        indels: &mut Vec<Indel>,
    ) -> (&'static str, usize) {
        let Some(document) = self.documents.get(number).filter(|_| !added.is_empty()) else {
            return ("", 0);
        };
        let newline = self.newline;
        let front = Front::of(document.text());
        let marker = if newline == "\n" { "---\n" } else { "---\r\n" };
        let (at, lead) = match front.marker {
            Some(at) => (at, ""),
            None => (front.start, marker),
        };
        let mut insert = String::new();
        let style = self.style(number, true);
        for (count, value) in added.iter().enumerate() {
            if front.marker.is_some() || number > 0 || count > 0 {
                insert.push_str(marker);
            }
            insert.push_str(&body(value, &style));
            insert.push_str(newline);
        }
        insert.push_str(lead);
        let delete = Span::at(document.span().start + at);
        indels.push(Indel { delete, insert });
        (lead, at)
    }

    /// Writes documents behind the last one.
    fn write_end(
        &self,
        number: usize,
        added: &[&Value],
        indels: &mut Vec<Indel>,
    ) -> Result<End, Error> {
        let Some(document) = self.documents.get(number).filter(|_| !added.is_empty()) else {
            return Ok(End::default());
        };
        let newline = self.newline;
        let change = self.changes.get(&number);
        let edited = change.map(|change| change.edit.apply(document.text()));
        let text = edited.as_deref().unwrap_or_else(|| document.text());
        let mut lines = text.trim_start_matches('\u{feff}').lines();
        let closed = lines.any(|line| is_marker(line, "..."));
        let blank = is_blank(text) && !closed;
        let last = text.trim_end_matches(['\n', '\r']).rsplit('\n').next();
        let open = blank && last.is_some_and(|line| line.trim_end() == "---");
        // A mark alone is the text's start, not a line.
        let ended = text.ends_with('\n') || text.trim_start_matches('\u{feff}').is_empty();
        let mut insert = String::new();
        if !ended {
            same_with_break(text, newline)
                .map_err(|at| unended(document, change.map(|change| &change.edit), at))?;
            insert.push_str(newline);
        }
        let mut apart = !(open || (blank && number == 0));
        if apart && !closed && is_tabs(text) {
            let kind = ErrorKind::Unsupported("a document added behind lines that a tab indents");
            let at = Span::at(document.span().start);
            return Err(Error::new(kind, self.source, at));
        }
        let joined = blank && !(apart && Front::of(text).marker.is_some());
        let style = self.style(number, ended || open);
        for value in added {
            if apart {
                insert.push_str("---");
                insert.push_str(newline);
            }
            apart = true;
            insert.push_str(&body(value, &style));
            insert.push_str(newline);
        }
        if open {
            insert.push_str("---");
            insert.push_str(newline);
        }
        if !ended {
            insert.truncate(insert.len() - newline.len());
        }
        let delete = Span::at(self.source.len());
        indels.push(Indel { delete, insert });
        Ok(End {
            tail: if ended { "" } else { newline },
            joined,
            open,
        })
    }

    /// How new documents are written beside the document of this number; `ended`: a
    /// break follows.
    fn style(&self, number: usize, ended: bool) -> Style {
        let dash = match self.changes.get(&number) {
            Some(change) => change.tree.dash_offset(),
            None => {
                let tree = self.documents.get(number).map(Document::parse);
                let tree = tree.and_then(Result::ok);
                tree.map_or(2, |tree| tree.dash_offset())
            }
        };
        Style {
            newline: self.newline,
            dash,
            ended,
        }
    }
}

/// A new document's lines, without the last one's break.
fn body(value: &Value, style: &Style) -> String {
    match value {
        Value::Mapping(entries) if !entries.is_empty() => block_lines(value, 0, style, false),
        Value::Sequence(items) if !items.is_empty() => block_lines(value, 0, style, false),
        _ => block_value(value, 0, style).trim_start().to_owned(),
    }
}

impl<'t> Tree<'t> {
    /// Makes `ops` on this document: the short form of [`StreamEdit`]. Routes are
    /// all those of the text as it is now.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use yaml_splice::{Op, Route, Wanted, documents};
    /// let text = "spec:\n  version: v3\n  # The authority:\n  #caBundle:\n";
    /// let tree = documents(text).next().ok_or("no document")?.parse()?;
    /// let edited = tree.edit(&[Op::Uncomment {
    ///     parent: Route::root().key("spec"),
    ///     wanted: Wanted::Entry("caBundle".into()),
    ///     set: Some("LS0t".into()),
    /// }])?;
    /// assert_eq!(edited.text, "spec:\n  version: v3\n  # The authority:\n  caBundle: LS0t\n");
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// Any [`ErrorKind`]: nothing is guessed. [`ErrorKind::Verification`] is a
    /// fault of this crate.
    pub fn edit(&self, ops: &[Op]) -> Result<Edited, Error> {
        StreamEdit::new(self.source).edit(self, ops)?.finish()
    }

    /// What [`Tree::edit`] would change, for a program that shows it. The proof is
    /// the same, but costs what the document and the next one cost, not the stream.
    ///
    /// # Errors
    ///
    /// As [`Tree::edit`].
    pub fn propose(&self, ops: &[Op]) -> Result<TextEdit, Error> {
        let Planned { edit, expected } = plan(self, ops)?;
        match prove_alone(self, &edit, &expected)? {
            true => Ok(edit.shifted(self.offset)),
            false => self.edit(ops).map(|edited| edited.edit),
        }
    }
}

/// Makes `ops` on the document of this number, from 0, in one call.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use yaml_splice::{Op, Route, edit};
/// let remove = Op::remove(Route::root().key("b"));
/// assert_eq!(edit("a: 1\n---\nb: 2 # two\nc: 3\n", 1, &[remove])?, "a: 1\n---\nc: 3\n");
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// [`ErrorKind::NotFound`] where there are fewer documents, and as [`Tree::edit`].
pub fn edit(text: &str, document: usize, ops: &[Op]) -> Result<String, Error> {
    let Some(found) = documents(text).nth(document) else {
        let kind = ErrorKind::NotFound(format!("document {document} (they count from 0)"));
        return Err(Error::new(kind, text, Span::at(text.len())));
    };
    Ok(found.parse()?.edit(ops)?.text)
}

/// That a document would get another value by the line break that is added to it;
/// `at` counts in its edited text.
pub(crate) fn unended(document: &Document<'_>, edit: Option<&TextEdit>, at: usize) -> Error {
    let at = edit.map_or(at, |edit| edit.origin(at));
    let span = Span::at(at + document.span().start);
    Error::new(ErrorKind::UnendedScalar, document.source(), span)
}
