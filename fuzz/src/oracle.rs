//! What must hold of reading a stream and of editing it.

use std::collections::BTreeMap;

use yaml_splice::{Document, ErrorKind, documents};

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

/// A stream as both readers have it.
pub struct Both<'t> {
    pub ours: Vec<Document<'t>>,
    pub theirs: Stream,
    /// For each of our documents, which of theirs it is: chunk and number.
    pub pairs: Vec<Option<(usize, usize)>>,
}

impl Both<'_> {
    /// Whether our document has no node, and none of libyaml's.
    pub fn is_bare(&self, index: usize) -> bool {
        let bare = |line: &str| {
            let line = line.trim();
            line.is_empty() || line.starts_with('#') || line == "---"
        };
        self.pairs[index].is_none()
            && self.theirs.chunks.iter().all(|chunk| chunk.error.is_none())
            && !self.theirs.whole
            && self.ours[index].text().split(events::BREAKS).all(bare)
    }

    /// libyaml's view of our document; none if it has none that can be edited.
    pub fn doc(&self, index: usize) -> Option<&Doc> {
        let (chunk, n) = self.pairs[index]?;
        self.theirs.chunks[chunk].docs.get(n)
    }
}

/// Reads the stream twice, and compares. None if libyaml is no measure for it.
pub fn read<'t>(text: &'t str, counts: &mut Counts) -> Held<Option<Both<'t>>> {
    let ours: Vec<_> = documents(text).collect();
    let whole: String = ours.iter().map(|document| document.text()).collect();
    if whole != text {
        return finding("the documents are not the text", format!("{whole:?}"));
    }
    let Some(theirs) = events::read(text) else {
        return Ok(None);
    };
    // Which of our documents holds the byte, and which reach into the range.
    let owner = |at: usize| {
        let found = ours.iter().position(|document| at < document.span().end);
        found.unwrap_or(ours.len() - 1)
    };
    let parsed: Vec<_> = ours.iter().map(Document::parse).collect();
    for error in parsed.iter().filter_map(|parsed| parsed.as_ref().err()) {
        position(error, text)?;
    }
    let mut pairs = vec![None; ours.len()];
    // What libyaml refuses a part of.
    let mut faulty = vec![false; ours.len()];
    for chunk in theirs.chunks.iter().filter(|chunk| chunk.error.is_some()) {
        faulty[owner(chunk.start)..=owner(chunk.end.max(1) - 1)].fill(true);
    }
    for (c, chunk) in theirs.chunks.iter().enumerate() {
        let here = owner(chunk.start)..owner(chunk.end.max(1) - 1) + 1;
        let refused = || here.clone().any(|n| parsed[n].is_err());
        if let Some(error) = &chunk.error {
            if !refused() && !is_known(error, text) {
                return finding(format!("reads what libyaml refuses: {error}"), "");
            }
            count(counts, "invalid for both".into());
            continue;
        }
        for (n, doc) in chunk.docs.iter().enumerate() {
            let found = owner(doc.place());
            if pairs[found].is_some() {
                if parsed[found].is_ok() {
                    return finding("reads the first of two documents", "");
                }
                continue;
            }
            pairs[found] = Some((c, n));
            match &parsed[found] {
                Ok(tree) if !ours::same(&tree.root_value(), doc) => {
                    return finding(
                        "reads otherwise than libyaml",
                        format!("{:?}\n{:?}", tree.root_value(), doc.meaning()),
                    );
                }
                Ok(tree) => {
                    match tree.edit(&[]) {
                        Ok(edited) if edited.edit.is_empty() && edited.text == text => {}
                        Ok(_) => return finding("no operation, but an edit", ""),
                        Err(error) if matches!(error.kind, ErrorKind::Verification(_)) => {
                            return finding("no operation, but a failed proof", error.to_string());
                        }
                        Err(error) => count(counts, format!("unedited: {}", class(&error.kind))),
                    }
                    count(counts, "documents read".into());
                }
                // kubectl reads the first of them, and we neither.
                Err(_)
                    if chunk.docs.len() > 1
                        || here
                            .clone()
                            .take_while(|n| *n < found)
                            .any(|n| parsed[n].is_err())
                        || faulty[found] =>
                {
                    count(counts, "unread: more than one document".into());
                }
                Err(error) => match &error.kind {
                    // libyaml looks for the anchor later, go-yaml at once.
                    ErrorKind::Syntax(message)
                        if !message.contains("anchor")
                            && !message.contains("in itself")
                            // A `?` ends plain text in flow style for go-yaml.
                            && !(message.contains("a comma or") && text.contains(['?', '!'])) =>
                    {
                        return finding(
                            "calls invalid what libyaml reads",
                            format!("{}: {message}", error.position),
                        );
                    }
                    other => count(counts, format!("unread: {}", class(other))),
                },
            }
        }
        for n in here.clone() {
            // Behind the chunk's last document there may be a comment.
            let whole = ours[n].span().start >= chunk.start && ours[n].span().end <= chunk.end;
            if pairs[n].is_none() && whole && !refused() {
                match &parsed[n] {
                    Ok(tree) if tree.root_value().is_null() => {}
                    Ok(_) => return finding("reads a document that libyaml does not see", ""),
                    Err(error) if matches!(error.kind, ErrorKind::Unsupported(_)) => {}
                    Err(error) => {
                        let kind = "refuses a document that libyaml does not see";
                        return finding(kind, error.to_string());
                    }
                }
            }
        }
    }
    Ok(Some(Both {
        ours,
        theirs,
        pairs,
    }))
}

