//! Reading as Kubernetes reads: aliases and merge keys are followed.
//!
//! Of a key that a mapping has itself and also gets by a merge key, YAML 1.1 and
//! go-yaml v3 take the mapping's own. go-yaml v2, which kubectl reads by, goes by
//! the order of the text: a merge key overrides what stands before it. Where the
//! two differ, there is no answer but an error.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::commented::Wanted;
use crate::error::{Error, ErrorKind};
use crate::op::Op;
use crate::route::Step;
use crate::tree::{Entry, Kind, NodeId, Tree};
use crate::value::Value;

/// An entry that a mapping gets by a merge key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Merged {
    /// The entry, wherever it stands.
    pub(crate) entry: Entry,
    /// The merge key's entry in the mapping itself.
    pub(crate) by: Entry,
}

impl Tree<'_> {
    /// The node that an alias stands for; any other node is itself.
    pub(crate) fn target(&self, id: NodeId) -> NodeId {
        match self.node(id).map(|node| &node.kind) {
            Some(Kind::Alias { target, .. }) => *target,
            _ => id,
        }
    }

    /// The child of a node, as Kubernetes reads it.
    pub(crate) fn followed_child(&self, id: NodeId, step: &Step) -> Result<Option<NodeId>, Error> {
        match step {
            Step::Key(key) => self.followed_value(id, key),
            _ => {
                let child = self.child(self.target(id), step)?;
                Ok(child.map(|child| self.target(child.value())))
            }
        }
    }

    /// The value under a key, as Kubernetes reads it.
    pub(crate) fn followed_value(&self, id: NodeId, key: &str) -> Result<Option<NodeId>, Error> {
        let entry = Lookup::new(self, key).entry(self.target(id))?;
        Ok(entry.map(|entry| self.target(entry.value)))
    }

    /// The entry with this key that the mapping gets by a merge key, whether it has
    /// one itself or not.
    pub(crate) fn merged_child(&self, id: NodeId, key: &str) -> Result<Option<Merged>, Error> {
        Lookup::new(self, key).merged(self.target(id))
    }

    /// Refuses an operation on an entry that a merge key brings too: what stands there
    /// afterwards would come from elsewhere, or override what does.
    pub(crate) fn refuse_merged(&self, op: &Op) -> Result<(), Error> {
        let at = op.target();
        let (parent, keys) = match (op, at.split()) {
            (Op::RenameKey { key: to, .. }, Some((parent, Step::Key(key)))) => {
                (parent, vec![key.as_str(), to])
            }
            (Op::Remove { .. }, Some((parent, Step::Key(key)))) => (parent, vec![key.as_str()]),
            (Op::InsertEntry { parent, key, .. }, _)
            | (
                Op::Uncomment {
                    parent,
                    wanted: Wanted::Entry(key) | Wanted::Sequence(key),
                    ..
                },
                _,
            ) => (parent.clone(), vec![key.as_str()]),
            _ => return Ok(()),
        };
        let parent = if self.merges {
            self.find_own(&parent)?
        } else {
            None
        };
        for key in keys {
            if let Some(parent) = parent
                && let Some(merged) = self.merged_child(parent, key)?
            {
                return Err(self.error(ErrorKind::Alias, merged.by.span));
            }
        }
        Ok(())
    }

    /// The mappings that a merge key brings, the first of them first.
    fn sources(&self, merge: &Entry) -> Vec<NodeId> {
        let value = self.target(merge.value);
        match self.node(value).map(|node| &node.kind) {
            Some(Kind::Sequence { items, .. }) => {
                items.iter().map(|item| self.target(item.value)).collect()
            }
            _ => vec![value],
        }
    }

    fn merges_of(&self, id: NodeId) -> impl DoubleEndedIterator<Item = &Entry> {
        let entries = if self.merges { self.entries(id) } else { &[] };
        entries.iter().filter(|entry| self.is_merge_key(entry.key))
    }

    fn merge_conflict(&self, key: &str, by: &Entry) -> Error {
        self.error(ErrorKind::MergeConflict(key.to_owned()), by.span)
    }

    /// Whether two nodes mean the same to Kubernetes.
    fn same(&self, one: NodeId, other: NodeId) -> bool {
        let (one, other) = (self.target(one), self.target(other));
        one == other
            || match (self.read(one), self.read(other)) {
                (Ok(one), Ok(other)) => one.sorted() == other.sorted(),
                _ => false,
            }
    }

    /// The mapping's entries, those of its merge keys included and no merge key.
    pub(crate) fn followed_entries(&self, id: NodeId) -> Result<Vec<Entry>, Error> {
        let id = self.target(id);
        let mut all = Vec::new();
        // Where each key stands in `all`, and whether a merge key brought it.
        let mut known: HashMap<&str, (usize, bool)> = HashMap::new();
        for entry in self.entries(id) {
            if !self.merges || !self.is_merge_key(entry.key) {
                let key = self.text(entry.key);
                match key.and_then(|key| known.get_mut(key).map(|known| (key, known))) {
                    None => {
                        known.extend(key.map(|key| (key, (all.len(), false))));
                        all.push(*entry);
                    }
                    Some((key, (_, false))) => {
                        let kind = ErrorKind::DuplicateKey(key.to_owned());
                        return Err(self.error(kind, entry.span));
                    }
                    Some((_, (at, merged))) => {
                        *merged = false;
                        all.get_mut(*at).into_iter().for_each(|old| *old = *entry);
                    }
                }
                continue;
            }
            let mut brought = HashSet::new();
            for source in self.sources(entry) {
                for new in self.followed_entries(source)? {
                    let Some(key) = self.text(new.key) else {
                        all.push(new);
                        continue;
                    };
                    if !brought.insert(key) {
                        continue;
                    }
                    match known.get(key).and_then(|(at, _)| all.get(*at)) {
                        None => {
                            known.insert(key, (all.len(), true));
                            all.push(new);
                        }
                        Some(old) if self.same(old.value, new.value) => {}
                        Some(_) => return Err(self.merge_conflict(key, entry)),
                    }
                }
            }
        }
        Ok(all)
    }

    /// The keys that `followed_entries` would have, without a look at the values.
    pub(crate) fn followed_keys(&self, id: NodeId) -> Vec<&str> {
        let mut keys = Vec::new();
        let mut known = HashSet::new();
        let mut seen = HashSet::new();
        let mut open = vec![self.target(id)];
        while let Some(id) = open.pop() {
            if !seen.insert(id) {
                continue;
            }
            for entry in self.entries(id) {
                if self.merges && self.is_merge_key(entry.key) {
                    open.extend(self.sources(entry));
                    continue;
                }
                keys.extend(self.text(entry.key).filter(|key| known.insert(*key)));
            }
        }
        keys
    }

    /// What the node means to Kubernetes: its [`value`](Self::value), with what
    /// aliases and merge keys stand for in their place, and tags resolved.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use yaml_splice::{Route, Value, documents};
    /// let text = "base: &b {image: web}\nweb:\n  <<: *b\n  port: !!str 80\n";
    /// let tree = documents(text).next().ok_or("no document")?.parse()?;
    /// let web = tree.find(&Route::root().key("web"))?.ok_or("no web")?;
    /// let entries = [("image", Value::string("web")), ("port", Value::string("80"))];
    /// assert_eq!(tree.read(web)?, Value::mapping(entries));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::DuplicateKey`] and [`ErrorKind::MergeConflict`].
    pub fn read(&self, id: NodeId) -> Result<Value, Error> {
        let id = self.target(id);
        match self.node(id).map(|node| &node.kind) {
            Some(Kind::Sequence { items, .. }) => {
                let items = items.iter().map(|item| self.read(item.value));
                items.collect::<Result<_, _>>().map(Value::Sequence)
            }
            Some(Kind::Mapping { .. }) => {
                let entries = self.followed_entries(id)?.into_iter();
                let entries = entries.map(|e| Ok((self.read(e.key)?, self.read(e.value)?)));
                entries.collect::<Result<_, _>>().map(Value::Mapping)
            }
            _ => Ok(Value::Scalar {
                text: self.text(id).unwrap_or_default().to_owned(),
                string: self.is_string(id),
                tag: None,
            }),
        }
    }
}

