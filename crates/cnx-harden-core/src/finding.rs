//! What is wrong with an input, where, and what to do.

use std::fmt;

use serde::Serialize;
use yaml_splice::{ErrorKind, Position, Span};

use crate::resource::ResourceId;
use crate::source::Source;

/// How much a [`Finding`] matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing is written.
    Error,
    /// What was written needs something done with care.
    Warning,
    /// Worth knowing; nothing stops.
    Info,
}

/// What is wrong. The code of each is its name in kebab-case, and stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Code {
    /// The text is not YAML.
    NotYaml,
    /// Valid YAML that cannot be edited with certainty.
    CannotEdit,
    /// Some of the objects that belong together are there, this one is not.
    MissingObject,
    /// The workload has no container of the name.
    MissingContainer,
    /// A volume of the name is there, and is not the Secret.
    VolumeConflict,
    /// A mount of the name or at the path is there, and is another one.
    MountConflict,
    /// `stringData` has the key, and would win over `data`.
    StringDataConflict,
    /// A value has none of the forms that the edit knows.
    UnexpectedValue,
    /// An APIService of another product (operator or open-source Calico).
    OtherProduct,
    /// An object that others refer to is not in the input, and was said to be
    /// in the cluster.
    AssumedObject,
    /// A path that is none of the Secret's files where they are mounted.
    PathMismatch,
    /// A variable or flag that takes another setting than its own.
    VariableMismatch,
    /// etcd's endpoints are neither `https://` nor `http://`.
    EndpointScheme,
    /// etcd's endpoints are empty or a placeholder.
    EndpointsUnset,
    /// Endpoints and their discovery by DNS exclude each other.
    DiscoveryBesideEndpoints,
    /// The CNI plugin's configuration has no place for the files.
    CniConfig,
    /// The private key's file can be read by every user in the pod.
    SecretFileMode,
    /// An etcd in the input listens without TLS.
    EtcdWithoutTls,
    /// A file's variable, mount or volume leads to no Secret or ConfigMap.
    WiringConflict,
    /// Typha is switched off: nothing connects to it.
    TyphaOff,
    /// Typha and Felix change to TLS together: the order to roll out in.
    TyphaRollOut,
    /// How browsers reach the Manager, which its certificate has to match.
    ManagerAddress,
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotYaml => "not-yaml",
            Self::CannotEdit => "cannot-edit",
            Self::MissingObject => "missing-object",
            Self::MissingContainer => "missing-container",
            Self::VolumeConflict => "volume-conflict",
            Self::MountConflict => "mount-conflict",
            Self::StringDataConflict => "string-data-conflict",
            Self::UnexpectedValue => "unexpected-value",
            Self::OtherProduct => "other-product",
            Self::AssumedObject => "assumed-object",
            Self::PathMismatch => "path-mismatch",
            Self::VariableMismatch => "variable-mismatch",
            Self::EndpointScheme => "endpoint-scheme",
            Self::EndpointsUnset => "endpoints-unset",
            Self::DiscoveryBesideEndpoints => "discovery-beside-endpoints",
            Self::CniConfig => "cni-config",
            Self::SecretFileMode => "secret-file-mode",
            Self::EtcdWithoutTls => "etcd-without-tls",
            Self::WiringConflict => "wiring-conflict",
            Self::TyphaOff => "typha-off",
            Self::TyphaRollOut => "typha-roll-out",
            Self::ManagerAddress => "manager-address",
        })
    }
}

/// One thing that was found in the input. No value of the input is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What is wrong.
    pub code: Code,
    /// How much it matters.
    pub severity: Severity,
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
        let Position { line, column } = Position::of(source.text, span.start);
        Self {
            code,
            severity: Severity::Error,
            resource: None,
            file: source.name.to_owned(),
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
        Self {
            line: error.position.line,
            column: error.position.column,
            ..Self::new(code, source, error.span, error.kind.to_string(), help)
        }
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
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
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
