//! What must hold of reading a stream and of editing it.

use std::collections::BTreeMap;

use yaml_splice::{Document, ErrorKind, documents};

use crate::events::{self, Stream};
use crate::model::Meaning;
use crate::ops::{Hidden, Op};
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

/// A stream as both readers have it.
pub struct Both<'t> {
    pub ours: Vec<Document<'t>>,
    pub theirs: Stream,
    /// For each of our documents, which of theirs it is.
    pub pairs: Vec<Option<usize>>,
}

/// Reads the stream twice, and compares.
pub fn read<'t>(text: &'t str, counts: &mut Counts) -> Held<Both<'t>> {
    let ours: Vec<_> = documents(text).collect();
    let whole: String = ours.iter().map(|document| document.text()).collect();
    if whole != text {
        return finding("the documents are not the text", format!("{whole:?}"));
    }
    let theirs = events::read(text);
    let owner = |at: usize| {
        let found = ours.iter().position(|document| at < document.span().end);
        found.unwrap_or(ours.len() - 1)
    };
    let mut pairs = vec![None; ours.len()];
    let mut more = vec![false; ours.len()];
    for (n, doc) in theirs.docs.iter().enumerate() {
        let found = owner(doc.offset);
        more[found] |= pairs[found].is_some();
        pairs[found] = pairs[found].or(Some(n));
    }
    let last = theirs.docs.last().map_or(0, |doc| owner(doc.offset));
    let stop = theirs.error.as_ref().map(|(at, _)| owner(*at).max(last));
    let mut refused = false;
    for (n, document) in ours.iter().enumerate() {
        let parsed = document.parse();
        if let Err(error) = &parsed {
            position(error, text)?;
        }
        if stop.is_some_and(|stop| (last..=stop).contains(&n)) {
            refused |= parsed.is_err();
            if stop == Some(n) && !refused {
                let (at, error) = theirs.error.clone().unwrap_or_default();
                if !is_known(&error, text) {
                    let kind = format!("reads what libyaml refuses: {error}");
                    return finding(kind, format!("{:?} at {at}", parsed.map(|t| t.root_value())));
                }
            }
        }
        match (parsed, pairs[n].map(|pair| &theirs.docs[pair])) {
            (Ok(_), _) if more[n] => return finding("reads the first of two documents", ""),
            (Ok(tree), Some(other)) => {
                if !ours::same(&tree.root_value(), other) {
                    return finding(
                        "reads otherwise than libyaml",
                        format!("{:?}\n{:?}", tree.root_value(), other.meaning()),
                    );
                }
                match tree.edit(&[]) {
                    Ok(edit) if edit.indels().is_empty() => {}
                    Ok(_) => return finding("no operation, but an edit", ""),
                    Err(error) if matches!(error.kind, ErrorKind::Verification(_)) => {
                        return finding("no operation, but a failed proof", error.to_string());
                    }
                    Err(error) => count(counts, format!("unedited: {}", class(&error.kind))),
                }
                *counts.entry("documents read".into()).or_default() += 1;
            }
            // Where the error is, or behind it.
            (_, _) if stop.is_some() && n >= last => {}
            (Err(error), Some(_)) => match error.kind {
                // libyaml looks for the anchor later, go-yaml at once.
                ErrorKind::Syntax(message) if !message.contains("anchor") => {
                    return finding(
                        "calls invalid what libyaml reads",
                        format!("{}: {message}", error.position),
                    );
                }
                other => count(counts, format!("unread: {}", class(&other))),
            },
            (Ok(tree), None) if tree.root_value().is_null() => {}
            (Ok(_), None) => return finding("reads a document that libyaml does not see", ""),
            (Err(error), None) => {
                let kind = "refuses a document that libyaml does not see";
                return finding(kind, error.to_string());
            }
        }
    }
    Ok(Both {
        ours,
        theirs,
        pairs,
    })
}

/// What libyaml refuses, and Kubernetes or YAML 1.2 allow.
fn is_known(error: &str, text: &str) -> bool {
    match error {
        // JSON's surrogate pairs.
        "found invalid Unicode character escape code" => true,
        // A document without `---` behind `...`; JSON values, one behind the other.
        "did not find expected <document start>" => {
            text.contains("...") || text.contains(['{', '['])
        }
        _ => false,
    }
}

fn position(error: &yaml_splice::Error, text: &str) -> Held<()> {
    let span = error.span;
    if span.start > span.end
        || span.end > text.len()
        || !text.is_char_boundary(span.start)
        || !text.is_char_boundary(span.end)
    {
        return finding("an error with a span that is none", format!("{span:?} {error}"));
    }
    Ok(())
}

