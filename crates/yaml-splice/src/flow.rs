//! Changes of flow collections: children come and go with their commas.

use crate::change::{Insert, Work};
use crate::error::{Error, ErrorKind};
use crate::lines::{ends_line, line_end};
use crate::lower::Lowering;
use crate::position::{Span, line_start};
use crate::render::{FlowStyle, flow_entry, flow_value};
use crate::tree::{CollectionStyle, Kind, NodeId, ScalarStyle, Tree};
use crate::value::Value;

impl Lowering<'_, '_> {
    pub(crate) fn flow(&mut self, id: NodeId, work: &Work) -> Result<(), Error> {
        let tree = self.tree;
        self.refuse_comments(id, work)?;
        let spans = tree.child_spans(id);
        let (Some(first), Some(last)) = (spans.first(), spans.last()) else {
            return Ok(());
        };
        let style = self.flow_style(id);
        if work.removed.len() == spans.len() {
            let span = tree.span_of(Some(id));
            let inside = Span::new(span.start + 1, span.end.saturating_sub(1));
            self.refuse_remarks(inside, &spans)?;
            let new: Vec<_> = work.sorted_inserts(spans.len());
            let new: Vec<_> = new.into_iter().map(|new| flow_child(new, &style)).collect();
            match new.is_empty() {
                true => self.patch(inside, String::new()),
                false => {
                    let text = new.join(&format!(",{}", style.comma));
                    self.patch(Span::new(first.start, last.end), text);
                }
            }
            return Ok(());
        }
        self.remove_flow(&spans, work)?;
        for insert in work.sorted_inserts(spans.len()) {
            let (slot, _) = insert.slot.order(spans.len());
            let text = flow_child(insert, &style);
            let stays = |position: &usize| !work.removed.contains_key(position);
            let before = (0..slot).rev().find(stays).and_then(|at| spans.get(at));
            let behind = (slot..spans.len()).find(stays).and_then(|at| spans.get(at));
            if let Some(before) = before {
                let end = self.behind_child(*before);
                let gap = self.gap_behind(end);
                let text = format!("{gap},{}{text}", style.comma);
                self.patch(Span::at(end), text);
            } else if let Some(behind) = behind {
                // At the start of a line, `---` would be a document's marker.
                let marker = ["---", "..."].map(|marker| self.starts_with(behind.start, marker));
                let comma = if marker.contains(&true) {
                    " "
                } else {
                    &style.comma
                };
                self.lead(behind.start, format!("{text},{comma}"));
            }
        }
        Ok(())
    }

    /// The one entry of `[a: b]`: it gets braces where it is no longer one entry.
    pub(crate) fn flow_pair(&mut self, id: NodeId, work: &Work) -> Result<(), Error> {
        self.refuse_comments(id, work)?;
        let span = self.tree.span_of(Some(id));
        let style = self.flow_style(id);
        let gone = !work.removed.is_empty();
        if !gone && work.inserts.is_empty() {
            return Ok(());
        }
        let (mut before, mut behind) = (Vec::new(), Vec::new());
        for insert in work.sorted_inserts(1) {
            let text = flow_child(insert, &style);
            match insert.slot.order(1) {
                (0, _) => before.push(text),
                _ => behind.push(text),
            }
        }
        let comma = format!(",{}", style.comma);
        if gone {
            before.append(&mut behind);
            self.patch(span, format!("{{{}}}", before.join(&comma)));
            return Ok(());
        }
        let lead = before.iter().map(|text| format!("{text}{comma}"));
        let lead: String = lead.collect();
        let end = self.behind_child(span);
        let gap = self.gap_behind(end);
        let tail: String = behind.iter().map(|text| format!("{comma}{text}")).collect();
        self.lead(span.start, format!("{{{lead}"));
        self.patch(Span::at(end), format!("{gap}{tail}}}"));
        Ok(())
    }

    fn refuse_comments(&self, id: NodeId, work: &Work) -> Result<(), Error> {
        if work.uncomments.is_empty() {
            return Ok(());
        }
        let what = "uncommenting inside of a flow collection";
        let span = self.tree.span_of(Some(id));
        Err(self.tree.error(ErrorKind::Unsupported(what), span))
    }

    /// Refuses to take away comments outside of the children.
    fn refuse_remarks(&self, inside: Span, children: &[Span]) -> Result<(), Error> {
        let mut from = inside.start;
        for child in children.iter().chain([&Span::at(inside.end)]) {
            if child.start < inside.start || child.end > inside.end {
                continue;
            }
            let between = Span::new(from, child.start);
            if between.of(self.text).contains('#') {
                let what = "a comment beside a flow entry that is removed";
                return Err(self.tree.error(ErrorKind::Unsupported(what), between));
            }
            from = child.end;
        }
        Ok(())
    }

    /// Children, each with one comma.
    fn remove_flow(&mut self, spans: &[Span], work: &Work) -> Result<(), Error> {
        let mut position = 0;
        while position < spans.len() {
            if !work.removed.contains_key(&position) {
                position += 1;
                continue;
            }
            let run = (position..spans.len()).take_while(|at| work.removed.contains_key(at));
            let end = position + run.count();
            let first = spans.get(position).copied().unwrap_or(Span::at(0));
            let last = end.checked_sub(1).and_then(|last| spans.get(last));
            let before = position.checked_sub(1).and_then(|before| spans.get(before));
            let delete = match (spans.get(end), before, last) {
                (Some(next), ..) => Span::new(first.start, next.start),
                (None, Some(before), Some(last)) => {
                    let mut start = before.end;
                    // A colon without a value needs its blank.
                    if !self.gap_behind(start).is_empty()
                        && matches!(self.byte(start), Some(b' ' | b'\t'))
                    {
                        start += 1;
                    }
                    Span::new(start, last.end)
                }
                _ => first,
            };
            self.refuse_remarks(delete, spans)?;
            self.patch(delete, String::new());
            position = end;
        }
        Ok(())
    }