/// What libyaml refuses, and Kubernetes or YAML 1.2 allow.
fn is_known(error: &str, text: &str) -> bool {
    match error {
        // Brackets and commas are a part of a tag for go-yaml.
        "did not find expected whitespace or line break" => {
            text.contains('!') && text.contains(['[', ']', ','])
        }
        // A colon in front of `}` or `,` is a part of the key for go-yaml.
        "found unexpected ':'" => true,
        // JSON's surrogate pairs.
        "found invalid Unicode character escape code" => true,
        // go-yaml knows `\'` in double quotes.
        "found unknown escape character" => text.contains("\\'"),
        // A document without `---` behind `...`; JSON values, one behind the other.
        "did not find expected <document start>" => {
            text.contains("...") || text.contains(['{', '['])
        }
        // JSON's keys are not bound to one line.
        "did not find expected ',' or '}'" => text.contains('{'),
        // `...` with nothing before it.
        "did not find expected node content" => text.contains("..."),
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
        return finding(
            "an error with a span that is none",
            format!("{span:?} {error}"),
        );
    }
    Ok(())
}

/// Makes the edit, and looks at what comes out.
pub fn edit(
    both: &Both<'_>,
    text: &str,
    index: usize,
    ops: &[Op],
    counts: &mut Counts,
) -> Held<()> {
    let document = &both.ours[index];
    let bare = Doc::default();
    let before = match both.doc(index) {
        Some(before) => before,
        // Nothing but comments: it may get its first node.
        None if both.is_bare(index) => &bare,
        None => return Ok(()),
    };
    let Ok(tree) = document.parse() else {
        return Ok(());
    };
    if before.root.is_none()
        && matches!(
            ops,
            [Op::Set {
                value: ops::Data::Null,
                ..
            }]
        )
    {
        return Ok(());
    }
    let names = names(ops);
    let ours: Vec<_> = ops.iter().map(Op::ours).collect();
    let edited = match tree.edit(&ours) {
        Ok(edited) => edited,
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
    let edit = edited.edit;
    match tree.propose(&ours) {
        Ok(proposed) if proposed == edit => {}
        Ok(proposed) => return finding("another edit proposed than made", format!("{proposed:?}")),
        Err(error) => return finding("an edit made, but not proposed", error.to_string()),
    }
    let span = document.span();
    for indel in edit.indels() {
        if indel.delete.start < span.start || indel.delete.end > span.end {
            return finding("an edit outside of the document", format!("{indel:?}"));
        }
    }
    let after = edited.text;
    if after != apply(&edit, text) {
        return finding("another text than the edit gives", after);
    }
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
            return finding(
                "another document changed",
                show(format!("{:?}", new.text())),
            );
        }
    }

    // Theirs: the same documents, and this one as asked for.
    let Some(theirs) = events::read(&after).filter(|new| new.whole == both.theirs.whole) else {
        return Ok(());
    };
    let old: Vec<_> = both
        .theirs
        .chunks
        .iter()
        .flat_map(|chunk| &chunk.docs)
        .collect();
    let new: Vec<_> = theirs.chunks.iter().flat_map(|chunk| &chunk.docs).collect();
    let errors = |stream: &Stream| -> Vec<_> {
        stream
            .chunks
            .iter()
            .filter_map(|chunk| chunk.error.clone())
            .collect()
    };
    let added = usize::from(before.root.is_none());
    if old.len() + added != new.len() || errors(&theirs) != errors(&both.theirs) {
        return finding(
            "libyaml reads other documents",
            show(format!(
                "{} for {}, {:?}",
                new.len(),
                old.len(),
                errors(&theirs)
            )),
        );
    }
    let mut got = None;
    if before.root.is_none() {
        // One more, where our document is now.
        let span = again[index].span();
        got = new
            .iter()
            .copied()
            .find(|doc| span.range().contains(&doc.place()));
        let others: Vec<_> = new
            .iter()
            .filter(|doc| got.is_none_or(|got| !std::ptr::eq(got, **doc)))
            .collect();
        let same = others
            .iter()
            .map(|doc| doc.meaning())
            .eq(old.iter().map(|doc| doc.meaning()));
        if !same {
            return finding(
                "libyaml reads another document changed",
                show(String::new()),
            );
        }
    }
    for (old, new) in old.into_iter().zip(new).filter(|_| before.root.is_some()) {
        if std::ptr::eq(old, before) {
            got = Some(new);
        } else if old.meaning() != new.meaning() {
            return finding(
                "libyaml reads another document changed",
                show(String::new()),
            );
        }
    }
    let Some(got) = got else { return Ok(()) };
    let wrong = |wanted: Option<Meaning>| {
        let kind = "libyaml reads another value";
        finding(
            kind,
            show(format!("wanted {wanted:?}\ngot    {:?}", got.meaning())),
        )
    };
    if let [Op::Uncomment { parent, wanted, .. }] = ops {
        let key = match wanted {
            Hidden::Entry(key) | Hidden::Sequence(key) => Some(key.as_str()),
            Hidden::Item { .. } | Hidden::Text(_) => None,
        };
        let meaning = before.meaning();
        // An empty `[]` or `{}` may have become the other kind's.
        if !got
            .without(parent, key)
            .iter()
            .any(|doc| doc.meaning() == meaning)
        {
            return wrong(Some(meaning));
        }
    } else {
        let Some(wanted) = before.after(ops) else {
            return finding(
                "an edit that does not fit the document",
                show(String::new()),
            );
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
            return finding(
                "the result reads otherwise than libyaml",
                show(String::new()),
            );
        }
        Ok(_) => {}
        Err(error) => return finding("the result does not parse", show(error.to_string())),
    }
    idempotent(&again[index], &after, ops)?;
    bytes(&edit, text, before, ops, &after)?;
    serde(got, &again[index], &after)
}

