//! Random inputs without libFuzzer: generated streams, and real documents with
//! lines and characters changed.

use crate::{CHOICES, WRITTEN};

/// Small and good enough (xorshift).
pub struct Random(pub u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() >> 11) as usize % end.max(1)
    }

    fn bytes(&mut self, input: &mut Vec<u8>, count: usize) {
        for _ in 0..count.div_ceil(8) {
            input.extend_from_slice(&self.next().to_le_bytes());
        }
        input.truncate(input.len() - (count.next_multiple_of(8) - count));
    }
}

const PIECES: &[&str] = &[
    "\n",
    "\r\n",
    "\r",
    "\u{85}",
    "\u{2028}",
    " ",
    "  ",
    "\t",
    "#",
    "# ",
    "- ",
    "-",
    ": ",
    ":",
    "? ",
    "|",
    ">",
    "|+",
    "|-\n",
    ">2\n",
    "[",
    "]",
    "{",
    "}",
    ",",
    "'",
    "\"",
    "''",
    "&a ",
    "*a",
    "*a ",
    "!!str ",
    "!t ",
    "<<: *a\n",
    "---\n",
    "\n---\n",
    "...\n",
    "%YAML 1.1\n",
    "\u{feff}",
    "null",
    "yes",
    "~",
    "x",
    "é",
    "a: 1\n",
    "- b\n",
    "# c\n",
    " # c",
    "#a: 1\n",
    "\\",
    "\n\n",
    "{}",
    "[]",
    "{a: 1}",
    "[a, b]",
    "  a:\n",
    "\"a\\\n  b\"",
    "|\n  t\n",
    "|+\n  t\n\n",
];

/// One input: a stream from the grammar, or one of `seeds` with changes.
pub fn input(random: &mut Random, seeds: &[String], input: &mut Vec<u8>) {
    input.clear();
    let seed = seeds.get(random.below(seeds.len() * 2));
    let Some(seed) = seed else {
        input.push(0);
        let count = CHOICES + 40 + random.below(900);
        random.bytes(input, count);
        return;
    };
    input.push(WRITTEN);
    random.bytes(input, CHOICES);
    let mut lines: Vec<String> = seed.split_inclusive('\n').map(str::to_owned).collect();
    // A part of it.
    if lines.len() > 24 && random.below(3) > 0 {
        let start = random.below(lines.len() - 12);
        lines = lines[start..(start + 8 + random.below(30)).min(lines.len())].to_vec();
        let lead = |line: &String| line.len() - line.trim_start_matches(' ').len();
        let outer = lines
            .iter()
            .filter(|line| !line.trim().is_empty())
            .map(lead)
            .min();
        for line in &mut lines {
            *line = line.get(outer.unwrap_or(0)..).unwrap_or("\n").to_owned();
        }
    }
    for _ in 0..random.below(5) {
        let at = random.below(lines.len());
        let other = random.below(lines.len());
        match random.below(8) {
            0 => {
                lines.remove(at);
            }
            1 => lines.insert(at, lines[other].clone()),
            2 => lines.swap(at, other),
            3 => lines[at] = format!("{}{}", " ".repeat(1 + random.below(4)), lines[at]),
            4 => lines[at] = lines[at].trim_start_matches(' ').to_owned(),
            5 => {
                let text = lines[at].trim_start_matches(' ');
                let lead = lines[at].len() - text.len();
                lines[at] = format!("{}#{text}", &lines[at][..lead]);
            }
            _ => {
                let piece = PIECES[random.below(PIECES.len())];
                let mut place = random.below(lines[at].len() + 1);
                while !lines[at].is_char_boundary(place) {
                    place -= 1;
                }
                lines[at].insert_str(place, piece);
            }
        }
        if lines.is_empty() {
            lines.push("a:\n".to_owned());
        }
    }
    let mut text = lines.concat();
    match random.below(16) {
        0 => text = text.replace('\n', "\r\n"),
        1 => text = text.replace('\n', "\r"),
        2 => text = text.replace('\n', "\u{85}"),
        3..6 => text.truncate(text.trim_end().len()),
        6 => text.insert(0, '\u{feff}'),
        _ => {}
    }
    input.extend_from_slice(text.as_bytes());
}
