//! yaml-splice beside other editors of YAML, as a table in Markdown.
//!
//! `peers ROOT [--counts]`: the repository's folder; `--counts` leaves out what
//! takes time, which differs from run to run.

mod cases;
mod editors;

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use editors::{EDITORS, Outcome};
use yaml_splice::documents;
use yaml_splice_fuzz::events::{self, Stream};
use yaml_splice_fuzz::model::{Doc, Kind, Meaning};
use yaml_splice_fuzz::ops::{Data, Op, Step, Where};

/// What became of some operations.
#[derive(Default, Clone, Copy)]
struct Tally {
    same: usize,
    right: usize,
    bare: usize,
    refused: usize,
    unknown: usize,
    wrong: usize,
}

type Error = Box<dyn std::error::Error>;

fn main() -> Result<(), Error> {
    // A peer that panics refuses.
    std::panic::set_hook(Box::new(|_| {}));
    let mut args = std::env::args().skip(1);
    let root = args.next().ok_or("the repository's folder is missing")?;
    let root = Path::new(&root);
    let counts = args.next().is_some_and(|arg| arg == "--counts");
    let mut out = String::from(INTRODUCTION);
    let (count, tallies) = own_cases(&root.join("crates/yaml-splice/tests/data"))?;
    let _ = writeln!(
        out,
        "{CASES}\n\n{count} cases.\n\n{}",
        table(&tallies, "same bytes as the case")
    );
    let (count, tallies) = manifests(&root.join("manifests/upstream"))?;
    let _ = writeln!(
        out,
        "{MANIFESTS}\n\n{count} edits.\n\n{}",
        table(&tallies, "same bytes as yaml-splice")
    );
    if !counts {
        let _ = write!(
            out,
            "{TIMES}\n\n{}",
            times(&root.join("manifests/upstream"))?
        );
    }
    print!("{out}");
    Ok(())
}

const INTRODUCTION: &str = "# yaml-splice beside other editors of YAML

`cargo xtask peers` writes this page. *Right* means that libyaml reads the edited document as the
operation asks for, and every other document as before; plain words that YAML 1.1 takes for booleans,
such as `yes`, are none of the strings asked for. A comment that a removal takes with it is not
counted as lost. *Refused* includes panics. *No such operation* was not run.

yamlpatch edits a stream's first document only, so it is given the one document; the others edit the
whole stream.

";
const CASES: &str = "## The cases of yaml-splice's own tests

Those in `crates/yaml-splice/tests/data` with one operation, which yaml-splice does not refuse. They
were written for yaml-splice, many after a fault of its own, so this table says which of them the
others can do, not who is better.";
const MANIFESTS: &str = "## Every single edit of the published manifests

The manifests in `manifests/upstream`: each scalar set to a text, each entry and item removed, an
entry inserted into each mapping, an item into each sequence.

Those that yamlpatch gets wrong are removals of a collection's only child: it removes the collection,
where an empty one was asked for.";
const TIMES: &str = "## Time

One scalar set in a stream of 17 documents, from text to text, proof included where there is one.
Medians; they differ from machine to machine, and `--check` does not compare them.";

fn table(tallies: &[Tally], same: &str) -> String {
    let mut out = format!(
        "| editor | {same} | right, in other bytes | right, but a comment lost | refused | no such operation | wrong |\n|---|--:|--:|--:|--:|--:|--:|\n"
    );
    for ((name, _), t) in EDITORS.iter().zip(tallies) {
        let _ = writeln!(
            out,
            "| {name} | {} | {} | {} | {} | {} | {} |",
            t.same, t.right, t.bare, t.refused, t.unknown, t.wrong
        );
    }
    out
}

fn run(
    editor: fn(&str, usize, &[Op]) -> Outcome,
    text: &str,
    document: usize,
    ops: &[Op],
) -> Outcome {
    std::panic::catch_unwind(|| editor(text, document, ops)).unwrap_or(Outcome::Refused)
}

