//! Scalars over several lines.

use arbitrary::Result;

use super::Writer;

impl Writer<'_, '_> {
    pub(super) fn quoted_lines(&mut self, column: usize, double: bool) -> Result<()> {
        for _ in 0..self.u.int_in_range(0..=3)? {
            let pieces: &[&str] = if double {
                &[
                    "text",
                    "\\n",
                    "\\\"",
                    "a: b",
                    " # c",
                    "\\u2028",
                    "é",
                    "\\\n",
                    "\\x41",
                    "\\ud83d\\ude00",
                    "\\t",
                    "- x",
                ]
            } else {
                &[
                    "text", "''", "a: b", " # c", "\"", "\\", "é", "- x", "{", "x, y",
                ]
            };
            let piece = self.pick(pieces)?;
            self.push(piece);
            if self.chance(1, 4)? {
                let lines = self.pick(&["\n", "\n\n", " \n", "\n\t\n"])?;
                self.push(lines);
                // The parent key's column is allowed by go-yaml.
                let more = self.u.int_in_range(0..=3)?;
                self.pad(column + more);
                self.push("more");
            }
        }
        Ok(())
    }

    pub(super) fn block_scalar(&mut self, column: usize, step: usize) -> Result<()> {
        let header = self.pick(&["|", "|", ">", "|-", ">-", "|+", ">+"])?;
        self.push(header);
        let explicit = self.chance(1, 6)?;
        if explicit {
            self.push(&step.to_string());
        }
        let end = self.pick(&["\n", "\n", "\n", " # why\n", " \n"])?;
        self.push(end);
        for n in 0..self.u.int_in_range(0..=4)? {
            let line = self.pick(&[
                "text",
                "  deeper",
                "",
                "# no comment",
                "a: b",
                "- x",
                "",
                "é",
                "\ttab",
                "trail ",
                " ",
                "x\u{2028}y",
            ])?;
            if n == 0 && line.starts_with(' ') && !explicit {
                continue;
            }
            if !line.is_empty() || self.chance(1, 4)? {
                self.pad(column + step);
            }
            self.push(line);
            self.push("\n");
        }
        if self.chance(1, 3)? {
            let lines = self.pick(&["\n", "\n\n", "  \n"])?;
            self.push(lines);
        }
        Ok(())
    }
}
