//! Lines and columns, without counting from the start for each.

use yaml_splice::Position;

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
        let before = self.0.partition_point(|start| *start <= offset).max(1);
        let start = self.0.get(before - 1).copied().unwrap_or_default();
        let line = text.get(start..).unwrap_or_default();
        Position {
            line: before,
            ..Position::of(line, offset.saturating_sub(start))
        }
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
                assert_eq!(
                    lines.position(text, offset),
                    Position::of(text, offset),
                    "{text:?}, {offset}"
                );
            }
        }
    }
}
