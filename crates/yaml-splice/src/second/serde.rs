//! The readers behind serde: they are walked along what is expected, so that each
//! scalar is compared as a text and no types are guessed.

use std::cell::Cell;
use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error as _, MapAccess, SeqAccess, VariantAccess,
    Visitor,
};

use crate::tree::{Kind, Node, NodeId, ScalarStyle, Tree};

/// Whether serde_json, if the text is JSON, or yaml_serde finds what the tree holds.
pub(super) fn agrees(tree: &Tree<'_>, text: &str) -> bool {
    let Some(root) = tree.root else {
        let other = serde_yaml::Deserializer::from_str(text);
        return serde::Deserialize::deserialize(other)
            .is_ok_and(|nothing: Option<()>| nothing.is_none());
    };
    // Aliases are followed, and could lead to the same nodes again and again.
    let left = Cell::new(64 * tree.nodes.len());
    let expected = |json| Expected {
        tree,
        id: root,
        json,
        tag: true,
        left: &left,
    };
    if text.trim_start().starts_with(['{', '[']) {
        let mut other = serde_json::Deserializer::from_str(text);
        if expected(true).deserialize(&mut other).is_ok() && other.end().is_ok() {
            return true;
        }
    }
    let other = serde_yaml::Deserializer::from_str(text);
    expected(false).deserialize(other).is_ok()
}

/// A node that the other reader must find next.
#[derive(Clone, Copy)]
struct Expected<'e, 't> {
    tree: &'e Tree<'t>,
    id: NodeId,
    json: bool,
    /// Whether its tag is still to be found.
    tag: bool,
    left: &'e Cell<usize>,
}

impl<'e, 't> Expected<'e, 't> {
    const fn child(self, id: NodeId) -> Self {
        Self {
            id,
            tag: true,
            ..self
        }
    }

    fn node(&self) -> Option<&'e Node<'e>> {
        self.tree.node(self.id)
    }

    /// The node's local tag, without its `!`: others tell a type, which is not asked.
    fn local_tag(&self) -> Option<&'e str> {
        let tag = self.node()?.tag.as_deref()?;
        tag.strip_prefix('!').filter(|_| self.tag)
    }

    fn is(self, found: impl FnOnce(&str, bool) -> bool) -> Result<(), &'static str> {
        if self.local_tag().is_some() {
            return Err("no tag");
        }
        match self.node().map(|node| &node.kind) {
            Some(Kind::Scalar { value, style }) if found(value, *style == ScalarStyle::Plain) => {
                Ok(())
            }
            _ => Err("another scalar"),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Expected<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, other: D) -> Result<(), D::Error> {
        let Some(left) = self.left.get().checked_sub(1) else {
            return Err(D::Error::custom("too many aliases"));
        };
        self.left.set(left);
        match self.node().map(|node| &node.kind) {
            Some(Kind::Alias { target, .. }) => self.child(*target).deserialize(other),
            Some(Kind::Scalar { .. }) if !self.json && self.local_tag().is_none() => {
                other.deserialize_str(self)
            }
            _ => other.deserialize_any(self),
        }
    }
}

impl<'de> Visitor<'de> for Expected<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the same node")
    }

    fn visit_str<E: serde::de::Error>(self, found: &str) -> Result<(), E> {
        self.is(|text, plain| text == found && !(self.json && plain))
            .map_err(E::custom)
    }

    fn visit_bool<E: serde::de::Error>(self, found: bool) -> Result<(), E> {
        let found = if found { "true" } else { "false" };
        self.is(|text, plain| plain && text == found)
            .map_err(E::custom)
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        self.is(|text, plain| plain && text == "null")
            .map_err(E::custom)
    }

    fn visit_u64<E: serde::de::Error>(self, found: u64) -> Result<(), E> {
        self.is(|text, plain| plain && text.parse() == Ok(found))
            .map_err(E::custom)
    }

    fn visit_i64<E: serde::de::Error>(self, found: i64) -> Result<(), E> {
        self.is(|text, plain| plain && text.parse() == Ok(found))
            .map_err(E::custom)
    }

    fn visit_f64<E: serde::de::Error>(self, found: f64) -> Result<(), E> {
        self.is(|text, plain| plain && text.parse() == Ok(found))
            .map_err(E::custom)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut other: A) -> Result<(), A::Error> {
        let (Some(Kind::Sequence { items, .. }), None) =
            (self.node().map(|node| &node.kind), self.local_tag())
        else {
            return Err(A::Error::custom("no sequence"));
        };
        for item in items {
            if other.next_element_seed(self.child(item.value))?.is_none() {
                return Err(A::Error::custom("fewer items"));
            }
        }
        match other.next_element::<serde::de::IgnoredAny>()? {
            None => Ok(()),
            Some(_) => Err(A::Error::custom("more items")),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut other: A) -> Result<(), A::Error> {
        let (Some(Kind::Mapping { entries, .. }), None) =
            (self.node().map(|node| &node.kind), self.local_tag())
        else {
            return Err(A::Error::custom("no mapping"));
        };
        for entry in entries {
            if other.next_key_seed(self.child(entry.key))?.is_none() {
                return Err(A::Error::custom("fewer entries"));
            }
            other.next_value_seed(self.child(entry.value))?;
        }
        match other.next_key::<serde::de::IgnoredAny>()? {
            None => Ok(()),
            Some(_) => Err(A::Error::custom("more entries")),
        }
    }

    /// A node with a local tag: the tag, then the node.
    fn visit_enum<A: EnumAccess<'de>>(self, other: A) -> Result<(), A::Error> {
        let (tag, node) = other.variant::<String>()?;
        // A `!` alone is told with its mark.
        if self.local_tag() != Some(tag.strip_prefix('!').unwrap_or(&tag)) {
            return Err(A::Error::custom("another tag"));
        }
        node.newtype_variant_seed(Self { tag: false, ..self })
    }
}
