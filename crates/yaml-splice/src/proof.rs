//! The proof that a stream's new text is what was asked for. Nothing that stands
//! here knows how the text was made.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::document::{Document, documents};
use crate::edit::TextEdit;
use crate::error::{Error, ErrorKind};
use crate::front::{Front, is_blank};
use crate::parallel;
use crate::position::Span;
use crate::tree::{Kind, Node, NodeId, ScalarStyle, Tree};
use crate::value::Value;

/// What a document of the new text must be.
pub(crate) enum Expected<'e> {
    /// The same bytes, between a marker and a line break that were added.
    Kept {
        lead: &'static str,
        text: &'e str,
        tail: &'static str,
        /// Where it stood.
        place: Span,
    },
    /// The document of the tree with this value instead.
    Edited(&'e Tree<'e>, &'e Value),
    /// A new document, and the one that it was added beside.
    Added(&'e Value, Span),
    /// Nothing but markers and comments.
    Blank(Span),
}

impl Expected<'_> {
    const fn place(&self) -> Span {
        match self {
            Self::Kept { place, .. } | Self::Added(_, place) | Self::Blank(place) => {
                Span::at(place.start)
            }
            Self::Edited(tree, _) => Span::at(tree.offset),
        }
    }
}

/// Whether `text`, which `edit` made of `source`, has these documents and no other.
pub(crate) fn prove(
    source: &str,
    text: &str,
    edit: &TextEdit,
    expected: Vec<Expected<'_>>,
) -> Result<(), Error> {
    let fail = |what, place| Error::new(ErrorKind::Verification(what), source, place);
    let origin = |at| Span::at(edit.origin(at));
    let mut found = documents(text);
    // What has to be parsed: the rest is compared at once.
    let mut parsed = Vec::new();
    let mut wrong = None;
    for expected in expected {
        let place = expected.place();
        let Some(document) = found.next() else {
            wrong = Some(fail("a document is lost", place));
            break;
        };
        let kept = match &expected {
            Expected::Kept {
                lead, text, tail, ..
            } => {
                let kept = document.text().strip_prefix(lead);
                kept.and_then(|kept| kept.strip_suffix(tail)) == Some(text)
            }
            Expected::Blank(_) => is_blank(document.text()),
            Expected::Edited(..) | Expected::Added(..) => {
                parsed.push((expected, document));
                true
            }
        };
        if !kept {
            wrong = Some(fail("another document changed", place));
            break;
        }
    }
    // The first error of the stream is told.
    let proved = parallel::map(&parsed, |(expected, document)| match expected {
        Expected::Edited(tree, value) => prove_edited(tree, document, value, origin),
        Expected::Added(value, _) => prove_added(source, document, value, expected.place()),
        Expected::Kept { .. } | Expected::Blank(_) => Ok(()),
    });
    proved.into_iter().collect::<Result<(), Error>>()?;
    if let Some(wrong) = wrong {
        return Err(wrong);
    }
    match found.next() {
        None => Ok(()),
        Some(_) => Err(fail("another number of documents", Span::at(source.len()))),
    }
}

/// Whether a document that was added is `value`.
fn prove_added(
    source: &str,
    document: &Document<'_>,
    value: &Value,
    place: Span,
) -> Result<(), Error> {
    let fail = |what| Error::new(ErrorKind::Verification(what), source, place);
    let tree = document.parse().map_err(|_| fail("it does not parse"))?;
    if !is(&tree, tree.root, value) {
        return Err(fail("the added document"));
    }
    if let Some((_, key)) = duplicates(&tree).pop() {
        return Err(Error::new(ErrorKind::DuplicateKey(key), source, place));
    }
    crate::second::confirm(&tree).map_err(|_| fail("the added document"))
}