/// The text with its ranges replaced; nothing if they are none, or overlap.
fn apply(edit: &yaml_splice::TextEdit, text: &str) -> String {
    let mut out = String::new();
    let mut at = 0;
    for indel in edit.indels() {
        out.push_str(text.get(at..indel.delete.start).unwrap_or("OVERLAP"));
        out.push_str(&indel.insert);
        at = indel.delete.end;
    }
    out + text.get(at..).unwrap_or("OVERLAP")
}

/// Adding a document in front of one or at the end, and joining the stream with
/// itself: each document stays what it was.
pub fn stream(both: &Both<'_>, text: &str, choices: &[u8], counts: &mut Counts) -> Held<()> {
    let [a, b, c, ..] = choices else {
        return Ok(());
    };
    let value = ops::data(*a, *b);
    let ours = value.ours();
    let index = usize::from(*c / 4) % both.ours.len();
    let shown = format!("{value:?} {index}");
    let (name, result) = if *c % 4 == 3 {
        // A stream and a part of it.
        let other = both.ours[index].text();
        let (one, two) = if *a % 2 == 0 {
            (text, other)
        } else {
            (other, text)
        };
        let joined = yaml_splice::join(&[one, two]).map_err(|error| error.error.kind);
        let result = joined.map(|joined| (joined, format!("{one:?} {two:?}")));
        let mut docs = docs(one);
        docs.extend(self::docs(two));
        let (joined, shown) = match result {
            Ok(joined) => joined,
            Err(kind) => return refusal(&kind, &format!("{one:?} {two:?}"), "join", counts),
        };
        count(counts, "joined".into());
        let Some(again) = events::read(&joined) else {
            return Ok(());
        };
        let faulty = |text| {
            let read = events::read(text);
            read.is_none_or(|stream| stream.chunks.iter().any(|chunk| chunk.error.is_some()))
        };
        let broken = faulty(one) || faulty(two);
        let got: Vec<_> = again.chunks.iter().flat_map(|chunk| &chunk.docs).collect();
        let got: Vec<_> = got.iter().map(|doc| doc.meaning()).collect();
        if !broken && blankless(&got) != blankless(&docs) {
            return finding("joined to other documents", format!("{shown}\n{joined:?}"));
        }
        return Ok(());
    } else if *c % 4 == 2 {
        let mut edit = yaml_splice::StreamEdit::new(text);
        let added = edit.add_document(&ours).and_then(|edit| edit.finish());
        ("add a document", added)
    } else {
        let Ok(tree) = both.ours[index].parse() else {
            return Ok(());
        };
        let mut edit = yaml_splice::StreamEdit::new(text);
        let added = edit
            .insert_before(&tree, &ours)
            .and_then(|edit| edit.finish());
        ("insert a document", added)
    };
    let edited = match result {
        Ok(edited) => edited,
        Err(error) => {
            position(&error, text)?;
            return refusal(&error.kind, &format!("{error}\n{shown}"), name, counts);
        }
    };
    count(counts, name.into());
    let (Some(again), true) = (
        events::read(&edited.text),
        both.theirs.chunks.iter().all(|chunk| chunk.error.is_none())
            && both.ours.iter().all(|document| document.parse().is_ok()),
    ) else {
        return Ok(());
    };
    let old = docs(text);
    let got: Vec<_> = again.chunks.iter().flat_map(|chunk| &chunk.docs).collect();
    let got: Vec<_> = got.iter().map(|doc| doc.meaning()).collect();
    let got = blankless(&got);
    let wanted = value.meaning();
    // One more, and the others in their order.
    let fits = (0..got.len().max(1)).any(|n| {
        let mut left = got.clone();
        if wanted == Meaning::Null {
            return left == blankless(&old);
        }
        n < left.len() && left.remove(n) == wanted && left == blankless(&old)
    });
    if !fits {
        return finding(
            format!("other documents: {name}"),
            format!("{:?}\nafter: {:?}", value, edited.text),
        );
    }
    Ok(())
}

