//! What was read of the inputs, and what was passed by.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

/// What was read of the inputs, and what was passed by. Empty documents do not count.
///
/// ```
/// use cnx_harden_core::{Manifests, Source, Why};
/// let text = "kind: Secret\n---\nservices: {}\n---\na: {{ .Values.a }}: b\n";
/// let reading = Manifests::read(&[Source { name: "all.yaml", text }]).reading();
/// assert_eq!((reading.documents, reading.other_kinds), (1, 1));
/// assert_eq!(reading.passed[0].why, Why::Template);
/// assert_eq!(
///     reading.to_string(),
///     "1 file: 1 document read, 2 passed by (1 of other kinds, 1 template)",
/// );
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Reading {
    /// The files, those that cannot be read included.
    pub files: usize,
    /// Documents that were read: each names a kind that a connection can be about.
    pub documents: usize,
    /// Documents that name no such kind.
    pub other_kinds: usize,
    /// Documents, and files, that cannot be read.
    pub passed: Vec<PassedDocument>,
    /// The files that can be read, and of which nothing is a Kubernetes object.
    pub without_objects: Vec<String>,
}

/// A document, or a whole file, that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PassedDocument {
    /// The file, as it was named.
    pub file: String,
    /// The line of what is wrong, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// Why it cannot be read.
    pub why: Why,
    /// What is wrong at this place.
    pub message: String,
}

/// Why a document cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Why {
    /// It is a template: YAML only once it is rendered.
    Template,
    /// It is not YAML.
    NotYaml,
    /// It is YAML that cannot be read with certainty.
    Uncertain,
    /// The file is not text in UTF-8, nor in UTF-16 with a byte order mark.
    NotUtf8,
}

impl Reading {
    /// How many were passed by for this reason.
    #[must_use]
    pub fn count(&self, why: Why) -> usize {
        self.passed
            .iter()
            .filter(|passed| passed.why == why)
            .count()
    }
}

/// A number with its noun, of which the plural ends in `s`.
///
/// ```
/// use cnx_harden_core::counted;
/// assert_eq!((counted(1, "file"), counted(2, "file")), ("1 file".into(), "2 files".into()));
/// ```
#[must_use]
pub fn counted(number: usize, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        number => format!("{number} {noun}s"),
    }
}

impl fmt::Display for Reading {
    /// One line for people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            files,
            documents,
            other_kinds,
            passed,
            ..
        } = self;
        let (files, documents) = (counted(*files, "file"), counted(*documents, "document"));
        write!(f, "{files}: {documents} read")?;
        let templates = self.count(Why::Template);
        let reasons = [
            (*other_kinds, "of other kinds".to_owned()),
            (
                templates,
                if templates == 1 {
                    "template"
                } else {
                    "templates"
                }
                .to_owned(),
            ),
            (self.count(Why::NotYaml), "not YAML".to_owned()),
            (self.count(Why::Uncertain), "not certain".to_owned()),
            (self.count(Why::NotUtf8), "not UTF-8".to_owned()),
        ];
        let reasons = reasons.iter().filter(|(number, _)| *number > 0);
        let reasons: Vec<_> = reasons.map(|(n, what)| format!("{n} {what}")).collect();
        match passed.len() + other_kinds {
            0 => Ok(()),
            number => write!(f, ", {number} passed by ({})", reasons.join(", ")),
        }
    }
}
