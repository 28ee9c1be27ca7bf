//! Flow collections.

use arbitrary::Result;

use super::Writer;

impl Writer<'_, '_> {
    pub(super) fn flow(&mut self, column: usize, depth: usize) -> Result<()> {
        self.left = self.left.saturating_sub(1);
        let map = self.chance(1, 2)?;
        self.push(if map { "{" } else { "[" });
        let lines = self.chance(1, 3)?;
        let count = self.u.int_in_range(0..=3)?;
        for n in 0..count {
            self.gap(column, lines)?;
            if map {
                let key = self.pick(&["a", "b c", "\"q\"", "'s'", "? k", "1"])?;
                self.push(key);
                if !key.ends_with(['"', '\'']) {
                    self.push(&n.to_string());
                }
                let colons: &[&str] = if key.starts_with('"') {
                    &[": ", ":", " : "]
                } else {
                    &[": ", ": ", " : ", ":\t"]
                };
                if self.chance(7, 8)? {
                    let colon = self.pick(colons)?;
                    self.push(colon);
                    self.flow_value(column, depth)?;
                }
            } else {
                if self.odd && self.chance(1, 8)? {
                    let pair = self.pick(&["k: ", "\"k\":", "? k : ", "'k': "])?;
                    self.push(pair);
                }
                self.flow_value(column, depth)?;
            }
            if n + 1 < count || self.chance(1, 6)? {
                let comma = self.pick(&[",", ", ", " , ", ",  "])?;
                self.push(comma);
            }
        }
        self.gap(column, lines)?;
        self.push(if map { "}" } else { "]" });
        Ok(())
    }

    pub(super) fn flow_value(&mut self, column: usize, depth: usize) -> Result<()> {
        self.properties(8)?;
        match self.u.int_in_range(0..=9_u8)? {
            0..=1 if depth < 3 && self.left > 0 => self.flow(column, depth + 1),
            2 => {
                self.push("'");
                self.quoted_lines(column, false)?;
                self.push("'");
                Ok(())
            }
            3 => {
                self.push("\"");
                self.quoted_lines(column, true)?;
                self.push("\"");
                Ok(())
            }
            4 => Ok(()),
            _ => {
                let word = self.pick(&[
                    "x",
                    "1",
                    "some text",
                    "a:b",
                    "yes",
                    "~",
                    "-1",
                    "x#y",
                    "http://h",
                    "é",
                    "null",
                ])?;
                self.push(word);
                Ok(())
            }
        }
    }

    /// Between the parts of a flow collection.
    pub(super) fn gap(&mut self, column: usize, lines: bool) -> Result<()> {
        if !lines {
            return Ok(());
        }
        let gap = self.pick(&["\n", "\n", " # c\n", "\n\n", "\n# c\n", " "])?;
        self.push(gap);
        // The closing one may stand at the parent key's column.
        let back = self.u.int_in_range(0..=column.min(3))?;
        self.pad(column - back);
        Ok(())
    }
}
