//! Lowers operations into edits of the text. Nothing here changes a text.

use std::collections::{BTreeMap, BTreeSet};

use crate::commented::Commented;
use crate::edit::{Indel, TextEdit};
use crate::error::{Error, ErrorKind};
use crate::insert::Insert;
use crate::op::Op;
use crate::position::Span;
use crate::render::{double_quoted, scalar, single_quoted};
use crate::route::{Child, Route, Step};
use crate::tree::{CollectionStyle, Kind, Node, NodeId, ScalarStyle, Tree};
use crate::value::Value;

/// An operation, and the comment that it uncomments.
pub(crate) struct Resolved<'o> {
    pub(crate) op: &'o Op,
    pub(crate) commented: Option<Commented>,
}

/// What is to be done with one collection. All of it is known before anything
/// is lowered, since the operations share lines: an empty value that becomes a
/// mapping has one column, whoever fills it.
#[derive(Default)]
struct Work<'o> {
    removed: BTreeSet<usize>,
    inserts: Vec<Insert<'o>>,
    uncomments: Vec<(&'o Commented, Option<&'o str>)>,
}

pub(crate) struct Lowering<'a, 't> {
    pub(crate) tree: &'a Tree<'t>,
    pub(crate) newline: &'static str,
    /// How deep the collection is that is being lowered.
    depth: usize,
    /// With the column and depth of the collection that it belongs to: of two
    /// insertions at one place, the deeper one comes first.
    pub(crate) indels: Vec<((usize, usize), Indel)>,
}

/// Where comments become live: the first one's start, the last one's end, and
/// the column and depth of their collection. A sequence's dashes may stand in
/// the column of the keys around it, so that the column alone doesn't tell.
struct Uncommented {
    start: usize,
    end: usize,
    place: (usize, usize),
}

/// Lowers all operations of one document. Spans count from the document's start.
pub(crate) fn lower(tree: &Tree<'_>, ops: &[Resolved<'_>]) -> Result<TextEdit, Error> {
    let mut lowering = Lowering {
        tree,
        newline: if tree.text.contains("\r\n") {
            "\r\n"
        } else {
            "\n"
        },
        depth: 0,
        indels: Vec::new(),
    };
    let mut work: BTreeMap<Route, Work<'_>> = BTreeMap::new();
    for Resolved { op, commented } in ops {
        match op {
            Op::Set { at, value } => {
                let id = tree.editable(at)?;
                let Value::Scalar {
                    text, string: true, ..
                } = value
                else {
                    let kind = ErrorKind::Unsupported("a value that is not a string");
                    return Err(tree.error(kind, Span::at(0)));
                };
                let child = tree.child_at(at)?;
                lowering.set(id, child, text)?;
            }
            Op::Remove { at } => {
                tree.editable(at)?;
                let Some((parent, step)) = at.split() else {
                    let kind = ErrorKind::Unsupported("removing a document's root");
                    return Err(tree.error(kind, Span::at(0)));
                };
                let position = tree.position(&parent, step)?;
                work.entry(tree.resolved(&parent)?)
                    .or_default()
                    .removed
                    .insert(position);
            }
            Op::Uncomment {
                parent,
                wanted,
                set,
            } => {
                tree.editable(parent)?;
                let Some(commented) = commented else {
                    let kind = ErrorKind::NotFound(format!("commented-out {}", wanted.describe()));
                    return Err(tree.error(kind, Span::at(0)));
                };
                let work = work.entry(tree.resolved(parent)?).or_default();
                work.uncomments
                    .push((commented, set.as_ref().and_then(Value::as_text)));
            }
            Op::InsertEntry {
                parent, key, value, ..
            } => {
                let id = tree.editable(parent)?;
                if let Some(child) = tree.child(id, &Step::Key(key.clone()))? {
                    let span = tree
                        .node(child.value())
                        .map_or(Span::at(0), |node| node.span);
                    return Err(tree.error(ErrorKind::Exists(key.clone()), span));
                }
                let work = work.entry(tree.resolved(parent)?).or_default();
                let twice = |other: &Insert<'_>| matches!(other, Insert::Entry(k, _) if k == key);
                if work.inserts.iter().any(twice) {
                    let span = tree.node(id).map_or(Span::at(0), |node| node.span);
                    return Err(tree.error(ErrorKind::Exists(key.clone()), span));
                }
                work.inserts.push(Insert::Entry(key, value));
            }
            Op::InsertItem { parent, value, .. } => {
                tree.editable(parent)?;
                work.entry(tree.resolved(parent)?)
                    .or_default()
                    .inserts
                    .push(Insert::Item(value));
            }
            Op::RenameKey { .. } => {
                let kind = ErrorKind::Unsupported("another key");
                return Err(tree.error(kind, Span::at(0)));
            }
        }
    }
    // Outer collections come first in this order, and what they add goes behind
    // what is uncommented inside of them.
    let columns = lowering.columns(&work)?;
    for (parent, work) in work {
        lowering.depth = parent.steps().len();
        lowering.collection(&parent, &work, &columns)?;
    }
    lowering
        .indels
        .sort_by_key(|(place, _)| std::cmp::Reverse(*place));
    let indels = lowering
        .indels
        .into_iter()
        .map(|(_, indel)| indel)
        .collect();
    TextEdit::new(indels, tree.text)
}

