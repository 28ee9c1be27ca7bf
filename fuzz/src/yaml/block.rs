//! Block collections, and what stands behind a key or a dash.

use arbitrary::Result;

use super::Writer;
use super::words::{KEYS, WORDS};

impl Writer<'_, '_> {
    /// Entries in `column`; the first one's indentation is there already if
    /// `first` is given.
    pub(super) fn mapping(&mut self, column: usize, first: Option<()>) -> Result<()> {
        let count = self.u.int_in_range(1..=4)?;
        for n in 0..count {
            self.before(column, n, first)?;
            self.entry(column, n)?;
            if self.left == 0 {
                break;
            }
        }
        Ok(())
    }

    /// What stands in front of an entry or item: comments, and its indentation.
    fn before(&mut self, column: usize, n: usize, first: Option<()>) -> Result<()> {
        if n > 0 {
            self.comments(column)?;
        }
        if n > 0 || first.is_none() {
            self.pad(column);
        }
        Ok(())
    }

    pub(super) fn entry(&mut self, column: usize, n: usize) -> Result<()> {
        if self.odd && self.chance(1, 12)? {
            self.push("?");
            self.behind(column, true, false)?;
            self.pad(column);
            self.push(":");
            return self.behind(column, true, false);
        }
        if self.odd && self.chance(1, 12)? && !self.anchors.is_empty() {
            let anchor = self.u.choose(&self.anchors)?.clone();
            let merge = self.chance(1, 2)?;
            let text = if merge {
                format!("<<: *{anchor}\n")
            } else {
                format!("*{anchor} : x\n")
            };
            self.push(&text);
            return Ok(());
        }
        self.properties(8)?;
        let key = self.pick(KEYS)?;
        self.push(key);
        // Seldom the same key twice.
        if !key.ends_with(['"', '\'']) && !self.chance(1, 40)? {
            self.push(&n.to_string());
        }
        let colon = self.pick(&[":", ":", ":", ":", " :"])?;
        self.push(colon);
        self.behind(column, true, true)
    }

    pub(super) fn sequence(&mut self, column: usize, first: Option<()>) -> Result<()> {
        let count = self.u.int_in_range(1..=4)?;
        for n in 0..count {
            self.before(column, n, first)?;
            self.push("-");
            self.behind(column, false, false)?;
            if self.left == 0 {
                break;
            }
        }
        Ok(())
    }

    pub(super) fn properties(&mut self, seldom: u8) -> Result<()> {
        if !self.odd || !self.chance(1, seldom)? {
            return Ok(());
        }
        if self.chance(1, 2)? {
            let tag = self.pick(&[
                "!!str ",
                "!t ",
                "! ",
                "!<tag:x> ",
                "!!int ",
                "!!binary ",
                "!e!x ",
            ])?;
            self.push(tag);
        }
        if self.chance(1, 2)? {
            let anchor = format!("a{}", self.u.int_in_range(0..=3_u8)?);
            self.push(&format!("&{anchor} "));
            self.anchors.push(anchor);
        }
        Ok(())
    }

    pub(super) fn end_of_line(&mut self) -> Result<()> {
        let end = self.pick(&[
            "\n",
            "\n",
            "\n",
            "\n",
            " # c\n",
            " \n",
            " #\n",
            "\t# c\n",
            "\n\n",
            " # x: y\n",
        ])?;
        self.push(end);
        Ok(())
    }

    /// What stands behind a colon or a dash in `column`, to the end of its last
    /// line. `own_line` if a collection must start on a line of its own.
    pub(super) fn behind(&mut self, column: usize, own_line: bool, key: bool) -> Result<()> {
        self.left = self.left.saturating_sub(1);
        let space = if self.odd {
            self.pick(&[" ", " ", "  ", "\t", " \t"])?
        } else {
            " "
        };
        let step = self.u.int_in_range(1..=4_usize)?;
        let choice = if self.left == 0 {
            0
        } else {
            self.u.int_in_range(0..=23_u8)?
        };
        if !matches!(choice, 1 | 13..=23) {
            self.push(space);
            self.properties(6)?;
        }
        match choice {
            0 | 2 | 3 => {
                let word = self.pick(WORDS)?;
                self.push(word);
                self.end_of_line()
            }
            1 => self.end_of_line(),
            4 | 5 => {
                let (open, end) = if choice == 4 {
                    ("'", "'")
                } else {
                    ("\"", "\"")
                };
                self.push(open);
                self.quoted_lines(column, choice == 5)?;
                self.push(end);
                self.end_of_line()
            }
            6 => {
                self.push("first word");
                for _ in 0..self.u.int_in_range(1..=3)? {
                    let lines = self.pick(&["\n", "\n", "\n\n", " \n", "\n  \n"])?;
                    self.push(lines);
                    self.pad(column + step);
                    let word = self.pick(&["more words", "x:y", "a#b", "- dash", "end", "'q"])?;
                    self.push(word);
                }
                self.end_of_line()
            }
            7..=9 => self.block_scalar(column, step),
            10 | 11 => {
                self.flow(column + step, 0)?;
                self.end_of_line()
            }
            12 if self.odd && !self.anchors.is_empty() => {
                let anchor = self.u.choose(&self.anchors)?.clone();
                // An alias has no properties.
                let line = self.out.rfind('\n').map_or(0, |at| at + 1);
                if self.out[line..].contains(['&', '!']) {
                    self.push("x");
                } else {
                    self.push(&format!("*{anchor}"));
                }
                self.end_of_line()
            }
            12 => {
                self.push("{}");
                self.end_of_line()
            }
            13..=18 => {
                if own_line || self.chance(1, 5)? {
                    self.push(" ");
                    self.properties(5)?;
                    let trimmed = self.out.trim_end_matches(' ').len();
                    self.out.truncate(trimmed);
                    self.end_of_line()?;
                    self.comments(column + step)?;
                    self.mapping(column + step, None)
                } else {
                    self.pad(step);
                    self.mapping(column + 1 + step, Some(()))
                }
            }
            _ => {
                let same = key && self.chance(1, 2)?;
                if own_line || self.chance(1, 5)? {
                    self.end_of_line()?;
                    let column = if same { column } else { column + step };
                    self.comments(column)?;
                    self.sequence(column, None)
                } else {
                    self.pad(step);
                    self.sequence(column + 1 + step, Some(()))
                }
            }
        }
    }
}
