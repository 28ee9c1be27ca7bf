//! Changes of block collections: whole lines come and go.

use crate::change::{Insert, Slot, Work};
use crate::error::{Error, ErrorKind};
use crate::lines::{Trivia, TriviaLines, ends_line, is_alone, line_end, next_line};
use crate::lower::{Lowering, restyled};
use crate::position::Span;
use crate::render::{Open, Rendered, block, scalar};
use crate::tree::NodeId;
use crate::value::Value;

impl Lowering<'_, '_> {
    pub(crate) fn block(&mut self, id: NodeId, column: usize, work: &Work) -> Result<(), Error> {
        self.place.0 = column;
        let spans = self.tree.child_spans(id);
        let Some(first) = spans.first().copied() else {
            return Ok(());
        };
        // The first child may stand behind a dash.
        let compact = !is_alone(self.text, first.start);
        let all_go = work.removed.len() == spans.len();
        if all_go && compact && work.grows() {
            return self.replace_compact(id, column, &spans, work);
        }
        let mut inserts = work.sorted_inserts(spans.len());
        if all_go && !work.grows() {
            self.empty(id, &spans, compact);
        } else if compact && work.removed.contains_key(&0) {
            let slot = |insert: &&Insert| insert.slot.order(spans.len()).0;
            let count = inserts
                .iter()
                .take_while(|insert| slot(insert) == 0)
                .count();
            let more = inserts.split_off(count);
            self.remove_compact(&spans, column, &inserts, work);
            inserts = more;
        } else {
            self.remove(&spans, 0, work);
        }
        self.uncomment(work, column)?;
        for insert in inserts {
            self.insert_into(id, column, &spans, compact, insert)?;
        }
        Ok(())
    }

    /// An empty value that becomes a block collection, by comments behind it.
    pub(crate) fn fill(&mut self, id: NodeId, work: &Work) -> Result<(), Error> {
        let tree = self.tree;
        let Some(node) = tree.node(id) else {
            return Ok(());
        };
        let host = self.host(id);
        let entry =
            matches!(host.child, Some(crate::find::Child::Entry(entry)) if entry.colon.is_some());
        if !entry || self.parts.in_flow(tree, id) {
            let what = "uncommenting in an empty node that is no key's value";
            return Err(tree.error(ErrorKind::Unsupported(what), node.span));
        }
        let column = self.child_column(id, work);
        self.place.0 = column;
        if !node.span.is_empty() {
            self.patch(Span::new(host.offset, node.span.end), String::new());
        }
        self.uncomment(work, column)?;
        let (at, _) = self.walk(next_line(self.text, node.span.end), None);
        for insert in work.sorted_inserts(0) {
            self.insert_lines(insert, column, at);
        }
        Ok(())
    }

    // Removals.

    /// The children from this number on that go, with their lines.
    fn remove(&mut self, spans: &[Span], from: usize, work: &Work) {
        for position in work.removed.range(from..).map(|(position, _)| position) {
            if let Some(span) = spans.get(*position) {
                self.remove_lines(*span);
            }
        }
    }

    fn remove_lines(&mut self, span: Span) {
        let start = self.line_start(span.start);
        self.patch(
            Span::new(start, next_line(self.text, span.end)),
            String::new(),
        );
    }

    /// The first children, which stand behind a dash: what comes before them or
    /// follows moves up to it.
    fn remove_compact(&mut self, spans: &[Span], column: usize, before: &[&Insert], work: &Work) {
        let count = (0..spans.len())
            .take_while(|position| work.removed.contains_key(position))
            .count();
        let Some(first) = spans.first() else { return };
        if !before.is_empty() {
            let text = block(&together(before), column, &self.style(false), false);
            self.patch(*first, text);
            return self.remove(spans, 1, work);
        }
        let Some(next) = spans.get(count) else { return };
        let mut neighbours = spans.iter().zip(spans.iter().skip(1)).take(count);
        let joined = neighbours.all(|(left, right)| {
            let between = self.text.get(left.end..right.start).unwrap_or_default();
            between.trim().is_empty()
        });
        let inserts = work.inserts.iter();
        let mut slots = inserts.map(|insert| insert.slot.order(spans.len()).0);
        let mut comments = work.uncomments.iter().map(|new| new.commented.index);
        let used = slots.any(|slot| slot <= count) || comments.any(|index| index <= count);
        if joined && !used {
            self.patch(Span::new(first.start, next.start), String::new());
            return self.remove(spans, count, work);
        }
        let mut delete = *first;
        if ends_line(self.text, first.end) {
            let before = self.text.get(..first.start).unwrap_or_default();
            delete.start = before.trim_end_matches([' ', '\t']).len();
            delete.end = line_end(self.text, first.end);
        } else {
            // A tab that stood before a remark would indent it now.
            let rest = self.text.get(first.end..).unwrap_or_default();
            let remark = rest.trim_start_matches([' ', '\t']);
            let blanks = rest.len() - remark.len();
            if rest
                .get(..blanks)
                .is_some_and(|blanks| blanks.contains('\t'))
            {
                delete.end += blanks;
            }
        }
        self.patch(delete, String::new());
        self.remove(spans, 1, work);
    }

