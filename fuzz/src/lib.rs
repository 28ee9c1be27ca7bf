//! Documents × operations: what `cargo xtask fuzz` runs.
//!
//! An input decodes to a stream of YAML, generated from a grammar or written out,
//! and to up to three operations on one of its documents. Then what the README
//! promises must hold: see [`oracle`].

pub mod events;
pub mod model;
pub mod mutate;
pub mod ops;
pub mod oracle;
pub mod ours;
pub mod seeds;
pub mod shrink;
pub mod yaml;

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Mutex;

use arbitrary::Unstructured;

use crate::ops::Op;
use crate::oracle::{Counts, Finding};

/// A stream, and operations on one of its documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    pub text: String,
    pub document: usize,
    pub ops: Vec<Op>,
    /// What chooses something to be done to the whole stream instead.
    pub stream: Option<Vec<u8>>,
}

impl Case {
    fn with(&self, text: String) -> Self {
        Self {
            text,
            ..self.clone()
        }
    }
}

/// How many bytes of an input choose the operations.
pub const CHOICES: usize = 1 + 3 * ops::CHOICE;

/// The first byte of an input that holds its text as it is.
pub const WRITTEN: u8 = 1;

/// The longest text that is looked at, in bytes.
const MAX_TEXT: usize = 8 << 10;

/// The text that the input holds or generates, and the bytes that choose.
fn decode(input: &[u8]) -> Option<(String, &[u8])> {
    let (mode, rest) = input.split_first()?;
    let (choices, rest) = rest.split_at_checked(CHOICES)?;
    let text = if *mode == WRITTEN {
        std::str::from_utf8(rest).ok()?.to_owned()
    } else {
        yaml::stream(&mut Unstructured::new(rest)).ok()?
    };
    (text.len() <= MAX_TEXT && !text.contains('\0')).then_some((text, choices))
}

thread_local! {
    static PANIC: std::cell::RefCell<String> = const { std::cell::RefCell::new(String::new()) };
}

/// Keeps a panic's place instead of printing it.
pub fn quiet_panics() {
    std::panic::set_hook(Box::new(|info| {
        let place = info
            .location()
            .map(|l| format!("{}:{}", l.file(), l.line()));
        PANIC.set(format!("{} {info}", place.unwrap_or_default()));
    }));
}

fn guarded<T>(run: impl FnOnce() -> Result<T, Finding>) -> Result<T, Finding> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| {
        let detail = PANIC.take();
        let place = detail.split(' ').next().unwrap_or_default();
        Err(Finding {
            kind: format!("panic at {place}"),
            detail,
        })
    })
}

/// Runs a case anew.
pub fn check(case: &Case) -> Result<(), Finding> {
    guarded(|| {
        let mut counts = Counts::new();
        let Some(both) = oracle::read(&case.text, &mut counts)? else {
            return Ok(());
        };
        if let Some(choices) = &case.stream {
            return oracle::stream(&both, &case.text, choices, &mut counts);
        }
        if case.ops.is_empty() || case.document >= both.ours.len() {
            return Ok(());
        }
        oracle::edit(&both, &case.text, case.document, &case.ops, &mut counts)
    })
}

/// What a run has seen.
#[derive(Default)]
pub struct Run {
    executions: u64,
    counts: Counts,
    seen: std::collections::BTreeMap<String, u32>,
    written: BTreeSet<String>,
    folder: Option<PathBuf>,
}

static RUN: Mutex<Option<Run>> = Mutex::new(None);

