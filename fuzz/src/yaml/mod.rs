//! Streams of YAML from a grammar: mostly valid, in every style.

mod block;
mod flow;
mod json;
mod scalar;
mod words;

use arbitrary::{Result, Unstructured};

use words::{BREAKS, COMMENTS};

/// The generator.
pub struct Writer<'a, 'b> {
    u: &'a mut Unstructured<'b>,
    out: String,
    /// How many more nodes there may be.
    left: usize,
    anchors: Vec<String>,
    /// Whether odd things are wanted: anchors, tags, merge keys, tabs.
    odd: bool,
}

/// A stream of documents.
pub fn stream(u: &mut Unstructured<'_>) -> Result<String> {
    let odd = u.ratio(1, 3)?;
    let mut writer = Writer {
        u,
        out: String::new(),
        left: 28,
        anchors: Vec::new(),
        odd,
    };
    if writer.chance(1, 8)? {
        writer.json_stream()?;
    } else {
        writer.yaml_stream()?;
    }
    let mut text = writer.out;
    match u.int_in_range(0..=15_u8)? {
        n @ 0..=4 => text = text.replace('\n', BREAKS[usize::from(n)]),
        5 => text = text.replace('\n', "\r\n"),
        6 => {
            let mut mixed = String::new();
            for c in text.chars() {
                match (c, u.int_in_range(0..=9_u8)?) {
                    ('\n', n @ 0..=4) => mixed.push_str(BREAKS[usize::from(n)]),
                    _ => mixed.push(c),
                }
            }
            text = mixed;
        }
        _ => {}
    }
    if u.ratio(1, 4)? {
        let trimmed = text.trim_end_matches(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']);
        text.truncate(trimmed.len());
    }
    if u.ratio(1, 8)? {
        text.insert(0, '\u{feff}');
    }
    Ok(text)
}

impl Writer<'_, '_> {
    fn chance(&mut self, n: u8, of: u8) -> Result<bool> {
        // Without bytes left, a ratio is always met.
        Ok(!self.u.is_empty() && self.u.ratio(n, of)?)
    }

    fn pick<'s>(&mut self, from: &[&'s str]) -> Result<&'s str> {
        self.u.choose(from).copied()
    }

    fn push(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn pad(&mut self, column: usize) {
        self.out.extend(std::iter::repeat_n(' ', column));
    }

    fn yaml_stream(&mut self) -> Result<()> {
        let count = self.u.int_in_range(1..=3_usize)?;
        for n in 0..count {
            if n > 0 && self.odd && self.chance(1, 8)? {
                self.push("\u{feff}");
            }
            let mut marker = n > 0 || self.chance(1, 3)?;
            self.comments(0)?;
            if self.odd && self.chance(1, 8)? {
                if n > 0 && !self.out.trim_end().ends_with("...") {
                    self.push("...\n");
                }
                let directive = self.pick(&[
                    "%YAML 1.1\n",
                    "%YAML 1.2\n",
                    "%TAG !e! tag:e,1:\n",
                    "%FOO bar\n",
                ])?;
                self.push(directive);
                marker = true;
            }
            if marker {
                self.push("---");
            }
            self.anchors.clear();
            if marker && self.chance(1, 6)? {
                self.behind(0, true, false)?;
            } else {
                if marker {
                    let rest = self.pick(&["\n", "\n", "\n", " # head\n", " \n"])?;
                    self.push(rest);
                }
                self.comments(0)?;
                match self.u.int_in_range(0..=11_u8)? {
                    0..=7 => self.mapping(0, None)?,
                    8..=9 => self.sequence(0, None)?,
                    10 => {}
                    _ => {
                        self.push("x");
                        self.behind(0, true, false)?;
                    }
                }
            }
            self.comments(0)?;
            if self.chance(1, 10)? {
                self.push("...\n");
            }
        }
        Ok(())
    }

    /// Comment and blank lines, more or less in `column`.
    fn comments(&mut self, column: usize) -> Result<()> {
        while self.chance(1, 6)? {
            match self.u.int_in_range(0..=7_u8)? {
                0 => self.push("\n"),
                1 => {
                    self.pad(column);
                    self.push(" \n");
                }
                n => {
                    self.pad(match n {
                        2 => 0,
                        3 => column + 2,
                        4 => column.saturating_sub(1),
                        _ => column,
                    });
                    for _ in 0..self.u.int_in_range(1..=3)? {
                        let comment = self.pick(COMMENTS)?;
                        self.push(comment);
                        self.push("\n");
                        self.pad(if n == 2 { 0 } else { column });
                    }
                    // Padding in front of nothing.
                    let trimmed = self.out.trim_end_matches(' ').len();
                    self.out.truncate(trimmed);
                }
            }
        }
        Ok(())
    }
}
