//! Insertions: new entries and items, in the style of their neighbours.

use crate::error::{Error, ErrorKind};
use crate::lower::Lowering;
use crate::position::{Span, column};
use crate::render::{FlowStyle, Style, block_lines, flow_entry, flow_value};
use crate::route::Route;
use crate::tree::{CollectionStyle, Kind, Node, NodeId, ScalarStyle, Tree};
use crate::value::Value;

/// What is added to a collection.
#[derive(Clone, Copy)]
pub(crate) enum Insert<'o> {
    Entry(&'o str, &'o Value),
    Item(&'o Value),
}

impl Insert<'_> {
    /// A collection that holds just this.
    fn collection(self) -> Value {
        match self {
            Self::Entry(key, value) => Value::mapping([(key, value.clone())]),
            Self::Item(value) => Value::Sequence(vec![value.clone()]),
        }
    }

    /// A collection that holds all of them.
    fn all(inserts: &[Self]) -> Value {
        let mut entries = Vec::new();
        let mut items = Vec::new();
        for insert in inserts {
            match insert {
                Insert::Entry(key, value) => entries.push((*key, (*value).clone())),
                Insert::Item(value) => items.push((*value).clone()),
            }
        }
        if items.is_empty() {
            Value::mapping(entries)
        } else {
            Value::Sequence(items)
        }
    }
}

impl Lowering<'_, '_> {
    /// Whole lines at the end of a line.
    pub(crate) fn insert_block(&mut self, inserts: &[Insert<'_>], column: usize, at: usize) {
        let style = Style {
            newline: self.newline,
            dash: self.tree.dash_offset(),
            ended: self
                .tree
                .text
                .get(at..)
                .is_some_and(|rest| rest.contains('\n')),
        };
        for insert in inserts {
            let lines = block_lines(&insert.collection(), column, &style, true);
            self.replace(column, Span::at(at), lines);
        }
    }

    /// Behind the last child of a flow collection.
    pub(crate) fn insert_flow(&mut self, id: NodeId, inserts: &[Insert<'_>]) -> Result<(), Error> {
        let style = self.tree.flow_style(id);
        let Some(last) = self.tree.child_spans(id).last().copied() else {
            return Ok(());
        };
        if style.comma.contains('#') {
            let kind = ErrorKind::Unsupported("comments between the entries of a flow collection");
            return Err(self.tree.error(kind, last));
        }
        for insert in inserts {
            let text = match insert {
                Insert::Entry(key, value) => flow_entry(&Value::string(*key), value, &style),
                Insert::Item(value) => flow_value(value, &style),
            };
            self.replace(0, Span::at(last.end), format!(",{}{text}", style.comma));
        }
        Ok(())
    }

    /// In place of an empty node inside of a flow collection, or an empty root.
    pub(crate) fn fill_flow(
        &mut self,
        route: &Route,
        node: &Node,
        inserts: &[Insert<'_>],
    ) -> Result<(), Error> {
        let outer = match route.split() {
            Some((outer, _)) => self.tree.find(&outer)?,
            None => None,
        };
        let style = outer.map_or_else(FlowStyle::default, |outer| self.tree.flow_style(outer));
        if node.tag.is_some() || node.span.is_empty() {
            let kind = ErrorKind::Unsupported("adding to this empty node of a flow collection");
            return Err(self.tree.error(kind, node.span));
        }
        let text = flow_value(&Insert::all(inserts), &style);
        self.replace(0, node.span, text);
        Ok(())
    }
}

impl Default for FlowStyle {
    fn default() -> Self {
        Self {
            quoted: true,
            colon: " ".to_owned(),
            comma: " ".to_owned(),
            step: 2,
        }
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
                    Some(dashes.saturating_sub(column(self.text, entry.span.start)))
                }
                _ => None,
            }
        });
        offsets.next().unwrap_or(2)
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

    fn flow_style(&self, id: NodeId) -> FlowStyle {
        let spans = self.child_spans(id);
        let node_start = self.node(id).map_or(0, |node| node.span.start);
        let between = |from: usize, to: usize| self.text.get(from..to).unwrap_or_default();
        let colon = self.entries(id).last().or_else(|| {
            let mut mappings = self.nodes.iter().filter_map(|node| match &node.kind {
                Kind::Mapping {
                    entries,
                    style: CollectionStyle::Flow,
                } => entries.last(),
                _ => None,
            });
            mappings.next()
        });
        let colon = colon.and_then(|entry| {
            let value = self.node(entry.value)?;
            let text = between(entry.colon?, value.span.start);
            (text.chars().all(|c| c == ' ') && !value.span.is_empty()).then(|| text.to_owned())
        });
        let comma = match (spans.first(), spans.get(1)) {
            (Some(first), Some(second)) => {
                let text = between(first.end, second.start);
                text.trim_start().strip_prefix(',').unwrap_or(" ")
            }
            (Some(first), None) => match between(node_start + 1, first.start) {
                lines if lines.contains('\n') => lines,
                _ => colon.as_deref().unwrap_or(" "),
            },
            _ => colon.as_deref().unwrap_or(" "),
        };
        let comma = comma.to_owned();
        let line = |offset: usize| {
            let before = self.text.get(..offset).unwrap_or_default();
            let start = before.rfind('\n').map_or(0, |newline| newline + 1);
            let line = self.text.get(start..).unwrap_or_default();
            line.len() - line.trim_start_matches(' ').len()
        };
        let step = spans.first().map_or(0, |first| {
            line(first.start).saturating_sub(line(node_start))
        });
        let quoted = self.flow_is_quoted();
        let colon = colon.unwrap_or_else(|| " ".to_owned());
        FlowStyle {
            // Without quotes the space behind the colon is part of the syntax.
            colon: if quoted || !colon.is_empty() {
                colon
            } else {
                " ".to_owned()
            },
            quoted,
            comma,
            step: if step == 0 { 2 } else { step },
        }
    }
}
