//! What must hold of reading a stream and of editing it.

mod editing;
mod reading;
mod stream;

pub use editing::edit;
use reading::position;
pub use reading::{Both, read};
pub use stream::stream;

use std::collections::BTreeMap;

use yaml_splice::{Document, Error, ErrorKind, Route, Tree, documents};

use crate::events::{self, Stream};
use crate::model::{Doc, Meaning};
use crate::ops::{self, Hidden, Op};
use crate::ours;

/// Something that does not hold. Two findings of one kind may be one fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which oracle complains, in a few words that are always the same.
    pub kind: String,

    /// What it saw.
    pub detail: String,
}

/// How often what happened.
pub type Counts = BTreeMap<String, u64>;

type Held<T> = Result<T, Finding>;

fn finding<T>(kind: impl Into<String>, detail: impl Into<String>) -> Held<T> {
    Err(Finding {
        kind: kind.into(),
        detail: detail.into(),
    })
}

fn refusal(kind: &ErrorKind, shown: &str, name: &str, counts: &mut Counts) -> Held<()> {
    count(counts, format!("refused {name}: {}", class(kind)));
    match kind {
        ErrorKind::Verification(what) => finding(format!("internal error: {what}: {name}"), shown),
        _ => Ok(()),
    }
}

fn count(counts: &mut Counts, what: String) {
    *counts.entry(what).or_default() += 1;
}

/// What the operations are, without their number.
pub fn names(ops: &[Op]) -> String {
    let mut names: Vec<_> = ops.iter().map(name).collect();
    names.sort_unstable();
    names.dedup();
    names.join("+")
}

fn name(op: &Op) -> &'static str {
    match op {
        Op::Set { .. } => "set",
        Op::Remove { .. } => "remove",
        Op::Insert { .. } => "insert",
        Op::Append { .. } => "append",
        Op::Rename { .. } => "rename",
        Op::Uncomment { .. } => "uncomment",
    }
}

/// The error's kind without what differs from text to text.
fn class(kind: &ErrorKind) -> String {
    let text = match kind {
        ErrorKind::Syntax(_) => "syntax".into(),
        ErrorKind::Unsupported(what) => (*what).to_owned(),
        other => format!("{other:?}"),
    };
    text.split(['(', '{'])
        .next()
        .unwrap_or_default()
        .trim()
        .to_owned()
}