/// One input.
pub fn one(input: &[u8]) -> bool {
    let mut guard = RUN.lock().unwrap_or_else(|e| e.into_inner());
    let run = guard.get_or_insert_with(|| Run {
        folder: std::env::var_os("YAML_SPLICE_FINDINGS").map(PathBuf::from),
        ..Run::default()
    });
    run.executions += 1;
    if run.executions.is_multiple_of(1 << 14) {
        run.report();
    }
    let Some((text, choices)) = decode(input) else {
        return false;
    };
    let mut case = Case {
        text,
        document: 0,
        ops: Vec::new(),
        stream: None,
    };
    let counts = &mut run.counts;
    let result = guarded(|| {
        let Some(both) = oracle::read(&case.text, counts)? else {
            return Ok(());
        };
        // One operation, or two, or three.
        let (first, choices) = (usize::from(choices[0]), &choices[1..]);
        if first % 64 > 54 {
            case.stream = Some(choices.to_vec());
            return oracle::stream(&both, &case.text, choices, counts);
        }
        let choices = &choices[..ops::CHOICE * [1, 1, 2, 3][first / 64]];
        case.document = first % 64 % both.ours.len();
        let bare = model::Doc::default();
        let doc = match both.doc(case.document) {
            Some(doc) => doc,
            None if both.is_bare(case.document) => &bare,
            None => return Ok(()),
        };
        let part = both.ours[case.document].text();
        case.ops = ops::choose(doc, part, choices);
        if case.ops.is_empty() {
            return Ok(());
        }
        oracle::edit(&both, &case.text, case.document, &case.ops, counts)
    });
    if let Err(finding) = result {
        run.found(finding, case, input);
    }
    true
}

/// Writes the counts of a run that ends.
pub fn end() {
    let guard = RUN.lock().unwrap_or_else(|e| e.into_inner());
    if let Some(run) = guard.as_ref() {
        run.report();
    }
}

impl Run {
    fn found(&mut self, finding: Finding, case: Case, input: &[u8]) {
        let key = match case.ops.as_slice() {
            [] => finding.kind.clone(),
            ops => format!("{}: {}", finding.kind, oracle::names(ops)),
        };
        let seen = self.seen.entry(key).or_default();
        *seen += 1;
        // The first ones, and then ever fewer.
        if *seen > 3 && !(seen.is_power_of_two() && *seen <= 4096) {
            return;
        }
        let small = shrink::shrink(case, |case| {
            check(case).is_err_and(|f| f.kind == finding.kind)
        });
        let detail = check(&small).err().map_or(finding.detail, |f| f.detail);
        let ops: String = small.ops.iter().map(Op::as_case).collect();
        let key = format!("{}\n{:?}\n{ops}", finding.kind, small.text);
        if !self.written.insert(key) {
            return;
        }
        let words: String = finding
            .kind
            .chars()
            .map(|c| if c.is_alphanumeric() { c } else { '-' })
            .collect();
        let name = format!("{words}-{}", self.written.len());
        let told = format!(
            "{} ({})\ntext: {:?}\ndocument: {}\n{ops}{detail}\nstream: {:?}\n",
            finding.kind,
            oracle::names(&small.ops),
            small.text,
            small.document,
            small.stream
        );
        eprintln!("FINDING {name}\n{told}");
        let Some(folder) = self.folder.as_ref().map(|folder| folder.join(name)) else {
            return;
        };
        let write = || -> std::io::Result<()> {
            std::fs::create_dir_all(&folder)?;
            std::fs::write(folder.join("before.yaml"), &small.text)?;
            std::fs::write(folder.join("ops.yaml"), &ops)?;
            std::fs::write(folder.join("document"), small.document.to_string())?;
            std::fs::write(folder.join("finding.txt"), &told)?;
            std::fs::write(folder.join("input"), input)
        };
        if let Err(error) = write() {
            eprintln!("cannot write {}: {error}", folder.display());
        }
    }

    fn report(&self) {
        let Some(folder) = &self.folder else { return };
        let mut text = format!("{:>10} executions\n", self.executions);
        for (what, times) in &self.counts {
            text.push_str(&format!("{times:>10} {what}\n"));
        }
        for (what, times) in &self.seen {
            text.push_str(&format!("{times:>10} FINDING {what}\n"));
        }
        let _ = std::fs::write(folder.join("counts.txt"), text);
    }
}
