//! What is wrong with an input, where, and what to do.

use std::fmt;

pub use cnx_certs::Severity;
use cnx_certs::{Door, Help, shown};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use yaml_splice::{ErrorKind, Tree};

pub(crate) use crate::code::Code;
use crate::details::Details;
use crate::place::Place;
use crate::redact::redacted;
use crate::resource::ResourceId;
use crate::source::Source;

/// One thing that was found in the input. No value of the input is in it.
// Read back from JSON, its place has no extent, route and number, and its help is text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Finding {
    /// What is wrong.
    pub code: Code,
    /// How much it matters.
    pub severity: Severity,
    /// Whether it is an error that the caller accepts.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub allowed: bool,
    /// The object, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<ResourceId>,
    /// Where it is.
    #[serde(flatten)]
    pub place: Box<Place>,
    /// What it names.
    #[serde(default, skip_serializing_if = "Details::is_empty")]
    pub details: Box<Details>,
    /// What is wrong, as a sentence.
    pub message: String,
    /// What to do.
    pub help: Help,
}

impl Finding {
    /// An error at a place.
    pub fn new(
        code: Code,
        place: Place,
        message: impl Into<String>,
        help: impl Into<Help>,
    ) -> Self {
        Self {
            code,
            severity: Severity::Error,
            allowed: false,
            resource: None,
            place: Box::new(place),
            details: Box::default(),
            // A key may stand where a name belongs, and a name may hold anything.
            message: shown(&redacted(&message.into())),
            help: help.into(),
        }
    }

    /// The same, as something that asks for care and stops nothing.
    pub(crate) fn warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }

    /// The same, as something that stops nothing.
    pub(crate) fn info(mut self) -> Self {
        self.severity = Severity::Info;
        self
    }

    /// The same, with its help in words for the users of a door.
    #[must_use]
    pub fn worded(mut self, door: Door) -> Self {
        self.help = self.help.worded(door);
        self
    }

    /// The same, of a field of this document.
    pub(crate) fn within(mut self, tree: &Tree<'_>) -> Self {
        if let Some(route) = &self.place.route {
            *self.details = Details::of(tree, route);
        }
        self
    }

    pub(crate) fn about(mut self, resource: &ResourceId) -> Self {
        self.resource = Some(resource.clone());
        self
    }

    /// An error of the YAML layer.
    pub(crate) fn yaml(source: &Source<'_>, error: &yaml_splice::Error) -> Self {
        let (code, help) = match error.kind {
            ErrorKind::Syntax(_) => (Code::NotYaml, "correct the YAML at this place"),
            _ => (
                Code::CannotEdit,
                "change this place as said, then run this again; nothing was written",
            ),
        };
        let place = Place::at(source.name, error.position, Some(error.span));
        Self::new(code, place, error.kind.to_string(), help)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            place,
            code,
            message,
            help,
            ..
        } = self;
        let (file, line, column) = place.position();
        let severity = match self.allowed {
            true => "allowed".to_owned(),
            false => self.severity.to_string(),
        };
        write!(f, "{}:{line}:{column}: {severity}[{code}]: ", shown(file))?;
        if let Some(resource) = &self.resource {
            write!(f, "{resource}: ")?;
        }
        write!(f, "{message}\n  help: {}", shown(&help.to_string()))
    }
}

/// Why nothing was hardened: every error of the run, at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The errors, in the order of the inputs.
    pub findings: Vec<Finding>,
}

impl Error {
    /// The same, with each help in words for the users of a door.
    #[must_use]
    pub fn worded(mut self, door: Door) -> Self {
        let findings = self.findings.into_iter();
        self.findings = findings.map(|finding| finding.worded(door)).collect();
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, finding) in self.findings.iter().enumerate() {
            if number > 0 {
                writeln!(f)?;
            }
            write!(f, "{finding}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Finding {}

impl std::error::Error for Error {}

impl From<Finding> for Error {
    fn from(finding: Finding) -> Self {
        Self {
            findings: vec![finding],
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::*;

    const fn crosses_threads<T: Send + Sync>() {}
    const fn is_error<E: std::error::Error + Send + Sync + 'static>() {}

    #[test]
    fn public_types_cross_threads_and_errors_are_errors() {
        is_error::<Finding>();
        is_error::<Error>();
        crosses_threads::<(Finding, Place, Report, Run, Output, Reading, Wired, Held)>();
        crosses_threads::<(Hardening, KubeApiserver, Etcd, Typha, Manager, Names)>();
        crosses_threads::<(CaBundle, Certificate, PrivateKey, CertificateChecks)>();
        crosses_threads::<(Source<'_>, Manifests<'_>, Resource<'_, '_>, Target<'_, '_>)>();
        crosses_threads::<(audit::Audit, audit::AuditOptions, traffic::Traffic)>();
        crosses_threads::<(config::Config, config::ConfigText, config::ResolvedConfig)>();
    }
}