/// The search for one key.
struct Lookup<'a, 't> {
    tree: &'a Tree<'t>,
    key: &'a str,
    /// The mappings that were searched by way of merge keys: many of them may
    /// merge the same one.
    known: BTreeMap<usize, Option<Entry>>,
}

impl<'a, 't> Lookup<'a, 't> {
    const fn new(tree: &'a Tree<'t>, key: &'a str) -> Self {
        let known = BTreeMap::new();
        Self { tree, key, known }
    }

    /// The entry that counts, of the mapping's own and of those that it merges.
    /// The depth is that of the aliases, which the reader bounds.
    fn entry(&mut self, id: NodeId) -> Result<Option<Entry>, Error> {
        let own = self.tree.own_entry(id, self.key)?;
        let Some(Merged { entry, by }) = self.merged(id)? else {
            return Ok(own);
        };
        let Some(own) = own else {
            return Ok(Some(entry));
        };
        if by.span.start > own.span.start && !self.tree.same(own.value, entry.value) {
            return Err(self.tree.merge_conflict(self.key, &by));
        }
        Ok(Some(own))
    }

    fn merged(&mut self, id: NodeId) -> Result<Option<Merged>, Error> {
        let tree = self.tree;
        let mut found: Option<Merged> = None;
        for by in tree.merges_of(id).rev() {
            let mut brought = None;
            for source in tree.sources(by) {
                brought = match self.known.get(&source.0) {
                    Some(known) => *known,
                    None => {
                        let entry = self.entry(source)?;
                        self.known.insert(source.0, entry);
                        entry
                    }
                };
                if brought.is_some() {
                    break;
                }
            }
            match (&found, brought) {
                (_, None) => {}
                (None, Some(entry)) => found = Some(Merged { entry, by: *by }),
                // Of two merge keys the last one counts for go-yaml v2 alone.
                (Some(last), Some(entry)) if tree.same(last.entry.value, entry.value) => {}
                (Some(last), Some(_)) => return Err(tree.merge_conflict(self.key, &last.by)),
            }
        }
        Ok(found)
    }
}
