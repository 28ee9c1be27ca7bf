//! How the certificates are checked.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer};

use crate::suggest::nearest;

/// How the certificates are checked before anything is written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct Checks {
    /// Warn of certificates that expire within this time.
    pub(super) expires_within: Option<Term>,
    /// Errors that are accepted, by their codes.
    pub(super) allow: Vec<AllowedCode>,
}

/// A span of time: `30d`, `6months`, `1year`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Term(pub(super) Duration);

/// The code of an error that is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct AllowedCode(pub(super) cnx_certs::Code);

impl<'de> Deserialize<'de> for Term {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let parse = |text: &str| humantime::parse_duration(text).ok().map(Self);
        let wrong = |_: &str| "not a span of time such as 30d, 6months or 1year".to_owned();
        deserializer.deserialize_str(Text { parse, wrong })
    }
}

impl<'de> Deserialize<'de> for AllowedCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let parse = |text: &str| text.parse().ok().map(Self);
        let wrong = |text: &str| {
            let codes = cnx_certs::Code::ALL.iter().map(|code| code.as_str());
            match nearest(text, codes) {
                Some(near) => format!("no code of a certificate's error; did you mean {near}?"),
                None => "no code of a certificate's error, such as common-name-only".to_owned(),
            }
        };
        deserializer.deserialize_str(Text { parse, wrong })
    }
}

/// A string that is read into something else.
pub(super) struct Text<P, W> {
    pub(super) parse: P,
    pub(super) wrong: W,
}

impl<T, P, W> Visitor<'_> for Text<P, W>
where
    P: Fn(&str) -> Option<T>,
    W: Fn(&str) -> String,
{
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        (self.parse)(text).ok_or_else(|| E::custom((self.wrong)(text)))
    }
}

impl JsonSchema for Term {
    fn schema_name() -> Cow<'static, str> {
        "Term".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A span of time.",
            "examples": ["30d", "6months", "1year"],
        })
    }
}

impl JsonSchema for AllowedCode {
    fn schema_name() -> Cow<'static, str> {
        "AllowedCode".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let codes: Vec<_> = cnx_certs::Code::ALL.iter().map(|c| c.as_str()).collect();
        json_schema!({
            "description": "The code of an error; `cnx-harden explain` says what each means.",
            "enum": codes,
        })
    }
}
