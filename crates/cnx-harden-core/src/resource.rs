//! Kubernetes objects in a document: the document itself, the items of a
//! `List`, and those of a KRM `ResourceList`.

use std::fmt;

use cnx_certs::shown;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use yaml_splice::{Error, NodeId, Route, Span, Tree};

use crate::lazy::LazyTree;

/// Lists inside of lists are followed this far.
const MAX_LISTS: usize = 4;

/// What an object is called.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub struct ResourceId {
    /// `apiVersion`, maybe empty.
    pub api_version: String,
    /// `kind`, maybe empty.
    pub kind: String,
    /// `metadata.namespace`, where it says one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// `metadata.name`, maybe empty.
    pub name: String,
}

impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", shown(&self.kind), shown(&self.name))?;
        match &self.namespace {
            Some(namespace) => write!(f, " in {}", shown(namespace)),
            None => Ok(()),
        }
    }
}

/// The nodes of a document: there, or read once somebody asks.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Nodes<'a, 't> {
    There(&'a Tree<'t>),
    Lazy(&'a LazyTree<'t>),
}

/// An object, and where it is.
#[derive(Clone, Debug)]
pub struct Resource<'a, 't> {
    /// The document.
    pub(crate) document: Nodes<'a, 't>,
    /// From the document's root to the object.
    pub(crate) root: Route,
    /// What it is called.
    pub(crate) id: ResourceId,
    /// Why its names cannot be read with certainty; those are empty then. It is
    /// an error only for an object that is to be edited.
    pub(crate) unreadable: Option<Error>,
}

impl<'a, 't> Resource<'a, 't> {
    /// What it is called.
    #[must_use]
    pub const fn id(&self) -> &ResourceId {
        &self.id
    }

    /// The document that it is in.
    #[must_use]
    pub fn tree(&self) -> &'a Tree<'t> {
        match self.document {
            Nodes::There(tree) => tree,
            Nodes::Lazy(document) => document.tree(),
        }
    }

    /// Whether the document has no such key, which shows without its nodes: one that was
    /// skimmed has its keys as they are.
    pub(crate) fn lacks(&self, key: &str) -> bool {
        match self.document {
            Nodes::Lazy(document) if !document.is_parsed() => {
                !document.document().text().contains(key)
            }
            _ => false,
        }
    }

    /// The route to a field of the object.
    #[must_use]
    pub fn route(&self, keys: &[&str]) -> Route {
        self.root.keys(keys)
    }

    /// The node at a field; none where the object has no such field.
    ///
    /// # Errors
    ///
    /// Where the answer would be a guess: see [`Tree::find`].
    pub fn find(&self, keys: &[&str]) -> Result<Option<NodeId>, Error> {
        self.tree().find(&self.route(keys))
    }

    /// The text of a scalar field.
    ///
    /// # Errors
    ///
    /// As [`find`](Self::find).
    pub fn text(&self, keys: &[&str]) -> Result<Option<&str>, Error> {
        self.tree().text_at(&self.route(keys))
    }

    /// The boolean of a field, as Kubernetes reads it; none where the object has no
    /// such field, or another value.
    ///
    /// # Errors
    ///
    /// As [`find`](Self::find).
    pub fn boolean(&self, keys: &[&str]) -> Result<Option<bool>, Error> {
        Ok(self.find(keys)?.and_then(|id| self.tree().boolean(id)))
    }

    /// The integer of a field, as Kubernetes reads it; none where the object has no
    /// such field, or another value.
    ///
    /// # Errors
    ///
    /// As [`find`](Self::find).
    pub fn integer(&self, keys: &[&str]) -> Result<Option<i64>, Error> {
        Ok(self.find(keys)?.and_then(|id| self.tree().integer(id)))
    }

    /// The object's extent in its source's text.
    ///
    /// # Errors
    ///
    /// As [`find`](Self::find).
    pub fn span(&self) -> Result<Span, Error> {
        let id = self.tree().find(&self.root)?;
        Ok(id.map_or(Span::at(0), |id| self.tree().span(id)))
    }
}

/// By which a text can spell names that it does not hold: an escape in a quoted scalar,
/// or the base64 of a `!!binary`.
pub(crate) const SPELLING: [&str; 4] = ["\\", "!!", "!<", "%TAG"];

/// Whether the text can spell names that it does not hold.
pub(crate) fn can_spell_any_name(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut found = memchr::memchr3_iter(b'\\', b'!', b'%', bytes);
    found.any(|at| {
        let from = text.get(at..).unwrap_or_default();
        SPELLING.iter().any(|sign| from.starts_with(sign))
    })
}

/// The objects of a document.
///
/// # Errors
///
/// Where the kind of an object, or a list's items, can't be read with certainty.
pub fn resources<'a, 't>(tree: &'a Tree<'t>) -> Result<Vec<Resource<'a, 't>>, Error> {
    let mut found = Vec::new();
    let mut open = vec![(Route::root(), 0)];
    while let Some((root, depth)) = open.pop() {
        let text = |keys: &[&str]| -> Result<Option<String>, Error> {
            Ok(tree.text_at(&root.keys(keys))?.map(str::to_owned))
        };
        let kind = text(&["kind"])?.unwrap_or_default();
        let items = tree
            .find(&root.key("items"))?
            .and_then(|id| tree.items_len(id));
        if let (true, Some(items), true) = (kind.ends_with("List"), items, depth < MAX_LISTS) {
            // Last first: the stack turns the order around.
            let items = (0..items).rev();
            open.extend(items.map(|n| (root.key("items").index(n), depth + 1)));
            continue;
        }
        let mut unreadable = None;
        let mut name = |keys: &[&str]| {
            let read = text(keys);
            read.unwrap_or_else(|error| {
                unreadable.get_or_insert(error);
                None
            })
        };
        let id = ResourceId {
            api_version: name(&["apiVersion"]).unwrap_or_default(),
            namespace: name(&["metadata", "namespace"]),
            name: name(&["metadata", "name"]).unwrap_or_default(),
            kind,
        };
        found.push(Resource {
            document: Nodes::There(tree),
            root,
            id,
            unreadable,
        });
    }
    Ok(found)
}