fn refusal(kind: &ErrorKind, shown: &str, name: &str, counts: &mut Counts) -> Held<()> {
    count(counts, format!("refused {name}: {}", class(kind)));
    match kind {
        ErrorKind::Verification(what) => finding(format!("internal error: {what}: {name}"), shown),
        _ => Ok(()),
    }
}

fn docs(text: &str) -> Vec<Meaning> {
    let stream = events::read(text).unwrap_or_default();
    let docs = stream.chunks.iter().flat_map(|chunk| &chunk.docs);
    docs.map(Doc::meaning).collect()
}

/// Documents that are no more than a marker come and go.
fn blankless(docs: &[Meaning]) -> Vec<Meaning> {
    docs.iter()
        .filter(|doc| **doc != Meaning::Null)
        .cloned()
        .collect()
}

/// Setting again, and uncommenting again, changes nothing.
fn idempotent(document: &Document<'_>, after: &str, ops: &[Op]) -> Held<()> {
    if !ops.iter().all(|op| matches!(op, Op::Set { .. })) {
        return Ok(());
    }
    let ours: Vec<_> = ops.iter().map(Op::ours).collect();
    let kind = |what| format!("a second time {what}");
    match document.parse().and_then(|tree| tree.edit(&ours)) {
        Ok(edited) => {
            let twice = edited.text;
            if twice == after {
                return Ok(());
            }
            finding(
                kind("changes the text"),
                format!("once:  {after:?}\ntwice: {twice:?}"),
            )
        }
        Err(error) => finding(kind("is refused"), format!("{error}\nafter: {after:?}")),
    }
}