/// The proof of the edit of one document, without a look at those that are not
/// beside it. False where that is not certain.
///
/// A stream is split from its start on, and each document's start is known by its
/// own first bytes: while these stay, so do the documents before it. If the
/// document ends where the next one begins, so do the documents behind it.
pub(crate) fn prove_alone(
    tree: &Tree<'_>,
    edit: &TextEdit,
    expected: &Value,
) -> Result<bool, Error> {
    let Some(first) = edit.indels().first() else {
        return Ok(true);
    };
    if tree.offset > 0 && first.delete.start <= Front::of(tree.text).content() {
        return Ok(false);
    }
    let rest = tree.source.get(tree.offset + tree.text.len()..);
    let rest = rest.unwrap_or_default();
    let next = match rest.is_empty() {
        true => "",
        false => documents(rest).next().map_or("", |next| next.text()),
    };
    let mut window = edit.apply(tree.text);
    let end = window.len();
    window.push_str(next);
    let mut found = documents(&window);
    let (document, behind) = (found.next(), found.next().map_or("", |next| next.text()));
    match document {
        Some(document)
            if document.span().end == end && behind == next && found.next().is_none() =>
        {
            let origin = |at| Span::at(edit.origin(at) + tree.offset);
            prove_edited(tree, &document, expected, origin).map(|()| true)
        }
        _ => Ok(false),
    }
}

/// A line of blanks with a tab is read behind a plain value and nowhere else, so what
/// stands before it cannot change.
const TAB: &str = "an edit in front of a blank line that holds a tab; remove the tab";

/// Whether a tab stands there, in a line of blanks.
fn holds_tab(source: &str, at: usize) -> bool {
    let (before, behind) = source.split_at_checked(at).unwrap_or_default();
    let blank = |c: char| c == ' ' || c == '\t';
    let rest = behind.trim_start_matches(blank);
    behind.starts_with('\t')
        && before.trim_end_matches(blank).ends_with(['\n', '\r'])
        && (rest.is_empty() || rest.starts_with(['\n', '\r']))
}

/// Whether the document means `expected`; `origin` is where a byte of its text
/// comes from.
fn prove_edited(
    before: &Tree<'_>,
    document: &Document<'_>,
    expected: &Value,
    origin: impl Fn(usize) -> Span,
) -> Result<(), Error> {
    let start = document.span().start;
    let fail = |kind, at| Error::new(kind, before.source, origin(start + at));
    let wrong = |what| before.error(ErrorKind::Verification(what), Span::at(0));
    crate::second::confirm(before)?;
    let after = document.parse().map_err(|error| {
        let place = origin(error.span.start);
        match error.kind {
            // Such as a `---` with the document's own CR behind it.
            kind @ ErrorKind::Unsupported(_) => Error::new(kind, before.source, place),
            _ if holds_tab(before.source, place.start) => {
                Error::new(ErrorKind::Unsupported(TAB), before.source, place)
            }
            _ => wrong("it does not parse"),
        }
    })?;
    if !is(&after, after.root, expected) {
        return Err(wrong("another value"));
    }
    let twice = duplicates(&after);
    let mut old = match twice.is_empty() {
        true => Vec::new(),
        false => duplicates(before),
    };
    for (at, key) in twice {
        match old.iter().position(|(_, old)| *old == key) {
            Some(same) => drop(old.swap_remove(same)),
            None => return Err(fail(ErrorKind::DuplicateKey(key), at)),
        }
    }
    // The model knows an alias by its name, which may be that of several anchors.
    if let Some(at) = ambiguous(&after).or_else(|| ambiguous(before).map(|_| 0))
        && references(before) != references(&after)
    {
        return Err(fail(ErrorKind::Anchor, at));
    }
    // At the text's end kubectl reads a line break that is not there.
    let text = document.text();
    if !text.ends_with('\n')
        && let Err(at) = same_with_break(text, "\n")
    {
        let tail = text.get(at..);
        let old = same_with_break(before.text, "\n").err();
        if old.and_then(|at| before.text.get(at..)) != tail {
            return Err(fail(ErrorKind::UnendedScalar, at));
        }
    }
    crate::second::confirm(&after).map_err(|_| wrong("another reader finds another value"))
}

/// Whether the node, or nothing, has this value. The order of keys means nothing.
fn is(tree: &Tree<'_>, id: Option<NodeId>, value: &Value) -> bool {
    let Some((id, node)) = id.and_then(|id| Some((id, tree.node(id)?))) else {
        return value.is_null();
    };
    match (&node.kind, value) {
        (Kind::Sequence { items, .. }, Value::Sequence(values)) => {
            let mut pairs = items.iter().zip(values);
            items.len() == values.len() && pairs.all(|(i, v)| is(tree, Some(i.value), v))
        }
        (Kind::Mapping { entries, .. }, Value::Mapping(values)) => {
            let pairs = || entries.iter().zip(values);
            if entries.len() != values.len() {
                return false;
            }
            match pairs().all(|(e, (key, _))| is(tree, Some(e.key), key)) {
                true => pairs().all(|(e, (_, value))| is(tree, Some(e.value), value)),
                false => tree.value(id).sorted() == value.clone().sorted(),
            }
        }
        (Kind::Scalar { .. }, Value::Scalar { .. }) => node.is_scalar(value),
        (Kind::Alias { name, .. }, Value::Alias(alias)) => name == alias,
        _ => false,
    }
}