    /// All children of a collection that gets none.
    fn empty(&mut self, id: NodeId, spans: &[Span], compact: bool) {
        let mapping = !self.tree.entries(id).is_empty();
        let empty = if mapping { "{}" } else { "[]" };
        let host = self.host(id);
        let entry =
            matches!(host.child, Some(crate::find::Child::Entry(entry)) if entry.colon.is_some());
        let mut spans = spans.iter();
        if entry && !compact {
            self.fill_in(host.offset, empty.to_owned().into(), None);
        } else if let Some(first) = spans.next() {
            self.patch(*first, empty.to_owned());
        }
        for span in spans {
            self.remove_lines(*span);
        }
    }

    /// New children in place of all that stood behind a dash.
    fn replace_compact(
        &mut self,
        id: NodeId,
        column: usize,
        spans: &[Span],
        work: &Work,
    ) -> Result<(), Error> {
        if !work.uncomments.is_empty() {
            let what = "removing all that stands behind a dash and uncommenting there";
            let span = self.tree.span_of(Some(id));
            return Err(self.tree.error(ErrorKind::Unsupported(what), span));
        }
        let mut spans = spans.iter();
        if let Some(first) = spans.next() {
            let value = work.inserted(spans.len() + 1);
            let text = block(&value, column, &self.style(false), false);
            self.patch(*first, text);
        }
        for span in spans {
            self.remove_lines(*span);
        }
        Ok(())
    }

    // Insertions.

    fn insert_into(
        &mut self,
        id: NodeId,
        column: usize,
        spans: &[Span],
        compact: bool,
        insert: &Insert,
    ) -> Result<(), Error> {
        let mapping = insert.key.is_some();
        let at = match insert.slot {
            Slot::Before(0) if compact => {
                return self.insert_compact(id, column, spans, insert);
            }
            Slot::Before(child) => self.before(id, column, spans, child),
            Slot::Behind(child) => self.behind(spans, child, None),
            Slot::Last => {
                let last = spans.len().saturating_sub(1);
                let end = spans.last().map_or(0, |span| span.end);
                let alone = spans
                    .last()
                    .is_some_and(|span| is_alone(self.text, span.start));
                if mapping && self.unended && end == self.tree.text.len() && alone {
                    // Behind the last child its value would change.
                    self.before(id, column, spans, last)
                } else {
                    let outer = self.parts.block_column(self.tree, id);
                    let own = (!mapping).then(|| column.max(outer.map_or(0, |outer| outer + 1)));
                    let at = self.behind(spans, last, own);
                    self.grown.insert(next_line(self.text, end), at);
                    at
                }
            }
        };
        self.insert_lines(insert, column, at);
        Ok(())
    }

    fn insert_lines(&mut self, insert: &Insert, column: usize, at: usize) {
        let (number, style) = self.next_style();
        let mut lines = Rendered::from(" ".repeat(column));
        let value = block(&single(insert), column, &style, false);
        lines.text.push_str(&value.text);
        lines.text.push_str(self.newline);
        lines.open = value.open;
        self.patch_numbered(Span::at(at), lines, Some(number));
    }

    /// In front of the first child, which stands behind a dash.
    fn insert_compact(
        &mut self,
        id: NodeId,
        column: usize,
        spans: &[Span],
        insert: &Insert,
    ) -> Result<(), Error> {
        let Some(first) = spans.first() else {
            return Ok(());
        };
        if self.parts.parent(id).is_none() {
            let what = "inserting on the line of `---`";
            return Err(self.tree.error(ErrorKind::Unsupported(what), *first));
        }
        let value = block(&single(insert), column, &self.style(true), false);
        let text = value.text + self.newline + &" ".repeat(column);
        self.lead(first.start, text);
        Ok(())
    }

