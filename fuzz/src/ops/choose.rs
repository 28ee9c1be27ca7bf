//! Which operations are tried: chosen by bytes from what a document has.

use super::*;

/// Texts that have gone wrong somewhere, or might.
const TEXTS: &[&str] = &[
    "new text",
    "",
    "x",
    "yes",
    "1",
    "a: b",
    "a:b",
    "# c",
    "a #b",
    "a# b",
    "- x",
    "-",
    "line\nbreak",
    "line\n",
    "\n",
    "\n\n",
    " lead",
    "trail ",
    "tab\t",
    "\ttab",
    "a\tb",
    "\u{e9}\u{85}x",
    "a\u{85}",
    "\u{2028}",
    "a\u{2028}b\n",
    "'q'",
    "\"dq\"",
    "it's",
    "{a",
    "[",
    "]",
    "a, b",
    "*a",
    "&a",
    "!t",
    "%d",
    "@",
    "`",
    "|",
    ">",
    "null",
    "~",
    "...",
    "---",
    "--- x",
    "a\n---\nb",
    "a\n...\nb\n",
    "x\u{feff}y",
    "\u{feff}",
    "\u{7f}",
    "\u{1}",
    "http://x:1",
    "0x1F",
    "1e3",
    "012",
    "1:30",
    "2001-01-01",
    "<<",
    "=",
    "?",
    "? a",
    ":",
    ": a",
    "a:",
    "a\r\nb",
    "a\rb",
    "\r",
    "  indented\nsecond",
    "first\n  second\n",
    "trail\n\n",
    "\n lead",
    "a\n\nb",
    "a\n \nb\n",
    "a \nb",
    "\u{10ffff}",
    "\u{1f600}",
    "\\",
    "a\\nb",
    "key: |\n  text",
    "# c\n# d\n",
    "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUJ4VENDQVd1Z0F3SUJBZ0lRQTFMUzB0TFMxQ1JVZEpUaUJEUlZKVVNVWkpRMEZVUlMwdExTMHRDazFKU1VKNA==",
];

const KEYS: &[&str] = &[
    "new", "zz", "yes", "1", "a b", "x: y", "", "#k", "<<", "k\nl", "null", "é", "- a", "?", "a:",
    "key0",
];

fn text(choice: u8) -> String {
    TEXTS[choice as usize % TEXTS.len()].to_owned()
}

fn leaf(n: u8) -> Data {
    match n % 16 {
        0 => Data::Null,
        1 => Data::Raw("true".into()),
        2 => Data::Sequence(Vec::new()),
        3 => Data::Mapping(Vec::new()),
        4 => Data::Raw("-1".into()),
        5 => Data::Raw("1.5e+3".into()),
        _ => Data::Text(text(n.wrapping_mul(7))),
    }
}

/// A value.
pub fn data(choice: u8, more: u8) -> Data {
    match choice % 10 {
        0..=5 => leaf(more),
        6 => Data::Mapping(vec![
            ("a".into(), leaf(more)),
            ("b".into(), Data::Text(text(more))),
        ]),
        7 => Data::Sequence(vec![leaf(more), Data::Text(text(more))]),
        8 => Data::Mapping(vec![("a".into(), Data::Sequence(vec![leaf(more)]))]),
        _ => Data::Sequence(vec![
            Data::Mapping(vec![("a".into(), leaf(more)), ("b".into(), Data::Null)]),
            Data::Sequence(vec![leaf(more)]),
        ]),
    }
}

fn place(doc: &Doc, parent: usize, choice: u8) -> Where {
    let children: Vec<Step> = match doc.nodes.get(parent).map(|node| &node.kind) {
        Some(Kind::Sequence { items, .. }) => (0..items.len()).map(Step::Index).collect(),
        Some(Kind::Mapping { entries, .. }) => {
            let keys = entries
                .iter()
                .filter_map(|(key, _)| match &doc.nodes[*key].kind {
                    Kind::Scalar { text, .. } => Some(Step::Key(text.clone())),
                    _ => None,
                });
            keys.collect()
        }
        _ => Vec::new(),
    };
    let which = usize::from(choice / 8);
    let sibling = children.get(which % children.len().max(1)).cloned();
    match (choice % 8, sibling) {
        (0, _) => Where::First,
        (1, Some(step)) => Where::Before(step),
        (2, Some(step)) => Where::After(step),
        (3, _) => Where::Index(which % (children.len() + 1)),
        _ => Where::Last,
    }
}

/// How many bytes choose one operation.
pub const CHOICE: usize = 5;