fn own_cases(folder: &Path) -> Result<(usize, Vec<Tally>), Error> {
    let mut tallies = vec![Tally::default(); EDITORS.len()];
    let mut count = 0;
    let mut entries: Vec<_> = std::fs::read_dir(folder)?.collect::<Result<_, _>>()?;
    entries.sort_by_key(std::fs::DirEntry::path);
    for entry in entries {
        let read = |name: &str| std::fs::read_to_string(entry.path().join(name)).ok();
        let (Some(before), Some(after), Some(ops)) =
            (read("before.yaml"), read("after.yaml"), read("ops.yaml"))
        else {
            continue;
        };
        let document = read("document").map_or(Ok(0), |n| n.trim().parse::<usize>())?;
        let (Some(old), Some(wanted)) = (events::read(&before), events::read(&after)) else {
            continue;
        };
        let empty = Doc::default();
        let doc = find(&old, &before, document).unwrap_or(&empty);
        let Some(ops) = cases::ops(&ops, doc) else {
            continue;
        };
        // Peers make operations one after another: routes mean something else then.
        if ops.len() != 1 {
            continue;
        }
        count += 1;
        for (n, ((_, editor), tally)) in EDITORS.iter().zip(&mut tallies).enumerate() {
            let outcome = match n {
                // The case is ours, and proved by its own test.
                0 => Outcome::Text(after.clone()),
                _ => run(*editor, &before, document, &ops),
            };
            match outcome {
                Outcome::Unknown => tally.unknown += 1,
                Outcome::Refused => tally.refused += 1,
                Outcome::Text(text) if text == after => tally.same += 1,
                Outcome::Text(text) => {
                    let right = events::read(&text).is_some_and(|got| same(&wanted, &got));
                    let removes = matches!(ops[0], Op::Remove { .. });
                    let kept = removes || comments(&text) >= comments(&after);
                    tally.other(right, kept);
                }
            }
        }
    }
    Ok((count, tallies))
}

impl Tally {
    /// Other bytes than those that were expected.
    const fn other(&mut self, right: bool, comments: bool) {
        match (right, comments) {
            (true, true) => self.right += 1,
            (true, false) => self.bare += 1,
            (false, _) => self.wrong += 1,
        }
    }
}

/// What a document means, aliases followed.
fn meaning(doc: &Doc) -> Meaning {
    doc.expanded().unwrap_or_else(|| doc.meaning())
}

/// libyaml's view of our document of this number.
fn find<'s>(stream: &'s Stream, text: &str, document: usize) -> Option<&'s Doc> {
    let span = documents(text).nth(document)?.span();
    let mut docs = stream.chunks.iter().flat_map(|chunk| &chunk.docs);
    docs.find(|doc| span.range().contains(&doc.offset))
}

fn same(one: &Stream, other: &Stream) -> bool {
    let docs = |stream: &Stream| -> Vec<_> {
        let docs = stream.chunks.iter().flat_map(|chunk| &chunk.docs);
        docs.map(meaning).collect()
    };
    let errors = |stream: &Stream| stream.chunks.iter().any(|chunk| chunk.error.is_some());
    docs(one) == docs(other) && !errors(other)
}

/// How many lines have a comment in them, roughly: enough to see one lost.
fn comments(text: &str) -> usize {
    let comment = |line: &&str| line.trim_start().starts_with('#') || line.contains(" #");
    text.lines().filter(comment).count()
}

fn manifests(folder: &Path) -> Result<(usize, Vec<Tally>), Error> {
    let mut tallies = vec![Tally::default(); EDITORS.len()];
    let mut count = 0;
    let mut entries: Vec<_> = std::fs::read_dir(folder)?.collect::<Result<_, _>>()?;
    entries.sort_by_key(std::fs::DirEntry::path);
    for entry in entries {
        let text = std::fs::read_to_string(entry.path())?;
        let stream = events::read(&text).ok_or("a stream that libyaml does not read")?;
        for number in 0..documents(&text).count() {
            let Some(doc) = find(&stream, &text, number) else {
                continue;
            };
            for op in single_edits(doc) {
                count += 1;
                one_edit(&text, &stream, number, doc, op, &mut tallies);
            }
        }
    }
    Ok((count, tallies))
}