/// Makes the edit, and looks at what comes out.
pub fn edit(both: &Both<'_>, text: &str, index: usize, ops: &[Op], counts: &mut Counts) -> Held<()> {
    let (document, Some(other)) = (&both.ours[index], both.pairs[index]) else {
        return Ok(());
    };
    let Ok(tree) = document.parse() else {
        return Ok(());
    };
    let before = &both.theirs.docs[other];
    let names = names(ops);
    let ours: Vec<_> = ops.iter().map(Op::ours).collect();
    let edit = match tree.edit(&ours) {
        Ok(edit) => edit,
        Err(error) => {
            position(&error, text)?;
            count(counts, format!("refused {names}: {}", class(&error.kind)));
            if let ErrorKind::Verification(what) = error.kind {
                return finding(format!("internal error: {what}"), error.to_string());
            }
            return Ok(());
        }
    };
    count(counts, format!("edited {names}"));
    let span = document.span();
    for indel in edit.indels() {
        if indel.delete.start < span.start || indel.delete.end > span.end {
            return finding("an edit outside of the document", format!("{indel:?}"));
        }
    }
    let after = edit.apply(text);
    let show = |what: String| format!("{what}\nafter: {after:?}");

    // Ours: the same documents, and the others as they were.
    let again: Vec<_> = documents(&after).collect();
    if again.len() != both.ours.len() {
        return finding(
            "another number of documents",
            show(format!("{} for {}", again.len(), both.ours.len())),
        );
    }
    for (n, (old, new)) in both.ours.iter().zip(&again).enumerate() {
        if n != index && old.text() != new.text() {
            return finding("another document changed", show(format!("{:?}", new.text())));
        }
    }

    // Theirs: the same documents, and this one as asked for.
    let theirs = events::read(&after);
    let failed = |stream: &Stream| stream.error.as_ref().map(|(_, message)| message.clone());
    if theirs.docs.len() != both.theirs.docs.len() || failed(&theirs) != failed(&both.theirs) {
        return finding(
            "libyaml reads other documents",
            show(format!("{} for {}, {:?}", theirs.docs.len(), both.theirs.docs.len(), theirs.error)),
        );
    }
    for (n, (old, new)) in both.theirs.docs.iter().zip(&theirs.docs).enumerate() {
        if n != other && old.meaning() != new.meaning() {
            return finding("libyaml reads another document changed", show(String::new()));
        }
    }
    let got = &theirs.docs[other];
    let wrong = |wanted: Option<Meaning>| {
        let kind = "libyaml reads another value";
        finding(kind, show(format!("wanted {wanted:?}\ngot    {:?}", got.meaning())))
    };
    if let [Op::Uncomment { parent, wanted, .. }] = ops {
        let key = match wanted {
            Hidden::Entry(key) | Hidden::Sequence(key) => Some(key.as_str()),
            Hidden::Item { .. } | Hidden::Text(_) => None,
        };
        let meaning = before.meaning();
        // An empty `[]` or `{}` may have become the other kind's.
        if !got.without(parent, key).iter().any(|doc| doc.meaning() == meaning) {
            return wrong(Some(meaning));
        }
    } else {
        let Some(wanted) = before.after(ops) else {
            return finding("an edit that does not fit the document", show(String::new()));
        };
        let meaning = wanted.meaning();
        if !meaning.is_met_by(&got.meaning()) {
            return wrong(Some(meaning));
        }
        if let (Some(wanted), Some(got)) = (wanted.expanded(), got.expanded())
            && wanted != got
        {
            return finding("an alias has another value", show(String::new()));
        }
    }
    if got.has_duplicates() && !before.has_duplicates() {
        return finding("a duplicate key", show(String::new()));
    }

    // And ours of the result, as libyaml has it.
    match again[index].parse() {
        Ok(tree) if !ours::same(&tree.root_value(), got) => {
            return finding("the result reads otherwise than libyaml", show(String::new()));
        }
        Ok(_) => {}
        Err(error) => return finding("the result does not parse", show(error.to_string())),
    }
    idempotent(&again[index], &after, ops)?;
    bytes(&edit, text, ops, &after)?;
    serde(got, &after)
}

/// Setting again, and uncommenting again, changes nothing.
fn idempotent(document: &Document<'_>, after: &str, ops: &[Op]) -> Held<()> {
    if !ops.iter().all(|op| matches!(op, Op::Set { .. })) {
        return Ok(());
    }
    let ours: Vec<_> = ops.iter().map(Op::ours).collect();
    let kind = |what| format!("a second time {what}");
    match document.parse().and_then(|tree| tree.edit(&ours)) {
        Ok(edit) => {
            let twice = edit.apply(after);
            if twice == after {
                return Ok(());
            }
            finding(kind("changes the text"), format!("once:  {after:?}\ntwice: {twice:?}"))
        }
        Err(error) => finding(kind("is refused"), format!("{error}\nafter: {after:?}")),
    }
}

/// What is added deletes nothing but blanks; every comment is there as it was,
/// unless it is uncommented or goes with what is removed.
fn bytes(edit: &yaml_splice::TextEdit, text: &str, ops: &[Op], after: &str) -> Held<()> {
    let adds = ops.iter().all(|op| matches!(op, Op::Insert { .. } | Op::Append { .. }));
    for indel in edit.indels() {
        let deleted = indel.delete.of(text);
        let blank = deleted.chars().all(|c| " \t\r\n{}[]~,:\u{85}\u{2028}\u{2029}".contains(c) || "nulNUL".contains(c));
        if adds && !blank {
            return finding("adding deletes", format!("{deleted:?}\nafter: {after:?}"));
        }
    }
    Ok(())
}

/// yaml_serde refuses nothing in the result that it did not refuse before.
fn serde(_got: &crate::model::Doc, _after: &str) -> Held<()> {
    Ok(())
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
    text.split(['(', '{']).next().unwrap_or_default().trim().to_owned()
}
