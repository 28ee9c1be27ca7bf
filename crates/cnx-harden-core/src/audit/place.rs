//! Where to point at.

use yaml_splice::{Op, Route, Span, Step, Tree};

/// The extent to point at for what is at `route`: a scalar, or else the key of
/// the collection, or where the collection begins.
pub(super) fn point_at(tree: &Tree<'_>, route: &Route) -> Option<Span> {
    let id = tree.find(route).ok().flatten()?;
    let span = tree.span(id);
    if tree.text(id).is_some() && !span.is_empty() {
        return Some(span);
    }
    let key = match route.steps().last() {
        Some(Step::Key(key)) => key_before(tree.source(), span.start, key),
        _ => None,
    };
    Some(key.unwrap_or_else(|| first_line(tree.source(), span)))
}

/// The extent that an operation is about: the value that it sets or removes,
/// the comment that it takes off, or what it adds to.
pub(super) fn point_at_op(tree: &Tree<'_>, op: &Op) -> Option<Span> {
    match op {
        Op::Set { at, .. } | Op::Remove { at } | Op::RenameKey { at, .. } => point_at(tree, at),
        Op::Uncomment { parent, wanted, .. } => {
            let found = tree.find_commented(parent, wanted).ok().flatten()?;
            let span = found.span();
            let lines = span.of(tree.source());
            let blank = lines.len() - lines.trim_start().len();
            Some(Span::new(span.start + blank, span.end))
        }
        Op::InsertEntry { parent, .. } | Op::InsertItem { parent, .. } => point_at(tree, parent),
        _ => None,
    }
}

/// The extent up to the end of its first line.
pub(super) fn first_line(text: &str, span: Span) -> Span {
    let line = span.of(text).lines().next().unwrap_or_default();
    Span::new(span.start, span.start + line.trim_end().len())
}

/// The extent from `start` to the end of what stands on its line.
pub(super) fn rest_of_line(text: &str, start: usize) -> Span {
    let rest = text.get(start..).and_then(|rest| rest.split('\n').next());
    let rest = rest.unwrap_or_default().trim_end();
    Span::new(start, start + rest.len())
}

/// The key of the entry whose value begins at `at`.
fn key_before(text: &str, at: usize, key: &str) -> Option<Span> {
    let before = text.get(..at)?;
    let start = before.rfind(key)?;
    let end = start + key.len();
    let between = before.get(end..)?.trim_start_matches(['"', '\'']);
    let behind = between.strip_prefix(':')?;
    let trivial = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#');
    behind.lines().all(trivial).then_some(Span::new(start, end))
}
