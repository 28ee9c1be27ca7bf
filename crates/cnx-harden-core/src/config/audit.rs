//! What an audit accepts.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};

use super::Spec;
use super::checks::Text;
use crate::audit::{Allowance, AuditOptions};
use crate::finding::Code;
use crate::suggest::nearest;

/// How `cnx-harden check` goes about it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Audit {
    /// Findings that are accepted wherever they are, each with the reason.
    pub allow: Vec<Accepted>,
}

/// A finding that is accepted.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Accepted {
    /// Its code.
    pub code: FindingCode,
    /// Why it is accepted.
    pub reason: Reason,
}

/// The code of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FindingCode(pub Code);

/// A reason, which says something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason(pub String);

impl Spec {
    /// Adds what the config says of audits to `options`; what they say of the same
    /// goes first. Material is not read.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use cnx_harden_core::{Source, audit::AuditOptions, config::ConfigText};
    /// let text = "\
    /// apiVersion: cnx-harden.dev/v1alpha1
    /// kind: Hardening
    /// spec:
    ///   audit:
    ///     allow: [{code: plain-etcd, reason: the lab has no certificates}]
    /// ";
    /// let config = ConfigText::parse(Source { name: "hardening.yaml", text })?;
    /// let mut options = AuditOptions::default();
    /// config.config.spec.add_to(&mut options);
    /// assert_eq!(options.allowances[0].reason, "the lab has no certificates");
    /// # Ok(()) }
    /// ```
    pub fn add_to(&self, options: &mut AuditOptions) {
        for accepted in &self.audit.allow {
            let code = accepted.code.0;
            if !options.allowances.iter().any(|a| a.code == code) {
                let reason = accepted.reason.0.clone();
                options.allowances.push(Allowance { code, reason });
            }
        }
        if options.manager_hosts.is_empty() {
            let hosts = self.manager.as_ref().map(|manager| manager.hosts.clone());
            options.manager_hosts = hosts.unwrap_or_default();
        }
    }
}

impl<'de> Deserialize<'de> for FindingCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let parse = |text: &str| text.parse().ok().map(Self);
        let wrong = |text: &str| match nearest(text, Code::all().map(Code::as_str)) {
            Some(near) => format!("no code of a finding; did you mean {near}?"),
            None => "no code of a finding, such as insecure-skip-tls-verify".to_owned(),
        };
        deserializer.deserialize_str(Text { parse, wrong })
    }
}

impl<'de> Deserialize<'de> for Reason {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let parse = |text: &str| (!text.trim().is_empty()).then(|| Self(text.trim().to_owned()));
        let wrong = |_: &str| "a reason must say something".to_owned();
        deserializer.deserialize_str(Text { parse, wrong })
    }
}

impl JsonSchema for FindingCode {
    fn schema_name() -> Cow<'static, str> {
        "FindingCode".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let codes: Vec<_> = Code::all().map(Code::as_str).collect();
        json_schema!({
            "description": "The code of a finding; `cnx-harden explain` says what each means.",
            "enum": codes,
        })
    }
}

impl JsonSchema for Reason {
    fn schema_name() -> Cow<'static, str> {
        "Reason".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "\\S" })
    }
}
