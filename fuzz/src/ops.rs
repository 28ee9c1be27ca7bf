//! The operations, chosen from what a document has.

use yaml_splice::{Route, Value, Wanted};

use crate::model::{Doc, Id, Kind};

/// One step of a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    Key(String),
    Index(usize),
}

/// A value to insert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Data {
    Null,
    Bool(bool),
    Text(String),
    Sequence(Vec<Data>),
    Mapping(Vec<(String, Data)>),
}

/// An operation, with its route by keys and numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    Set {
        at: Vec<Step>,
        text: String,
    },
    Remove {
        at: Vec<Step>,
    },
    Insert {
        parent: Vec<Step>,
        key: String,
        value: Data,
    },
    Append {
        parent: Vec<Step>,
        value: Data,
    },
    Uncomment {
        parent: Vec<Step>,
        wanted: Hidden,
        set: Option<String>,
    },
}

/// A commented-out entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hidden {
    Entry(String),
    Sequence(String),
    Item { field: String, value: String },
    Text(String),
}

impl Op {
    /// The node that it starts from.
    pub fn route(&self) -> &[Step] {
        match self {
            Self::Set { at, .. } | Self::Remove { at } => at,
            Self::Insert { parent, .. }
            | Self::Append { parent, .. }
            | Self::Uncomment { parent, .. } => parent,
        }
    }

    /// The same for yaml-splice.
    pub fn ours(&self) -> yaml_splice::Op {
        match self {
            Self::Set { at, text } => yaml_splice::Op::SetScalar {
                at: route(at),
                text: text.clone(),
            },
            Self::Remove { at } => yaml_splice::Op::RemoveEntry { at: route(at) },
            Self::Insert { parent, key, value } => yaml_splice::Op::InsertEntry {
                parent: route(parent),
                key: key.clone(),
                value: value.ours(),
            },
            Self::Append { parent, value } => yaml_splice::Op::AppendItem {
                parent: route(parent),
                value: value.ours(),
            },
            Self::Uncomment {
                parent,
                wanted,
                set,
            } => yaml_splice::Op::Uncomment {
                parent: route(parent),
                wanted: match wanted.clone() {
                    Hidden::Entry(key) => Wanted::Entry(key),
                    Hidden::Sequence(key) => Wanted::Sequence(key),
                    Hidden::Item { field, value } => Wanted::Item { field, value },
                    Hidden::Text(text) => Wanted::Text(text),
                },
                set: set.clone(),
            },
        }
    }

    /// The operation as the cases in the crate's `tests/data` have it.
    pub fn as_case(&self) -> String {
        let steps = |steps: &[Step]| {
            let steps = steps.iter().map(|step| match step {
                Step::Key(key) => quoted(key),
                Step::Index(index) => index.to_string(),
            });
            format!("[{}]", steps.collect::<Vec<_>>().join(", "))
        };
        match self {
            Self::Set { at, text } => format!("- set: {}\n  text: {}\n", steps(at), quoted(text)),
            Self::Remove { at } => format!("- remove: {}\n", steps(at)),
            Self::Insert { parent, key, value } => format!(
                "- insert: {}\n  key: {}\n  value: {}\n",
                steps(parent),
                quoted(key),
                value.as_case()
            ),
            Self::Append { parent, value } => {
                format!("- append: {}\n  value: {}\n", steps(parent), value.as_case())
            }
            Self::Uncomment {
                parent,
                wanted,
                set,
            } => {
                let wanted = match wanted {
                    Hidden::Entry(key) => format!("key: {}", quoted(key)),
                    Hidden::Sequence(key) => format!("sequence: {}", quoted(key)),
                    Hidden::Text(text) => format!("item: {}", quoted(text)),
                    Hidden::Item { field, value } => {
                        format!("field: {}\n  value: {}", quoted(field), quoted(value))
                    }
                };
                let set = set.as_ref().map(|t| format!("  text: {}\n", quoted(t)));
                let parent = steps(parent);
                format!(
                    "- uncomment: {parent}\n  {wanted}\n{}",
                    set.unwrap_or_default()
                )
            }
        }
    }
}

impl Data {
    fn ours(&self) -> Value {
        match self {
            Self::Null => Value::null(),
            Self::Bool(value) => Value::boolean(*value),
            Self::Text(text) => Value::string(text.clone()),
            Self::Sequence(items) => Value::Sequence(items.iter().map(Self::ours).collect()),
            Self::Mapping(entries) => {
                Value::mapping(entries.iter().map(|(k, v)| (k.clone(), v.ours())))
            }
        }
    }

    fn as_case(&self) -> String {
        match self {
            Self::Null => "null".into(),
            Self::Bool(value) => value.to_string(),
            Self::Text(text) => quoted(text),
            Self::Sequence(items) => {
                let items: Vec<_> = items.iter().map(Self::as_case).collect();
                format!("[{}]", items.join(", "))
            }
            Self::Mapping(entries) => {
                let entries = entries.iter();
                let entries: Vec<_> = entries
                    .map(|(k, v)| format!("{}: {}", quoted(k), v.as_case()))
                    .collect();
                format!("{{{}}}", entries.join(", "))
            }
        }
    }
}

