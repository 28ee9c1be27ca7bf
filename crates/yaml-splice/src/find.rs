//! How routes are followed: `find` and its like as Kubernetes reads, `child` as edits
//! see what stands there itself.

use std::collections::HashMap;

use crate::error::{Error, ErrorKind};
use crate::position::Span;
use crate::resolve::Resolved;
use crate::route::{Route, Step};
use crate::tree::{CollectionStyle, Entry, Item, Kind, Node, NodeId, Tree};

/// A child of a node, by whichever step.
#[derive(Clone, Copy)]
pub(crate) enum Child {
    Entry(Entry),
    Item(Item),
}

impl Child {
    pub(crate) const fn value(self) -> NodeId {
        match self {
            Self::Entry(entry) => entry.value,
            Self::Item(item) => item.value,
        }
    }
}

impl Tree<'_> {
    /// The node at `route`, as Kubernetes reads the document; none where a key or an
    /// item is not there.
    ///
    /// Aliases and merge keys are followed, so the node may stand elsewhere in the
    /// document. An edit of it is refused then: it would change other places too.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use yaml_splice::{Route, documents};
    /// let text = "base: &b {image: web}\nx:\n  <<: *b\n  name: &n a\ny: *n\n";
    /// let tree = documents(text).next().ok_or("no document")?.parse()?;
    /// assert_eq!(tree.text_at(&Route::root().key("x").key("image"))?, Some("web"));
    /// assert_eq!(tree.text_at(&Route::root().key("y"))?, Some("a"));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// Where the answer would be a guess: [`ErrorKind::DuplicateKey`],
    /// [`ErrorKind::DuplicateItem`], [`ErrorKind::MergeConflict`].
    pub fn find(&self, route: &Route) -> Result<Option<NodeId>, Error> {
        let Some(root) = self.root else {
            return Ok(None);
        };
        let mut at = self.target(root);
        for step in route.steps() {
            match self.followed_child(at, step)? {
                Some(child) => at = child,
                None => return Ok(None),
            }
        }
        Ok(Some(at))
    }

    /// The node at `route` where it stands there itself.
    ///
    /// # Errors
    ///
    /// As [`find`](Self::find), and [`ErrorKind::Alias`] where an alias or a merge
    /// key brings it.
    pub(crate) fn find_own(&self, route: &Route) -> Result<Option<NodeId>, Error> {
        let Some(mut at) = self.root else {
            return Ok(None);
        };
        for step in route.steps() {
            match self.child(at, step)? {
                Some(child) => at = child.value(),
                None => return Ok(None),
            }
        }
        Ok(Some(at))
    }

    /// The route to the same node with each item by its number, so that two
    /// routes to one node are equal; none where there is no node.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use yaml_splice::{Route, documents};
    /// let tree = documents("a: [{name: x}, {name: y}]").next().ok_or("none")?.parse()?;
    /// let by_name = Route::root().key("a").item("name", "y");
    /// assert_eq!(tree.resolve(&by_name)?, Some(Route::root().key("a").index(1)));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`find`](Self::find), and [`ErrorKind::Alias`] where an alias or a merge
    /// key stands on the route.
    pub fn resolve(&self, route: &Route) -> Result<Option<Route>, Error> {
        let Some(mut at) = self.root else {
            return Ok(None);
        };
        let mut resolved = Route::root();
        for step in route.steps() {
            let Some(child) = self.child(at, step)? else {
                return Ok(None);
            };
            let number = match child {
                Child::Entry(_) => None,
                Child::Item(item) => {
                    let mut items = self.items(at).iter();
                    items.position(|other| other.value == item.value)
                }
            };
            resolved = number.map_or_else(
                || resolved.step(step.clone()),
                |number| resolved.index(number),
            );
            at = child.value();
        }
        Ok(Some(resolved))
    }

    /// The text of the scalar at `route`; none where there is no scalar.
    ///
    /// # Errors
    ///
    /// As [`find`](Self::find).
    pub fn text_at(&self, route: &Route) -> Result<Option<&str>, Error> {
        Ok(self.find(route)?.and_then(|id| self.text(id)))
    }

    /// The value under `key` of the mapping at `id`, as [`find`](Self::find) finds it.
    ///
    /// # Errors
    ///
    /// As [`find`](Self::find).
    pub fn get(&self, id: NodeId, key: &str) -> Result<Option<NodeId>, Error> {
        self.followed_value(id, key)
    }

    /// The items of the sequence at `id`, aliases followed, or nothing for another
    /// node.
    pub fn items_of(&self, id: NodeId) -> impl Iterator<Item = NodeId> {
        let items = self.items(self.target(id)).iter();
        items.map(|item| self.target(item.value))
    }

    /// The texts of the mapping's keys, those of its merge keys included, or nothing
    /// for another node.
    #[must_use]
    pub fn keys(&self, id: NodeId) -> Vec<&str> {
        self.followed_keys(id)
    }

    /// The keys of the mapping at `id` with their values, those of its merge keys
    /// included and aliases followed, or nothing for another node. A key that
    /// [`get`](Self::get) refuses is left out.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use yaml_splice::documents;
    /// let tree = documents("a: 1\nb: 2").next().ok_or("no document")?.parse()?;
    /// let root = tree.root().ok_or("no root")?;
    /// let texts = tree.entries_of(root).into_iter().map(|(key, id)| (key, tree.text(id)));
    /// assert_eq!(texts.collect::<Vec<_>>(), [("a", Some("1")), ("b", Some("2"))]);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn entries_of(&self, id: NodeId) -> Vec<(&str, NodeId)> {
        let id = self.target(id);
        let certain = |key| Some((key, self.get(id, key).ok().flatten()?));
        if self
            .entries(id)
            .iter()
            .any(|e| self.merges && self.is_merge_key(e.key))
        {
            return match self.followed_entries(id) {
                Ok(entries) => entries.iter().filter_map(|e| self.texted(e)).collect(),
                Err(_) => self
                    .followed_keys(id)
                    .into_iter()
                    .filter_map(certain)
                    .collect(),
            };
        }
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for (key, _) in self.entries(id).iter().filter_map(|e| self.texted(e)) {
            *counts.entry(key).or_default() += 1;
        }
        let all = self.entries(id).iter().filter_map(|e| self.texted(e));
        all.filter(|(key, _)| counts.get(key) == Some(&1)).collect()
    }

    fn texted(&self, entry: &Entry) -> Option<(&str, NodeId)> {
        Some((self.text(entry.key)?, self.target(entry.value)))
    }

    /// How many items the sequence at `id` has; none for another node.
    #[must_use]
    pub fn items_len(&self, id: NodeId) -> Option<usize> {
        match self.node(self.target(id)).map(|node| &node.kind) {
            Some(Kind::Sequence { items, .. }) => Some(items.len()),
            _ => None,
        }
    }

    /// The items of the sequence at `route`, each with its own route. Nothing
    /// where another node or no node is.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use yaml_splice::{Route, documents};
    /// let tree = documents("args: [a, b]").next().ok_or("no document")?.parse()?;
    /// let items = tree.items_at(&Route::root().key("args"))?;
    /// let texts = items.map(|(_, id)| tree.text(id)).collect::<Vec<_>>();
    /// assert_eq!(texts, [Some("a"), Some("b")]);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`find`](Self::find).
    pub fn items_at(
        &self,
        route: &Route,
    ) -> Result<impl Iterator<Item = (Route, NodeId)> + use<>, Error> {
        let found = self.find(route)?;
        let items: Vec<_> = found.map_or_else(Vec::new, |id| self.items_of(id).collect());
        let items = items.into_iter().enumerate();
        let route = route.clone();
        Ok(items.map(move |(n, id)| (route.index(n), id)))
    }

    /// Whether the document's root is written in flow style, as JSON is.
    #[must_use]
    pub fn is_flow(&self) -> bool {
        let root = self.root.and_then(|root| self.node(root));
        root.and_then(Node::style) == Some(CollectionStyle::Flow)
    }

    /// Whether a node without content (nothing, `~`, `null`) is at `id`.
    #[must_use]
    pub fn is_null(&self, id: NodeId) -> bool {
        self.known_scalar(id) == Some(Resolved::Null)
    }

    pub(crate) fn node(&self, id: NodeId) -> Option<&Node<'_>> {
        self.nodes.get(id.0)
    }

    /// The text of the scalar `id`, unquoted and unfolded; of a `!!binary`, what it
    /// holds.
    #[must_use]
    pub fn text(&self, id: NodeId) -> Option<&str> {
        let id = self.target(id);
        match self.node(id).map(|node| &node.kind) {
            Some(Kind::Scalar { value, .. }) => Some(
                self.binaries
                    .get(&id)
                    .map_or(value.as_ref(), String::as_str),
            ),
            _ => None,
        }
    }

    pub(crate) fn entries(&self, id: NodeId) -> &[Entry] {
        match self.node(id).map(|node| &node.kind) {
            Some(Kind::Mapping { entries, .. }) => entries,
            _ => &[],
        }
    }

    pub(crate) fn items(&self, id: NodeId) -> &[Item] {
        match self.node(id).map(|node| &node.kind) {
            Some(Kind::Sequence { items, .. }) => items,
            _ => &[],
        }
    }

    pub(crate) fn error(&self, kind: ErrorKind, span: Span) -> Error {
        let known = (self.offset, self.lines);
        Error::behind(kind, self.source, known, span.shifted(self.offset))
    }

    /// The mapping's entries with this key, with their numbers.
    pub(crate) fn entries_with(
        &self,
        id: NodeId,
        key: &str,
    ) -> impl Iterator<Item = (usize, &Entry)> {
        let entries = self.entries(id);
        let is_it = move |entry: &Entry| self.text(entry.key) == Some(key);
        let sorted = self.sorted.get(&id);
        let indexed = sorted.into_iter().flat_map(move |sorted| {
            let before = |number: &usize| {
                let entry = entries.get(*number);
                entry.and_then(|entry| self.text(entry.key)) < Some(key)
            };
            let same = sorted.iter().skip(sorted.partition_point(before));
            let same = same.filter_map(|number| Some((*number, entries.get(*number)?)));
            same.take_while(move |(_, entry)| is_it(entry))
        });
        let all = if sorted.is_some() { &[] } else { entries };
        let all = all.iter().enumerate();
        indexed.chain(all.filter(move |(_, entry)| is_it(entry)))
    }

    /// The mapping's entry with this key, one that a merge key brings excepted.
    pub(crate) fn own_entry(&self, id: NodeId, key: &str) -> Result<Option<Entry>, Error> {
        let mut found = self
            .entries_with(id, key)
            .filter(|(_, e)| !(self.merges && self.is_merge_key(e.key)));
        let first = found.next();
        if let Some((_, second)) = found.next() {
            return Err(self.error(ErrorKind::DuplicateKey(key.to_owned()), second.span));
        }
        Ok(first.map(|(_, entry)| *entry))
    }

    /// An edit does not go through a key that is not written as its text.
    fn refuse_key(&self, key: Option<NodeId>) -> Result<(), Error> {
        match key.and_then(|key| self.node(key).map(|node| (key, node))) {
            Some((_, node)) if matches!(node.kind, Kind::Alias { .. }) => {
                Err(self.error(ErrorKind::Alias, node.span))
            }
            Some((key, node)) if self.binaries.contains_key(&key) => {
                Err(self.error(ErrorKind::Tag, node.span))
            }
            _ => Ok(()),
        }
    }

    /// The child that stands in the node itself, for edits.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Alias`] where the node or the key is an alias, or a merge key brings
    /// the child or overrides it, [`ErrorKind::Tag`] where the key is a `!!binary`.
    pub(crate) fn child(&self, id: NodeId, step: &Step) -> Result<Option<Child>, Error> {
        let Some(node) = self.node(id) else {
            return Ok(None);
        };
        if matches!(node.kind, Kind::Alias { .. }) {
            return Err(self.error(ErrorKind::Alias, node.span));
        }
        match step {
            Step::Key(key) => {
                let own = self.own_entry(id, key)?;
                if let Some(merged) = self.merged_child(id, key)?
                    && own.is_none_or(|own| own.span.start < merged.by.span.start)
                {
                    return Err(self.error(ErrorKind::Alias, merged.by.span));
                }
                self.refuse_key(own.map(|own| own.key))?;
                Ok(own.map(Child::Entry))
            }
            Step::Index(index) => Ok(self.items(id).get(*index).copied().map(Child::Item)),
            Step::Item { field, value } => {
                let mut found = None;
                for item in self.items(id) {
                    let field_of = self.followed_value(item.value, field)?;
                    if field_of.and_then(|id| self.text(id)) != Some(value) {
                        continue;
                    }
                    if found.is_some() {
                        let kind = ErrorKind::DuplicateItem {
                            field: field.clone(),
                            value: value.clone(),
                        };
                        return Err(self.error(kind, item.span));
                    }
                    found = Some(*item);
                }
                Ok(found.map(Child::Item))
            }
        }
    }
}

