//! Second readers: whether another reader of YAML, which shares no code with ours,
//! finds the same document. This is the one module that uses yaml-rust2.
//!
//! Where yaml-rust2 does not read what kubectl does, a port of libyaml is asked, or,
//! of JSON, serde_json. One of them must agree.

mod serde;

use std::collections::BTreeMap;
use std::str::Chars;

use yaml_rust2::parser::{Event, Parser, Tag};
use yaml_rust2::scanner::TScalarStyle;

use crate::error::{Error, ErrorKind};
use crate::front::unmarked;
use crate::position::Span;
use crate::tree::{Kind, Node, NodeId, ScalarStyle, Tree};

/// Whether a second reader finds in the tree's text what the tree holds: the same
/// nodes, texts of scalars, tags, and targets of aliases.
///
/// # Errors
///
/// [`ErrorKind::Disputed`], at the node from which on no reader agrees.
pub(crate) fn confirm(tree: &Tree<'_>) -> Result<(), Error> {
    let text = unmarked(tree.text);
    let Err(Differs(at)) = by_events(tree, &text) else {
        return Ok(());
    };
    if serde::agrees(tree, &text) {
        return Ok(());
    }
    let span = at
        .or(tree.root)
        .and_then(|id| tree.node(id))
        .map_or(Span::at(0), |node| Span::at(node.span.start));
    Err(tree.error(ErrorKind::Disputed, span))
}

/// The node that the other reader does not find, if there is one.
struct Differs(Option<NodeId>);

fn by_events(tree: &Tree<'_>, text: &str) -> Result<(), Differs> {
    let mut events = Events {
        parser: Parser::new_from_str(text),
        tree,
        anchors: BTreeMap::new(),
    };
    events.expect(None, |event| matches!(event, Event::StreamStart))?;
    let mut event = events.next(None)?;
    if matches!(event, Event::DocumentStart) {
        event = events.next(None)?;
        match tree.root {
            Some(root) => events.node(root, event)?,
            None => match event {
                Event::Scalar(text, TScalarStyle::Plain, 0, None) if text.is_empty() => {}
                _ => return Err(Differs(None)),
            },
        }
        events.expect(None, |event| matches!(event, Event::DocumentEnd))?;
        event = events.next(None)?;
    } else if tree.root.is_some() {
        return Err(Differs(None));
    }
    match event {
        Event::StreamEnd => Ok(()),
        _ => Err(Differs(None)),
    }
}

struct Events<'e, 't> {
    parser: Parser<Chars<'e>>,
    tree: &'e Tree<'t>,
    /// The nodes that have the anchors of these numbers.
    anchors: BTreeMap<usize, NodeId>,
}

impl Events<'_, '_> {
    fn next(&mut self, at: Option<NodeId>) -> Result<Event, Differs> {
        let next = self.parser.next_token();
        next.map(|(event, _)| event).map_err(|_| Differs(at))
    }

    fn expect(&mut self, at: Option<NodeId>, is: fn(&Event) -> bool) -> Result<(), Differs> {
        match is(&self.next(at)?) {
            true => Ok(()),
            false => Err(Differs(at)),
        }
    }

    fn child(&mut self, id: NodeId) -> Result<(), Differs> {
        let event = self.next(Some(id))?;
        self.node(id, event)
    }

    /// Whether the node starts with this event and goes on with those that follow.
    /// A tree is never deeper than [`MAX_DEPTH`](crate::MAX_DEPTH).
    fn node(&mut self, id: NodeId, event: Event) -> Result<(), Differs> {
        let differs = Err(Differs(Some(id)));
        let Some(node) = self.tree.node(id) else {
            return differs;
        };
        let (anchor, tag) = match &event {
            Event::Scalar(_, _, anchor, tag)
            | Event::SequenceStart(anchor, tag)
            | Event::MappingStart(anchor, tag) => (*anchor, tag.as_ref()),
            _ => (0, None),
        };
        if (anchor > 0) != node.anchor.is_some() || !same_tag(node, tag) {
            return differs;
        }
        if anchor > 0 {
            self.anchors.insert(anchor, id);
        }
        match (&node.kind, event) {
            (Kind::Alias { target, .. }, Event::Alias(anchor)) => {
                match self.anchors.get(&anchor) == Some(target) {
                    true => Ok(()),
                    false => differs,
                }
            }
            (Kind::Scalar { value, style }, Event::Scalar(text, other, ..)) => {
                match *value == text && *style == scalar_style(other) {
                    true => Ok(()),
                    false => differs,
                }
            }
            (Kind::Sequence { items, .. }, Event::SequenceStart(..)) => {
                for item in items {
                    self.child(item.value)?;
                }
                self.expect(Some(id), |event| matches!(event, Event::SequenceEnd))
            }
            (Kind::Mapping { entries, .. }, Event::MappingStart(..)) => {
                for entry in entries {
                    self.child(entry.key)?;
                    self.child(entry.value)?;
                }
                self.expect(Some(id), |event| matches!(event, Event::MappingEnd))
            }
            _ => differs,
        }
    }
}

fn same_tag(node: &Node<'_>, tag: Option<&Tag>) -> bool {
    match (&node.tag, tag) {
        (None, None) => true,
        (Some(ours), Some(tag)) => ours.strip_prefix(&*tag.handle) == Some(&*tag.suffix),
        _ => false,
    }
}

const fn scalar_style(style: TScalarStyle) -> ScalarStyle {
    match style {
        TScalarStyle::Plain => ScalarStyle::Plain,
        TScalarStyle::SingleQuoted => ScalarStyle::SingleQuoted,
        TScalarStyle::DoubleQuoted => ScalarStyle::DoubleQuoted,
        TScalarStyle::Literal => ScalarStyle::Literal,
        TScalarStyle::Folded => ScalarStyle::Folded,
    }
}

#[cfg(test)]
mod tests;
