//! The operations: a small closed set.

use crate::commented::Wanted;
use crate::route::{Route, Step};
use crate::value::Value;

/// Where a new entry or item goes among those that are there.
///
/// A [`Step`] names a sibling: the key of an entry, or an item's number or field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InsertAt {
    /// Before all others.
    First,
    /// Behind all others.
    #[default]
    Last,
    /// Directly before this sibling, and before the comments above it.
    Before(Step),
    /// Directly behind this sibling.
    After(Step),
    /// Before the sibling that has this number now, from 0. The number of
    /// siblings means behind the last one.
    Index(usize),
}

/// One change of one document, said symbolically.
///
/// Routes name nodes of the text as it is now, whatever the other operations of
/// the same edit do. An operation that is there twice is made once.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Op {
    /// Replaces a value.
    ///
    /// ```text
    /// caBundle: "old" # why      ->      caBundle: "new" # why
    /// replicas: 1                ->      replicas: 3
    /// ```
    ///
    /// A scalar that becomes another text keeps its style; a text of several
    /// lines becomes a literal block scalar where that is safe. A value that is
    /// the same already is left as it is written.
    ///
    /// Limitations: the node must be there. One with a tag, an alias, and one
    /// with an anchor that is referred to are refused.
    Set {
        /// The node.
        at: Route,
        /// Its new value.
        value: Value,
    },
    /// Removes an entry of a mapping or an item of a sequence, with its line.
    ///
    /// ```text
    /// spec:                              spec:
    ///   insecure: true           ->        version: v3
    ///   version: v3
    /// ```
    ///
    /// A comment on the removed line goes with it; those above it stay. A
    /// collection that loses all its children becomes `{}` or `[]`.
    ///
    /// Limitations: refused are the document's root, what holds an anchor that an
    /// alias elsewhere refers to, an entry whose key a merge key brings too, and an
    /// entry of a flow collection beside a comment. Blank lines that would become a
    /// part of a block scalar above go too; where a comment would, it is refused.
    Remove {
        /// The entry's value or the item.
        at: Route,
    },
    /// Uncomments an entry or an item, in its place and in its siblings' column.
    ///
    /// ```text
    /// data:                              data:
    ///   # The key:               ->        # The key:
    ///   #tls.key:                          tls.key: dGVzdA==
    /// ```
    ///
    /// Limitations: nothing is uncommented inside of flow collections, nor in an
    /// item without a value; what has an anchor is refused. Another value than the
    /// commented-out one must be a scalar, and the entry one line.
    Uncomment {
        /// The mapping or sequence that it becomes a part of.
        parent: Route,
        /// Which one.
        wanted: Wanted,
        /// The scalar that the entry gets as its value.
        set: Option<Value>,
    },
    /// Adds an entry to a mapping.
    ///
    /// ```text
    /// {"a": 1}                   ->      {"a": 1, "b": "x"}
    /// ```
    ///
    /// Missing parents are made, if all missing steps are keys. Of several
    /// insertions that make the same collection, one comes out that holds what each
    /// of them brings: entries by their keys, items that are not there yet.
    ///
    /// Limitations: a key that is there already is [`ErrorKind::Exists`], one that
    /// gets two values [`ErrorKind::Conflict`]. Where the last entry is a block
    /// scalar without its final line break, at the text's end, the new entry goes
    /// before it.
    ///
    /// [`ErrorKind::Exists`]: crate::ErrorKind::Exists
    /// [`ErrorKind::Conflict`]: crate::ErrorKind::Conflict
    InsertEntry {
        /// The mapping, or an empty value that becomes one. `{}` stays in flow style.
        parent: Route,
        /// The new key.
        key: String,
        /// Its value.
        value: Value,
        /// Where it goes.
        place: InsertAt,
    },
    /// Adds an item to a sequence.
    ///
    /// ```text
    /// args: [--a]                ->      args: [--a, --b]
    /// ```
    ///
    /// Missing parents are made, as for an entry. A new last item goes behind the
    /// comments that stand in the sequence's column, unless that is its key's too.
    ///
    /// Limitations: behind a block scalar that ends the text without a line break
    /// nothing is written ([`ErrorKind::UnendedScalar`]).
    ///
    /// [`ErrorKind::UnendedScalar`]: crate::ErrorKind::UnendedScalar
    InsertItem {
        /// The sequence, or an empty value that becomes one. `[]` stays in flow style.
        parent: Route,
        /// The new item.
        value: Value,
        /// Where it goes.
        place: InsertAt,
    },
    /// Gives an entry another key. Its value stays as it is.
    ///
    /// ```text
    /// 'old': 1 # why             ->      'new': 1 # why
    /// ```
    ///
    /// Limitations: refused are keys that are not scalars, that are empty, have a tag
    /// or an anchor that an alias refers to, and those that a merge key brings too.
    RenameKey {
        /// The entry's value.
        at: Route,
        /// The new key.
        key: String,
    },
}

