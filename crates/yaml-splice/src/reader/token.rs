//! The tokens of a document.

use std::borrow::Cow;

use crate::tree::ScalarStyle;

/// What a token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind<'t> {
    /// `%TAG handle prefix`, or none for any other directive.
    Directive(Option<(&'t str, &'t str)>),
    DocumentStart,
    DocumentEnd,
    BlockSequence,
    BlockMapping,
    BlockEnd,
    FlowSequence,
    FlowSequenceEnd,
    FlowMapping,
    FlowMappingEnd,
    /// `-`
    BlockEntry,
    /// `,`
    FlowEntry,
    /// `?`, or nothing in front of a key on one line with its colon.
    Key,
    /// `:`
    Value,
    Alias(&'t str),
    Anchor(&'t str),
    /// Handle and suffix; no handle for `!<…>`.
    Tag(&'t str, Cow<'t, str>),
    Scalar(Cow<'t, str>, ScalarStyle),
    End,
}

/// A token, and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Token<'t> {
    pub(crate) kind: Kind<'t>,
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// The column of `start`, from 0, in characters.
    pub(crate) column: usize,
}
