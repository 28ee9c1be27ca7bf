//! The operations, chosen from what a document has.

mod choose;

pub use choose::{CHOICE, choose, data};

use yaml_splice::{InsertAt, Route, Value, Wanted};

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
    fn ours(&self) -> InsertAt {
        match self {
            Self::First => InsertAt::First,
            Self::Last => InsertAt::Last,
            Self::Before(step) => InsertAt::Before(step.ours()),
            Self::After(step) => InsertAt::After(step.ours()),
            Self::Index(index) => InsertAt::Index(*index),
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
