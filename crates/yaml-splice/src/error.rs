//! What can go wrong, and where.

use crate::position::{Position, Span};

/// An error of this crate: what is wrong, and at which place of the text.
///
/// No message holds a value of the text, so that none can give a secret away.
/// Keys and the strings that a caller asked for do appear.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{position}: {kind}")]
pub struct Error {
    /// What is wrong.
    pub kind: ErrorKind,
    /// Where, for people.
    pub position: Position,
    /// Where, in bytes of the whole text.
    pub span: Span,
}

/// The ways in which reading or editing fails.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The text is not YAML.
    #[error("not valid YAML: {0}")]
    Syntax(String),
    /// Collections are nested deeper than [`MAX_DEPTH`](crate::MAX_DEPTH).
    #[error("collections are nested more than {} deep", crate::MAX_DEPTH)]
    TooDeep,
    /// YAML whose exact extent in the text this crate cannot tell.
    #[error("this form of YAML is not supported: {0}")]
    Unsupported(&'static str),
    /// YAML that Kubernetes cannot read, or not as JSON.
    #[error("Kubernetes cannot read this: {0}")]
    Unresolvable(&'static str),
    /// A mapping on the route holds the key twice.
    #[error("the key {0:?} is there twice; remove one of the two")]
    DuplicateKey(String),
    /// More than one item of the sequence has the value that was asked for.
    #[error("more than one item has {field}: {value}; give them different names")]
    DuplicateItem {
        /// The field that the items are told apart by.
        field: String,
        /// Its value.
        value: String,
    },
    /// An alias or a merge key (`<<`) stands on the route to an edit.
    #[error("an alias or a merge key (<<) stands here; write out what it refers to")]
    Alias,
    /// A merge key gives this key another value than what stands before it, and
    /// readers of YAML differ on which one counts.
    #[error(
        "this merge key (<<) gives {0:?} a value other than the one before it, and YAML readers \
         differ on which one counts; write it once"
    )]
    MergeConflict(String),
    /// An anchor stands on the route, so that an edit would change other places too.
    #[error("an anchor stands here, and an edit would change each of its aliases; write it out")]
    Anchor,
    /// The node to edit has a tag.
    #[error("the value has a tag, which an edit might make untrue; remove the tag")]
    Tag,
    /// More than one commented-out entry fits.
    #[error("{0:?} is commented out more than once here; leave one of them")]
    AmbiguousComment(String),
    /// What the operation names is not there.
    #[error("there is no {0}")]
    NotFound(String),
    /// What the operation would add is there already.
    #[error("{0} is there already")]
    Exists(String),
    /// The node is not of the kind that the operation needs.
    #[error("expected {expected} here, found {found}")]
    WrongKind {
        /// What the operation needs.
        expected: &'static str,
        /// What is there.
        found: &'static str,
    },
    /// A block scalar ends the text without a line break, so that what is written
    /// behind it would add one to its value. kubectl reads one there already; other
    /// readers do not.
    #[error(
        "the block scalar that starts here ends the text without a line break, which would \
         become a part of its value; end the text with a line break, or the scalar's header with `-`"
    )]
    UnendedScalar,
    /// No second reader of YAML finds here what this crate finds.
    #[error(
        "readers of YAML disagree on what this document says from here on; write this place in \
         a plainer form"
    )]
    Disputed,
    /// Two operations of one edit exclude each other.
    #[error("{first} and {second} cannot both be done at {at}; leave one of them")]
    Conflict {
        /// The route where they meet.
        at: String,
        /// What the one does.
        first: String,
        /// What the other does.
        second: String,
    },
    /// A new value that YAML text cannot say as it is meant.
    #[error("the new value cannot be written: {0}")]
    NotWritable(&'static str),
    /// The edit would change a value that no operation names.
    #[error("the edit would change another value: {0}")]
    WouldChange(&'static str),
    /// Two edits want the same bytes.
    #[error("two edits overlap at bytes {}..{} and {}..{}", .0.start, .0.end, .1.start, .1.end)]
    Overlap(Span, Span),
    /// The edited text does not mean what the operations ask for: a fault of
    /// this crate, or a text that it should have refused. Nothing was changed.
    #[error(
        "internal error: the edited document is not what the edits ask for ({0}); please report it"
    )]
    Verification(&'static str),
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, text: &str, span: Span) -> Self {
        Self::behind(kind, text, (0, 0), span)
    }

    /// The same, where it is known how many lines end before an offset.
    pub(crate) fn behind(kind: ErrorKind, text: &str, known: (usize, usize), span: Span) -> Self {
        Self {
            kind,
            position: Position::behind(text, known, span.start),
            span,
        }
    }
}
