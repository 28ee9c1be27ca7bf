//! Lowers changes into edits of the text. Nothing here changes a text.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::change::{Changes, Work};
use crate::compose::{Composed, Patch, Whole};
use crate::edit::TextEdit;
use crate::error::{Error, ErrorKind};
use crate::find::Child;
use crate::lines::{content_start, ends_line, line_end, newline_of, next_line};
use crate::lookup::Parts;
use crate::plain::needs_escape;
use crate::position::{Span, column};
use crate::render::{Rendered, Style, double_quoted, scalar, single_quoted};
use crate::tree::{CollectionStyle, Kind, NodeId, ScalarStyle, Tree};

/// Lowers all changes of one document. Spans count from the document's start.
pub(crate) fn lower(tree: &Tree<'_>, parts: &Parts, changes: &Changes) -> Result<TextEdit, Error> {
    let newline = newline_of(match tree.text.contains(['\n', '\r']) {
        true => tree.text,
        false => tree.source,
    });
    let blank = tree.text.trim_start_matches('\u{feff}').is_empty();
    let ended =
        blank || next_line(tree.text, tree.text.len().saturating_sub(1)) > line_end_of(tree.text);
    let text = match ended {
        true => Cow::Borrowed(tree.text),
        false => Cow::Owned(format!("{}{newline}", tree.text)),
    };
    let whole = Whole::new(tree, parts, &text);
    // Texts that must not be literal block scalars, found one after another.
    let mut quoted = BTreeSet::new();
    loop {
        let mut lowering = Lowering {
            tree,
            parts,
            changes,
            text: &text,
            newline,
            dash: tree.dash_offset(),
            json: tree.flow_is_quoted() || tree.is_empty_flow(),
            unended: whole.unended_scalar().is_some(),
            live: BTreeMap::new(),
            grown: BTreeMap::new(),
            place: (0, 0),
            patches: Vec::new(),
            written: 0,
            quoted: &quoted,
        };
        lowering.find_live()?;
        lowering.all()?;
        match whole.compose(lowering.patches)? {
            Composed::Edit(edit) => return Ok(edit),
            Composed::Again(more) if more.is_subset(&quoted) => {
                let kind = ErrorKind::Unsupported("a text of several lines at this place");
                return Err(tree.error(kind, tree.span_of(tree.root)));
            }
            Composed::Again(more) => quoted.extend(more),
        }
    }
}

