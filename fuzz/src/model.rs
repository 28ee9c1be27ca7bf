//! What a document means, and what an operation does to that. None of it is
//! taken from the crate that is fuzzed.

use std::collections::BTreeMap;

use crate::ops::{Data, Op, Step, Where};

/// The number of a node in its [`Doc`].
pub type Id = usize;

/// One document.
#[derive(Clone, Default)]
pub struct Doc {
    /// All nodes.
    pub nodes: Vec<Node>,
    /// The root.
    pub root: Option<Id>,
    /// Where the document starts in the stream: its `---`, or its first node.
    pub offset: usize,
}

/// A node, its extent as libyaml has it.
#[derive(Clone)]
pub struct Node {
    pub kind: Kind,
    pub anchor: Option<String>,
    pub tag: Option<String>,
    pub start: usize,
    pub end: usize,
}

/// What a node is.
#[derive(Clone)]
pub enum Kind {
    Scalar { text: String, plain: bool },
    Alias(String),
    Sequence { items: Vec<Id>, flow: bool },
    Mapping { entries: Vec<(Id, Id)>, flow: bool },
}

/// A node's meaning, to be compared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Meaning {
    Null,
    /// A number, a boolean, … by its spelling.
    Typed(String),
    Text(String),
    Tagged(String, Box<Meaning>),
    Anchored(String, Box<Meaning>),
    Alias(String),
    Sequence(Vec<Meaning>),
    /// Sorted: order means nothing.
    Mapping(Vec<(Meaning, Meaning)>),
    /// What the expectation says nothing about.
    Anything,
}

impl Meaning {
    /// Whether `self`, an expectation, is met.
    pub fn is_met_by(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Anything, _) => true,
            (Self::Tagged(a, x), Self::Tagged(b, y)) => a == b && x.is_met_by(y),
            (Self::Anchored(a, x), Self::Anchored(b, y)) => a == b && x.is_met_by(y),
            (Self::Sequence(a), Self::Sequence(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.is_met_by(b))
            }
            (Self::Mapping(a), Self::Mapping(b)) => {
                a.len() == b.len()
                    && a.iter()
                        .zip(b)
                        .all(|((k, v), (l, w))| k == l && v.is_met_by(w))
            }
            (a, b) => a == b,
        }
    }
}

/// The meaning of a plain scalar without a tag.
pub fn plain(text: &str) -> Meaning {
    if matches!(text, "" | "~" | "null" | "Null" | "NULL") {
        Meaning::Null
    } else if is_typed(text) {
        Meaning::Typed(text.to_owned())
    } else {
        Meaning::Text(text.to_owned())
    }
}

/// Whether go-yaml, YAML 1.1 or YAML 1.2's core schema reads something else than
/// a string, null apart.
pub fn is_typed(text: &str) -> bool {
    const WORDS: [&str; 11] = [
        "y", "n", "yes", "no", "on", "off", "true", "false", ".nan", "<<", "=",
    ];
    let lower = text.to_ascii_lowercase();
    let title = |word: &str| {
        let mut chars = word.chars();
        let first = chars.next().map(|c| c.to_ascii_uppercase());
        first.into_iter().chain(chars).collect::<String>()
    };
    if WORDS.contains(&lower.as_str()) {
        let upper = lower.to_ascii_uppercase();
        return [lower.clone(), upper, title(&lower), ".NaN".into()].contains(&text.to_owned());
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        return true;
    }
    let digits = unsigned.replace('_', "");
    let all = |rest: &str, radix| !rest.is_empty() && rest.chars().all(|c| c.is_digit(radix));
    let prefixed = |prefix: &str, radix| digits.strip_prefix(prefix).is_some_and(|r| all(r, radix));
    let starts = unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    if starts && (all(&digits, 10) || prefixed("0x", 16) || prefixed("0o", 8) || prefixed("0b", 2))
    {
        return true;
    }
    starts && (is_float(&digits) || is_base_60(&digits) || is_date(text))
}

fn is_float(text: &str) -> bool {
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    let exponent = exponent.is_none_or(|e| {
        let e = e.strip_prefix(['+', '-']).unwrap_or(e);
        !e.is_empty() && digits(e)
    });
    exponent && digits(whole) && digits(part) && !(whole.is_empty() && part.is_empty())
}

fn is_base_60(text: &str) -> bool {
    let (whole, _) = text.split_once('.').unwrap_or((text, ""));
    let mut parts = whole.split(':');
    let first = parts.next().unwrap_or_default();
    let number = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    let rest: Vec<_> = parts.collect();
    number(first) && !rest.is_empty() && rest.iter().all(|p| number(p) && p.len() <= 2 && *p < "60")
}

