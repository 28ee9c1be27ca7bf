//! A new value in the place of a node.

use std::borrow::Cow;

use crate::error::{Error, ErrorKind};
use crate::find::Child;
use crate::lines::{TriviaLines, ends_line, is_alone, line_end, next_line};
use crate::literal::literal;
use crate::lower::{Host, Lowering, restyled};
use crate::position::{Span, column};
use crate::render::{Rendered, block, flow_value, is_empty, scalar};
use crate::tree::{CollectionStyle, Kind, Node, NodeId, ScalarStyle};
use crate::value::Value;

impl Lowering<'_, '_> {
    /// Writes `value` in the place of the node, unless it is the same already.
    pub(crate) fn put(&mut self, id: NodeId, value: &Value) -> Result<(), Error> {
        let tree = self.tree;
        let Some(node) = tree.node(id) else {
            return Ok(());
        };
        if tree.value(id).sorted() == value.clone().sorted() {
            return Ok(());
        }
        let flow = node.style() == Some(CollectionStyle::Flow);
        // `{}` may have a tag: what it gets is a mapping too.
        let same_kind = matches!(
            (&node.kind, value),
            (Kind::Mapping { .. }, Value::Mapping(_)) | (Kind::Sequence { .. }, Value::Sequence(_))
        );
        if node.tag.is_some() && !same_kind {
            return Err(tree.error(ErrorKind::Tag, node.span));
        }
        let comment = flow && node.span.of(self.text).contains('#');
        if comment && same_kind && tree.child_spans(id).is_empty() {
            // `[ # none yet` and `]`: what is added stands behind the comment.
            let text = flow_value(value, &self.flow_style(id));
            let inside = text.get(1..text.len().saturating_sub(1));
            let end = node.span.end.saturating_sub(1);
            self.patch(Span::at(end), inside.unwrap_or_default().to_owned());
            return Ok(());
        }
        let host = self.host(id);
        if self.parts.in_flow(tree, id) || (host.child.is_none() && flow) {
            return self.put_flow(id, node, host, value);
        }
        if matches!(host.child, Some(Child::Entry(entry)) if entry.colon.is_none()) {
            let what = "a value behind a key without a colon";
            return Err(tree.error(ErrorKind::Unsupported(what), node.span));
        }
        if flow && !is_empty(value) {
            let text = flow_value(value, &self.flow_style(id));
            self.replace(node, text, None);
            return Ok(());
        }
        match is_empty(value) {
            true => self.put_inline(id, node, host, value),
            false => self.put_lines(id, node, host, value),
        }
        Ok(())
    }

    fn put_flow(
        &mut self,
        id: NodeId,
        node: &Node<'_>,
        host: Host,
        value: &Value,
    ) -> Result<(), Error> {
        let outer = self.parts.parent(id).map_or(id, |(parent, _)| parent);
        let style = self.flow_style(outer);
        let text = match (&node.kind, value) {
            (Kind::Scalar { style: old, .. }, Value::Scalar { text, string, .. })
                if *string && !node.span.is_empty() =>
            {
                restyled(text, *old, true, style.quoted)
            }
            _ => flow_value(value, &style),
        };
        match host.child {
            Some(Child::Entry(entry)) if entry.colon.is_none() => {
                let key = self.tree.span_of(Some(entry.key)).of(self.text);
                let explicit = entry.span.of(self.text).starts_with('?');
                if !explicit && key.contains(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']) {
                    let what = "a value behind a key of several lines";
                    let span = self.tree.span_of(Some(entry.key));
                    return Err(self.tree.error(ErrorKind::Unsupported(what), span));
                }
                let gap = self.gap_behind(node.span.end);
                self.patch(Span::at(node.span.end), format!("{gap}: {text}"));
            }
            _ if node.span.is_empty() => self.fill_in(host.offset, text.into(), None),
            _ => self.replace(node, text, None),
        }
        Ok(())
    }

    /// A scalar, `{}` or `[]`, in block style.
    fn put_inline(&mut self, id: NodeId, node: &Node<'_>, host: Host, value: &Value) {
        let children = self.tree.child_spans(id);
        let block = matches!(node.style(), Some(CollectionStyle::Block { .. }));
        if let (true, Some(first)) = (block, children.first()) {
            let (number, style) = self.next_style();
            let apart = host.child.is_some()
                && is_alone(self.text, first.start)
                && self.line_start(first.start) > host.offset;
            let lines = Span::new(
                self.line_start(first.start),
                next_line(self.text, node.span.end),
            );
            if !apart {
                let text = inline(value, None, style.newline, "", node);
                self.replace(node, text, None);
                return;
            }
            // A literal's lines would take in remarks below its header.
            let below = next_line(self.text, host.offset);
            let literals = style.ended
                && ends_line(self.text, host.offset)
                && TriviaLines::new(self.text, below).next().is_none();
            let column = host.column.filter(|_| literals).map(|column| column + 2);
            let text = inline(value, column, style.newline, "", node);
            self.patch(lines, String::new());
            self.fill_in(host.offset, text, Some(number));
            return;
        }
        let (number, style) = self.next_style();
        let column = self.literal_column(node, host).filter(|_| style.ended);
        let column = column.filter(|_| !self.hangs(id, node, host));
        let remark = match self.tree.is_block_scalar(id) {
            true => self.remark(node).into_owned(),
            false => String::new(),
        };
        let text = inline(value, column, style.newline, &remark, node);
        if self.hangs(id, node, host) {
            // Only a block scalar's indicator may stand so far to the left.
            let start = self.line_start(node.span.start);
            let end = next_line(self.text, node.span.end);
            self.patch(Span::new(start, end), String::new());
            self.fill_in(host.offset, text, Some(number));
            return;
        }
        match node.span.is_empty() {
            true => self.fill_in(host.offset, text, Some(number)),
            false => self.replace(node, text, Some(number)),
        }
    }