impl Op {
    /// [`Op::Set`].
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use yaml_splice::{Op, Route, documents};
    /// let text = "replicas: '1' # one\n";
    /// let tree = documents(text).next().ok_or("no document")?.parse()?;
    /// let edited = tree.edit(&[Op::set(Route::root().key("replicas"), "3")])?;
    /// assert_eq!(edited.text, "replicas: '3' # one\n");
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn set(at: Route, value: impl Into<Value>) -> Self {
        let value = value.into();
        Self::Set { at, value }
    }

    /// [`Op::Remove`].
    #[must_use]
    pub const fn remove(at: Route) -> Self {
        Self::Remove { at }
    }

    /// [`Op::Uncomment`], with the value that stands in the comment.
    #[must_use]
    pub const fn uncomment(parent: Route, wanted: Wanted) -> Self {
        let set = None;
        Self::Uncomment {
            parent,
            wanted,
            set,
        }
    }

    /// [`Op::Uncomment`], with another value.
    #[must_use]
    pub fn uncomment_as(parent: Route, wanted: Wanted, value: impl Into<Value>) -> Self {
        let set = Some(value.into());
        Self::Uncomment {
            parent,
            wanted,
            set,
        }
    }

    /// [`Op::InsertEntry`], behind the last entry.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use yaml_splice::{Op, InsertAt, Route, Value, edit};
    /// let spec = Route::root().key("spec");
    /// let port = Value::mapping([("port", 443)]);
    /// let ops = [
    ///     Op::insert_entry(spec.clone(), "replicas", 3).at_place(InsertAt::First),
    ///     Op::insert_item(spec.key("ports"), port),
    /// ];
    /// let text = "spec:\n  # the image\n  image: web\n";
    /// let wanted = "spec:\n  replicas: 3\n  # the image\n  image: web\n  ports:\n    - port: 443\n";
    /// assert_eq!(edit(text, 0, &ops)?, wanted);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn insert_entry(parent: Route, key: impl Into<String>, value: impl Into<Value>) -> Self {
        let (key, value, place) = (key.into(), value.into(), InsertAt::Last);
        Self::InsertEntry {
            parent,
            key,
            value,
            place,
        }
    }

    /// [`Op::InsertItem`], behind the last item.
    #[must_use]
    pub fn insert_item(parent: Route, value: impl Into<Value>) -> Self {
        let (value, place) = (value.into(), InsertAt::Last);
        Self::InsertItem {
            parent,
            value,
            place,
        }
    }

    /// [`Op::RenameKey`].
    #[must_use]
    pub fn rename_key(at: Route, key: impl Into<String>) -> Self {
        let key = key.into();
        Self::RenameKey { at, key }
    }

    /// The same insertion at another place; other operations stay as they are.
    #[must_use]
    pub fn at_place(mut self, new: InsertAt) -> Self {
        if let Self::InsertEntry { place, .. } | Self::InsertItem { place, .. } = &mut self {
            *place = new;
        }
        self
    }

    /// What it does, without values.
    pub(crate) fn describe(&self) -> String {
        let verb = match self {
            Self::Set { .. } => "setting",
            Self::Remove { .. } => "removing",
            Self::Uncomment { .. } => "uncommenting",
            Self::InsertEntry { .. } => "inserting",
            Self::InsertItem { .. } => "inserting an item into",
            Self::RenameKey { .. } => "renaming",
        };
        format!("{verb} {}", self.target().describe())
    }

    /// The route to what the operation changes: the value that it sets, removes,
    /// uncomments or inserts. Of an item that has no name yet it is the sequence.
    ///
    /// ```
    /// use yaml_splice::{Op, Route};
    /// let op = Op::insert_entry(Route::root().key("spec"), "replicas", 1);
    /// assert_eq!(op.target().to_string(), "spec.replicas");
    /// ```
    #[must_use]
    pub fn target(&self) -> Route {
        match self {
            Self::Set { at, .. } | Self::Remove { at } | Self::RenameKey { at, .. } => at.clone(),
            Self::InsertEntry { parent, key, .. } => parent.key(key),
            Self::InsertItem { parent, .. } => parent.clone(),
            Self::Uncomment { parent, wanted, .. } => match wanted {
                Wanted::Entry(key) | Wanted::Sequence(key) => parent.key(key),
                Wanted::Item { field, value } => parent.item(field, value),
                Wanted::Text(_) => parent.clone(),
            },
        }
    }
}
