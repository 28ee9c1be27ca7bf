//! An audit as a document for programs: `cnx-harden check --format json`.

use std::cell::OnceCell;

use schemars::JsonSchema;
use serde::Serialize;
use yaml_splice::Position;

use super::finding::{Audit, AuditFinding, Suppression};
use crate::channel::Channel;
use crate::details::Details;
use crate::inventory::Lines;
use crate::reading::Reading;
use crate::source::Source;

/// What `cnx-harden check --format json` prints. New fields may be added in a
/// version; none is taken away or changes its meaning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "cnx-harden check")]
pub struct AuditDocument {
    /// The version of this document: 1.
    #[schemars(extend("const" = 1))]
    pub(crate) version: u32,
    /// How much was found.
    pub(crate) summary: Summary,
    /// What is wrong, in the order of the files and of their lines.
    pub findings: Vec<FindingEntry>,
    /// What is wrong and accepted.
    pub(crate) suppressed: Vec<SuppressedEntry>,
    /// Fingerprints of the baseline that no finding has any more.
    pub(crate) stale_baseline: Vec<String>,
    /// Codes that were allowed, and that nothing was found of.
    pub(crate) unused_allowances: Vec<String>,
    /// What was read, and what was passed by.
    pub(crate) reading: Reading,
}

/// Numbers of findings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// The files that were looked at.
    pub(crate) files: usize,
    /// Findings with severity `error`.
    pub(crate) errors: usize,
    /// Findings with severity `warning`.
    pub(crate) warnings: usize,
    /// Findings with severity `info`.
    pub(crate) infos: usize,
    /// Findings that are accepted, of any severity.
    pub(crate) suppressed: usize,
    /// Objects that one of the connections looked at is about.
    pub(crate) objects: usize,
}

/// A finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FindingEntry {
    /// What is wrong: a stable name, which `cnx-harden explain` explains.
    pub code: String,
    /// How much it matters.
    pub severity: SeverityName,
    /// The connection that it is about, where it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) channel: Option<String>,
    /// The object, where it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<ResourceEntry>,
    /// The field of the object: `spec.caBundle`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) field: Option<String>,
    /// The file, as it was named.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// The line of the end.
    pub end_line: usize,
    /// The column behind the end.
    pub end_column: usize,
    /// What it names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<Details>,
    /// What is wrong, as a sentence.
    pub message: String,
    /// What to do.
    pub help: String,
    /// Whether `cnx-harden apply` puts it right, given the certificates.
    pub(crate) fixable: bool,
    /// What it is known by, whatever its line.
    pub(crate) fingerprint: String,
}

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SeverityName {
    /// The connection is not secured, or would fail.
    Error,
    /// It works, and will not for long, or not everywhere.
    Warning,
    /// Worth knowing.
    Info,
}

/// A Kubernetes object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResourceEntry {
    /// Its `apiVersion`.
    pub(crate) api_version: String,
    /// Its `kind`.
    pub kind: String,
    /// Its `metadata.namespace`, where it says one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) namespace: Option<String>,
    /// Its `metadata.name`.
    pub name: String,
}

/// A finding that is accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SuppressedEntry {
    /// The finding.
    pub(crate) finding: FindingEntry,
    /// By what: a comment in the file, an allowance of the run, or the baseline.
    pub(crate) by: SuppressedBy,
    /// Why; a baseline may give no reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
}

/// What accepts a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SuppressedBy {
    /// `# cnx-harden: allow CODE -- reason`
    Comment,
    /// `--allow`
    Allowance,
    /// `--baseline`
    Baseline,
}

impl AuditDocument {
    /// The document of an audit of `sources`.
    #[must_use]
    pub fn new(audit: &Audit, sources: &[Source<'_>]) -> Self {
        // Of the sources with findings alone.
        let lines: Vec<OnceCell<Lines>> = sources.iter().map(|_| OnceCell::new()).collect();
        let end = |found: &AuditFinding| {
            let (input, span) = (found.finding.place.input?, found.finding.place.span?);
            let (source, lines) = sources.get(input).zip(lines.get(input))?;
            let lines = lines.get_or_init(|| Lines::of(source.text));
            Some(lines.position(source.text, span.end))
        };
        let entry = |found| FindingEntry::new(found, end(found).unwrap_or_default());
        Self {
            version: 1,
            summary: Summary {
                files: sources.len(),
                errors: audit.count(cnx_certs::Severity::Error),
                warnings: audit.count(cnx_certs::Severity::Warning),
                infos: audit.count(cnx_certs::Severity::Info),
                suppressed: audit.suppressed.len(),
                objects: audit.objects,
            },
            findings: audit.findings.iter().map(entry).collect(),
            suppressed: audit
                .suppressed
                .iter()
                .map(|suppressed| SuppressedEntry {
                    finding: entry(&suppressed.found),
                    by: suppressed.by.into(),
                    reason: suppressed.reason.clone(),
                })
                .collect(),
            stale_baseline: audit.stale.clone(),
            reading: audit.reading.clone(),
            unused_allowances: audit
                .unused_allowances
                .iter()
                .map(ToString::to_string)
                .collect(),
        }
    }
}

impl FindingEntry {
    fn new(found: &AuditFinding, end: Position) -> Self {
        let finding = &found.finding;
        Self {
            code: finding.code.to_string(),
            severity: finding.severity.into(),
            channel: found.channel.map(channel_name),
            resource: finding.resource.as_ref().map(|id| ResourceEntry {
                api_version: id.api_version.clone(),
                kind: id.kind.clone(),
                namespace: id.namespace.clone(),
                name: id.name.clone(),
            }),
            field: found.field.clone(),
            file: finding.place.file.clone(),
            line: finding.place.line,
            column: finding.place.column,
            end_line: end.line.max(finding.place.line),
            end_column: end.column,
            details: (!finding.details.is_empty()).then(|| (*finding.details).clone()),
            message: finding.message.clone(),
            help: finding.help.to_string(),
            fixable: found.fixable,
            fingerprint: found.fingerprint.clone(),
        }
    }
}

fn channel_name(channel: Channel) -> String {
    channel.title().to_owned()
}

impl From<cnx_certs::Severity> for SeverityName {
    fn from(severity: cnx_certs::Severity) -> Self {
        match severity {
            cnx_certs::Severity::Error => Self::Error,
            cnx_certs::Severity::Warning => Self::Warning,
            cnx_certs::Severity::Info => Self::Info,
        }
    }
}

impl From<Suppression> for SuppressedBy {
    fn from(by: Suppression) -> Self {
        match by {
            Suppression::Comment => Self::Comment,
            Suppression::Allowance => Self::Allowance,
            Suppression::Baseline => Self::Baseline,
        }
    }
}
