//! Commented-out entries: found by parsing what stands behind the `#`.

use crate::document::documents;
use crate::error::{Error, ErrorKind};
use crate::position::{Span, column};
use crate::route::{Route, Step};
use crate::tree::{CollectionStyle, Kind, NodeId, ScalarStyle, Tree};
use crate::value::Value;

/// The longest commented-out entry that is looked for, in lines.
const MAX_LINES: usize = 64;

/// What to look for among the comments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// An entry of a mapping with this key. Its value must be nothing, one word,
    /// quoted, or a placeholder in `<…>`: anything else is prose.
    Entry(String),
    /// An entry of a mapping with this key, whose value is a sequence of mappings.
    Sequence(String),
    /// An item of a sequence that is a mapping with this field.
    Item {
        /// The field's key.
        field: String,
        /// The field's value.
        value: String,
    },
    /// An item of a sequence that is this string.
    Text(String),
}

impl Wanted {
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Entry(key) | Self::Sequence(key) => key.clone(),
            Self::Text(text) => text.clone(),
            Self::Item { field, value } => format!("{field}: {value}"),
        }
    }

    /// Whether a mapping's entry is looked for.
    pub(crate) const fn is_entry(&self) -> bool {
        matches!(self, Self::Entry(_) | Self::Sequence(_))
    }
}

/// A commented-out entry that was found.
#[derive(Clone, Debug)]
pub struct Commented {
    /// What it means once it is uncommented: the entry's value, or the item.
    pub value: Value,
    /// How many live entries or items stand before it.
    pub(crate) index: usize,
    /// Its lines, in the document's text.
    pub(crate) lines: Vec<Line>,
    /// The entry's value, in the document's text.
    pub(crate) value_span: Span,
    /// Whether it is a mapping's entry.
    pub(crate) is_entry: bool,
    /// The scalar's style, for one that is to be replaced.
    pub(crate) value_style: Option<ScalarStyle>,
    span: Span,
}

impl Commented {
    /// Its extent in the whole stream.
    #[must_use]
    pub const fn span(&self) -> Span {
        self.span
    }
}

/// A line that holds a comment and nothing else.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line {
    pub(crate) start: usize,
    /// The column of the `#`.
    pub(crate) hash: usize,
    /// Where the text behind the `#` and its spaces starts, and its column.
    pub(crate) content: usize,
    pub(crate) column: usize,
    /// Without the line break.
    pub(crate) end: usize,
}

