//! Our trees in the notation of the YAML test suite.

use yaml_splice::{CollectionStyle, Content, Error, NodeId, ScalarStyle, Tree, documents};

/// The events of all documents.
pub(crate) fn events(text: &str) -> Result<Vec<String>, Error> {
    let mut events = vec!["+STR".to_owned()];
    for document in documents(text) {
        let tree = document.parse()?;
        let marked = || {
            document
                .text()
                .lines()
                .any(|line| line.trim_start_matches('\u{feff}').starts_with("---"))
        };
        match tree.root() {
            Some(root) => {
                events.push("+DOC".to_owned());
                node(&tree, root, &mut events);
                events.push("-DOC".to_owned());
            }
            // `---` makes a document even if nothing follows.
            None if marked() => {
                events.extend(["+DOC", "=VAL :", "-DOC"].map(str::to_owned));
            }
            None => {}
        }
    }
    events.push("-STR".to_owned());
    Ok(events)
}

fn node(tree: &Tree<'_>, id: NodeId, events: &mut Vec<String>) {
    let mut properties = String::new();
    if let Some(anchor) = tree.anchor(id) {
        properties += &format!(" &{anchor}");
    }
    if let Some(tag) = tree.tag(id) {
        properties += &format!(" <{tag}>");
    }
    let flow = |flow: &str| match tree.collection_style(id) {
        Some(CollectionStyle::Block { .. }) => String::new(),
        _ => format!(" {flow}"),
    };
    match tree.content(id) {
        Content::Scalar { text, .. } => {
            let style = match tree.scalar_style(id).unwrap() {
                ScalarStyle::Plain => ':',
                ScalarStyle::SingleQuoted => '\'',
                ScalarStyle::DoubleQuoted => '"',
                ScalarStyle::Literal => '|',
                ScalarStyle::Folded => '>',
            };
            events.push(format!("=VAL{properties} {style}{}", escaped(text)));
        }
        Content::Sequence(items) => {
            events.push(format!("+SEQ{}{properties}", flow("[]")));
            for item in items {
                node(tree, item, events);
            }
            events.push("-SEQ".to_owned());
        }
        Content::Mapping(entries) => {
            events.push(format!("+MAP{}{properties}", flow("{}")));
            for (key, value) in entries {
                node(tree, key, events);
                node(tree, value, events);
            }
            events.push("-MAP".to_owned());
        }
        _ => events.push(format!("=ALI *{}", tree.alias(id).unwrap().0)),
    }
}

fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '\\' => escaped.push_str("\\\\"),
            '\n' => escaped.push_str("\\n"),
            '\t' => escaped.push_str("\\t"),
            '\r' => escaped.push_str("\\r"),
            '\0' => escaped.push_str("\\0"),
            '\u{8}' => escaped.push_str("\\b"),
            c => escaped.push(c),
        }
    }
    escaped
}
