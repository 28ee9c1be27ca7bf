//! What must hold of an edit of one document.

use super::*;

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
pub(super) fn apply(edit: &yaml_splice::TextEdit, text: &str) -> String {
    let mut out = String::new();
    let mut at = 0;
    for indel in edit.indels() {
        out.push_str(text.get(at..indel.delete.start).unwrap_or("OVERLAP"));
        out.push_str(&indel.insert);
        at = indel.delete.end;
    }
    out + text.get(at..).unwrap_or("OVERLAP")
}

/// Setting again, and uncommenting again, changes nothing.
pub(super) fn idempotent(document: &Document<'_>, after: &str, ops: &[Op]) -> Held<()> {
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
pub(super) fn bytes(
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
        // A comma may stand on a later line.
        let tail = tail.trim_start().strip_prefix(',').unwrap_or(tail);
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
pub(super) fn serde(got: &Doc, document: &Document<'_>, after: &str) -> Held<()> {
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