    fn starts_with(&self, at: usize, text: &str) -> bool {
        self.text
            .get(at..)
            .is_some_and(|rest| rest.starts_with(text))
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    /// Where something can be written behind a child: a value that it gets in the
    /// same edit takes the blanks behind its colon.
    fn behind_child(&self, child: Span) -> usize {
        match self.gap_behind(child.end) {
            " " if ends_line(self.text, child.end) => line_end(self.text, child.end),
            _ => child.end,
        }
    }

    /// What divides an entry without a value from the comma or colon behind it.
    pub(crate) fn gap_behind(&self, end: usize) -> &'static str {
        match end.checked_sub(1).and_then(|at| self.byte(at)) {
            Some(b':') => " ",
            _ if self.ends_in_tag(end) => " ",
            _ => "",
        }
    }

    /// Whether a node that is nothing but a tag ends there: a comma would be a part of
    /// the tag.
    fn ends_in_tag(&self, end: usize) -> bool {
        let nodes = &self.tree.nodes;
        let first = nodes.partition_point(|node| node.span.end < end);
        let mut here = nodes
            .iter()
            .skip(first)
            .take_while(|node| node.span.end == end);
        here.any(|node| node.span.is_empty() && node.tag.is_some())
    }

    /// How the collection, or what stands around it, is written.
    pub(crate) fn flow_style(&self, id: NodeId) -> FlowStyle {
        let tree = self.tree;
        let spans = tree.child_spans(id);
        let start = tree.span_of(Some(id)).start;
        let between = |from: usize, to: usize| self.text.get(from..to).unwrap_or_default();
        let colon = tree.entries(id).last().or_else(|| {
            let mut mappings = tree.nodes.iter().filter_map(|node| match &node.kind {
                Kind::Mapping {
                    entries,
                    style: CollectionStyle::Flow,
                } => entries.last(),
                _ => None,
            });
            mappings.next()
        });
        let colon = colon.and_then(|entry| {
            let value = tree.node(entry.value)?;
            let text = between(entry.colon?, value.span.start);
            (text.chars().all(|c| c == ' ') && !value.span.is_empty()).then(|| text.to_owned())
        });
        let comma = match (spans.first(), spans.get(1)) {
            (Some(first), Some(second)) => {
                let text = between(first.end, second.start);
                text.trim_start().strip_prefix(',').unwrap_or(" ")
            }
            (Some(first), None) => match between(start + 1, first.start) {
                lines if lines.contains(['\n', '\r']) => lines,
                _ => colon.as_deref().unwrap_or(" "),
            },
            _ => colon.as_deref().unwrap_or(" "),
        };
        // Comments are not to be written again.
        let blank = |c: char| matches!(c, ' ' | '\t' | '\n' | '\r');
        let comma = if comma.chars().all(blank) { comma } else { " " }.to_owned();
        let indent = |offset: usize| {
            let line = self
                .text
                .get(line_start(self.text, offset)..)
                .unwrap_or_default();
            line.len() - line.trim_start_matches(' ').len()
        };
        let step = spans
            .first()
            .map_or(0, |first| indent(first.start).saturating_sub(indent(start)));
        let colon = colon.unwrap_or_else(|| " ".to_owned());
        FlowStyle {
            // Without quotes the space behind the colon is part of the syntax.
            colon: match self.json || !colon.is_empty() {
                true => colon,
                false => " ".to_owned(),
            },
            quoted: self.json,
            comma,
            step: if step == 0 { 2 } else { step },
        }
    }
}

fn flow_child(insert: &Insert, style: &FlowStyle) -> String {
    match &insert.key {
        Some(key) => flow_entry(&Value::string(key), &insert.value, style),
        None => flow_value(&insert.value, style),
    }
}

impl Tree<'_> {
    /// Columns from a key to the dashes of its sequence, as the document's
    /// first one has it.
    pub(crate) fn dash_offset(&self) -> usize {
        let entries = self.nodes.iter().flat_map(|node| match &node.kind {
            Kind::Mapping {
                entries,
                style: CollectionStyle::Block { .. },
            } => entries.as_slice(),
            _ => &[],
        });
        let mut offsets = entries.filter_map(|entry| {
            let value = self.node(entry.value)?;
            match (&value.kind, value.style()?) {
                (Kind::Sequence { .. }, CollectionStyle::Block { column: dashes }) => {
                    let key = crate::position::column(self.text, entry.span.start);
                    Some(dashes.saturating_sub(key))
                }
                _ => None,
            }
        });
        offsets.next().unwrap_or(2)
    }

    /// Whether the root is `{}` or `[]`, as an empty JSON file is.
    pub(crate) fn is_empty_flow(&self) -> bool {
        self.is_flow()
            && self
                .root
                .is_some_and(|root| self.child_spans(root).is_empty())
    }

    /// Whether keys of flow mappings are in double quotes, as in JSON.
    pub(crate) fn flow_is_quoted(&self) -> bool {
        let keys = self.nodes.iter().filter_map(|node| match &node.kind {
            Kind::Mapping {
                entries,
                style: CollectionStyle::Flow,
            } => entries.first(),
            _ => None,
        });
        let mut styles = keys.filter_map(|entry| match &self.node(entry.key)?.kind {
            Kind::Scalar { style, .. } => Some(*style),
            _ => None,
        });
        styles.next() == Some(ScalarStyle::DoubleQuoted)
    }
}
