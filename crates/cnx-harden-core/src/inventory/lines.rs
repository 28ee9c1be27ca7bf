//! Lines and columns, without counting from the start for each.

use cnx_certs::Help;
use std::fmt;

use yaml_splice::{Position, Span};

use super::said::At;
use super::scan::Inventory;
use crate::finding::{Code, Finding};
use crate::place::Place;
use crate::source::Source;

/// Where each line of a text begins.
#[derive(Debug)]
pub(crate) struct Lines(Vec<usize>);

impl Lines {
    pub(crate) fn of(text: &str) -> Self {
        let breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        Self(std::iter::once(0).chain(breaks).collect())
    }

    /// What [`Position::of`] says for the text that these are the lines of.
    pub(crate) fn position(&self, text: &str, offset: usize) -> Position {
        let line = self.0.partition_point(|start| *start <= offset).max(1);
        let start = self.0.get(line - 1).copied().unwrap_or_default();
        let rest = text.get(start..).unwrap_or_default();
        Position {
            line,
            ..Position::of(rest, offset.saturating_sub(start))
        }
    }
}

/// A source of an inventory, by which places in it are found.
#[derive(Clone, Copy)]
pub(crate) struct Origin<'a, 't> {
    pub(super) inventory: &'a Inventory<'t>,
    file: usize,
}

impl fmt::Debug for Origin<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Origin").field(&self.file).finish()
    }
}

impl Origin<'_, '_> {
    /// The position of a place in it.
    pub(crate) fn position(&self, offset: usize) -> Position {
        self.inventory.position(self.file, offset)
    }

    /// A place in it.
    pub(crate) fn place(&self, span: Span) -> Place {
        self.inventory.place(self.file, span)
    }

    /// An error of the YAML layer in it.
    pub(crate) fn yaml(&self, error: &yaml_splice::Error) -> Finding {
        self.inventory.yaml(self.file, error)
    }
}

impl<'t> Inventory<'t> {
    /// The source of this number.
    pub(crate) const fn origin(&self, file: usize) -> Origin<'_, 't> {
        Origin {
            inventory: self,
            file,
        }
    }

    fn lines(&self, file: usize) -> Option<(&Lines, &'t str)> {
        let (source, lines) = (self.sources.get(file)?, self.lines.get(file)?);
        Some((lines.get_or_init(|| Lines::of(source.text)), source.text))
    }

    /// The position of a place in a source.
    pub(crate) fn position(&self, file: usize, offset: usize) -> Position {
        let lines = self.lines(file);
        lines.map_or(Position { line: 1, column: 1 }, |(lines, text)| {
            lines.position(text, offset)
        })
    }

    /// A place in a source.
    pub(crate) fn place(&self, file: usize, span: Span) -> Place {
        let name = self.sources.get(file).map_or("", |source| source.name);
        Place::at(name, self.position(file, span.start), Some(span)).of_input(file)
    }

    /// The place of a field.
    pub(crate) fn place_at(&self, at: &At) -> Place {
        let (file, span) = self.span(at).unwrap_or((0, Span::at(0)));
        self.place(file, span).with_route(at.route.clone())
    }

    /// A finding at a field, about its object.
    pub(crate) fn finding(
        &self,
        code: Code,
        at: &At,
        message: impl Into<String>,
        help: impl Into<Help>,
    ) -> Finding {
        let mut finding = Finding::new(code, self.place_at(at), message, help);
        if let Some(object) = self.object(at.object) {
            finding.resource = Some(object.id.clone());
            if let Some(tree) = self.tree(object.place) {
                return finding.within(tree);
            }
        }
        finding
    }

    /// An error of the YAML layer in a source.
    pub(crate) fn yaml(&self, file: usize, error: &yaml_splice::Error) -> Finding {
        let text = "";
        let source = self.sources.get(file).copied();
        let source = source.unwrap_or(Source { name: "", text });
        let mut finding = Finding::yaml(&source, error);
        finding.place.input = Some(file);
        finding
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_those_of_the_text() {
        for text in ["", "\n", "\u{feff}a: é!\r\n\nb:\n  - c", "a\n"] {
            let lines = Lines::of(text);
            for offset in 0..=text.len() + 1 {
                let position = Position::of(text, offset);
                assert_eq!(lines.position(text, offset), position, "{text:?}, {offset}");
            }
        }
    }
}
