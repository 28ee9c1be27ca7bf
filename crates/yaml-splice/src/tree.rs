//! The nodes of one document, each with its exact extent in the text.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::position::Span;

/// How a scalar is written (YAML 1.2, chapters 7.3 and 8.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ScalarStyle {
    /// `text`, and the empty node.
    Plain,
    /// `'text'`
    SingleQuoted,
    /// `"text"`
    DoubleQuoted,
    /// `|` and lines
    Literal,
    /// `>` and lines
    Folded,
}

/// How a collection is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CollectionStyle {
    /// Lines that are told apart by indentation. `column` is that of its keys or
    /// dashes, from 0, in characters.
    Block {
        /// The column of keys or dashes.
        column: usize,
    },
    /// `{…}` or `[…]`, as in JSON.
    Flow,
    /// The one entry of `[a: b]`, without braces of its own.
    FlowPair,
}

/// The number of a node in its [`Tree`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NodeId(pub(crate) usize);

#[derive(Clone, Debug)]
pub(crate) struct Node<'t> {
    pub(crate) kind: Kind<'t>,
    /// Without its anchor and tag.
    pub(crate) span: Span,
    pub(crate) anchor: Option<&'t str>,
    /// With its handle resolved: `tag:yaml.org,2002:str` for `!!str`.
    pub(crate) tag: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) enum Kind<'t> {
    Scalar {
        value: Cow<'t, str>,
        style: ScalarStyle,
    },
    Alias {
        name: &'t str,
        /// The node that has the anchor, in the same document.
        target: NodeId,
    },
    Mapping {
        style: CollectionStyle,
        entries: Vec<Entry>,
    },
    Sequence {
        style: CollectionStyle,
        items: Vec<Item>,
    },
}

/// One `key: value` of a mapping.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    /// From the key (its anchor, tag or `?` included) to the end of the value.
    pub(crate) span: Span,
    pub(crate) key: NodeId,
    pub(crate) value: NodeId,
    /// The offset behind the colon; none where a flow mapping has just the key.
    pub(crate) colon: Option<usize>,
}

/// One item of a sequence.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Item {
    /// From the dash, or in flow style from the value, to the value's end.
    pub(crate) span: Span,
    pub(crate) value: NodeId,
}

/// The nodes of one document; by default, of an empty one.
///
/// Spans count from the start of the *document's* text.
#[derive(Clone, Debug, Default)]
pub struct Tree<'t> {
    /// The document's text.
    pub(crate) text: &'t str,
    /// The whole stream, and where the document starts in it, for errors.
    pub(crate) source: &'t str,
    pub(crate) offset: usize,
    /// How many lines of the stream stand before it.
    pub(crate) lines: usize,
    pub(crate) nodes: Vec<Node<'t>>,
    pub(crate) root: Option<NodeId>,
    /// What the `!!binary` scalars hold.
    pub(crate) binaries: HashMap<NodeId, String>,
    /// Of large mappings, the numbers of the entries in the order of their keys.
    pub(crate) sorted: HashMap<NodeId, Vec<usize>>,
    /// Whether there is a merge key at all.
    pub(crate) merges: bool,
}

impl Node<'_> {
    pub(crate) fn kind_name(&self) -> &'static str {
        match &self.kind {
            Kind::Scalar { value, style, .. } => match style {
                ScalarStyle::Plain if value.is_empty() => "nothing",
                _ => "a scalar",
            },
            Kind::Alias { .. } => "an alias",
            Kind::Mapping { .. } => "a mapping",
            Kind::Sequence { .. } => "a sequence",
        }
    }
}

impl<'t> Tree<'t> {
    /// The whole stream's text, which the spans of [`Tree::span`] count in.
    #[must_use]
    pub const fn source(&self) -> &'t str {
        self.source
    }
}
