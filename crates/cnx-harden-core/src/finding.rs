//! What is wrong with an input, where, and what to do.

use std::fmt;

pub use cnx_certs::Severity;
use serde::Serialize;
use yaml_splice::{ErrorKind, Position, Span};

pub(crate) use crate::code::Code;
use crate::resource::ResourceId;
use crate::source::Source;

/// One thing that was found in the input. No value of the input is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What is wrong.
    pub code: Code,
    /// How much it matters.
    pub severity: Severity,
    /// Whether it is an error that the caller accepts.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub allowed: bool,
    /// The object, where it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<ResourceId>,
    /// The input's name, as the caller gave it.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// What is wrong, as a sentence.
    pub message: String,
    /// What to do.
    pub help: String,
}

impl Finding {
    pub(crate) fn new(
        code: Code,
        source: &Source<'_>,
        span: Span,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        let position = Position::of(source.text, span.start);
        Self::at(code, source.name, position, message, help)
    }

    /// The same, at a position that is known.
    pub(crate) fn at(
        code: Code,
        file: &str,
        Position { line, column }: Position,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self {
            code,
            severity: Severity::Error,
            allowed: false,
            resource: None,
            file: file.to_owned(),
            line,
            column,
            message: message.into(),
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
        Self::at(
            code,
            source.name,
            error.position,
            error.kind.to_string(),
            help,
        )
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            line,
            column,
            code,
            message,
            help,
            ..
        } = self;
        let severity = match self.allowed {
            true => "allowed".to_owned(),
            false => self.severity.to_string(),
        };
        write!(f, "{file}:{line}:{column}: {severity}[{code}]: ")?;
        if let Some(resource) = &self.resource {
            write!(f, "{resource}: ")?;
        }
        write!(f, "{message}\n  help: {help}")
    }
}

/// Why nothing was hardened: every error of the run, at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The errors, in the order of the inputs.
    pub findings: Vec<Finding>,
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

impl std::error::Error for Error {}

impl From<Finding> for Error {
    fn from(finding: Finding) -> Self {
        Self {
            findings: vec![finding],
        }
    }
}