impl Tree<'_> {
    /// The commented-out entry of the collection (or empty value) at `parent`.
    ///
    /// It is searched between the collection's live entries and behind them, up
    /// to whatever follows, so never inside of a block scalar or of another
    /// entry.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::AmbiguousComment`] where several fit, [`ErrorKind::Alias`] where an
    /// alias or a merge key stands on the route, and the errors of [`find`](Self::find).
    pub fn find_commented(
        &self,
        parent: &Route,
        wanted: &Wanted,
    ) -> Result<Option<Commented>, Error> {
        let Some(parent_id) = self.find_own(parent)? else {
            return Ok(None);
        };
        let mut found: Option<Commented> = None;
        for (index, start) in self.gaps(parent, parent_id)?.into_iter().enumerate() {
            let lines = self.comment_lines(start);
            let mut at = 0;
            while at < lines.len() {
                let run = lines.get(at..).unwrap_or_default();
                let Some(entry) = self.read_entry(run, wanted, index) else {
                    at += 1;
                    continue;
                };
                if found.is_some() {
                    let span =
                        Span::new(entry.span.start - self.offset, entry.span.end - self.offset);
                    return Err(self.error(ErrorKind::AmbiguousComment(wanted.describe()), span));
                }
                at += entry.lines.len();
                found = Some(entry);
            }
        }
        Ok(found)
    }

    /// Where the comments of a collection may stand: behind the parent's colon
    /// or dash, and behind each child. None in flow style.
    fn gaps(&self, route: &Route, id: NodeId) -> Result<Vec<usize>, Error> {
        let Some(node) = self.node(id) else {
            return Ok(Vec::new());
        };
        let head = match route.split() {
            None => None,
            Some((outer, step)) => {
                let outer = self.find(&outer)?;
                match (outer, step) {
                    (Some(outer), Step::Key(_)) => {
                        self.child(outer, step)?.and_then(|child| match child {
                            crate::route::Child::Entry(entry) => entry.colon,
                            crate::route::Child::Item(_) => None,
                        })
                    }
                    _ => None,
                }
            }
        };
        let children: Vec<usize> = match &node.kind {
            Kind::Mapping {
                style: CollectionStyle::Block { .. },
                entries,
            } => entries.iter().map(|entry| entry.span.end).collect(),
            Kind::Sequence {
                style: CollectionStyle::Block { .. },
                items,
            } => items.iter().map(|item| item.span.end).collect(),
            Kind::Scalar { .. } if self.is_null(id) => Vec::new(),
            Kind::Mapping { entries, .. } if entries.is_empty() => Vec::new(),
            Kind::Sequence { items, .. } if items.is_empty() => Vec::new(),
            _ => return Ok(Vec::new()),
        };
        let head = head.unwrap_or(node.span.start);
        let head = if children.is_empty() {
            head.max(node.span.end)
        } else {
            head
        };
        Ok(std::iter::once(head).chain(children).collect())
    }

    /// The comment lines between the line of `start` and the next live one.
    /// A blank line divides: it is kept as a line without content.
    pub(crate) fn comment_lines(&self, start: usize) -> Vec<Line> {
        let rest = self.text.get(start..).unwrap_or_default();
        let Some(first) = rest.find('\n') else {
            return Vec::new();
        };
        let mut lines = Vec::new();
        let mut at = start + first + 1;
        for line in rest
            .get(first + 1..)
            .unwrap_or_default()
            .split_inclusive('\n')
        {
            let body = line.trim_end_matches(['\n', '\r']);
            let comment = body.trim_start_matches([' ', '\t']);
            let (content, hash) = match comment.strip_prefix('#') {
                None if comment.is_empty() => (body.len(), usize::MAX),
                None => break,
                Some(content) => (
                    body.len() - content.trim_start_matches(' ').len(),
                    body.len() - comment.len(),
                ),
            };
            lines.push(Line {
                start: at,
                hash,
                content: at + content,
                column: if hash == usize::MAX {
                    usize::MAX
                } else {
                    content
                },
                end: at + body.len(),
            });
            at += line.len();
        }
        lines
    }

    /// Reads the longest entry that starts with the first of `lines`.
    fn read_entry(&self, lines: &[Line], wanted: &Wanted, index: usize) -> Option<Commented> {
        let (first, more) = lines.split_first()?;
        let head = self.text.get(first.content..first.end)?;
        let plausible = match wanted {
            Wanted::Entry(key) | Wanted::Sequence(key) => head
                .trim_start_matches(['"', '\''])
                .starts_with(key.as_str()),
            Wanted::Item { .. } | Wanted::Text(_) => head.starts_with("- "),
        };
        if !plausible {
            return None;
        }
        let deeper = more.iter().take(MAX_LINES - 1);
        // Lines that were commented out together have their `#` in one column;
        // what has it elsewhere is somebody's remark.
        // The dashes of a sequence may stand in its key's column.
        let dash = |line: &Line| {
            let text = self.text.get(line.content..line.end).unwrap_or_default();
            matches!(wanted, Wanted::Sequence(_)) && text.starts_with("- ")
        };
        let deeper = deeper.take_while(|line| {
            let below = line.column > first.column || line.content == line.end;
            line.hash == first.hash && (below || (line.column == first.column && dash(line)))
        });
        let longest = 1 + deeper.count();
        (1..=longest).rev().find_map(|count| {
            let lines = lines.get(..count)?;
            // A bare `#` at the end belongs to what follows.
            (lines.last()?.content < lines.last()?.end || count == 1)
                .then(|| self.read_lines(lines, wanted, index))?
        })
    }

    fn read_lines(&self, lines: &[Line], wanted: &Wanted, index: usize) -> Option<Commented> {
        let first = lines.first()?;
        let last = lines.last()?;
        // The text as it would be uncommented, moved to column 0.
        let mut text = String::new();
        let mut origins = Vec::new();
        for line in lines {
            let pad = line.column.saturating_sub(first.column);
            let pad = if line.content == line.end { 0 } else { pad };
            text.push_str(&" ".repeat(pad));
            origins.push((text.len(), line.content));
            text.push_str(self.text.get(line.content..line.end)?);
            text.push('\n');
        }
        let document = documents(&text).next()?;
        if document.text().len() != text.len() {
            return None;
        }
        let tree = document.parse().ok()?;
        let root = tree.root?;
        let value = match (wanted, tree.entries(root), tree.items(root)) {
            (Wanted::Entry(key), [entry], []) => {
                let fits = tree.text(entry.key) == Some(key)
                    && tree.is_value_not_prose(entry.value, lines.len() == 1);
                fits.then_some(entry.value)?
            }
            (Wanted::Sequence(key), [entry], []) => {
                let items = tree.items(entry.value);
                let mappings = items.iter().all(|i| !tree.entries(i.value).is_empty());
                let fits = tree.text(entry.key) == Some(key) && mappings && !items.is_empty();
                (fits && !tree.holds_prose()).then_some(entry.value)?
            }
            (Wanted::Text(text), [], [item]) => {
                let fits = tree.value(item.value) == Value::string(text);
                fits.then_some(item.value)?
            }
            (Wanted::Item { field, value }, [], [item]) => {
                let key = Step::Key(field.clone());
                let found = tree.child(item.value, &key).ok()??.value();
                let fits = tree.text(found) == Some(value) && !tree.holds_prose();
                fits.then_some(item.value)?
            }
            _ => return None,
        };
        let node = tree.node(value)?;
        let origin = |offset: usize| {
            let line = origins.iter().rev().find(|(at, _)| *at <= offset);
            line.map_or(first.content, |(at, original)| original + offset - at)
        };
        let value_style = match &node.kind {
            Kind::Scalar { style, .. } if node.tag.is_none() && node.anchor.is_none() => {
                Some(*style)
            }
            _ => None,
        };
        Some(Commented {
            value: tree.value(value),
            index,
            lines: lines.to_vec(),
            value_span: Span::new(origin(node.span.start), origin(node.span.end)),
            value_style,
            is_entry: wanted.is_entry(),
            span: Span::new(first.start, last.end).shifted(self.offset),
        })
    }

    /// Whether an entry with this value is YAML that someone commented out. On
    /// lines of its own, plain text is taken for prose.
    fn is_value_not_prose(&self, id: NodeId, one_line: bool) -> bool {
        let Some(node) = self.node(id) else {
            return false;
        };
        match &node.kind {
            Kind::Scalar { value, style } => {
                *style != ScalarStyle::Plain
                    || (one_line
                        && (!value.contains(char::is_whitespace)
                            || (value.starts_with('<') && value.ends_with('>'))))
            }
            _ => false,
        }
    }

    /// Whether a key is made of several words: a sentence with a colon in it.
    fn holds_prose(&self) -> bool {
        let entries = self.nodes.iter().flat_map(|node| match &node.kind {
            Kind::Mapping { entries, .. } => entries.as_slice(),
            _ => &[],
        });
        let mut keys = entries.filter_map(|entry| self.node(entry.key));
        keys.any(|key| match &key.kind {
            Kind::Scalar { value, style } => {
                *style == ScalarStyle::Plain && value.contains(char::is_whitespace)
            }
            _ => false,
        })
    }

    /// The column that a null parent's children get.
    pub(crate) fn key_column(&self, offset: usize) -> usize {
        column(self.text, offset)
    }
}