/// Nothing is deleted but what the operation names: what is added deletes blanks,
/// what is set its old value, what is removed its entry and the rest of the line.
fn bytes(
    edit: &yaml_splice::TextEdit,
    text: &str,
    before: &Doc,
    ops: &[Op],
    after: &str,
) -> Held<()> {
    let blank = |text: &str| text.chars().all(|c| c.is_whitespace() || c == '\u{feff}');
    let report = |deleted: &str| {
        let kind = "deletes what no operation names";
        finding(kind, format!("{deleted:?}\nafter: {after:?}"))
    };
    let adds = |op: &Op| matches!(op, Op::Insert { .. } | Op::Append { .. });
    let named = match ops {
        [op @ (Op::Set { .. } | Op::Remove { .. })] => before.find(op.route()),
        _ => None,
    };
    for indel in edit.indels() {
        let deleted = indel.delete.of(text);
        if ops.iter().all(adds) {
            // `null`, `{}` and the like become collections.
            let odd = |c: char| !(c.is_whitespace() || "{}[]~,:nulNUL".contains(c));
            if deleted.contains(odd) {
                return report(deleted);
            }
        }
        let Some(named) = named else { continue };
        let (start, end) = before.extent(named, matches!(ops, [Op::Remove { .. }]));
        let cut = |at: usize| at.clamp(indel.delete.start, indel.delete.end);
        let lead = text.get(indel.delete.start..cut(start)).unwrap_or_default();
        let tail = text.get(cut(end)..indel.delete.end).unwrap_or_default();
        if matches!(ops, [Op::Set { .. }]) {
            if !blank(lead) || !blank(tail) {
                return report(deleted);
            }
            continue;
        }
        // A dash or comma, and a comment on the last line.
        // Comments between the dash and the item are the item's.
        let lead = match lead.trim_start().strip_prefix('-') {
            Some(rest) => {
                let mut lines = rest.split(events::BREAKS).map(str::trim_start);
                match lines.all(|line| line.is_empty() || line.starts_with('#')) {
                    true => "",
                    false => rest,
                }
            }
            None => lead,
        };
        let lead_odd = |c: char| !(c.is_whitespace() || "-,?\u{feff}".contains(c));
        let (rest, more) = tail.split_at(tail.find(events::BREAKS).unwrap_or(tail.len()));
        let rest = rest.trim_start_matches([' ', '\t', ',']);
        if lead.contains(lead_odd)
            || !blank(more)
            || !(rest.is_empty() || rest.starts_with(['#', '\r']))
        {
            return report(deleted);
        }
    }
    Ok(())
}

/// yaml_serde reads the result as libyaml's events say.
fn serde(got: &Doc, document: &Document<'_>, after: &str) -> Held<()> {
    let text = document.text().trim_start_matches('\u{feff}');
    let plain = got
        .nodes
        .iter()
        .all(|node| node.tag.is_none() && node.anchor.is_none());
    if !plain || got.has_duplicates() || text.contains(['%', '\u{feff}']) {
        return Ok(());
    }
    match serde_yaml::from_str::<serde_yaml::Value>(text) {
        Ok(value) if got.root.is_none_or(|root| got.is_typed_as(root, &value)) => Ok(()),
        Ok(value) => finding(
            "yaml_serde reads another value",
            format!("{value:?}\nafter: {after:?}"),
        ),
        // It knows keys that are the same as numbers.
        Err(error) if error.to_string().contains("duplicate") => Ok(()),
        Err(error) => finding(
            "yaml_serde refuses the result",
            format!("{error}\nafter: {after:?}"),
        ),
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
