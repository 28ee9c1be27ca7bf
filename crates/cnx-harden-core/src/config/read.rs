//! A document's nodes as a serde format: errors know their place, show no value
//! of the text, and suggest the name that was probably meant.

use std::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{
    self, DeserializeSeed, Deserializer, Expected, IntoDeserializer as _, MapAccess, SeqAccess,
    Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;
use yaml_splice::{Content, NodeId, Span, Tree};

use crate::suggest::nearest;

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ReadError {
    pub(super) message: String,
    pub(super) help: Option<String>,
    pub(super) span: Option<Span>,
}

/// A node that is to be read.
#[derive(Clone, Copy)]
pub(super) struct Node<'a, 't> {
    pub(super) tree: &'a Tree<'t>,
    pub(super) id: NodeId,
}

impl ReadError {
    fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            help: None,
            span: None,
        }
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same at this place, unless it has one: the innermost node's counts.
    fn at(mut self, node: Node<'_, '_>) -> Self {
        self.span.get_or_insert_with(|| node.tree.span(node.id));
        self
    }

    fn unknown(what: String, name: &str, expected: &[&str]) -> Self {
        let help = match nearest(name, expected.iter().copied()) {
            Some(near) => format!("did you mean {near}?"),
            None => format!("what can stand here: {}", expected.join(", ")),
        };
        Self::new(what).help(help)
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ReadError {}

impl de::Error for ReadError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(message.to_string()).help("correct the value")
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let expected = expected.to_string();
        let expected = match expected.starts_with("struct ") {
            true => "fields",
            false => expected.as_str(),
        };
        Self::custom(format!("expected {expected} here"))
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::custom(format!("expected {expected} here"))
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self::unknown(format!("there is no field {field:?}"), field, expected)
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::unknown("this value is not known here".to_owned(), variant, expected)
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(format!("the field {field} is missing"))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new(format!("the field {field} is there twice")).help("leave one of them")
    }
}

impl<'a> Node<'a, '_> {
    fn scalar(self, wanted: &str) -> Result<(&'a str, bool), ReadError> {
        match self.tree.content(self.id) {
            Content::Scalar { text, string } => Ok((text, string)),
            Content::Alias => Err(self.alias()),
            _ => Err(de::Error::custom(format!("expected {wanted} here"))),
        }
    }

    fn alias(self) -> ReadError {
        ReadError::new("an alias stands here").help("write out what it refers to")
    }

    fn string(self) -> Result<&'a str, ReadError> {
        match self.scalar("a string")? {
            (text, string) if string || is_text(text) => Ok(text),
            _ => Err(ReadError::new("expected a string here").help("put it in quotes")),
        }
    }

    fn visit<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self.tree.content(self.id) {
            Content::Mapping(entries) => visitor.visit_map(Entries {
                tree: self.tree,
                entries: entries.into_iter(),
                value: None,
            }),
            Content::Sequence(items) => visitor.visit_seq(Items {
                tree: self.tree,
                items: items.into_iter(),
            }),
            Content::Scalar { text, string: true } => visitor.visit_str(text),
            Content::Scalar { .. } if self.tree.is_null(self.id) => visitor.visit_unit(),
            Content::Scalar { text, .. } => match text {
                "true" => visitor.visit_bool(true),
                "false" => visitor.visit_bool(false),
                text => visitor.visit_str(text),
            },
            _ => Err(self.alias()),
        }
    }
}

impl<'de> Deserializer<'de> for Node<'_, '_> {
    type Error = ReadError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        self.visit(visitor).map_err(|error| error.at(self))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self.tree.is_null(self.id) {
            true => visitor.visit_none(),
            false => visitor.visit_some(self),
        }
    }

    // A field with nothing behind it is one that is not there.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        let Content::Mapping(mut entries) = self.tree.content(self.id) else {
            return self.deserialize_map(visitor);
        };
        entries.retain(|(key, value)| {
            let known = self
                .tree
                .text(*key)
                .is_some_and(|key| fields.contains(&key));
            !(known && self.tree.is_null(*value))
        });
        let tree = self.tree;
        let given = Entries {
            tree,
            entries: entries.into_iter(),
            value: None,
        };
        visitor.visit_map(given).map_err(|error| error.at(self))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        if !self.tree.is_null(self.id) {
            return self.deserialize_any(visitor);
        }
        let nothing = Entries {
            tree: self.tree,
            entries: Vec::new().into_iter(),
            value: None,
        };
        visitor.visit_map(nothing).map_err(|error| error.at(self))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        if !self.tree.is_null(self.id) {
            return self.deserialize_any(visitor);
        }
        let (tree, items) = (self.tree, Vec::new().into_iter());
        visitor.visit_seq(Items { tree, items })
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        let read = self.string().and_then(|text| visitor.visit_str(text));
        read.map_err(|error| error.at(self))
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        let read = self.scalar("a name");
        let read = read.and_then(|(text, _)| visitor.visit_str(text));
        read.map_err(|error| error.at(self))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        let read = self.string().and_then(|text| {
            let text: StrDeserializer<'_, ReadError> = text.into_deserializer();
            visitor.visit_enum(text)
        });
        read.map_err(|error| error.at(self))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf unit unit_struct
        tuple tuple_struct
    }
}

/// Whether a plain scalar is text and nothing else to people: `30d`, an address.
fn is_text(text: &str) -> bool {
    let words = [
        "", "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n",
    ];
    text.parse::<f64>().is_err() && !words.contains(&text.to_ascii_lowercase().as_str())
}

struct Entries<'a, 't> {
    tree: &'a Tree<'t>,
    entries: std::vec::IntoIter<(NodeId, NodeId)>,
    value: Option<NodeId>,
}

impl<'de> MapAccess<'de> for Entries<'_, '_> {
    type Error = ReadError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, ReadError> {
        let Some((id, value)) = self.entries.next() else {
            return Ok(None);
        };
        self.value = Some(value);
        let tree = self.tree;
        seed.deserialize(Node { tree, id }).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, ReadError> {
        let id = self.value.take();
        let id = id.ok_or_else(|| ReadError::new("a value without a key"))?;
        let tree = self.tree;
        seed.deserialize(Node { tree, id })
    }
}

struct Items<'a, 't> {
    tree: &'a Tree<'t>,
    items: std::vec::IntoIter<NodeId>,
}

impl<'de> SeqAccess<'de> for Items<'_, '_> {
    type Error = ReadError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, ReadError> {
        let tree = self.tree;
        let next = self.items.next();
        next.map(|id| seed.deserialize(Node { tree, id }))
            .transpose()
    }
}
