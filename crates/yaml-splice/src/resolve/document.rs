//! A whole document as Kubernetes reads it.

use std::collections::BTreeMap;

use super::scalar::float_key;
use super::{NO_MERGE, Refused, Resolved};
use crate::error::{Error, ErrorKind};
use crate::position::Span;
use crate::tree::{Kind, NodeId, Tree};

impl Tree<'_> {
    /// What Kubernetes reads of the whole document.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use yaml_splice::{Resolved, documents};
    /// let tree = documents("a: {<<: {b: 0o17}}\n").next().ok_or("no document")?.parse()?;
    /// let Resolved::Mapping(root) = tree.resolve_document()? else { return Err("no mapping".into()) };
    /// let Resolved::Mapping(a) = &root["a"] else { return Err("no mapping".into()) };
    /// assert_eq!(a["b"], Resolved::Int(15));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unresolvable`] where Kubernetes refuses the document: values
    /// that are not what their tags say, keys and numbers that JSON does not
    /// have, merge keys without a mapping, too many aliases.
    pub fn resolve_document(&self) -> Result<Resolved<'_>, Error> {
        let mut resolver = Resolver {
            tree: self,
            aliases: 0,
            nodes: 0,
            aliased: 0,
        };
        self.root
            .map_or(Ok(Resolved::Null), |root| resolver.node(root))
    }
}

/// Goes through a document. The reader has bounded its depth, aliases included.
struct Resolver<'t> {
    tree: &'t Tree<'t>,
    /// How many aliases lead to the node that is being resolved.
    aliases: usize,
    nodes: usize,
    aliased: usize,
}

impl<'t> Resolver<'t> {
    fn refuse(&self, why: Refused, id: NodeId) -> Error {
        let span = self.tree.node(id).map_or(Span::at(0), |node| node.span);
        self.tree.error(ErrorKind::Unresolvable(why), span)
    }

    /// go-yaml's measure against documents that aliases blow up.
    fn count(&mut self, id: NodeId) -> Result<(), Error> {
        self.nodes += 1;
        self.aliased += usize::from(self.aliases > 0);
        // The share of aliased nodes falls from 99 % at 400,000 nodes to 10 % at
        // 4,000,000; here in thousandths.
        let over = self.nodes.clamp(400_000, 4_000_000) - 400_000;
        let allowed = 990 - over * 890 / 3_600_000;
        if self.aliased > 100 && self.nodes > 1000 && self.aliased * 1000 > allowed * self.nodes {
            return Err(self.refuse("its aliases make it too large", id));
        }
        Ok(())
    }

    fn node(&mut self, id: NodeId) -> Result<Resolved<'t>, Error> {
        self.count(id)?;
        let tree = self.tree;
        match tree.node(id).map(|node| &node.kind) {
            None => Ok(Resolved::Null),
            Some(Kind::Scalar { .. }) => match tree.resolve_scalar(id)? {
                Some(Resolved::Float(number)) if !number.is_finite() => {
                    Err(self.refuse("JSON has neither infinity nor NaN", id))
                }
                scalar => Ok(scalar.unwrap_or(Resolved::Null)),
            },
            Some(Kind::Alias { target, .. }) => {
                self.aliases += 1;
                let resolved = self.node(*target);
                self.aliases -= 1;
                resolved
            }
            Some(Kind::Sequence { items, .. }) => {
                let items = items.iter().map(|item| self.node(item.value));
                items.collect::<Result<_, _>>().map(Resolved::Sequence)
            }
            Some(Kind::Mapping { .. }) => {
                let mut map = BTreeMap::new();
                self.fill(id, &mut map)?;
                Ok(Resolved::Mapping(map))
            }
        }
    }

    /// Adds the mapping's entries in the order of the text, as go-yaml does: a
    /// merge key overrides what stands in front of it.
    fn fill(&mut self, id: NodeId, map: &mut BTreeMap<String, Resolved<'t>>) -> Result<(), Error> {
        for entry in self.tree.entries(id) {
            if self.tree.is_merge_key(entry.key) {
                self.merge(entry.value, map, true)?;
            } else {
                let key = self.key(entry.key)?;
                let value = self.node(entry.value)?;
                map.insert(key, value);
            }
        }
        Ok(())
    }

    fn merge(
        &mut self,
        id: NodeId,
        map: &mut BTreeMap<String, Resolved<'t>>,
        list: bool,
    ) -> Result<(), Error> {
        match self.tree.node(id).map(|node| &node.kind) {
            Some(Kind::Alias { target, .. }) if self.tree.is_mapping(*target) => {
                self.count(id)?;
                self.aliases += 1;
                let merged = self.merge(*target, map, false);
                self.aliases -= 1;
                merged
            }
            Some(Kind::Mapping { .. }) => {
                self.count(id)?;
                self.fill(id, map)
            }
            // The first one of a list wins.
            Some(Kind::Sequence { items, .. }) if list => {
                for item in items.iter().rev() {
                    self.merge(item.value, map, false)?;
                }
                Ok(())
            }
            _ => Err(self.refuse(NO_MERGE, id)),
        }
    }

    /// A key as sigs.k8s.io/yaml writes it.
    fn key(&mut self, id: NodeId) -> Result<String, Error> {
        let scalar = match self.tree.node(id).map(|node| &node.kind) {
            Some(Kind::Alias { target, .. }) => *target,
            _ => id,
        };
        let key = self.tree.resolve_scalar(scalar)?;
        match key {
            Some(Resolved::String(text)) => Ok(text.into_owned()),
            Some(Resolved::Bool(value)) => Ok(value.to_string()),
            Some(Resolved::Int(number)) if i64::try_from(number).is_ok() => Ok(number.to_string()),
            Some(Resolved::Float(number)) => Ok(float_key(number)),
            _ => Err(self.refuse("JSON has no such keys", id)),
        }
    }
}
