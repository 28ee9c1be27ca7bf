//! What an audit accepts.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};

use super::Spec;
use super::checks::Text;
use crate::audit::{Allowance, AuditOptions};
use crate::channel::connections;
use crate::finding::Code;
use crate::names::Names;
use crate::suggest::nearest;

/// How `cnx-harden check` goes about it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct Audit {
    /// Findings that are accepted wherever they are, each with the reason.
    pub(super) allow: Vec<Accepted>,
}

/// A finding that is accepted.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Accepted {
    /// Its code.
    pub(super) code: FindingCode,
    /// Why it is accepted.
    pub(super) reason: Reason,
}

/// The code of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FindingCode(pub(super) Code);

/// A reason, which says something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reason(pub(super) String);

impl Spec {
    /// Adds what the config says of audits to `options`, which override it: names,
    /// where theirs are the vendor's, hosts, and what is accepted. Material is not read.
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
    /// config.config().spec().add_to(&mut options);
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
            self.manager_hosts().clone_into(&mut options.manager_hosts);
        }
        self.add_names_to(&mut options.names);
    }

    /// The names by which browsers reach the Manager.
    #[must_use]
    pub fn manager_hosts(&self) -> &[String] {
        self.manager.as_ref().map_or(&[], |manager| &manager.hosts)
    }
}

macro_rules! named {
    ($($title:literal: $kind:ident, $field:ident, mutual: $mutual:literal;)*) => {
        impl Spec {
            /// What the objects are called: as the vendor calls them, where the config does
            /// not name them.
            #[must_use]
            pub fn names(&self) -> Names {
                let mut names = Names::default();
                $(if let Some(channel) = &self.$field {
                    channel.names.clone_into(&mut names.$field);
                })*
                if let Some(asked) = self.api_services.first() {
                    asked.names.clone_into(&mut names.api_service);
                }
                names.profiles.clone_from(&self.profiles);
                names
            }

            fn add_names_to(&self, names: &mut Names) {
                let Names { api_service, profiles, $($field,)* } = self.names();
                unless_set(&mut names.profiles, profiles);
                unless_set(&mut names.api_service, api_service);
                $(unless_set(&mut names.$field, $field);)*
            }
        }
    };
}

connections!(named);

fn unless_set<T: Default + PartialEq>(names: &mut T, config: T) {
    if *names == T::default() {
        *names = config;
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

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Code::json_schema(generator)
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
