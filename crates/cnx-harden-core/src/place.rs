//! Where something stands.

use std::fmt;

use cnx_certs::shown;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use yaml_splice::{Position, Route, Span};

use crate::source::Source;

/// A place in an input, in a config, or in a file of material.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[non_exhaustive]
pub struct Place {
    /// What the caller calls the text: a path, or `-`.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// The extent in bytes, where the text is known.
    #[serde(skip)]
    pub span: Option<Span>,
    /// The field, from the root of its document, where it is one.
    #[serde(skip)]
    pub route: Option<Route>,
    /// The number of the input, where the text is one.
    #[serde(skip)]
    pub input: Option<usize>,
}

impl Place {
    /// A place in a text.
    ///
    /// ```
    /// use cnx_harden_core::{Place, Source};
    /// let source = Source { name: "a.yaml", text: "kind: Secret\ndata:\n  a: b\n" };
    /// let place = Place::new(&source, yaml_splice::Span::new(21, 22));
    /// assert_eq!((place.to_string().as_str(), place.column), ("a.yaml:3", 3));
    /// ```
    #[must_use]
    pub fn new(source: &Source<'_>, span: Span) -> Self {
        let position = Position::of(source.text, span.start);
        Self::at(source.name, position, Some(span))
    }

    /// The beginning of a line of a text that is not at hand.
    #[must_use]
    pub fn line(file: impl Into<String>, line: usize) -> Self {
        Self::at(file, Position { line, column: 1 }, None)
    }

    pub(crate) fn at(
        file: impl Into<String>,
        Position { line, column }: Position,
        span: Option<Span>,
    ) -> Self {
        Self {
            file: file.into(),
            line,
            column,
            span,
            route: None,
            input: None,
        }
    }

    /// What people find it by.
    #[must_use]
    pub fn position(&self) -> (&str, usize, usize) {
        (&self.file, self.line, self.column)
    }

    /// The same place, as one of this input.
    pub(crate) const fn of_input(mut self, number: usize) -> Self {
        self.input = Some(number);
        self
    }

    /// The same place, as a field of its document.
    pub(crate) fn with_route(mut self, route: Route) -> Self {
        self.route = Some(route);
        self
    }
}

impl fmt::Display for Place {
    /// The text and the line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", shown(&self.file), self.line)
    }
}
