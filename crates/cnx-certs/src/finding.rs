//! What is wrong with certificates, in which file and at which line of it.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::code::Code;
use crate::help::{Door, Help};
use crate::role::Role;

/// How much a [`Finding`] matters.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The connection would fail.
    Error,
    /// It works, and will not for long, or not everywhere.
    Warning,
    /// Worth knowing.
    Info,
}

/// Which file of a role's material.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// What the other side trusts.
    Ca,
    /// The certificate and its intermediates.
    Certificate,
    /// The private key.
    Key,
}

/// What a finding names, for programs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(rename = "CertificateDetails")]
pub struct Details {
    /// The names that the other side asks for, and that the certificate lacks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub expected: Vec<String>,
    /// The names that the certificate has, a few of many.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub found: Vec<String>,
    /// The certificate's last second, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_after: Option<i64>,
}

impl Details {
    /// Whether there is nothing to tell.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.expected.is_empty() && self.found.is_empty() && self.not_after.is_none()
    }
}

/// One thing that was found. No byte of a private key is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "CertificateFinding")]
pub struct Finding {
    /// What is wrong.
    pub code: Code,
    /// How much it matters.
    pub severity: Severity,
    /// Whose material it is.
    pub role: Role,
    /// Which of its files.
    pub part: Part,
    /// The line of the file, from 1, at which the PEM block in question begins.
    pub line: usize,
    /// What it names.
    #[serde(skip_serializing_if = "Details::is_empty")]
    pub details: Details,
    /// What is wrong, as a sentence.
    pub message: String,
    /// What to do.
    pub help: Help,
}

impl Finding {
    /// The same, with its help in words for the users of a door.
    #[must_use]
    pub fn worded(mut self, door: Door) -> Self {
        self.help = self.help.worded(door);
        self
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        })
    }
}
