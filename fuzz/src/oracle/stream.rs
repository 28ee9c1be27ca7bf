//! What must hold of edits of a whole stream, and of joined texts.

use super::*;

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

pub(super) fn docs(text: &str) -> Vec<Meaning> {
    let stream = events::read(text).unwrap_or_default();
    let docs = stream.chunks.iter().flat_map(|chunk| &chunk.docs);
    docs.map(Doc::meaning).collect()
}

/// Documents that are no more than a marker come and go.
pub(super) fn blankless(docs: &[Meaning]) -> Vec<Meaning> {
    docs.iter()
        .filter(|doc| **doc != Meaning::Null)
        .cloned()
        .collect()
}