fn is_date(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let (Some(year), Some(month), Some(day)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    let day_digits = day.chars().take_while(char::is_ascii_digit).count();
    let rest = &day[day_digits..];
    let time = rest.strip_prefix(['T', 't', ' ']).map(str::trim_start);
    year.len() == 4
        && digits(year)
        && (1..=2).contains(&month.len())
        && digits(month)
        && (1..=2).contains(&day_digits)
        && (rest.is_empty()
            || time.is_some_and(|time| time.starts_with(|c: char| c.is_ascii_digit())))
}

impl Doc {
    /// The document's meaning, aliases by name.
    pub fn meaning(&self) -> Meaning {
        self.root.map_or(Meaning::Null, |root| self.node(root))
    }

    fn node(&self, id: Id) -> Meaning {
        let node = &self.nodes[id];
        let meaning = match &node.kind {
            Kind::Scalar { text, plain: true } if node.tag.is_none() => plain(text),
            Kind::Scalar { text, .. } => Meaning::Text(text.clone()),
            Kind::Alias(name) => Meaning::Alias(name.clone()),
            Kind::Sequence { items, .. } => {
                Meaning::Sequence(items.iter().map(|id| self.node(*id)).collect())
            }
            Kind::Mapping { entries, .. } => {
                let entries = entries.iter();
                let mut entries: Vec<_> = entries
                    .map(|(k, v)| (self.node(*k), self.node(*v)))
                    .collect();
                entries.sort();
                Meaning::Mapping(entries)
            }
        };
        let meaning = match &node.tag {
            Some(tag) => Meaning::Tagged(tag.clone(), Box::new(meaning)),
            None => meaning,
        };
        match &node.anchor {
            Some(anchor) => Meaning::Anchored(anchor.clone(), Box::new(meaning)),
            None => meaning,
        }
    }

    /// The document's meaning with each alias replaced by what it refers to;
    /// none if that is too large or endless.
    pub fn expanded(&self) -> Option<Meaning> {
        let mut anchors = BTreeMap::new();
        let mut budget = 20_000;
        match self.root {
            Some(root) => self.expand(root, &mut anchors, &mut budget),
            None => Some(Meaning::Null),
        }
    }

    fn expand(
        &self,
        id: Id,
        anchors: &mut BTreeMap<String, Meaning>,
        budget: &mut usize,
    ) -> Option<Meaning> {
        *budget = budget.checked_sub(1)?;
        let node = &self.nodes[id];
        let meaning = match &node.kind {
            Kind::Scalar { text, plain: true } if node.tag.is_none() => plain(text),
            Kind::Scalar { text, .. } => Meaning::Text(text.clone()),
            Kind::Alias(name) => {
                let meaning = anchors.get(name)?.clone();
                *budget = budget.checked_sub(size(&meaning))?;
                meaning
            }
            Kind::Sequence { items, .. } => {
                let items = items.iter().map(|id| self.expand(*id, anchors, budget));
                Meaning::Sequence(items.collect::<Option<_>>()?)
            }
            Kind::Mapping { entries, .. } => {
                let mut all = Vec::new();
                for (key, value) in entries {
                    let key = self.expand(*key, anchors, budget)?;
                    all.push((key, self.expand(*value, anchors, budget)?));
                }
                all.sort();
                Meaning::Mapping(all)
            }
        };
        let meaning = match &node.tag {
            Some(tag) => Meaning::Tagged(tag.clone(), Box::new(meaning)),
            None => meaning,
        };
        if let Some(anchor) = &node.anchor {
            anchors.insert(anchor.clone(), meaning.clone());
        }
        Some(meaning)
    }

    /// Where its first node is, or its marker if that is empty.
    pub fn place(&self) -> usize {
        let root = self.root.map(|root| &self.nodes[root]);
        let root = root.filter(|root| root.end > root.start);
        root.map_or(self.offset, |root| root.start)
    }

    /// Whether a mapping has two keys of one meaning.
    pub fn has_duplicates(&self) -> bool {
        self.nodes.iter().any(|node| match &node.kind {
            Kind::Mapping { entries, .. } => {
                let mut keys: Vec<_> = entries.iter().map(|(k, _)| self.key_text(*k)).collect();
                keys.sort();
                keys.windows(2).any(|pair| pair[0] == pair[1])
            }
            _ => false,
        })
    }

    fn key_text(&self, id: Id) -> Meaning {
        match &self.nodes[id].kind {
            Kind::Scalar { text, .. } => Meaning::Text(text.clone()),
            _ => self.node(id),
        }
    }

    /// The node that the steps lead to; none if there is none, or more than one.
    pub fn find(&self, steps: &[Step]) -> Option<Id> {
        let mut at = self.root?;
        for step in steps {
            at = match (&self.nodes[at].kind, step) {
                (Kind::Mapping { entries, .. }, Step::Key(key)) => {
                    // With a tag, such as `!!binary`, it may be another key.
                    let mut found = entries.iter().filter(|(k, _)| {
                        let node = &self.nodes[*k];
                        node.tag.is_none()
                            && matches!(&node.kind, Kind::Scalar { text, .. } if text == key)
                    });
                    let first = found.next()?;
                    if found.next().is_some() {
                        return None;
                    }
                    first.1
                }
                (Kind::Sequence { items, .. }, Step::Index(index)) => *items.get(*index)?,
                _ => return None,
            };
        }
        Some(at)
    }

    /// From where to where a node stands in the text, with its key or not.
    pub fn extent(&self, id: Id, key: bool) -> (usize, usize) {
        let node = &self.nodes[id];
        let entries = self.nodes.iter().filter_map(|node| match &node.kind {
            Kind::Mapping { entries, .. } => entries.iter().find(|(_, value)| *value == id),
            _ => None,
        });
        let start = match entries.into_iter().next().filter(|_| key) {
            Some((key, _)) => self.nodes[*key].start.min(node.start),
            None => node.start,
        };
        (start, node.end)
    }

    /// Whether yaml_serde's value says the same.
    pub fn is_typed_as(&self, id: Id, value: &serde_yaml::Value) -> bool {
        use serde_yaml::Value as Other;
        match (&self.nodes[id].kind, value) {
            (Kind::Scalar { text, .. }, Other::String(other)) => text == other,
            (Kind::Scalar { text, plain: true }, Other::Null) => plain(text) == Meaning::Null,
            (Kind::Scalar { text, plain: true }, Other::Bool(_) | Other::Number(_)) => {
                is_typed(text)
            }
            (Kind::Sequence { items, .. }, Other::Sequence(other)) => {
                items.len() == other.len()
                    && items
                        .iter()
                        .zip(other)
                        .all(|(id, other)| self.is_typed_as(*id, other))
            }
            (Kind::Mapping { entries, .. }, Other::Mapping(other)) => {
                entries.len() == other.len()
                    && entries.iter().zip(other).all(|((k, v), (ok, ov))| {
                        self.is_typed_as(*k, ok) && self.is_typed_as(*v, ov)
                    })
            }
            _ => false,
        }
    }

    /// Whether it may become a collection; an anchor stays.
    fn is_null(&self, id: Id) -> bool {
        match self.node(id) {
            Meaning::Anchored(_, inner) => *inner == Meaning::Null,
            meaning => meaning == Meaning::Null,
        }
    }

    /// A new node.
    pub fn add(&mut self, data: &Data) -> Id {
        let kind = match data {
            Data::Null => Kind::Scalar {
                text: String::new(),
                plain: true,
            },
            Data::Raw(text) => Kind::Scalar {
                text: text.clone(),
                plain: true,
            },
            Data::Text(text) => Kind::Scalar {
                text: text.clone(),
                plain: false,
            },
            Data::Sequence(items) => Kind::Sequence {
                items: items.iter().map(|item| self.add(item)).collect(),
                flow: false,
            },
            Data::Mapping(entries) => Kind::Mapping {
                entries: entries
                    .iter()
                    .map(|(k, v)| (self.add(&Data::Text(k.clone())), self.add(v)))
                    .collect(),
                flow: false,
            },
        };
        self.nodes.push(Node {
            kind,
            anchor: None,
            tag: None,
            start: 0,
            end: 0,
        });
        self.nodes.len() - 1
    }

    /// The document after the operations, all of whose routes are those of the
    /// document as it is. None if they do not fit.
    pub fn after(&self, ops: &[Op]) -> Option<Self> {
        let mut doc = self.clone();
        let mut targets = Vec::new();
        if doc.root.is_none() {
            doc.root = Some(doc.add(&Data::Null));
        }
        for op in ops {
            let target = match doc.find(op.route()) {
                None if matches!(op, Op::Insert { .. }) => doc.make(op.route())?,
                found => found?,
            };
            targets.push(target);
        }
        for (op, target) in ops.iter().zip(&targets) {
            let target = *target;
            match op {
                Op::Set { value, .. } => {
                    let new = doc.add(value);
                    doc.nodes[target].kind = doc.nodes[new].kind.clone();
                }
                Op::Rename { key, .. } => {
                    let new = doc.add(&Data::Text(key.clone()));
                    let mut renamed = None;
                    for node in &mut doc.nodes {
                        if let Kind::Mapping { entries, .. } = &mut node.kind {
                            let entry = entries.iter_mut().find(|(_, value)| *value == target);
                            let Some(entry) = entry else { continue };
                            renamed = Some(std::mem::replace(&mut entry.0, new));
                        }
                    }
                    if let Some(old) = renamed {
                        doc.nodes[new].anchor = doc.nodes[old].anchor.clone();
                    }
                }
                Op::Insert { key, value, .. } => {
                    let key = doc.add(&Data::Text(key.clone()));
                    let value = doc.add(value);
                    if doc.is_null(target) {
                        doc.nodes[target].kind = Kind::Mapping {
                            entries: Vec::new(),
                            flow: false,
                        };
                    }
                    match &mut doc.nodes[target].kind {
                        Kind::Mapping { entries, .. } => entries.push((key, value)),
                        _ => return None,
                    }
                }
                Op::Append { value, place, .. } => {
                    let value = doc.add(value);
                    let at = match place {
                        Where::First => 0,
                        Where::Last => usize::MAX,
                        Where::Index(index) => *index,
                        Where::Before(Step::Index(index)) => *index,
                        Where::After(Step::Index(index)) => *index + 1,
                        Where::Before(_) | Where::After(_) => return None,
                    };
                    if doc.is_null(target) {
                        doc.nodes[target].kind = Kind::Sequence {
                            items: Vec::new(),
                            flow: false,
                        };
                    }
                    match &mut doc.nodes[target].kind {
                        Kind::Sequence { items, .. } => items.insert(at.min(items.len()), value),
                        _ => return None,
                    }
                }
                // Compared the other way round: see `without`.
                Op::Uncomment { .. } | Op::Remove { .. } => {}
            }
        }
        for (op, target) in ops.iter().zip(targets) {
            if !matches!(op, Op::Remove { .. }) {
                continue;
            }
            for node in &mut doc.nodes {
                match &mut node.kind {
                    Kind::Sequence { items, .. } => items.retain(|id| *id != target),
                    Kind::Mapping { entries, .. } => entries.retain(|(_, v)| *v != target),
                    _ => {}
                }
            }
        }
        Some(doc)
    }

    /// The mapping at the route, made where it is missing.
    fn make(&mut self, route: &[Step]) -> Option<Id> {
        if let Some(found) = self.find(route) {
            return Some(found);
        }
        let (last, parent) = route.split_last()?;
        let parent = self.make(parent)?;
        let Step::Key(key) = last else { return None };
        let key = self.add(&Data::Text(key.clone()));
        let value = self.add(&Data::Mapping(Vec::new()));
        match &mut self.nodes[parent].kind {
            Kind::Mapping { entries, .. } => entries.push((key, value)),
            _ => return None,
        }
        Some(value)
    }

    /// All ways of taking away what uncommenting could have added to the
    /// collection at `route`: an entry of this key, or any one item.
    pub fn without(&self, route: &[Step], key: Option<&str>) -> Vec<Self> {
        let Some(target) = self.find(route) else {
            return Vec::new();
        };
        let mut all = Vec::new();
        let mut keep = |kind: Kind| {
            let mut doc = self.clone();
            // What was null, or empty, before: both fit.
            let emptied = match &kind {
                Kind::Sequence { items, .. } => items.is_empty(),
                Kind::Mapping { entries, .. } => entries.is_empty(),
                _ => false,
            };
            doc.nodes[target].kind = kind;
            all.push(doc);
            if emptied {
                let mut doc = self.clone();
                doc.nodes[target].kind = Kind::Scalar {
                    text: String::new(),
                    plain: true,
                };
                all.push(doc);
            }
        };
        match (&self.nodes[target].kind, key) {
            (Kind::Mapping { entries, flow }, Some(key)) => {
                let found = entries.iter().position(|(k, _)| {
                    matches!(&self.nodes[*k].kind, Kind::Scalar { text, .. } if text == key)
                });
                if let Some(found) = found {
                    let mut entries = entries.clone();
                    entries.remove(found);
                    keep(Kind::Mapping {
                        entries,
                        flow: *flow,
                    });
                }
            }
            (Kind::Sequence { items, flow }, None) => {
                for index in 0..items.len() {
                    let mut items = items.clone();
                    items.remove(index);
                    keep(Kind::Sequence { items, flow: *flow });
                }
            }
            _ => {}
        }
        all
    }
}

fn size(meaning: &Meaning) -> usize {
    match meaning {
        Meaning::Sequence(items) => 1 + items.iter().map(size).sum::<usize>(),
        Meaning::Mapping(entries) => {
            1 + entries
                .iter()
                .map(|(k, v)| size(k) + size(v))
                .sum::<usize>()
        }
        Meaning::Tagged(_, inner) | Meaning::Anchored(_, inner) => 1 + size(inner),
        _ => 1,
    }
}