/// Up to three operations on the document.
pub fn choose(doc: &Doc, text_of: &str, bytes: &[u8]) -> Vec<Op> {
    let mut routes = Vec::new();
    if let Some(root) = doc.root {
        collect(doc, root, &mut Vec::new(), &mut routes, 0);
    }
    if routes.is_empty() {
        routes.push((Vec::new(), usize::MAX));
    }
    let hidden = hidden(text_of);
    let mut ops: Vec<Op> = Vec::new();
    for choice in bytes.chunks_exact(CHOICE).take(3) {
        let [kind, place1, place2, a, b] = choice else {
            break;
        };
        let place_of = usize::from(*place1) | usize::from(*place2 & 7) << 8;
        let kind = *kind as usize % 20;
        let fits = |id: usize| match doc.nodes.get(id).map(|node| &node.kind) {
            None => matches!(kind, 0..6 | 9..16),
            Some(Kind::Scalar { text, .. }) => {
                kind < 9 || kind >= 18 || (text.is_empty() && kind < 18)
            }
            Some(Kind::Alias(_)) => kind < 9,
            Some(Kind::Mapping { .. }) => matches!(kind, 4..12 | 16..20),
            Some(Kind::Sequence { .. }) => matches!(kind, 4..9 | 12..20),
        };
        let fitting: Vec<_> = routes.iter().filter(|(_, id)| fits(*id)).collect();
        let Some((at, id)) = fitting.get(place_of % fitting.len().max(1)) else {
            continue;
        };
        let at = at.clone();
        let op = match kind {
            0..4 => Op::Set {
                at,
                value: Data::Text(text(*a)),
            },
            4..6 => Op::Set {
                at,
                value: data(*a, *b),
            },
            6..9 => Op::Remove { at },
            // Sometimes parents are missing.
            9..12
                if b % 8 == 7
                    && matches!(
                        doc.nodes.get(*id).map(|n| &n.kind),
                        Some(Kind::Mapping { .. })
                    ) =>
            {
                let mut parent = at;
                parent.push(Step::Key("missing".into()));
                if b % 16 == 15 {
                    parent.push(Step::Key("too".into()));
                }
                Op::Insert {
                    parent,
                    key: KEYS[usize::from(*a) % KEYS.len()].to_owned(),
                    value: data(*a / 16, *b / 2),
                    place: Where::Last,
                }
            }
            9..12 => Op::Insert {
                parent: at,
                key: KEYS[usize::from(*a) % KEYS.len()].to_owned(),
                value: data(*a / 16, *b),
                place: place(doc, *id, place2 / 8),
            },
            12..16 => Op::Append {
                parent: at,
                value: data(*a, *b),
                place: place(doc, *id, place2 / 8),
            },
            18..20 => Op::Rename {
                at,
                key: KEYS[usize::from(*a) % KEYS.len()].to_owned(),
            },
            _ => {
                let Some(wanted) = hidden.get(usize::from(*a) % hidden.len().max(1)) else {
                    continue;
                };
                let set = (b % 3 == 0).then(|| text(*b / 3));
                Op::Uncomment {
                    parent: at,
                    wanted: wanted.clone(),
                    set,
                }
            }
        };
        // Uncommenting is judged from what comes out, so it stays alone.
        let alone = matches!(op, Op::Uncomment { .. });
        if alone && !ops.is_empty() {
            continue;
        }
        // What stands in something that is set or removed, or is set twice, is a
        // conflict: seldom of interest.
        let whole = |op: &Op| matches!(op, Op::Set { .. } | Op::Remove { .. });
        let conflict = |a: &Op, b: &Op| whole(a) && b.route().starts_with(a.route());
        if a % 8 != 0
            && ops
                .iter()
                .any(|other| conflict(other, &op) || conflict(&op, other))
        {
            continue;
        }
        // Of several insertions into one collection, only those behind all others
        // have an order that is plain.
        let inserted = |op: &Op| match op {
            Op::Insert { place, .. } | Op::Append { place, .. } => Some(place.clone()),
            _ => None,
        };
        let twice = |other: &&Op| inserted(other).is_some() && other.route() == op.route();
        if let (Some(new), Some(other)) = (inserted(&op), ops.iter().find(twice))
            && (new != Where::Last || inserted(other) != Some(Where::Last))
        {
            continue;
        }
        // Of two operations that are the same, one is done; of two that insert one
        // key, the values are put together.
        let key = |op: &Op| match op {
            Op::Insert { parent, key, .. } => Some((parent.clone(), key.clone())),
            _ => None,
        };
        let same = |other: &Op| *other == op || (key(&op).is_some() && key(other) == key(&op));
        if ops.iter().any(same) {
            continue;
        }
        ops.push(op);
        if alone {
            break;
        }
    }
    ops
}

fn collect(
    doc: &Doc,
    id: Id,
    at: &mut Vec<Step>,
    routes: &mut Vec<(Vec<Step>, usize)>,
    depth: usize,
) {
    if routes.len() >= 300 || depth > 40 {
        return;
    }
    routes.push((at.clone(), id));
    match &doc.nodes[id].kind {
        Kind::Sequence { items, .. } => {
            for (index, item) in items.iter().enumerate() {
                at.push(Step::Index(index));
                collect(doc, *item, at, routes, depth + 1);
                at.pop();
            }
        }
        Kind::Mapping { entries, .. } => {
            for (key, value) in entries {
                if let (Kind::Scalar { text, .. }, None) =
                    (&doc.nodes[*key].kind, &doc.nodes[*key].tag)
                {
                    at.push(Step::Key(text.clone()));
                    collect(doc, *value, at, routes, depth + 1);
                    at.pop();
                }
            }
        }
        _ => {}
    }
}

/// What the comments might hold.
fn hidden(text: &str) -> Vec<Hidden> {
    let mut all = Vec::new();
    for line in text.split(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']) {
        let Some((_, comment)) = line.split_once('#') else {
            continue;
        };
        let comment = comment.trim_start_matches(['#', ' ']);
        let item = comment.strip_prefix("- ");
        let entry = item.unwrap_or(comment).split_once(':');
        let clean = |text: &str| text.trim().trim_matches(['"', '\'']).to_owned();
        match (item, entry) {
            (Some(_), Some((field, value))) => all.push(Hidden::Item {
                field: clean(field),
                value: clean(value),
            }),
            (Some(text), None) => all.push(Hidden::Text(clean(text))),
            (None, Some((key, value))) => {
                all.push(Hidden::Entry(clean(key)));
                if clean(value).is_empty() {
                    all.push(Hidden::Sequence(clean(key)));
                }
            }
            (None, None) => {}
        }
        if all.len() > 30 {
            break;
        }
    }
    all
}
