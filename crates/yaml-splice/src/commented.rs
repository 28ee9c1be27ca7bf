//! Commented-out entries: found by parsing what stands behind the `#`.

use crate::compose::block_shape;
use crate::document::documents;
use crate::error::{Error, ErrorKind};
use crate::find::Child;
use crate::lines::{CommentLine, Trivia, TriviaLines, content_start};
use crate::lookup::Parts;
use crate::position::Span;
use crate::render::Open;
use crate::route::{Route, Step};
use crate::tree::{CollectionStyle, Kind, Node, NodeId, ScalarStyle, Tree};
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
}

/// Where comments of a collection may stand: behind an offset's line.
struct Gap {
    /// How many children stand before it.
    index: usize,
    start: usize,
}

/// A commented-out entry that was found.
#[derive(Clone, Debug)]
pub struct Commented {
    /// What it means once it is uncommented: the entry's value, or the item.
    pub value: Value,
    /// How many live entries or items stand before it.
    pub(crate) index: usize,
    /// Its lines, in the document's text.
    pub(crate) lines: Vec<CommentLine>,
    /// The entry's value, in the document's text.
    pub(crate) value_span: Span,
    /// The block scalar that it ends in, in columns from the entry's own.
    pub(crate) open: Option<Open>,
    /// Whether a node of it has an anchor.
    pub(crate) has_anchor: bool,
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

impl Tree<'_> {
    /// The commented-out entry of the collection (or empty value) at `parent`.
    ///
    /// It is searched between the collection's live entries and behind them, up
    /// to whatever follows, so never inside of a block scalar or of another
    /// entry. Of a collection that an alias or a merge key brings, there is none: its
    /// comments stand elsewhere.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::AmbiguousComment`] where several fit, and the errors of
    /// [`find`](Self::find).
    pub fn find_commented(
        &self,
        parent: &Route,
        wanted: &Wanted,
    ) -> Result<Option<Commented>, Error> {
        let parent_id = match self.find_own(parent) {
            Ok(Some(parent_id)) => parent_id,
            Ok(None) => return Ok(None),
            Err(error) if error.kind == ErrorKind::Alias => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut found: Option<Commented> = None;
        for gap in self.gaps(parent, parent_id)? {
            // A blank line divides.
            let lines = TriviaLines::behind(self.text, gap.start).map(|(trivia, _)| trivia);
            let lines: Vec<_> = lines.collect();
            for lines in lines.split(|trivia| matches!(trivia, Trivia::Blank { .. })) {
                let comments = lines.iter().filter_map(|trivia| match trivia {
                    Trivia::Comment(line) => Some(*line),
                    Trivia::Blank { .. } => None,
                });
                let comments: Vec<_> = comments.collect();
                let mut rest = comments.as_slice();
                while let [_, more @ ..] = rest {
                    let Some(entry) = self.read_entry(rest, wanted, gap.index) else {
                        rest = more;
                        continue;
                    };
                    if found.is_some() {
                        let start = entry.span.start - self.offset;
                        let span = Span::new(start, entry.span.end - self.offset);
                        let kind = ErrorKind::AmbiguousComment(wanted.describe());
                        return Err(self.error(kind, span));
                    }
                    rest = rest.get(entry.lines.len()..).unwrap_or_default();
                    found = Some(entry);
                }
            }
        }
        Ok(found)
    }

    /// Where the comments of a collection may stand: behind the parent's colon
    /// or dash, and behind each child. None in flow style.
    fn gaps(&self, route: &Route, id: NodeId) -> Result<Vec<Gap>, Error> {
        let Some(node) = self.node(id) else {
            return Ok(Vec::new());
        };
        let host = match route.split() {
            None => None,
            Some((outer, step)) => match self.find_own(&outer)? {
                Some(outer) => self.child(outer, step)?,
                None => None,
            },
        };
        let host = match host {
            Some(Child::Entry(entry)) => entry.colon,
            Some(Child::Item(item)) => Some(item.span.start),
            None => None,
        };
        let children: Vec<Span> = match &node.kind {
            Kind::Mapping {
                style: CollectionStyle::Block { .. },
                entries,
            } => entries.iter().map(|entry| entry.span).collect(),
            Kind::Sequence {
                style: CollectionStyle::Block { .. },
                items,
            } => items.iter().map(|item| item.span).collect(),
            Kind::Scalar { .. } if self.is_null(id) => Vec::new(),
            Kind::Mapping { entries, .. } if entries.is_empty() => Vec::new(),
            Kind::Sequence { items, .. } if items.is_empty() => Vec::new(),
            _ => return Ok(Vec::new()),
        };
        let head = match children.first() {
            None => Some(host.unwrap_or(node.span.start).max(node.span.end)),
            // On the line of the first child there is nothing above it.
            Some(first) => host.filter(|host| *host < content_start(self.text, first.start)),
        };
        let head = head.map(|start| Gap { index: 0, start });
        let behind = children.iter().enumerate().map(|(number, child)| Gap {
            index: number + 1,
            start: child.end,
        });
        Ok(head.into_iter().chain(behind).collect())
    }

    /// Reads the longest entry that starts with the first of `lines`.
    fn read_entry(
        &self,
        lines: &[CommentLine],
        wanted: &Wanted,
        index: usize,
    ) -> Option<Commented> {
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
        // The dashes of a sequence may stand in its key's column.
        let dash = |line: &CommentLine| {
            let text = self.text.get(line.content..line.end).unwrap_or_default();
            matches!(wanted, Wanted::Sequence(_)) && text.starts_with("- ")
        };
        let below = |line: &&CommentLine| {
            line.bare || line.column > first.column || (line.column == first.column && dash(line))
        };
        let longest = |more: &[CommentLine], strict: bool| {
            let longest = 1 + more.iter().take(MAX_LINES - 1).take_while(below).count();
            (1..=longest).rev().find_map(|count| {
                let lines = lines.get(..count)?;
                // A bare `#` at the end belongs to what follows.
                (count == 1 || !lines.last()?.bare)
                    .then(|| self.read_lines(lines, wanted, index, strict))?
            })
        };
        // Lines that were commented out together have their `#` in one column.
        let count = more
            .iter()
            .take_while(|line| line.hash == first.hash)
            .count();
        let together = more.get(..count).unwrap_or_default();
        // What has it elsewhere is a remark, unless a value is missing without it,
        // or each `#` stands directly in front of its line's text.
        let last = together.last().unwrap_or(first);
        let open = self.text.get(last.content..last.end).unwrap_or_default();
        let each = |line: &CommentLine| line.content == line.start + line.hash + 1;
        let apart = open.trim_end().ends_with(':') || lines.iter().take(count + 2).all(each);
        let apart = apart && more.len() > count;
        let found = apart.then(|| longest(more, true)).flatten();
        let found = found.filter(|entry| entry.lines.len() > count + 1);
        found.or_else(|| longest(together, false))
    }

    /// `strict`: a plain value of several words is prose.
    fn read_lines(
        &self,
        lines: &[CommentLine],
        wanted: &Wanted,
        index: usize,
        strict: bool,
    ) -> Option<Commented> {
        let first = lines.first()?;
        let last = lines.last()?;
        // The text as it would be uncommented, moved to column 0.
        let mut text = String::new();
        let mut origins = Vec::new();
        for line in lines {
            let pad = line.column.saturating_sub(first.column);
            let pad = if line.bare { 0 } else { pad };
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
        if lines.len() > 1 && tree.ends_in_prose() || strict && tree.holds_prose_values() {
            return None;
        }
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
        let last_node = tree.nodes.len().checked_sub(1).map(NodeId);
        let last_node = last_node.map(|root| tree.last_inside(root));
        let open = last_node.and_then(|id| block_shape(&tree, &Parts::of(&tree), id));
        Some(Commented {
            value: tree.value(value),
            index,
            lines: lines.to_vec(),
            value_span: Span::new(origin(node.span.start), origin(node.span.end)),
            value_style,
            open,
            has_anchor: tree.nodes.iter().any(|node| node.anchor.is_some()),
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

    /// Whether the last value is a sentence, which nobody meant to be live.
    fn ends_in_prose(&self) -> bool {
        let last = self.root.map(|root| self.last_inside(root));
        last.and_then(|id| self.node(id)).is_some_and(|node| {
            let words = node.plain_words();
            words.is_some_and(|words| words.ends_with(['?', '!', '.']) || words.contains(" or "))
        })
    }

    fn holds_prose_values(&self) -> bool {
        let mut words = self.nodes.iter().filter_map(Node::plain_words);
        words.any(|words| !words.starts_with('<'))
    }

    /// The last node in the text of those in the node.
    fn last_inside(&self, id: NodeId) -> NodeId {
        let mut at = id;
        while let Some(last) = self.child_spans(at).len().checked_sub(1)
            && let Some((_, value)) = self.child_nodes(at, last)
        {
            at = value;
        }
        at
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
}

impl Node<'_> {
    /// The text of a plain scalar of several words.
    fn plain_words(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar {
                value,
                style: ScalarStyle::Plain,
            } if value.contains(char::is_whitespace) => Some(value),
            _ => None,
        }
    }
}