impl Node<'_> {
    pub(crate) const fn style(&self) -> Option<CollectionStyle> {
        match self.kind {
            Kind::Mapping { style, .. } | Kind::Sequence { style, .. } => Some(style),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{ErrorKind, Op, Route, documents};
    use std::fmt::Write as _;

    /// Mappings above some size are searched by an index.
    #[test]
    fn a_large_mapping_is_read_as_a_small_one() {
        for size in [1, 31, 32, 33, 200] {
            let mut text = String::from("twice: &k 1\n? *k\n: aliased\n<<: {merged: m}\n");
            for number in (0..size).rev() {
                writeln!(text, "k{number}: v{number}").unwrap();
            }
            text.push_str("twice: 2\n");
            let tree = documents(&text).next().unwrap().parse().unwrap();
            let at = |key: String| tree.text_at(&Route::root().key(key));
            for number in 0..size {
                let value = format!("v{number}");
                assert_eq!(at(format!("k{number}")).unwrap(), Some(value.as_str()));
            }
            assert_eq!(at(format!("k{size}")).unwrap(), None);
            assert_eq!(at("merged".into()).unwrap(), Some("m"));
            assert_eq!(at("1".into()).unwrap(), Some("aliased"));
            let twice = at("twice".into()).unwrap_err();
            assert_eq!(twice.kind, ErrorKind::DuplicateKey("twice".into()));
            assert_eq!(twice.position.line, size + 5);
            let known = tree.edit(&[Op::insert_entry(Route::root(), "k0", 1)]);
            assert_eq!(known.unwrap_err().kind, ErrorKind::Exists("k0".into()));
        }
    }
}