    /// The start of a line directly behind a child, and behind what becomes live
    /// inside of it. `own`: comments from this column on belong to the children.
    fn behind(&self, spans: &[Span], child: usize, own: Option<usize>) -> usize {
        let end = spans.get(child).map_or(0, |span| span.end);
        let line = next_line(self.text, end);
        // Nor before what inner collections get, which were lowered before.
        let inner = self.grown.get(&line).copied().unwrap_or(line);
        self.walk(line, own).0.max(inner)
    }

    /// The start of a line before a child and the comments above it.
    fn before(&self, id: NodeId, column: usize, spans: &[Span], child: usize) -> usize {
        let start = spans.get(child).map_or(0, |span| span.start);
        let line = self.line_start(start);
        let floor = match child.checked_sub(1) {
            Some(before) => self.behind(spans, before, None),
            None => {
                let host = self.host(id);
                // Above the root's first child stands the file's own remark.
                if host.child.is_none() {
                    return line;
                }
                self.walk(next_line(self.text, host.offset), None).0
            }
        };
        let mut above: Option<usize> = None;
        let mut at = floor;
        for (trivia, next) in TriviaLines::new(self.text, floor) {
            if at >= line {
                break;
            }
            above = match trivia {
                Trivia::Comment(comment) if comment.hash == column => above.or(Some(at)),
                _ => None,
            };
            at = next;
        }
        above.unwrap_or(line).max(floor)
    }

    /// From the start of a line on: behind what becomes live in this collection or
    /// deeper ones, but before what does in outer ones.
    pub(crate) fn walk(&self, from: usize, own: Option<usize>) -> (usize, bool) {
        let mut at = from;
        let mut own = own;
        let mut inside = from;
        for (trivia, next) in TriviaLines::new(self.text, from) {
            let Trivia::Comment(line) = trivia else {
                continue;
            };
            match self.live.get(&line.start) {
                Some(live) if live.place >= self.place => (at, inside) = (live.end, live.end),
                Some(_) => return (at, false),
                None if line.start < inside => {}
                None => match own {
                    Some(column) if line.hash >= column => at = next,
                    _ => own = None,
                },
            }
        }
        (at, true)
    }

    /// Whether only comments and blank lines stand between two starts of lines.
    pub(crate) fn is_trivia(&self, from: usize, to: usize) -> bool {
        let last = TriviaLines::new(self.text, from).map(|(_, next)| next);
        from == to || last.take_while(|next| *next <= to).any(|next| next == to)
    }

    // Comments.

    fn uncomment(&mut self, work: &Work, column: usize) -> Result<(), Error> {
        for new in &work.uncomments {
            let commented = &new.commented;
            let Some((first, last)) = commented.lines.first().zip(commented.lines.last()) else {
                continue;
            };
            let open = commented
                .open
                .filter(|_| new.set.is_none())
                .map(|open| Open {
                    indent: column + open.indent,
                    ..open
                });
            for line in &commented.lines {
                let indent = column + line.column.saturating_sub(first.column);
                let text = match line.bare {
                    true => String::new(),
                    false => " ".repeat(indent),
                };
                let open = open.filter(|_| line.start == last.start);
                self.patch(Span::new(line.start, line.content), Rendered { text, open });
            }
            let Some(value) = &new.set else {
                continue;
            };
            let span = commented.value_span;
            let style = commented.value_style.filter(|_| commented.lines.len() == 1);
            let (Some(style), Value::Scalar { text, string, .. }) = (style, value) else {
                let what = "another value in a comment of several lines, or a collection in one";
                return Err(self.tree.error(ErrorKind::Unsupported(what), span));
            };
            let text = match string {
                true => restyled(text, style, false, false),
                false => scalar(text, false, false, true),
            };
            match span.is_empty() {
                true => self.fill_in(span.start, scalar_of(value).into(), None),
                false => self.patch(span, text),
            }
        }
        Ok(())
    }
}

fn scalar_of(value: &Value) -> String {
    match value {
        Value::Scalar { text, string, .. } => scalar(text, *string, false, false),
        _ => String::new(),
    }
}

/// A collection that holds just these.
fn together(inserts: &[&Insert]) -> Value {
    let entries = inserts.iter().filter_map(|insert| {
        let key = insert.key.as_ref()?;
        Some((Value::string(key), insert.value.clone()))
    });
    let entries: Vec<_> = entries.collect();
    match entries.is_empty() {
        false => Value::Mapping(entries),
        true => Value::Sequence(inserts.iter().map(|insert| insert.value.clone()).collect()),
    }
}

/// A collection that holds just what is inserted.
fn single(insert: &Insert) -> Value {
    match &insert.key {
        Some(key) => Value::mapping([(key, insert.value.clone())]),
        None => Value::Sequence(vec![insert.value.clone()]),
    }
}
