//! A document's nodes as a serde format: errors know their place, show no value
//! of the text, and suggest the name that was probably meant.

use std::collections::HashSet;
use std::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, Error as _, Expected,
    IntoDeserializer as _, MapAccess, SeqAccess, Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;
use yaml_splice::{Content, NodeId, Tree};

use crate::suggest::nearest;

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ReadError {
    pub(super) message: String,
    pub(super) help: Option<String>,
    pub(super) node: Option<NodeId>,
    /// The field that is missing, if that is what is wrong.
    missing: Option<&'static str>,
}

/// A node that is to be read, without those that were found to be wrong.
#[derive(Clone, Copy)]
struct Node<'a, 't> {
    tree: &'a Tree<'t>,
    id: NodeId,
    wrong: &'a HashSet<NodeId>,
}

/// What is read of a document, and all that is wrong with it.
pub(super) struct Read<T> {
    /// None where nothing can be made of it.
    pub(super) value: Option<T>,
    pub(super) errors: Vec<ReadError>,
}

/// As many as people mend in one go.
const MOST: usize = 20;

/// Reads the node `id`. What is wrong with it is left out, and the rest is read on.
pub(super) fn read<T: DeserializeOwned>(tree: &Tree<'_>, id: NodeId) -> Read<T> {
    let (mut wrong, mut errors) = (HashSet::new(), Vec::new());
    let value = loop {
        let node = Node {
            tree,
            id,
            wrong: &wrong,
        };
        let error = match T::deserialize(node) {
            Ok(value) => break Some(value),
            Err(error) => error,
        };
        let at = error.node.unwrap_or(id);
        // A field that was left out for what is wrong with it is not missing.
        let is_missing = |field| !node.has_wrong(at, field);
        if error.missing.is_none_or(is_missing) {
            errors.push(error);
        }
        if at == id || errors.len() == MOST || !wrong.insert(at) {
            break None;
        }
    };
    Read { value, errors }
}

impl ReadError {
    fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            help: None,
            node: None,
            missing: None,
        }
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same at this place, unless it has one: the innermost node's counts.
    fn at(mut self, node: Node<'_, '_>) -> Self {
        self.node.get_or_insert(node.id);
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
        Self {
            missing: Some(field),
            ..Self::new(format!("the field {field} is missing"))
        }
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new(format!("the field {field} is there twice")).help("leave one of them")
    }
}

impl<'a, 't> Node<'a, 't> {
    fn at(self, id: NodeId) -> Self {
        Self { id, ..self }
    }

    /// The entries of a mapping that are not known to be wrong.
    fn entries(self, entries: Vec<(NodeId, NodeId)>) -> Entries<'a, 't> {
        let mut entries = entries;
        entries.retain(|(key, value)| !self.wrong.contains(key) && !self.wrong.contains(value));
        Entries {
            of: self,
            entries: entries.into_iter(),
            value: None,
        }
    }

    fn items(self, items: Vec<NodeId>) -> Items<'a, 't> {
        let mut items = items;
        items.retain(|item| !self.wrong.contains(item));
        Items {
            of: self,
            items: items.into_iter(),
        }
    }

    /// Whether the mapping `id` has this field, with a value that is known to be wrong.
    fn has_wrong(self, id: NodeId, field: &str) -> bool {
        let mut entries = self.tree.entries_of(id).into_iter();
        entries.any(|(name, value)| name == field && self.wrong.contains(&value))
    }

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
            Content::Mapping(entries) => visitor.visit_map(self.entries(entries)),
            Content::Sequence(items) => visitor.visit_seq(self.items(items)),
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
        let mut entries = match self.tree.content(self.id) {
            Content::Mapping(entries) => entries,
            // serde would take its items for the fields, in their order.
            Content::Sequence(_) => {
                let error = ReadError::custom("expected fields here");
                return Err(error.at(self));
            }
            _ => return self.deserialize_map(visitor),
        };
        entries.retain(|(key, value)| {
            let known = self
                .tree
                .text(*key)
                .is_some_and(|key| fields.contains(&key));
            !(known && self.tree.is_null(*value))
        });
        let given = self.entries(entries);
        visitor.visit_map(given).map_err(|error| error.at(self))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        if !self.tree.is_null(self.id) {
            return self.deserialize_any(visitor);
        }
        let nothing = self.entries(Vec::new());
        visitor.visit_map(nothing).map_err(|error| error.at(self))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        if !self.tree.is_null(self.id) {
            return self.deserialize_any(visitor);
        }
        visitor.visit_seq(self.items(Vec::new()))
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
    of: Node<'a, 't>,
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
        seed.deserialize(self.of.at(id)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, ReadError> {
        let id = self.value.take();
        let id = id.ok_or_else(|| ReadError::new("a value without a key"))?;
        seed.deserialize(self.of.at(id))
    }
}

struct Items<'a, 't> {
    of: Node<'a, 't>,
    items: std::vec::IntoIter<NodeId>,
}

impl<'de> SeqAccess<'de> for Items<'_, '_> {
    type Error = ReadError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, ReadError> {
        let next = self.items.next();
        next.map(|id| seed.deserialize(self.of.at(id))).transpose()
    }
}