/// The keys of mappings that are there already, with their places, as kubectl tells
/// them apart: by their text alone.
fn duplicates(tree: &Tree<'_>) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut seen = Vec::new();
    for node in &tree.nodes {
        let Kind::Mapping { entries, .. } = &node.kind else {
            continue;
        };
        seen.clear();
        seen.extend(
            entries
                .iter()
                .map(|e| (key_text(tree, e.key), e.span.start)),
        );
        seen.sort_unstable();
        let pairs = seen.iter().zip(seen.iter().skip(1));
        let twice = pairs.filter(|((one, _), (other, _))| one == other);
        found.extend(twice.map(|(_, (key, at))| (*at, key.clone().into_owned())));
    }
    found
}

fn key_text<'t>(tree: &'t Tree<'_>, key: NodeId) -> Cow<'t, str> {
    match tree.node(key).map(|node| &node.kind) {
        Some(Kind::Scalar { value, .. }) => Cow::Borrowed(value),
        // A collection as a key: what it is made of says which one it is.
        _ => Cow::Owned(format!("{:?}", tree.value(key).sorted())),
    }
}

/// Where a name is an anchor's for the second time, if any alias is there.
fn ambiguous(tree: &Tree<'_>) -> Option<usize> {
    let alias = |node: &Node<'_>| matches!(node.kind, Kind::Alias { .. });
    if !tree.nodes.iter().any(alias) {
        return None;
    }
    let mut seen = BTreeSet::new();
    let mut anchored = tree
        .nodes
        .iter()
        .filter_map(|n| Some((n.anchor?, n.span.start)));
    let second = anchored.find(|(name, _)| !seen.insert(*name));
    second.map(|(_, at)| at)
}

/// The anchors in their order, and which of them each alias means.
fn references<'t>(tree: &Tree<'t>) -> (Vec<&'t str>, Vec<usize>) {
    let mut anchors: Vec<_> = tree
        .nodes
        .iter()
        .enumerate()
        .filter_map(|(id, node)| Some((node.span.start, id, node.anchor?)))
        .collect();
    anchors.sort_unstable();
    let places: BTreeMap<_, _> = anchors
        .iter()
        .enumerate()
        .map(|(n, (_, id, _))| (*id, n))
        .collect();
    let mut aliases: Vec<_> = tree
        .nodes
        .iter()
        .filter_map(|node| match &node.kind {
            Kind::Alias { target, .. } => Some((node.span.start, places.get(&target.0).copied())),
            _ => None,
        })
        .collect();
    aliases.sort_unstable();
    let names = anchors.into_iter().map(|(_, _, name)| name).collect();
    (
        names,
        aliases
            .into_iter()
            .filter_map(|(_, anchor)| anchor)
            .collect(),
    )
}

/// Whether the document means the same with a line break behind it, which only the
/// block scalar that it ends with could change. The place of that one if not.
pub(crate) fn same_with_break(text: &str, newline: &str) -> Result<(), usize> {
    let mut alone = documents(text);
    let (Some(document), None) = (alone.next(), alone.next()) else {
        return Err(0);
    };
    let Ok(tree) = document.parse() else {
        // Not YAML, or no YAML that is known here.
        return text.rfind(['|', '>']).map_or(Ok(()), Err);
    };
    let mut last = tree.nodes.iter().filter(|node| {
        let block = matches!(
            node.kind,
            Kind::Scalar {
                style: ScalarStyle::Literal | ScalarStyle::Folded,
                ..
            }
        );
        let behind = text.get(node.span.end..).unwrap_or_default();
        block && behind.trim().is_empty()
    });
    let Some(last) = last.next_back() else {
        return Ok(());
    };
    let broken = format!("{text}{newline}");
    let mut again = documents(&broken);
    let (again, None) = (again.next().map(|document| document.parse()), again.next()) else {
        return Err(last.span.start);
    };
    match again {
        Some(Ok(again)) if again.root_value() == tree.root_value() => Ok(()),
        _ => Err(last.span.start),
    }
}

#[cfg(test)]
mod tests;