impl Lowering<'_, '_> {
    pub(crate) fn replace(&mut self, column: usize, delete: Span, insert: impl Into<String>) {
        let insert = insert.into();
        if delete.is_empty() && insert.is_empty() {
            return;
        }
        let place = (column, self.depth);
        self.indels.push((place, Indel { delete, insert }));
    }

    /// The end of the line that holds `offset`, without its line break.
    pub(crate) fn line_end(&self, offset: usize) -> usize {
        let rest = self.tree.text.get(offset..).unwrap_or_default();
        offset + rest.find(['\n', '\r']).unwrap_or(rest.len())
    }

    /// `" text"` behind a colon or dash at `offset`, in place of trailing blanks.
    fn fill(&mut self, offset: usize, text: &str) {
        let end = self.line_end(offset);
        let rest = self.tree.text.get(offset..end).unwrap_or_default();
        let blank = rest.trim_matches([' ', '\t']).is_empty();
        let delete = Span::new(offset, if blank { end } else { offset });
        self.replace(0, delete, format!(" {text}"));
    }

    fn set(&mut self, id: NodeId, child: Option<Child>, text: &str) -> Result<(), Error> {
        let Some(node) = self.tree.node(id) else {
            return Ok(());
        };
        let Kind::Scalar { style, .. } = &node.kind else {
            let kind = ErrorKind::WrongKind {
                expected: "a scalar",
                found: node.kind_name(),
            };
            return Err(self.tree.error(kind, node.span));
        };
        if node.tag.is_some() {
            return Err(self.tree.error(ErrorKind::Tag, node.span));
        }
        let flow = child.is_some() && self.tree.is_inside_flow(node.span);
        let quoted = flow && self.tree.flow_is_quoted();
        let lines = self.tree.literal_for(node, child, text, self.newline);
        if let (Some(lines), false) = (lines, flow) {
            let start = node.span.start;
            match node.span.is_empty() {
                true => self.fill(start, &lines),
                false => self.replace(0, node.span, lines),
            }
        } else if !node.span.is_empty() {
            self.replace(0, node.span, restyled(text, *style, flow, quoted));
        } else if let Some(Child::Entry(entry)) = child
            && entry.colon.is_none()
        {
            self.replace(
                0,
                node.span,
                format!(": {}", scalar(text, true, quoted, flow)),
            );
        } else {
            self.fill(node.span.start, &scalar(text, true, quoted, flow));
        }
        Ok(())
    }

    /// What is uncommented, in all collections.
    fn columns(&self, work: &BTreeMap<Route, Work<'_>>) -> Result<Vec<Uncommented>, Error> {
        let mut all = Vec::new();
        for (route, work) in work {
            if work.uncomments.is_empty() {
                continue;
            }
            let column = self.child_column(route, work)?;
            for (commented, _) in &work.uncomments {
                if let [first, .., last] | [first @ last] = commented.lines.as_slice() {
                    all.push(Uncommented {
                        start: first.start,
                        end: last.end,
                        place: (column, route.steps().len()),
                    });
                }
            }
        }
        Ok(all)
    }

    /// The column of the collection's children, there already or to come.
    fn child_column(&self, route: &Route, work: &Work<'_>) -> Result<usize, Error> {
        let node = self.tree.find(route)?.and_then(|id| self.tree.node(id));
        if let Some(CollectionStyle::Block { column }) = node.and_then(Node::style) {
            return Ok(column);
        }
        let Some(Child::Entry(entry)) = self.tree.child_at(route)? else {
            return Ok(0);
        };
        let key_column = self.tree.key_column(entry.span.start);
        let mapping = match work.inserts.first() {
            Some(insert) => matches!(insert, Insert::Entry(..)),
            None => work.uncomments.iter().any(|(c, _)| c.is_entry),
        };
        let lines = work.uncomments.iter().filter_map(|(c, _)| c.lines.first());
        let first = lines.min_by_key(|line| line.start);
        let smallest = key_column + usize::from(mapping);
        let by_default = if mapping { 2 } else { self.tree.dash_offset() };
        let by_comment = first.map(|line| line.hash).filter(|hash| *hash >= smallest);
        Ok(by_comment.unwrap_or(key_column + by_default))
    }