/// A double-quoted scalar, all but plain ASCII escaped.
pub fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            ' '..='~' => quoted.push(c),
            c => quoted.push_str(&format!("\\U{:08x}", c as u32)),
        }
    }
    quoted.push('"');
    quoted
}

fn route(steps: &[Step]) -> Route {
    steps.iter().fold(Route::root(), |route, step| match step {
        Step::Key(key) => route.key(key.clone()),
        Step::Index(index) => route.index(*index),
    })
}

/// Texts that have gone wrong somewhere, or might.
const TEXTS: &[&str] = &[
    "new text", "", "x", "yes", "1", "a: b", "a:b", "# c", "a #b", "a# b", "- x", "-", "line\nbreak",
    "line\n", "\n", "\n\n", " lead", "trail ", "tab\t", "\ttab", "a\tb", "\u{e9}\u{85}x", "a\u{85}", "\u{2028}",
    "a\u{2028}b\n", "'q'", "\"dq\"", "it's", "{a", "[", "]", "a, b", "*a", "&a", "!t", "%d", "@", "`", "|", ">",
    "null", "~", "...", "---", "--- x", "a\n---\nb", "a\n...\nb\n", "x\u{feff}y", "\u{feff}", "\u{7f}", "\u{1}",
    "http://x:1", "0x1F", "1e3", "012", "1:30", "2001-01-01", "<<", "=", "?", "? a", ":", ": a", "a:", "a\r\nb",
    "a\rb", "\r", "  indented\nsecond", "first\n  second\n", "trail\n\n", "\n lead", "a\n\nb", "a\n \nb\n", "a \nb",
    "\u{10ffff}", "\u{1f600}", "\\", "a\\nb", "key: |\n  text", "# c\n# d\n",
    "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUJ4VENDQVd1Z0F3SUJBZ0lRQTFMUzB0TFMxQ1JVZEpUaUJEUlZKVVNVWkpRMEZVUlMwdExTMHRDazFKU1VKNA==",
];

const KEYS: &[&str] = &[
    "new", "zz", "yes", "1", "a b", "x: y", "", "#k", "<<", "k\nl", "null", "é", "- a", "?", "a:", "key0",
];

fn text(choice: u8) -> String {
    TEXTS[choice as usize % TEXTS.len()].to_owned()
}

fn data(choice: u8, more: u8) -> Data {
    let leaf = |n: u8| match n % 8 {
        0 => Data::Null,
        1 => Data::Bool(true),
        2 => Data::Sequence(Vec::new()),
        3 => Data::Mapping(Vec::new()),
        _ => Data::Text(text(n / 3)),
    };
    match choice % 8 {
        0..=3 => leaf(more),
        4 => Data::Mapping(vec![("a".into(), leaf(more)), ("b".into(), Data::Text(text(more)))]),
        5 => Data::Sequence(vec![leaf(more), Data::Text(text(more))]),
        6 => Data::Mapping(vec![("a".into(), Data::Sequence(vec![leaf(more)]))]),
        _ => Data::Sequence(vec![
            Data::Mapping(vec![("a".into(), leaf(more)), ("b".into(), Data::Null)]),
            Data::Sequence(vec![leaf(more)]),
        ]),
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
        let [kind, place, place2, a, b] = choice else { break };
        let place = usize::from(*place) | usize::from(*place2 & 7) << 8;
        let kind = *kind as usize % 16;
        let fits = |id: usize| match doc.nodes.get(id).map(|node| &node.kind) {
            None => kind >= 8,
            Some(Kind::Scalar { text, .. }) => kind < 8 || text.is_empty() || kind == 15,
            Some(Kind::Alias(_)) => kind < 8,
            Some(Kind::Mapping { .. }) => matches!(kind, 5..11 | 14..16),
            Some(Kind::Sequence { .. }) => matches!(kind, 5..8 | 11..16),
        };
        let fitting: Vec<_> = routes.iter().filter(|(_, id)| fits(*id)).collect();
        let Some((at, _)) = fitting.get(place % fitting.len().max(1)) else {
            continue;
        };
        let at = at.clone();
        let op = match kind {
            0..5 => Op::Set { at, text: text(*a) },
            5..8 => Op::Remove { at },
            8..11 => Op::Insert {
                parent: at,
                key: KEYS[usize::from(*a) % KEYS.len()].to_owned(),
                value: data(*a / 16, *b),
            },
            11..14 => Op::Append {
                parent: at,
                value: data(*a, *b),
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
        if a % 8 != 0 && ops.iter().any(|other| conflict(other, &op) || conflict(&op, other)) {
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
                if let Kind::Scalar { text, .. } = &doc.nodes[*key].kind {
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
