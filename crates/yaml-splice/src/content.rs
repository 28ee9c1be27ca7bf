//! What a node consists of, for readers that go through a document by
//! themselves.

use crate::plain::is_string;
use crate::tree::{CollectionStyle, Kind, NodeId, ScalarStyle, Tree};

/// What a node consists of.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use yaml_splice::{Content, Route, documents};
/// let tree = documents("a: 'x'\n").next().ok_or("no document")?.parse()?;
/// let root = tree.find(&Route::root())?.ok_or("no root")?;
/// let Content::Mapping(entries) = tree.content(root) else { return Err("no mapping".into()) };
/// let (_, value) = entries[0];
/// assert_eq!(tree.content(value), Content::Scalar { text: "x", string: true });
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Content<'a> {
    /// A scalar, or nothing.
    Scalar {
        /// Its text, unquoted and unfolded.
        text: &'a str,
        /// Whether it is a string under YAML 1.1 and 1.2 alike.
        string: bool,
    },
    /// A reference to an anchor.
    Alias,
    /// A sequence's items.
    Sequence(Vec<NodeId>),
    /// A mapping's keys and values, in the order of the text.
    Mapping(Vec<(NodeId, NodeId)>),
}

impl Tree<'_> {
    /// What the node consists of.
    #[must_use]
    pub fn content(&self, id: NodeId) -> Content<'_> {
        let Some(node) = self.node(id) else {
            let (text, string) = ("", false);
            return Content::Scalar { text, string };
        };
        match &node.kind {
            Kind::Scalar { value, style } => Content::Scalar {
                text: value,
                string: node.tag.is_none() && (*style != ScalarStyle::Plain || is_string(value)),
            },
            Kind::Alias { .. } => Content::Alias,
            Kind::Sequence { items, .. } => {
                Content::Sequence(items.iter().map(|item| item.value).collect())
            }
            Kind::Mapping { entries, .. } => {
                Content::Mapping(entries.iter().map(|e| (e.key, e.value)).collect())
            }
        }
    }

    /// The document's only node that is in no other; none where it is empty.
    #[must_use]
    pub const fn root(&self) -> Option<NodeId> {
        self.root
    }

    /// The name of the node's anchor: `a` for `&a`.
    #[must_use]
    pub fn anchor(&self, id: NodeId) -> Option<&str> {
        self.node(id)?.anchor
    }

    /// The node's tag, with its handle resolved: `tag:yaml.org,2002:str` for
    /// `!!str`, `!local` for `!local`.
    #[must_use]
    pub fn tag(&self, id: NodeId) -> Option<&str> {
        self.node(id)?.tag.as_deref()
    }

    /// The name of an alias, and the node that it stands for.
    #[must_use]
    pub fn alias(&self, id: NodeId) -> Option<(&str, NodeId)> {
        match self.node(id)?.kind {
            Kind::Alias { name, target } => Some((name, target)),
            _ => None,
        }
    }

    /// How a scalar is written; none for another node.
    #[must_use]
    pub fn scalar_style(&self, id: NodeId) -> Option<ScalarStyle> {
        match self.node(id)?.kind {
            Kind::Scalar { style, .. } => Some(style),
            _ => None,
        }
    }

    /// How a collection is written; none for another node.
    #[must_use]
    pub fn collection_style(&self, id: NodeId) -> Option<CollectionStyle> {
        self.node(id)?.style()
    }
}
