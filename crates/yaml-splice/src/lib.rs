//! Lossless editing of YAML text.
//!
//! An edit changes the bytes that it names and no other: comments, quoting,
//! indentation, key order, blank lines, CRLF, a byte order mark and a missing
//! final line break come out as they went in. Before a text is handed out, the
//! whole stream is split again: other documents are the same bytes, and the edited
//! ones are parsed again, by a second reader too, and must mean what the operations
//! ask for.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use yaml_splice::{Op, Route, documents};
//!
//! let text = "containers:\n- name: web   # the front\n  image: 'web:1'\n- {name: db, image: db}\n";
//! let tree = documents(text).next().ok_or("no document")?.parse()?;
//! let web = Route::root().key("containers").item("name", "web").key("image");
//! let edited = tree.edit(&[Op::set(web, "web:2")])?;
//! assert_eq!(
//!     edited.text,
//!     "containers:\n- name: web   # the front\n  image: 'web:2'\n- {name: db, image: db}\n",
//! );
//! # Ok(()) }
//! ```
//!
//! The way: [`documents`] cuts a stream into spans, [`Document::parse`] finds
//! the nodes with their extents, [`Tree::find`] and [`Tree::find_commented`]
//! look things up by [`Route`], and [`Tree::edit`] makes [`Op`]s on one document,
//! [`StreamEdit`] on several, with new documents beside them. [`join`] makes one
//! stream of several texts.
//!
//! # Limitations
//!
//! - Refused with a typed error, never guessed: aliases and merge keys on the way to
//!   an edit, anchors there that an alias refers to, duplicate keys there, tags on the
//!   value to edit, a flow collection as the key of a mapping, nesting deeper than
//!   [`MAX_DEPTH`]. What each operation refuses besides stands at [`Op`].
//! - A commented-out entry is found if a scalar or a sequence of mappings is its
//!   value, a commented-out item if it is a mapping or a known string; all of
//!   them if they stand on comment lines without a blank line in them, outside of
//!   flow collections, with the `#` in one column or directly in front of each line's
//!   text. A plain key of several words, and a sentence at the end, are taken for
//!   prose.
//! - A new entry goes behind the last one, unless a [`InsertAt`] is given, also where
//!   keys are sorted.
//! - An operation is made on what an edit finds: one that replaces or removes a node
//!   and another inside of it are a [`ErrorKind::Conflict`].
//! - Behind a block scalar that ends the text without a line break nothing is
//!   written: it would become a part of the value ([`ErrorKind::UnendedScalar`]).
//! - A document of which no second reader finds what go-yaml does is read, and not
//!   edited ([`ErrorKind::Disputed`]).
//! - Documents are not added to a stream of JSON.
//! - The structure is what go-yaml, Kubernetes' reader, makes of the text: keys in
//!   block style are at most 1,024 characters long and stand on one line, and the
//!   line breaks of YAML 1.1 end a line.
//! - Aliases, merge keys and tags are read as go-yaml resolves them. A document that
//!   it refuses for a tag (`!!int x`) or a merge key without a mapping is refused.

#![cfg_attr(
    test,
    allow(
        clippy::disallowed_methods,
        clippy::disallowed_types,
        reason = "tests read files"
    )
)]

mod block;
mod change;
mod chars;
mod commented;
mod compose;
mod conflict;
mod content;
mod document;
mod edit;
mod error;
mod find;
mod flow;
mod follow;
mod front;
mod join;
mod json;
mod lines;
mod literal;
mod lookup;
mod lower;
mod model;
mod op;
mod parallel;
mod plain;
mod plan;
mod position;
mod proof;
mod put;
mod reader;
mod render;
mod resolve;
mod route;
mod second;
mod settle;
mod skim;
mod stream;
mod tree;
mod value;
mod writable;

pub use commented::{Commented, Wanted};
pub use content::Content;
pub use document::{Document, Documents, documents};
pub use edit::{Indel, TextEdit};
pub use error::{Error, ErrorKind};
pub use join::{JoinError, join};
pub use op::{InsertAt, Op};
pub use position::{Position, Span};
pub use reader::MAX_DEPTH;
pub use resolve::Resolved;
pub use route::{Route, Step};
pub use skim::Skimmed;
pub use stream::{Edited, StreamEdit, edit};
pub use tree::{CollectionStyle, NodeId, ScalarStyle, Tree};
pub use value::Value;

/// The README's example is a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