fn one_edit(text: &str, stream: &Stream, number: usize, doc: &Doc, op: Op, tallies: &mut [Tally]) {
    let ops = [op];
    let wanted = doc.after(&ops).map(|doc| meaning(&doc));
    // Comments that stand in what is removed go with it.
    let removes = matches!(ops[0], Op::Remove { .. });
    let mut ours = None;
    for ((_, editor), tally) in EDITORS.iter().zip(tallies) {
        let out = match run(*editor, text, number, &ops) {
            Outcome::Text(out) => out,
            Outcome::Refused => {
                tally.refused += 1;
                continue;
            }
            Outcome::Unknown => {
                tally.unknown += 1;
                continue;
            }
        };
        let ours = ours.get_or_insert_with(|| out.clone());
        let right = events::read(&out).is_some_and(|got| {
            let old = stream.chunks.iter().flat_map(|chunk| &chunk.docs);
            let new: Vec<_> = got.chunks.iter().flat_map(|chunk| &chunk.docs).collect();
            let old: Vec<_> = old.collect();
            old.len() == new.len()
                && got.chunks.iter().all(|chunk| chunk.error.is_none())
                && old
                    .iter()
                    .zip(&new)
                    .all(|(old, new)| match std::ptr::eq(*old, doc) {
                        true => wanted.as_ref() == Some(&meaning(new)),
                        false => meaning(old) == meaning(new),
                    })
        });
        match right && out == *ours {
            true => tally.same += 1,
            false => tally.other(right, removes || comments(&out) >= comments(text)),
        }
    }
}

fn single_edits(doc: &Doc) -> Vec<Op> {
    let mut ops = Vec::new();
    let mut open: Vec<(usize, Vec<Step>)> = doc
        .root
        .map(|root| (root, Vec::new()))
        .into_iter()
        .collect();
    while let Some((id, at)) = open.pop() {
        if !at.is_empty() {
            ops.push(Op::Remove { at: at.clone() });
        }
        match &doc.nodes[id].kind {
            Kind::Scalar { .. } => {
                let value = Data::Text("new text".into());
                ops.push(Op::Set { at, value });
            }
            Kind::Mapping { entries, .. } => {
                for (key, value) in entries {
                    if let Kind::Scalar { text, .. } = &doc.nodes[*key].kind {
                        let mut at = at.clone();
                        at.push(Step::Key(text.clone()));
                        open.push((*value, at));
                    }
                }
                ops.push(Op::Insert {
                    parent: at,
                    key: "new-key".into(),
                    value: Data::Text("new text".into()),
                    place: Where::Last,
                });
            }
            Kind::Sequence { items, .. } => {
                for (index, item) in items.iter().enumerate() {
                    let mut at = at.clone();
                    at.push(Step::Index(index));
                    open.push((*item, at));
                }
                ops.push(Op::Append {
                    parent: at,
                    value: Data::Text("new text".into()),
                    place: Where::Last,
                });
            }
            Kind::Alias(_) => {}
        }
    }
    ops
}

fn times(folder: &Path) -> Result<String, Error> {
    let text = std::fs::read_to_string(folder.join("cnx-etcd.yaml"))?;
    let end = documents(&text)
        .nth(16)
        .ok_or("fewer than 17 documents")?
        .span()
        .end;
    let text = &text[..end];
    let at = ["metadata", "name"]
        .map(|key| Step::Key(key.into()))
        .to_vec();
    let value = Data::Text("new-name".into());
    let ops = [Op::Set { at, value }];
    let mut out = String::from("| editor | one edit |\n|---|--:|\n");
    for (name, editor) in EDITORS {
        let mut all: Vec<Duration> = Vec::new();
        for _ in 0..200 {
            let start = Instant::now();
            let outcome = editor(text, 8, &ops);
            all.push(start.elapsed());
            if !matches!(outcome, Outcome::Text(_)) {
                return Err(format!("{name} refused").into());
            }
        }
        all.sort();
        let _ = writeln!(out, "| {name} | {} µs |", all[all.len() / 2].as_micros());
    }
    Ok(out)
}
