//! What a document means, apart from how it is written.

use crate::plain::{is_null, is_string};
use crate::position::Span;
use crate::tree::{Kind, Node, NodeId, ScalarStyle, Tree};

/// A node's meaning. Made from a [`Tree`], compared after an edit, and given
/// to the operations that insert.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// A scalar.
    Scalar {
        /// Its text, unquoted and unfolded.
        text: String,
        /// Whether it is a string under YAML 1.1 and 1.2 alike; `no`, `1_0`,
        /// `~` and the empty node are not.
        string: bool,
        /// The tag that is written in front of it.
        tag: Option<String>,
    },
    /// A reference to the anchor of this name.
    Alias(String),
    /// A sequence.
    Sequence(Vec<Value>),
    /// A mapping, in the order of the text.
    Mapping(Vec<(Value, Value)>),
}

impl Value {
    /// The empty node.
    #[must_use]
    pub const fn null() -> Self {
        Self::Scalar {
            text: String::new(),
            string: false,
            tag: None,
        }
    }

    /// A string.
    #[must_use]
    pub fn string(text: impl Into<String>) -> Self {
        Self::Scalar {
            text: text.into(),
            string: true,
            tag: None,
        }
    }

    /// `true` or `false`.
    #[must_use]
    pub fn boolean(value: bool) -> Self {
        Self::Scalar {
            text: value.to_string(),
            string: false,
            tag: None,
        }
    }

    /// A mapping with these keys, in this order.
    ///
    /// ```
    /// use yaml_splice::Value;
    /// let port = Value::mapping([("port", Value::from(443)), ("name", Value::from("https"))]);
    /// assert_eq!(port.get("name"), Some(&Value::string("https")));
    /// ```
    #[must_use]
    pub fn mapping<K: Into<String>, V: Into<Self>>(
        entries: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let entries = entries.into_iter();
        Self::Mapping(
            entries
                .map(|(key, value)| (Self::string(key), value.into()))
                .collect(),
        )
    }

    /// A scalar that is written as it stands: a number in a form of one's own.
    ///
    /// An operation refuses one that YAML would read as a string, or as more
    /// than one scalar.
    ///
    /// ```
    /// use yaml_splice::Value;
    /// assert_eq!(Value::raw("0644").as_text(), Some("0644"));
    /// ```
    #[must_use]
    pub fn raw(text: impl Into<String>) -> Self {
        Self::Scalar {
            text: text.into(),
            string: false,
            tag: None,
        }
    }

    /// The scalar's text.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// The mapping's value under `key`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        let Self::Mapping(entries) = self else {
            return None;
        };
        let mut entries = entries.iter();
        entries.find_map(|(k, value)| (k.as_text() == Some(key)).then_some(value))
    }

    /// Whether it is empty, `~` or `null`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Scalar { text, string: false, tag: None } if is_null(text))
    }

    /// The same value with each mapping's entries sorted: order means nothing.
    pub(crate) fn sorted(self) -> Self {
        match self {
            Self::Sequence(items) => Self::Sequence(items.into_iter().map(Self::sorted).collect()),
            Self::Mapping(entries) => {
                let entries = entries.into_iter();
                let mut entries: Vec<_> = entries.map(|(k, v)| (k.sorted(), v.sorted())).collect();
                entries.sort();
                Self::Mapping(entries)
            }
            // All spellings of null are one.
            null if null.is_null() => Self::null(),
            other => other,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::string(text)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::string(text)
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::string(text)
    }
}

/// Null.
impl From<()> for Value {
    fn from((): ()) -> Self {
        Self::null()
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::raw(value.to_string())
    }
}

macro_rules! from_integers {
    ($($integer:ty),*) => {$(
        impl From<$integer> for Value {
            fn from(value: $integer) -> Self {
                Self::raw(value.to_string())
            }
        }
    )*};
}
from_integers!(i8, i16, i32, i64, isize, u8, u16, u32, u64, usize);

/// A number with a point, as YAML 1.1 and 1.2 both read it.
impl From<f64> for Value {
    fn from(value: f64) -> Self {
        if value.is_nan() {
            return Self::raw(".nan");
        }
        if value.is_infinite() {
            return Self::raw(if value > 0.0 { ".inf" } else { "-.inf" });
        }
        let text = format!("{value:?}");
        Self::raw(match text.split_once('e') {
            None => text,
            Some((digits, exponent)) => {
                let point = if digits.contains('.') { "" } else { ".0" };
                let sign = if exponent.starts_with('-') { "" } else { "+" };
                format!("{digits}{point}e{sign}{exponent}")
            }
        })
    }
}

/// Null for `None`.
impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or_else(Self::null, Into::into)
    }
}

impl<T: Into<Self>> From<Vec<T>> for Value {
    fn from(items: Vec<T>) -> Self {
        Self::Sequence(items.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<Self>, const N: usize> From<[T; N]> for Value {
    fn from(items: [T; N]) -> Self {
        Self::Sequence(items.into_iter().map(Into::into).collect())
    }
}

impl Node<'_> {
    /// Whether it is a string for each reader, without a look at its tag's meaning.
    fn is_string(&self) -> bool {
        let Kind::Scalar { value, style } = &self.kind else {
            return false;
        };
        self.tag.is_none() && (*style != ScalarStyle::Plain || is_string(value))
    }

    /// Whether [`Tree::value`] of this scalar is `other`, or both are null.
    pub(crate) fn is_scalar(&self, other: &Value) -> bool {
        let (Kind::Scalar { value, .. }, Value::Scalar { text, string, tag }) = (&self.kind, other)
        else {
            return false;
        };
        // Another text is another value, but of null, which has several.
        let null = || other.is_null() && is_null(value);
        (value == text || null()) && self.tag == *tag && self.is_string() == *string
    }
}

impl Tree<'_> {
    /// What the node means.
    #[must_use]
    pub fn value(&self, id: NodeId) -> Value {
        let Some(node) = self.nodes.get(id.0) else {
            return Value::null();
        };
        match &node.kind {
            Kind::Scalar { value, .. } => Value::Scalar {
                text: value.clone().into_owned(),
                string: node.is_string(),
                tag: node.tag.clone(),
            },
            Kind::Alias { name, .. } => Value::Alias((*name).to_owned()),
            Kind::Sequence { items, .. } => {
                Value::Sequence(items.iter().map(|item| self.value(item.value)).collect())
            }
            Kind::Mapping { entries, .. } => {
                let entries = entries.iter();
                Value::Mapping(
                    entries
                        .map(|e| (self.value(e.key), self.value(e.value)))
                        .collect(),
                )
            }
        }
    }

    /// The document's meaning.
    #[must_use]
    pub fn root_value(&self) -> Value {
        self.root.map_or_else(Value::null, |root| self.value(root))
    }

    /// The node's extent in the whole stream, its anchor and tag not counted.
    #[must_use]
    pub fn span(&self, id: NodeId) -> Span {
        let span = self.nodes.get(id.0).map_or(Span::at(0), |node| node.span);
        span.shifted(self.offset)
    }
}
