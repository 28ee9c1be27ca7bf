//! Scalars and documents as Kubernetes reads them: by go-yaml v2, and then as
//! JSON.
//!
//! go-yaml reads plain scalars by rules of its own, between YAML 1.1 and 1.2:
//!
//! | text | YAML 1.2 (core schema) | YAML 1.1 | go-yaml v2 |
//! |---|---|---|---|
//! | `yes`, `on`, `y` | string | true | true |
//! | `no`, `off`, `n` | string | false | false |
//! | `tRUE`, `nULL` | string | string | string |
//! | `017` | 17 | 15 | 15 |
//! | `0o17` | 15 | string | 15 |
//! | `08` | 8 | string | 8 (a float) |
//! | `0b11`, `1_000` | string | 3, 1000 | 3, 1000 |
//! | `1:30` | string | 90 | string |
//! | `1e3` | 1000 | string | 1000 |
//! | `1e500` | infinity | string | string |
//! | `2001-01-01` | string | a date | string |
//! | `=` | string | a value of its own | string |
//! | `<<` as a key | string | merge | merge; what stands behind it in the mapping overrides it |
//! | `! 12` | string | string | string |
//! | `!local 12` | by the application | by the application | string |
//!
//! JSON has strings as keys only: `1.50` becomes `1.5` and `yes` becomes `true`.
//! A null, a collection or an integer above 2^63 as a key, infinity and NaN
//! cannot be converted, and Kubernetes refuses the document.

mod document;
mod scalar;
mod tagged;

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use crate::error::{Error, ErrorKind};
use crate::plain::is_string;
use crate::position::Span;
use crate::tree::{Kind, NodeId, ScalarStyle, Tree};
use crate::value::Value;
use scalar::{resolve, untagged};

/// How many keys a mapping has at least that is searched by their order.
const LARGE: usize = 32;

/// What Kubernetes reads of a node.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Resolved<'t> {
    /// Nothing, `~`, `null`.
    Null,
    /// `true`, `yes`, `on`, `y` and their opposites.
    Bool(bool),
    /// An integer between -2^63 and 2^64.
    Int(i128),
    /// Any other number.
    Float(f64),
    /// A string.
    String(Cow<'t, str>),
    /// The bytes of a `!!binary` that are not UTF-8. JSON cannot hold them.
    Binary(Vec<u8>),
    /// A sequence.
    Sequence(Vec<Self>),
    /// A mapping: its merge keys merged, its keys as JSON writes them. Of a key
    /// that is there twice the last one counts.
    Mapping(BTreeMap<String, Self>),
}

const PREFIX: &str = "tag:yaml.org,2002:";

/// Why there is no value, in the words of an error.
type Refused = &'static str;

const NO_MERGE: Refused = "a merge key needs a mapping or a list of mappings";

impl Resolved<'_> {
    fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Int(number) => i64::try_from(*number).ok(),
            // JSON writes 3.0 as 3.
            #[allow(clippy::cast_possible_truncation, reason = "it is whole and in range")]
            Self::Float(number) if number.fract() == 0.0 && number.abs() < 9e18 => {
                Some(*number as i64)
            }
            _ => None,
        }
    }
}

impl Value {
    /// The boolean that Kubernetes reads here; none where it reads another value.
    ///
    /// ```
    /// use yaml_splice::Value;
    /// assert_eq!(Value::raw("yes").as_bool(), Some(true));
    /// assert_eq!(Value::string("yes").as_bool(), None);
    /// ```
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self.as_resolved()? {
            Resolved::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The integer that Kubernetes reads here; none where it reads another value.
    ///
    /// ```
    /// use yaml_splice::Value;
    /// assert_eq!(Value::raw("0400").as_integer(), Some(256));
    /// assert_eq!(Value::string("0400").as_integer(), None);
    /// ```
    #[must_use]
    pub fn as_integer(&self) -> Option<i64> {
        self.as_resolved()?.as_integer()
    }

    fn as_resolved(&self) -> Option<Resolved<'_>> {
        match self {
            Self::Scalar {
                text,
                string: false,
                tag: None,
            } => Some(untagged(text)),
            Self::Scalar { text, tag, .. } => resolve(text, false, tag.as_deref()).ok(),
            _ => None,
        }
    }
}

