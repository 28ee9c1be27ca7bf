//! Streams of YAML from a grammar: mostly valid, in every style.

use arbitrary::{Result, Unstructured};

const WORDS: &[&str] = &[
    "name",
    "data",
    "spec",
    "web",
    "v1",
    "some text",
    "a/b:c",
    "x#y",
    "é ü",
    "12",
    "yes",
    "null",
    "~",
    "0x1f",
    "-1",
    "a-b",
    "--",
    "::",
    "http://h:1/p?q#f",
    "tls.key",
    "1:30",
    "true",
    "key",
    "a'b",
    "a\"b",
    "~x",
    "日本",
    "?x",
    "-x",
    ":x",
    "a\\b",
    "x,y",
    "x]y",
    "$(VAR)",
    "%x",
    "a  b",
    "!x",
    "2001-01-01",
    "=",
    ".5",
    "1e3",
    "😀",
];
const KEYS: &[&str] = &[
    "name",
    "data",
    "spec",
    "caBundle",
    "kind",
    "a b",
    "x/y.z",
    "\"q k\"",
    "'s k'",
    "12",
    "yes",
    "é",
    "tls.key",
    "- x",
    "<<",
    "k#k",
    "null",
    "\"\\u0041b\"",
    "\"\"",
    "?k",
    "-k",
];
const BREAKS: &[&str] = &["\r\n", "\r", "\u{85}", "\u{2028}", "\u{2029}"];
const COMMENTS: &[&str] = &[
    "# remark",
    "#",
    "#name: x",
    "# name: x",
    "#   name: 'x' # y",
    "# - name: x",
    "#- name: x",
    "# -  x",
    "#caBundle:",
    "# data: <put it here>",
    "# spec:",
    "#  note: this is prose",
    "# é\u{2028}x",
    "#\ttab",
    "## two",
    "# x: |",
    "# - a: 1",
    "#   b: 2",
    "#---",
    "# tls.key: \"\"",
    "#: c",
    "# [a, b]",
    "#data: {a: 1}",
    "# key: yes or no?",
    "# key: x\u{85}",
];

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

    fn json_stream(&mut self) -> Result<()> {
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

    fn json(&mut self, depth: usize, pretty: bool, collection: bool) -> Result<()> {
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

    /// Entries in `column`; the first one's indentation is there already if
    /// `first` is given.
    fn mapping(&mut self, column: usize, first: Option<()>) -> Result<()> {
        let count = self.u.int_in_range(1..=4)?;
        for n in 0..count {
            if n > 0 || first.is_none() {
                if n > 0 {
                    self.comments(column)?;
                }
                self.pad(column);
            }
            self.entry(column, n)?;
            if self.left == 0 {
                break;
            }
        }
        Ok(())
    }

    fn entry(&mut self, column: usize, n: usize) -> Result<()> {
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

    fn sequence(&mut self, column: usize, first: Option<()>) -> Result<()> {
        let count = self.u.int_in_range(1..=4)?;
        for n in 0..count {
            if n > 0 || first.is_none() {
                if n > 0 {
                    self.comments(column)?;
                }
                self.pad(column);
            }
            self.push("-");
            self.behind(column, false, false)?;
            if self.left == 0 {
                break;
            }
        }
        Ok(())
    }

    fn properties(&mut self, seldom: u8) -> Result<()> {
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

    fn end_of_line(&mut self) -> Result<()> {
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
    fn behind(&mut self, column: usize, own_line: bool, key: bool) -> Result<()> {
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

    fn quoted_lines(&mut self, column: usize, double: bool) -> Result<()> {
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

    fn block_scalar(&mut self, column: usize, step: usize) -> Result<()> {
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

    fn flow(&mut self, column: usize, depth: usize) -> Result<()> {
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

    fn flow_value(&mut self, column: usize, depth: usize) -> Result<()> {
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
    fn gap(&mut self, column: usize, lines: bool) -> Result<()> {
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
