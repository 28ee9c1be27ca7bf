//! The operations, chosen from what a document has.

use yaml_splice::{Place, Route, Value, Wanted};

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
    /// A number or boolean as it is written.
    Raw(String),
    Text(String),
    Sequence(Vec<Data>),
    Mapping(Vec<(String, Data)>),
}

/// Where an insertion goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Where {
    First,
    Last,
    Before(Step),
    After(Step),
    Index(usize),
}

/// An operation, with its route by keys and numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    Set {
        at: Vec<Step>,
        value: Data,
    },
    Remove {
        at: Vec<Step>,
    },
    Insert {
        parent: Vec<Step>,
        key: String,
        value: Data,
        place: Where,
    },
    Append {
        parent: Vec<Step>,
        value: Data,
        place: Where,
    },
    Uncomment {
        parent: Vec<Step>,
        wanted: Hidden,
        set: Option<String>,
    },
    Rename {
        at: Vec<Step>,
        key: String,
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
            Self::Set { at, .. } | Self::Remove { at } | Self::Rename { at, .. } => at,
            Self::Insert { parent, .. }
            | Self::Append { parent, .. }
            | Self::Uncomment { parent, .. } => parent,
        }
    }

    /// The same for yaml-splice.
    pub fn ours(&self) -> yaml_splice::Op {
        match self {
            Self::Set { at, value } => yaml_splice::Op::set(route(at), value.ours()),
            Self::Remove { at } => yaml_splice::Op::remove(route(at)),
            Self::Rename { at, key } => yaml_splice::Op::rename_key(route(at), key),
            Self::Insert {
                parent,
                key,
                value,
                place,
            } => {
                let op = yaml_splice::Op::insert_entry(route(parent), key, value.ours());
                op.at_place(place.ours())
            }
            Self::Append {
                parent,
                value,
                place,
            } => {
                let op = yaml_splice::Op::insert_item(route(parent), value.ours());
                op.at_place(place.ours())
            }
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
                set: set.clone().map(Value::string),
            },
        }
    }

    /// The operation as the cases in the crate's `tests/data` have it.
    pub fn as_case(&self) -> String {
        let steps = |steps: &[Step]| {
            let steps = steps.iter().map(Step::as_case);
            format!("[{}]", steps.collect::<Vec<_>>().join(", "))
        };
        match self {
            Self::Set { at, value } => {
                format!("- set: {}\n  value: {}\n", steps(at), value.as_case())
            }
            Self::Remove { at } => format!("- remove: {}\n", steps(at)),
            Self::Rename { at, key } => {
                format!("- rename: {}\n  to: {}\n", steps(at), quoted(key))
            }
            Self::Insert {
                parent,
                key,
                value,
                place,
            } => format!(
                "- insert: {}\n  key: {}\n  value: {}\n{}",
                steps(parent),
                quoted(key),
                value.as_case(),
                place.as_case()
            ),
            Self::Append {
                parent,
                value,
                place,
            } => format!(
                "- append: {}\n  value: {}\n{}",
                steps(parent),
                value.as_case(),
                place.as_case()
            ),
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

impl Step {
    fn ours(&self) -> yaml_splice::Step {
        match self {
            Self::Key(key) => yaml_splice::Step::Key(key.clone()),
            Self::Index(index) => yaml_splice::Step::Index(*index),
        }
    }

    fn as_case(&self) -> String {
        match self {
            Self::Key(key) => quoted(key),
            Self::Index(index) => index.to_string(),
        }
    }
}

impl Where {
    fn ours(&self) -> Place {
        match self {
            Self::First => Place::First,
            Self::Last => Place::Last,
            Self::Before(step) => Place::Before(step.ours()),
            Self::After(step) => Place::After(step.ours()),
            Self::Index(index) => Place::Index(*index),
        }
    }

    fn as_case(&self) -> String {
        match self {
            Self::First => "  first: true\n".into(),
            Self::Last => String::new(),
            Self::Before(step) => format!("  before: {}\n", step.as_case()),
            Self::After(step) => format!("  after: {}\n", step.as_case()),
            Self::Index(index) => format!("  index: {index}\n"),
        }
    }
}

impl Data {
    /// What it means.
    pub fn meaning(&self) -> crate::model::Meaning {
        let mut doc = Doc::default();
        doc.root = Some(doc.add(self));
        doc.meaning()
    }

    /// The same for yaml-splice.
    pub fn ours(&self) -> Value {
        match self {
            Self::Null => Value::null(),
            Self::Raw(text) => Value::raw(text.clone()),
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
            Self::Raw(text) => text.clone(),
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
    let steps = steps.iter();
    steps.fold(Route::root(), |route, step| route.step(step.ours()))
}

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