    /// Whether the node is a block scalar with its indicator on a line of its own, in
    /// a column where no other value can stand.
    fn hangs(&self, id: NodeId, node: &Node<'_>, host: Host) -> bool {
        let start = node.span.start;
        let outer = |key| column(self.text, start) <= key;
        self.tree.is_block_scalar(id)
            && is_alone(self.text, start)
            && host.column.is_some_and(outer)
    }

    /// Writes the text in the node's place, with a blank to what stands right before
    /// or behind it: `&a:b` has an anchor, `"b"#c` a comment.
    fn replace(&mut self, node: &Node<'_>, text: impl Into<Rendered>, number: Option<usize>) {
        let mut new = text.into();
        new.text.push_str(self.apart(node));
        let before = self.text.get(..node.span.start).unwrap_or_default();
        if node.anchor.is_some() && !before.ends_with([' ', '\t', '\n', '\r']) {
            new.text.insert(0, ' ');
        }
        self.patch_numbered(node.span, new, number);
    }

    /// The blank that a comment right behind the node needs.
    fn apart(&self, node: &Node<'_>) -> &'static str {
        let behind = self.text.get(node.span.end..).unwrap_or_default();
        if behind.starts_with('#') { " " } else { "" }
    }

    /// The column for a literal's lines; none where it would not be safe.
    fn literal_column(&self, node: &Node<'_>, host: Host) -> Option<usize> {
        let outer = host.column.unwrap_or(0) + 2;
        let end = node.span.end;
        let behind = match node.span.is_empty() {
            true => ends_line(self.text, end),
            false => next_line(self.text, end) > end && self.ends_here(end),
        };
        let Kind::Scalar { style, .. } = &node.kind else {
            return (behind && !matches!(node.kind, Kind::Alias { .. })).then_some(outer);
        };
        match style {
            ScalarStyle::Plain => behind.then_some(outer),
            ScalarStyle::Literal | ScalarStyle::Folded => {
                let text = node.span.of(self.text);
                let body = text.get(next_line(text, 0)..)?;
                let mut lines = body.split(['\n', '\r']);
                let first = lines.find(|line| !line.trim().is_empty())?;
                let indent = first.len() - first.trim_start_matches(' ').len();
                let smallest = host.column.unwrap_or(0) + 1;
                behind.then_some(indent.max(smallest))
            }
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => None,
        }
    }

    /// Whether a line break stands at the offset.
    fn ends_here(&self, offset: usize) -> bool {
        line_end(self.text, offset) == offset
    }

    /// The comment on a block scalar's header, with blanks before it.
    fn remark(&self, node: &Node<'_>) -> Cow<'_, str> {
        let text = node.span.of(self.text);
        let header = text.get(..line_end(text, 0)).unwrap_or_default();
        let header = header.trim_end();
        let remark = header
            .find([' ', '\t', '#'])
            .and_then(|at| header.get(at..));
        let remark = remark.unwrap_or_default();
        match remark.starts_with('#') {
            true => Cow::Owned(format!(" {remark}")),
            false => Cow::Borrowed(remark),
        }
    }

    /// A collection with children, in block style.
    fn put_lines(&mut self, id: NodeId, node: &Node<'_>, host: Host, value: &Value) {
        let mapping = matches!(value, Value::Mapping(_));
        let dash = matches!(host.child, Some(Child::Item(_)));
        if let Some(CollectionStyle::Block { column }) = node.style() {
            let same = mapping != self.tree.entries(id).is_empty();
            let apart = self.is_apart(id);
            // The dashes of a sequence may stand in its key's column, keys may not.
            let column = match (same, host.column) {
                (false, Some(key)) if apart && !dash => key + if mapping { 2 } else { self.dash },
                _ => column,
            };
            if apart {
                self.place.0 = column;
                let lines = Span::new(
                    self.line_start(node.span.start),
                    next_line(self.text, node.span.end),
                );
                self.patch(lines, String::new());
                self.put_block_lines(value, column, lines.end);
            } else {
                let text = block(value, column, &self.style(false), false);
                self.replace(node, text, None);
            }
            return;
        }
        let Some(key) = host.column else {
            // The root: on its own lines, or behind `---`.
            if node.span.is_empty() {
                self.put_root_lines(value);
            } else if is_alone(self.text, node.span.start) {
                let column = column(self.text, node.span.start);
                let text = block(value, column, &self.style(false), false);
                self.replace(node, text, None);
            } else {
                let old = Span::new(host.offset, node.span.end);
                let end = line_end(self.text, old.end);
                let rest = self.text.get(end..).unwrap_or_default();
                if end == old.end && !rest.starts_with(['\n', '\r']) {
                    // A line break that kubectl sees none in must not end the marker's line.
                    let lines = block(value, 0, &self.style(false), false);
                    self.patch(old, self.newline.to_owned() + &lines.text);
                    return;
                }
                self.patch(old, String::new());
                self.put_block_lines(value, 0, next_line(self.text, node.span.end));
            }
            return;
        };
        if dash && !host.properties && !self.hangs(id, node, host) {
            let style = self.style(false);
            let at = match node.span.is_empty() {
                true => key + 2,
                false => column(self.text, node.span.start),
            };
            let text = block(value, at, &style, false);
            match node.span.is_empty() {
                true => self.fill_in(host.offset, text, None),
                false => self.replace(node, text, None),
            }
            return;
        }
        let column = key + if mapping || dash { 2 } else { self.dash };
        self.place.0 = column;
        if is_alone(self.text, node.span.start) && self.line_start(node.span.start) > host.offset {
            // Comments stand between the key and the value: only its lines go.
            let (start, end) = (node.span.start, node.span.end);
            let lines = Span::new(self.line_start(start), next_line(self.text, end));
            let behind = Span::new(end, line_end(self.text, end)).of(self.text);
            let remark = self.remark(node);
            match (self.tree.is_block_scalar(id), remark.trim()) {
                (false, _) if !behind.trim().is_empty() => {
                    let gap = behind.len() - behind.trim_start().len();
                    self.patch(Span::new(start, end + gap), String::new());
                }
                (false, _) | (true, "") => self.patch(lines, String::new()),
                (true, remark) => {
                    let pad = " ".repeat(crate::position::column(self.text, start));
                    self.patch(lines, format!("{pad}{remark}{}", self.newline));
                }
            }
        } else if !node.span.is_empty() {
            let remark = match self.tree.is_block_scalar(id) {
                true => self.remark(node).into_owned(),
                false => self.apart(node).to_owned(),
            };
            self.patch(Span::new(host.offset, node.span.end), remark);
        }
        self.put_block_lines(value, column, next_line(self.text, node.span.end));
    }

    /// Whether the collection starts on a line of its own.
    fn is_apart(&self, id: NodeId) -> bool {
        let first = self.tree.child_spans(id).first().copied();
        first.is_some_and(|first| is_alone(self.text, first.start))
    }

    fn put_block_lines(&mut self, value: &Value, column: usize, at: usize) {
        let (number, style) = self.next_style();
        let mut lines = Rendered::from(" ".repeat(column));
        let value = block(value, column, &style, false);
        lines.text.push_str(&value.text);
        lines.text.push_str(self.newline);
        lines.open = value.open;
        self.patch_numbered(Span::at(at), lines, Some(number));
    }

    /// In a document without a root: behind its comments, before its end.
    pub(crate) fn put_root_lines(&mut self, value: &Value) {
        let mut end = self.text.len() - self.text.trim_start_matches('\u{feff}').len();
        let mut at = end;
        while at < self.text.len() {
            let next = next_line(self.text, at);
            let line = self.text.get(at..next).unwrap_or_default();
            if crate::document::is_marker(line, "...") {
                break;
            }
            if !line.trim().is_empty() {
                end = next;
            }
            at = next;
        }
        // kubectl looks for no document behind `...` without one.
        if self.tree.root.is_none() && self.tree.offset > 0 {
            let marker = format!("---{}", self.newline);
            self.patch(Span::at(end), marker);
        }
        match is_empty(value) {
            false => self.put_block_lines(value, 0, end),
            true => {
                let text = inline_text(value) + self.newline;
                self.patch(Span::at(end), text);
            }
        }
    }
}

fn inline_text(value: &Value) -> String {
    match value {
        Value::Mapping(_) => "{}".to_owned(),
        Value::Sequence(_) => "[]".to_owned(),
        Value::Scalar { text, string, .. } => match string {
            true => scalar(text, true, false, false),
            false => scalar(text, false, false, true),
        },
        Value::Alias(_) => String::new(),
    }
}

/// A value on one line, with a remark behind it; a text of several as a literal with
/// its lines at `column`.
fn inline(
    value: &Value,
    column: Option<usize>,
    newline: &str,
    remark: &str,
    node: &Node<'_>,
) -> Rendered {
    let lines = match value {
        Value::Scalar {
            text, string: true, ..
        } => column.and_then(|column| literal(text, column, newline, remark)),
        _ => None,
    };
    let one = || match (value, &node.kind) {
        (
            Value::Scalar {
                text, string: true, ..
            },
            Kind::Scalar { style, .. },
        ) => restyled(text, *style, false, false),
        _ => inline_text(value),
    };
    lines.unwrap_or_else(|| (one() + remark).into())
}
