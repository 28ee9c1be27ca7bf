//! The operations: a small closed set.

use crate::commented::Wanted;
use crate::route::Route;
use crate::value::Value;

/// One change of one document, said symbolically.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Op {
    /// Gives a scalar another text, in the style that it has.
    ///
    /// ```text
    /// caBundle: "old" # why      ->      caBundle: "new" # why
    /// caBundle:                  ->      caBundle: new
    /// ```
    ///
    /// A block scalar becomes one line, and a plain one that gets several lines a
    /// literal block scalar. A value with a tag is refused.
    SetScalar {
        /// The scalar.
        at: Route,
        /// Its new text, always a string.
        text: String,
    },
    /// Removes an entry of a mapping or an item of a sequence, with its line.
    ///
    /// ```text
    /// spec:                              spec:
    ///   insecure: true           ->        version: v3
    ///   version: v3
    /// ```
    ///
    /// A comment on the removed line goes with it; those above it stay.
    RemoveEntry {
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
    Uncomment {
        /// The mapping or sequence that it becomes a part of.
        parent: Route,
        /// Which one.
        wanted: Wanted,
        /// The text that the entry's scalar gets, always a string.
        set: Option<String>,
    },
    /// Adds an entry behind the mapping's last one.
    ///
    /// ```text
    /// {"a": 1}                   ->      {"a": 1, "b": "x"}
    /// ```
    InsertEntry {
        /// The mapping, or an empty value that becomes one.
        parent: Route,
        /// The new key.
        key: String,
        /// Its value.
        value: Value,
    },
    /// Adds an item behind the sequence's last one.
    AppendItem {
        /// The sequence, or an empty value that becomes one.
        parent: Route,
        /// The new item.
        value: Value,
    },
}
