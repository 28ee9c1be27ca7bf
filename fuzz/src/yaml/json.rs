//! Streams of JSON.

use arbitrary::Result;

use super::Writer;

impl Writer<'_, '_> {
    pub(super) fn json_stream(&mut self) -> Result<()> {
        for n in 0..self.u.int_in_range(1..=3)? {
            if n > 0 {
                let between = ["", "\n", " ", "\n\n", "\t"];
                let between = self.pick(&between)?;
                self.push(between);
            }
            let pretty = self.chance(1, 2)?;
            self.json(0, pretty, true)?;
        }
        if self.chance(1, 2)? {
            self.push("\n");
        }
        Ok(())
    }

    pub(super) fn json(&mut self, depth: usize, pretty: bool, collection: bool) -> Result<()> {
        self.left = self.left.saturating_sub(1);
        let space = |writer: &mut Self, depth: usize| {
            if pretty {
                writer.push("\n");
                writer.pad(2 * depth);
            }
        };
        let choice = if self.left == 0 {
            9
        } else {
            self.u.int_in_range(0..=9_u8)?
        };
        match choice {
            0..=3 => {
                self.push("{");
                let count = self.u.int_in_range(0..=3)?;
                for n in 0..count {
                    if n > 0 {
                        self.push(",");
                    }
                    space(self, depth + 1);
                    let key = self.pick(&["name", "a", "b c", "\\u0041", "x\\/y"])?;
                    let key = format!("\"{key}{n}\"");
                    self.push(&key);
                    let colon = self.pick(&[":", ": ", ":\t", " : "])?;
                    self.push(colon);
                    self.json(depth + 1, pretty, false)?;
                }
                if count > 0 {
                    space(self, depth);
                }
                self.push("}");
            }
            _ if collection => self.push("{\"a\": 1}"),
            4 | 5 => {
                self.push("[");
                let count = self.u.int_in_range(0..=3)?;
                for n in 0..count {
                    if n > 0 {
                        self.push(",");
                    }
                    space(self, depth + 1);
                    self.json(depth + 1, pretty, false)?;
                }
                if count > 0 {
                    space(self, depth);
                }
                self.push("]");
            }
            _ => {
                let scalars = [
                    "1",
                    "-1.5e3",
                    "true",
                    "null",
                    "\"\"",
                    "\"x\"",
                    "\"\\ud83d\\ude00\"",
                    "\"a\\nb\"",
                    "\"é\"",
                    "\"a: b\"",
                    "\"a\\\"b\"",
                    "\"\\/\"",
                ];
                let scalar = self.pick(&scalars)?;
                self.push(scalar);
            }
        }
        Ok(())
    }
}