impl Tree<'_> {
    /// What Kubernetes reads of the scalar at `id`; none where there is a
    /// collection or an alias.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use yaml_splice::{Resolved, Route, documents};
    /// let tree = documents("a: yes\nb: 'yes'\n").next().ok_or("no document")?.parse()?;
    /// let at = |key: &str| tree.find(&Route::root().key(key));
    /// let plain = tree.resolve_scalar(at("a")?.ok_or("no a")?)?;
    /// let quoted = tree.resolve_scalar(at("b")?.ok_or("no b")?)?;
    /// assert_eq!(plain, Some(Resolved::Bool(true)));
    /// assert_eq!(quoted, Some(Resolved::String("yes".into())));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unresolvable`] where the text is not what its tag says, as in
    /// `!!int x`.
    pub fn resolve_scalar(&self, id: NodeId) -> Result<Option<Resolved<'_>>, Error> {
        let Some(node) = self.node(id) else {
            return Ok(None);
        };
        let Kind::Scalar { value, style } = &node.kind else {
            return Ok(None);
        };
        match resolve(value, *style == ScalarStyle::Plain, node.tag.as_deref()) {
            Ok(resolved) => Ok(Some(resolved)),
            Err(why) => Err(self.error(ErrorKind::Unresolvable(why), node.span)),
        }
    }

    /// What Kubernetes reads of the scalar at `id`, or of the one that an alias stands
    /// for; none where there is a collection.
    pub(crate) fn known_scalar(&self, id: NodeId) -> Option<Resolved<'_>> {
        // That it is what its tag says was asked when the document was read.
        self.resolve_scalar(self.target(id)).ok().flatten()
    }

    /// The boolean at `id`, as Kubernetes reads it; none where another value is. The
    /// *string* `"true"` is none.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use yaml_splice::{Route, documents};
    /// let tree = documents("a: yes\nb: 'yes'\nc: !!bool 'off'\n").next().ok_or("none")?.parse()?;
    /// let at = |key: &str| tree.find(&Route::root().key(key));
    /// assert_eq!(tree.boolean(at("a")?.ok_or("no a")?), Some(true));
    /// assert_eq!(tree.boolean(at("b")?.ok_or("no b")?), None);
    /// assert_eq!(tree.boolean(at("c")?.ok_or("no c")?), Some(false));
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn boolean(&self, id: NodeId) -> Option<bool> {
        match self.known_scalar(id)? {
            Resolved::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The integer at `id`, as Kubernetes reads it; none where another value is.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use yaml_splice::{Route, documents};
    /// let tree = documents("mode: 0600\nport: '443'\n").next().ok_or("none")?.parse()?;
    /// let at = |key: &str| tree.find(&Route::root().key(key));
    /// assert_eq!(tree.integer(at("mode")?.ok_or("no mode")?), Some(384));
    /// assert_eq!(tree.integer(at("port")?.ok_or("no port")?), None);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn integer(&self, id: NodeId) -> Option<i64> {
        self.known_scalar(id)?.as_integer()
    }

    /// Whether the scalar is a string for Kubernetes, and under YAML 1.1 and 1.2 too.
    pub(crate) fn is_string(&self, id: NodeId) -> bool {
        let Some(node) = self.node(id) else {
            return false;
        };
        match &node.kind {
            Kind::Scalar { value, style } if node.tag.is_none() => {
                *style != ScalarStyle::Plain || is_string(value)
            }
            _ => matches!(
                self.known_scalar(id),
                Some(Resolved::String(_) | Resolved::Binary(_))
            ),
        }
    }

    fn is_mapping(&self, id: NodeId) -> bool {
        matches!(
            self.node(id).map(|node| &node.kind),
            Some(Kind::Mapping { .. })
        )
    }

    /// What Kubernetes refuses of a document whose grammar is right; and what reading
    /// it by aliases, merge keys and tags needs to know of it.
    pub(crate) fn resolve_tags(&mut self) -> Result<(), Error> {
        let mut binaries = HashMap::new();
        let mut merges = false;
        let mut large = Vec::new();
        for (number, node) in self.nodes.iter().enumerate() {
            match &node.kind {
                Kind::Scalar { .. } if node.tag.is_some() => {
                    let id = NodeId(number);
                    let short = node.tag.as_deref().and_then(|t| t.strip_prefix(PREFIX));
                    match self.resolve_scalar(id)? {
                        Some(Resolved::String(text)) if short == Some("binary") => {
                            binaries.insert(id, text.into_owned());
                        }
                        Some(Resolved::Binary(bytes)) => {
                            let text = String::from_utf8_lossy(&bytes).into_owned();
                            binaries.insert(id, text);
                        }
                        _ => {}
                    }
                }
                Kind::Mapping { entries, .. } => {
                    if entries.len() > LARGE {
                        large.push(NodeId(number));
                    }
                    for entry in entries {
                        if self.is_merge_key(entry.key) {
                            merges = true;
                            self.check_merge(entry.value)?;
                        }
                    }
                }
                _ => {}
            }
        }
        (self.binaries, self.merges) = (binaries, merges);
        let sorted = large.into_iter().map(|id| (id, self.sorted_by_key(id)));
        self.sorted = sorted.collect();
        Ok(())
    }

    /// The numbers of the mapping's entries in the order of their keys' texts.
    fn sorted_by_key(&self, id: NodeId) -> Vec<usize> {
        let entries = self.entries(id);
        let mut numbers: Vec<_> = (0..entries.len()).collect();
        numbers.sort_by_key(|number| self.text(entries.get(*number)?.key));
        numbers
    }

    fn check_merge(&self, value: NodeId) -> Result<(), Error> {
        let fits = |id: NodeId| self.is_mapping(self.target(id));
        let wrong = match self.node(value).map(|node| &node.kind) {
            Some(Kind::Sequence { items, .. }) => {
                let mut items = items.iter().map(|item| item.value);
                items.find(|item| !fits(*item))
            }
            _ => (!fits(value)).then_some(value),
        };
        wrong.map_or(Ok(()), |wrong| {
            let span = self.node(wrong).map_or(Span::at(0), |node| node.span);
            Err(self.error(ErrorKind::Unresolvable(NO_MERGE), span))
        })
    }

    /// Whether `key` merges its value into the mapping that it stands in.
    pub(crate) fn is_merge_key(&self, key: NodeId) -> bool {
        let Some(node) = self.node(key) else {
            return false;
        };
        let Kind::Scalar { value, style } = &node.kind else {
            return false;
        };
        let merge = match node.tag.as_deref() {
            None => *style == ScalarStyle::Plain,
            // go-yaml takes `!` for no tag here.
            Some("!") => true,
            Some(tag) => tag.strip_prefix(PREFIX) == Some("merge"),
        };
        value == "<<" && merge
    }
}