    /// Where lines go that are added behind a child that ends at `end`.
    fn insert_point(&self, end: usize, column: usize, uncommented: &[Uncommented]) -> usize {
        let region = self.tree.comment_lines(end);
        let inside = |at: usize| region.iter().any(|line| line.start == at);
        let place = (column, self.depth);
        let behind = uncommented.iter();
        let behind = behind.filter(|other| inside(other.start) && other.place >= place);
        let behind = behind.map(|other| other.end).max();
        behind.unwrap_or(0).max(self.line_end(end))
    }

    fn collection(
        &mut self,
        route: &Route,
        work: &Work<'_>,
        uncommented: &[Uncommented],
    ) -> Result<(), Error> {
        let Some(id) = self.tree.find(route)? else {
            return Ok(());
        };
        let Some(node) = self.tree.node(id) else {
            return Ok(());
        };
        let spans = self.tree.child_spans(id);
        let survivors = spans.len() - work.removed.len();
        let added = work.inserts.len() + work.uncomments.len();
        if survivors == 0 && !spans.is_empty() && added > 0 {
            let kind = ErrorKind::Unsupported("removing all of a collection and adding to it");
            return Err(self.tree.error(kind, node.span));
        }
        match node.style() {
            Some(CollectionStyle::Block { column }) => {
                self.remove_lines(route, node, &spans, &work.removed)?;
                self.uncomment(&work.uncomments, column)?;
                let last = spans.iter().enumerate().rev();
                let last = last
                    .map(|(n, span)| (n, span.end))
                    .find(|(n, _)| !work.removed.contains(n));
                if let Some((_, end)) = last {
                    let at = self.insert_point(end, column, uncommented);
                    self.insert_block(&work.inserts, column, at);
                }
                Ok(())
            }
            Some(_) if !spans.is_empty() => {
                self.remove_flow(&spans, &work.removed)?;
                self.insert_flow(id, &work.inserts)
            }
            _ if added == 0 => Ok(()),
            _ if self.tree.is_inside_flow(node.span) || self.tree.is_root_flow(id) => {
                self.fill_flow(route, node, &work.inserts)
            }
            _ => self.fill_block(route, node, work, uncommented),
        }
    }

    /// An empty value that becomes a block collection.
    fn fill_block(
        &mut self,
        route: &Route,
        node: &Node,
        work: &Work<'_>,
        uncommented: &[Uncommented],
    ) -> Result<(), Error> {
        let Some(Child::Entry(entry)) = self.tree.child_at(route)? else {
            let kind = ErrorKind::Unsupported("adding to an empty node that is no key's value");
            return Err(self.tree.error(kind, node.span));
        };
        if node.tag.is_some() {
            return Err(self.tree.error(ErrorKind::Tag, node.span));
        }
        let column = self.child_column(route, work)?;
        let colon = entry.colon.unwrap_or(node.span.start);
        if !node.span.is_empty() {
            self.replace(column, Span::new(colon, node.span.end), "");
        }
        self.uncomment(&work.uncomments, column)?;
        let at = self.insert_point(node.span.end, column, uncommented);
        self.insert_block(&work.inserts, column, at);
        Ok(())
    }

    fn uncomment(
        &mut self,
        entries: &[(&Commented, Option<&str>)],
        column: usize,
    ) -> Result<(), Error> {
        for (commented, set) in entries {
            let Some(first) = commented.lines.first() else {
                continue;
            };
            for line in &commented.lines {
                let indent = column + line.column.saturating_sub(first.column);
                let bare = line.content == line.end;
                let indent = if bare {
                    String::new()
                } else {
                    " ".repeat(indent)
                };
                self.replace(column, Span::new(line.start, line.content), indent);
            }
            let Some(text) = set else {
                continue;
            };
            let span = commented.value_span;
            match commented.value_style {
                Some(style) if commented.lines.len() == 1 && !span.is_empty() => {
                    self.replace(column, span, restyled(text, style, false, false));
                }
                Some(_) if commented.lines.len() == 1 => {
                    self.fill(span.start, &scalar(text, true, false, false));
                }
                _ => {
                    let kind = ErrorKind::Unsupported("a commented-out value over several lines");
                    return Err(self.tree.error(kind, span));
                }
            }
        }
        Ok(())
    }
}

/// A text in the style that a scalar had.
fn restyled(text: &str, style: ScalarStyle, flow: bool, quoted: bool) -> String {
    match style {
        ScalarStyle::DoubleQuoted => double_quoted(text),
        ScalarStyle::SingleQuoted if !text.chars().any(char::is_control) => single_quoted(text),
        _ => scalar(text, true, quoted, flow),
    }
}
