//! Generated texts are read as kubectl reads them.
//!
//! `CNX_HARDEN_SEED` and `CNX_HARDEN_TEXTS` make others, and more of them.

use crate::agreement::{HEAD, Named, check};
use serde_json::Value as Json;

use crate::kubectl::{kubectl, ours, read, same};

/// What a text is made of: all that means something to a reader of YAML.
const PIECES: &[&str] = &[
    " ",
    " ",
    "  ",
    "\n",
    "\n",
    "\n ",
    "\n  ",
    "\n  ",
    "\n- ",
    "\n  - ",
    "\n# c\n",
    " # c",
    "#",
    "\t",
    "\r\n",
    "\r",
    "\u{85}",
    "\u{2028}",
    "\u{feff}",
    "a",
    "b",
    "é",
    "a: ",
    "b: ",
    "a:",
    ":",
    ": ",
    "- ",
    "-",
    "? ",
    "?",
    "[",
    "]",
    "{",
    "}",
    ",",
    ", ",
    "[a, b]",
    "{a: b}",
    "'",
    "\"",
    "'a'",
    "\"a\"",
    "''",
    "\"\\n\"",
    "\"\\x41\"",
    "\\",
    "|",
    ">",
    "|\n  ",
    ">\n  ",
    "|-\n  ",
    "|+\n  ",
    ">2\n  ",
    "&a ",
    "*a",
    "*a ",
    "!",
    "! ",
    "!!str ",
    "!!int ",
    "!t ",
    "!<x> ",
    "%",
    "@",
    "`",
    "---",
    "\n---\n",
    "\n--- ",
    "\n...\n",
    "<<: ",
    "<<: *a",
    "yes",
    "0x1F",
    "0o7",
    "08",
    "1_0",
    "~",
    "null",
    ".5",
    "1e3",
    "=",
    "a b",
    "a\n  b",
    "word",
];

/// A generator of numbers that is the same everywhere (xorshift64*).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(number).unwrap() % limit
    }
}

fn number(variable: &str, default: u64) -> u64 {
    let given = std::env::var(variable).ok();
    given.map_or(default, |text| text.parse().unwrap())
}

/// Pieces at random, at several places of an object.
pub(crate) fn texts() -> Vec<Named> {
    let seed = number("CNX_HARDEN_SEED", 1);
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let count = number("CNX_HARDEN_TEXTS", 2000);
    let texts = (0..count).filter_map(|number| {
        let len = 1 + random.below(12);
        let pieces: String = (0..len)
            .map(|_| PIECES[random.below(PIECES.len())])
            .collect();
        let text = match random.below(5) {
            0 => format!("{HEAD}value: {pieces}\n"),
            1 => format!("{HEAD}value:\n  {pieces}\nnext: 1\n"),
            2 => format!("{HEAD}value: [{pieces}]\n"),
            3 => format!("{HEAD}value:\n- {pieces}\n- b\n"),
            _ => format!("{HEAD}{pieces}\n"),
        };
        // What kubectl does to streams before it reads them is compared below.
        let marked = ["---", "..."].iter().any(|mark| {
            let starts = |before: &str| text.contains(&format!("{before}{mark}"));
            ["\n", "\r", "\u{85}", "\u{2028}", "\n\u{feff}"]
                .into_iter()
                .any(starts)
        });
        // It makes CR LF to LF, also behind another CR.
        let split = marked || text.contains("\r\r\n");
        (!split).then(|| (format!("generated/{seed}/{number}"), text))
    });
    texts.collect()
}

#[test]
fn generated_texts_are_read_as_kubectl_reads_them() {
    let Some(kubectl) = kubectl() else { return };
    let read = check(&kubectl, "generated/", &texts());
    assert!(read.len() > 200, "{}", read.len());
}

/// What a stream is made of: objects, and all that may stand between two.
const PARTS: &[&str] = &[
    "apiVersion: v1\nkind: Case\nmetadata: {name: a}\n",
    "apiVersion: v1\nkind: Case\nmetadata: {name: b}\nv: |+\n  x\n\n",
    "apiVersion: v1\nkind: Case\nmetadata: {name: c}\nv: |\n  ---\n",
    "apiVersion: v1\nkind: Case\nmetadata: {name: d}\nv: 1",
    "{\"apiVersion\": \"v1\", \"kind\": \"Case\", \"metadata\": {\"name\": \"e\"}}",
    "{\"apiVersion\": \"v1\", \"kind\": \"Case\", \"metadata\": {\"name\": \"f\"}}\n",
    "{apiVersion: v1, kind: Case, metadata: {name: g}}\n",
    "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Case, metadata: {name: h}}\n",
    "---\n",
    "---\n",
    "---\n",
    "--- \n",
    "---\t\n",
    "---\r\n",
    "---#c\n",
    "--- # c\n",
    "---\u{a0}\n",
    "---\u{85}",
    "---\u{2028}\n",
    "--- ",
    "---",
    "----\n",
    "\n---\n",
    "...\n",
    "... # c\n",
    "\u{feff}",
    "# c\n",
    "\n",
    " \n",
    "\r\n",
    "\t\n",
    "\r",
    "\u{2028}",
    "\u{85}",
    "%YAML 1.1\n",
    "%TAG ! !x\n",
    "x\n",
    "[]\n",
    "null\n",
    "}",
    "'",
    "a: ",
    "- ",
    " ",
];

/// Whatever kubectl finds in a stream that it reads, we find or refuse: nothing is
/// missed.
#[test]
fn no_object_that_kubectl_finds_in_a_stream_is_missed() {
    let Some(kubectl) = kubectl() else { return };
    let seed = number("CNX_HARDEN_SEED", 1);
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let texts: Vec<String> = (0..number("CNX_HARDEN_TEXTS", 2000))
        .map(|_| {
            (0..2 + random.below(9))
                .map(|_| PARTS[random.below(PARTS.len())])
                .collect()
        })
        // A missing final line break is added, and a mark behind a `---` that starts the
        // file is a part of a key, in kubectl alone.
        .map(|text: String| text + "\n")
        .filter(|text| !(text.starts_with("---") && text.contains("\n\u{feff}")))
        .filter(|text| !text.contains("\r\r\n"))
        .collect();
    let (mut missed, mut equal, mut refused, mut more) = (Vec::new(), 0, 0, 0);
    for (text, theirs) in texts.iter().zip(read(&kubectl, &texts)) {
        let Ok(theirs) = theirs else { continue };
        match ours(text) {
            Ok(ours) => {
                let mut found = ours.iter();
                if !theirs
                    .iter()
                    .all(|object| found.any(|ours| same(ours, object)))
                {
                    missed.push(format!(
                        "{text:?}\n  ours {}\n  kubectl {}",
                        Json::from(ours),
                        Json::from(theirs)
                    ));
                } else if ours.len() == theirs.len() {
                    equal += 1;
                } else {
                    more += 1;
                }
            }
            Err(_) => refused += 1,
        }
    }
    println!("{equal} equal, {more} with more objects, {refused} refused");
    assert!(
        missed.is_empty(),
        "{} streams:\n{}",
        missed.len(),
        missed.join("\n")
    );
    assert!(equal > refused && equal > more, "{equal} {refused} {more}");
}
