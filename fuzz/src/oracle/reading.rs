//! What must hold of reading: both readers find the same documents.

use super::*;

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

/// What a document says without being parsed is what it says parsed.
fn skimmed(
    document: &Document<'_>,
    tree: &Result<Tree<'_>, Error>,
    counts: &mut Counts,
) -> Held<()> {
    let Some(skimmed) = document.skim() else {
        return Ok(());
    };
    count(counts, "skimmed".into());
    let Ok(tree) = tree else {
        return finding("skims what it does not parse", "");
    };
    let root = Route::root();
    for (keys, said) in [
        (&["apiVersion"][..], skimmed.api_version),
        (&["kind"], skimmed.kind),
        (&["metadata", "name"], skimmed.name),
        (&["metadata", "namespace"], skimmed.namespace),
    ] {
        if tree.text_at(&root.keys(keys)) != Ok(said) {
            return finding(
                "skims otherwise than it parses",
                format!("{keys:?}: {said:?}"),
            );
        }
    }
    match tree.find(&root.key("items")) {
        Ok(None) if tree.root_value().is_null() == skimmed.is_empty => Ok(()),
        _ => finding("skims another root", ""),
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
    for (document, tree) in ours.iter().zip(&parsed) {
        skimmed(document, tree, counts)?;
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
pub(super) fn is_known(error: &str, text: &str) -> bool {
    match error {
        // Brackets and commas are a part of a tag for go-yaml.
        "did not find expected whitespace or line break" | "did not find expected tag URI" => {
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

pub(super) fn position(error: &yaml_splice::Error, text: &str) -> Held<()> {
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