/// The end of the text's last line, without its line break.
fn line_end_of(text: &str) -> usize {
    text.trim_end_matches(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'])
        .len()
        .max(text.len().saturating_sub(3))
}

/// Where a node's value is written.
#[derive(Clone, Copy)]
pub(crate) struct Host {
    /// Behind the colon or dash, and the anchor and tag.
    pub(crate) offset: usize,
    /// The column of the key or dash; none for the root.
    pub(crate) column: Option<usize>,
    /// Whether an anchor or a tag stands there.
    pub(crate) properties: bool,
    pub(crate) child: Option<Child>,
}

/// Comments that become live: the start of the line behind them, and the column
/// and depth of their collection. A sequence's dashes may stand in the column of
/// the keys around it, so that the column alone doesn't tell.
pub(crate) struct Live {
    pub(crate) end: usize,
    pub(crate) place: (usize, usize),
}

pub(crate) struct Lowering<'a, 't> {
    pub(crate) tree: &'a Tree<'t>,
    pub(crate) parts: &'a Parts,
    pub(crate) changes: &'a Changes,
    /// The document's text, always with a final line break.
    pub(crate) text: &'a str,
    pub(crate) newline: &'static str,
    /// Columns from a key to its sequence's dashes.
    pub(crate) dash: usize,
    /// Whether flow mappings have quoted keys.
    pub(crate) json: bool,
    /// Whether the text ends in a block scalar whose final line break is missing.
    pub(crate) unended: bool,
    /// What becomes live, by the start of its first line.
    pub(crate) live: BTreeMap<usize, Live>,
    /// By the line behind a collection, where new children went behind its last one.
    pub(crate) grown: BTreeMap<usize, usize>,
    /// The column and depth of the collection that is being lowered.
    pub(crate) place: (usize, usize),
    patches: Vec<Patch>,
    /// How many texts were written that may be literals.
    written: usize,
    quoted: &'a BTreeSet<usize>,
}

impl Lowering<'_, '_> {
    fn all(&mut self) -> Result<(), Error> {
        if let Some(work) = &self.changes.bare {
            let value = work.set.clone().unwrap_or_else(|| work.inserted(0));
            self.put_root_lines(&value);
        }
        for (number, work) in &self.changes.nodes {
            let id = NodeId(*number);
            self.place = (0, self.parts.depth(id));
            match &work.set {
                Some(value) => self.put(id, value)?,
                None => self.collection(id, work)?,
            }
        }
        Ok(())
    }

    fn collection(&mut self, id: NodeId, work: &Work) -> Result<(), Error> {
        self.rename(id, work)?;
        let Some(node) = self.tree.node(id) else {
            return Ok(());
        };
        let children = self.tree.child_spans(id).len();
        if children == 0 && !work.uncomments.is_empty() && node.style().is_some() {
            // `{ # remark` and `}` on lines of their own.
            let inside = node.span.of(self.text);
            if let Some(at) = inside.find('#') {
                let what = "a comment inside of an empty flow collection";
                let span = Span::at(node.span.start + at);
                return Err(self.tree.error(ErrorKind::Unsupported(what), span));
            }
        }
        match node.style() {
            _ if children == 0 && work.uncomments.is_empty() && work.grows() => {
                self.put(id, &work.inserted(0))
            }
            _ if children == 0 && work.grows() => self.fill(id, work),
            Some(CollectionStyle::Block { column }) => self.block(id, column, work),
            Some(CollectionStyle::Flow) => self.flow(id, work),
            Some(CollectionStyle::FlowPair) => self.flow_pair(id, work),
            None => Ok(()),
        }
    }

    fn rename(&mut self, id: NodeId, work: &Work) -> Result<(), Error> {
        let tree = self.tree;
        for (position, (key, _)) in &work.renamed {
            let entry = tree.entries(id).get(*position);
            let Some(old) = entry.and_then(|entry| tree.node(entry.key)) else {
                continue;
            };
            let Kind::Scalar { style, .. } = &old.kind else {
                let kind = ErrorKind::Unsupported("another key in place of a collection");
                return Err(tree.error(kind, old.span));
            };
            if old.tag.is_some() {
                return Err(tree.error(ErrorKind::Tag, old.span));
            }
            if old.span.is_empty() {
                let kind = ErrorKind::Unsupported("another key in place of an empty one");
                return Err(tree.error(kind, old.span));
            }
            let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
            if block && crate::lines::is_alone(self.text, old.span.start) {
                let kind = ErrorKind::Unsupported("another key in place of a block scalar");
                return Err(tree.error(kind, old.span));
            }
            let flow = !matches!(
                tree.node(id).and_then(|node| node.style()),
                Some(CollectionStyle::Block { .. })
            );
            let text = restyled(key, *style, flow, flow && self.json);
            self.patch(old.span, text);
        }
        Ok(())
    }

    /// Replaces a range.
    pub(crate) fn patch(&mut self, delete: Span, insert: impl Into<Rendered>) {
        self.patch_numbered(delete, insert.into(), None);
    }

    /// Inserts in front of what starts at `at`.
    pub(crate) fn lead(&mut self, at: usize, insert: String) {
        self.patch(Span::at(at), insert);
        if let Some(patch) = self.patches.last_mut() {
            patch.leads = true;
        }
    }

    pub(crate) fn patch_numbered(&mut self, delete: Span, insert: Rendered, number: Option<usize>) {
        if delete.is_empty() && insert.text.is_empty() {
            return;
        }
        let (mut delete, mut insert) = (delete, insert);
        // A tab behind a dash would be one that indents.
        let rest = self.text.get(delete.end..).unwrap_or_default();
        let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        let tab = rest
            .get(..blanks)
            .is_some_and(|blanks| blanks.contains('\t'));
        let before = self.text.get(..delete.start).unwrap_or_default();
        let end = if insert.text.is_empty() {
            before
        } else {
            &insert.text
        };
        if tab && end.ends_with(['-', ':', '?']) {
            let remark = !ends_line(self.text, delete.end);
            delete.end += blanks;
            insert.text.push_str(if remark { " " } else { "" });
        }
        self.patches.push(Patch {
            delete,
            insert: insert.text,
            place: self.place,
            leads: false,
            open: insert.open,
            number,
        });
    }

    /// The number of the next text that may be a literal, and the style for it.
    pub(crate) fn next_style(&mut self) -> (usize, Style) {
        let number = self.written;
        self.written += 1;
        (number, self.style(!self.quoted.contains(&number)))
    }

    pub(crate) const fn style(&self, literals: bool) -> Style {
        Style {
            newline: self.newline,
            dash: self.dash,
            ended: literals,
        }
    }

    /// `" text"` behind a colon or dash at `offset`, in place of trailing blanks.
    pub(crate) fn fill_in(&mut self, offset: usize, value: Rendered, number: Option<usize>) {
        let end = match ends_line(self.text, offset) {
            true => line_end(self.text, offset),
            false => offset,
        };
        let open = value.open;
        let text = match value.text.is_empty() {
            true => String::new(),
            false => format!(" {}", value.text),
        };
        self.patch_numbered(Span::new(offset, end), Rendered { text, open }, number);
    }

    /// Where the value of the node is written.
    pub(crate) fn host(&self, id: NodeId) -> Host {
        let child = self.parts.child(self.tree, id);
        let start = self.tree.span_of(Some(id)).start;
        let (offset, place) = match child {
            Some(Child::Entry(entry)) => (entry.colon.unwrap_or(start), Some(entry.span.start)),
            Some(Child::Item(item)) => match self.parts.in_flow(self.tree, id) {
                true => (item.span.start, Some(item.span.start)),
                false => (item.span.start + 1, Some(item.span.start)),
            },
            None => (self.root_start(start), None),
        };
        let properties = properties_end(self.text, offset, start);
        Host {
            offset: properties.unwrap_or(offset),
            column: place.map(|at| column(self.text, at)),
            properties: properties.is_some(),
            child,
        }
    }

    /// Behind the `---` in front of the root at `start`, or the byte order mark.
    fn root_start(&self, start: usize) -> usize {
        let before = self.text.get(..start).unwrap_or_default();
        let mut marker = before.len() - before.trim_start_matches('\u{feff}').len();
        let mut at = marker;
        while at < start {
            if before.get(at..).is_some_and(|rest| rest.starts_with("---")) {
                marker = at + 3;
            }
            let next = next_line(self.text, at);
            if next == at {
                break;
            }
            at = next;
        }
        marker
    }

    /// The comments that become live, in all collections.
    fn find_live(&mut self) -> Result<(), Error> {
        for (number, work) in &self.changes.nodes {
            let id = NodeId(*number);
            if work.uncomments.is_empty() {
                continue;
            }
            let place = (self.child_column(id, work), self.parts.depth(id));
            for new in &work.uncomments {
                if let [first, .., last] | [first @ last] = new.commented.lines.as_slice() {
                    let end = next_line(self.text, last.end);
                    let live = Live { end, place };
                    let other = self.live.range(..end).next_back();
                    let meets = other.is_some_and(|(_, other)| other.end > first.start);
                    if meets || self.live.insert(first.start, live).is_some() {
                        let what = "two operations that uncomment the same lines";
                        let span = Span::new(first.start, last.end);
                        return Err(self.tree.error(ErrorKind::Unsupported(what), span));
                    }
                }
            }
        }
        // Of comments in one gap, those of inner collections must come first.
        let mut last: Option<(usize, (usize, usize))> = None;
        for (start, live) in &self.live {
            if let Some((end, place)) = last
                && place < live.place
                && self.is_trivia(end, *start)
            {
                let what = "comments of an outer and of an inner collection in turn";
                return Err(self
                    .tree
                    .error(ErrorKind::Unsupported(what), Span::at(*start)));
            }
            last = Some((live.end, live.place));
        }
        Ok(())
    }

    /// The column of the node's children, there already or to come.
    pub(crate) fn child_column(&self, id: NodeId, work: &Work) -> usize {
        let style = self.tree.node(id).and_then(|node| node.style());
        if let (Some(CollectionStyle::Block { column }), false) =
            (style, self.tree.child_spans(id).is_empty())
        {
            return column;
        }
        let Some(key) = self.host(id).column else {
            return 0;
        };
        let mapping = work.adds_entries();
        let lines = work
            .uncomments
            .iter()
            .filter_map(|new| new.commented.lines.first());
        let first = lines.min_by_key(|line| line.start);
        let smallest = key + usize::from(mapping);
        let by_default = if mapping { 2 } else { self.dash };
        let by_comment = first.map(|line| line.hash).filter(|hash| *hash >= smallest);
        by_comment.unwrap_or(key + by_default)
    }

    /// The start of the line that holds `offset`.
    pub(crate) fn line_start(&self, offset: usize) -> usize {
        content_start(self.text, offset)
    }
}

/// Where the anchor and the tag between `from` and `to` end.
fn properties_end(text: &str, from: usize, to: usize) -> Option<usize> {
    let mut end = None;
    let mut at = from;
    while at < to {
        let rest = text.get(at..to).unwrap_or_default();
        let word = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        at += rest.len() - word.len();
        if word.starts_with('#') {
            at = line_end(text, at);
        } else if word.starts_with(['&', '!']) {
            at += word.find(char::is_whitespace).unwrap_or(word.len());
            end = Some(at);
        } else {
            break;
        }
    }
    end
}

/// A text in the style that a scalar had.
pub(crate) fn restyled(text: &str, style: ScalarStyle, flow: bool, quoted: bool) -> String {
    match style {
        ScalarStyle::DoubleQuoted => double_quoted(text),
        ScalarStyle::SingleQuoted if !text.contains(needs_escape) => single_quoted(text),
        _ => scalar(text, true, quoted, flow),
    }
}
