//! The values that Secrets, ConfigMaps and APIServices hold, decoded.

use std::fmt;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use yaml_splice::{Document, Position, Span, documents};
use zeroize::Zeroizing;

use crate::finding::{Code, Finding, Severity};
use crate::resource::{Resource, ResourceId, can_spell_any_name, resources};
use crate::source::Source;

/// The kinds that hold files for others.
const KINDS: [&str; 3] = ["Secret", "ConfigMap", "APIService"];

/// A value of an object, as the programs of the cluster get it. It may be a
/// private key: it is erased from memory when dropped, and not in `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Held {
    /// The object.
    pub resource: ResourceId,
    /// Which of its fields, such as `data.etcd-ca`.
    pub field: String,
    /// The input's name, as the caller gave it.
    pub file: String,
    /// Where the value begins: the line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// The number of the input.
    pub(crate) input: usize,
    /// The value's extent in its input.
    pub(crate) span: Span,
    pub(crate) key: String,
    bytes: Zeroizing<Vec<u8>>,
}

impl Held {
    /// The bytes: without the base64 of a Secret or of `caBundle`.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// A finding at this value, on values that belong to it.
    pub(super) fn finding(&self, severity: Severity, message: String, help: &str) -> Finding {
        Finding {
            code: Code::MissingValue,
            severity,
            allowed: false,
            resource: Some(self.resource.clone()),
            file: self.file.clone(),
            line: self.line,
            column: self.column,
            message,
            help: help.to_owned(),
        }
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held")
            .field("resource", &self.resource)
            .field("field", &self.field)
            .field("file", &self.file)
            .field("line", &self.line)
            .field("column", &self.column)
            .finish_non_exhaustive()
    }
}

/// All values of the Secrets, ConfigMaps and APIServices in `sources`, in the
/// order of the texts, with what could not be read of them.
///
/// ```
/// use cnx_harden_core::{Source, held};
/// let text = "{kind: Secret, metadata: {name: s}, data: {a: aGVsbG8=}, stringData: {b: plain}}\n";
/// let (values, findings) = held(&[Source { name: "-", text }]);
/// assert_eq!((values[0].bytes(), values[1].bytes()), (&b"hello"[..], &b"plain"[..]));
/// assert!(findings.is_empty());
/// ```
#[must_use]
pub fn held(sources: &[Source<'_>]) -> (Vec<Held>, Vec<Finding>) {
    let (mut values, mut findings) = (Vec::new(), Vec::new());
    let unread = each(sources, &KINDS, &mut |input, resource| {
        let (mut new, mut wrong) = of(input, resource);
        values.append(&mut new);
        findings.append(&mut wrong);
    });
    findings.extend(unread);
    (values, findings)
}

/// A source with its number.
#[derive(Clone, Copy)]
pub(crate) struct Input<'s> {
    pub(crate) number: usize,
    pub(crate) source: Source<'s>,
}

/// Calls back with each object of these kinds. Returns what could not be read.
pub(crate) fn each<'s>(
    sources: &[Source<'s>],
    kinds: &[&str],
    seen: &mut dyn FnMut(Input<'s>, &Resource<'_, '_>),
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, source) in sources.iter().enumerate() {
        let input = Input {
            number,
            source: *source,
        };
        for document in documents(source.text) {
            let text = document.text();
            if !kinds.iter().any(|kind| text.contains(kind)) && !can_spell_any_name(text) {
                continue;
            }
            let tree = match Document::parse(&document) {
                Ok(tree) => tree,
                Err(error) => {
                    findings.push(Finding::yaml(source, &error));
                    continue;
                }
            };
            match resources(&tree) {
                Ok(found) => {
                    let wanted = |r: &&Resource<'_, '_>| kinds.contains(&r.id.kind.as_str());
                    found.iter().filter(wanted).for_each(|r| seen(input, r));
                }
                Err(error) => findings.push(Finding::yaml(source, &error)),
            }
        }
    }
    findings
}

/// The values of one object.
pub(crate) fn of(input: Input<'_>, resource: &Resource<'_, '_>) -> (Vec<Held>, Vec<Finding>) {
    let source = &input.source;
    let mut values: Vec<Held> = Vec::new();
    let mut findings = Vec::new();
    // What a later one holds wins over an earlier one: `stringData` over `data`.
    let fields: &[(&[&str], bool)] = match resource.id.kind.as_str() {
        "Secret" => &[(&["data"], true), (&["stringData"], false)],
        "ConfigMap" => &[(&["data"], false), (&["binaryData"], true)],
        _ => &[(&["spec"], true)],
    };
    if let Some(error) = &resource.unreadable {
        findings.push(Finding::yaml(source, error));
        return (values, findings);
    }
    for (path, encoded) in fields {
        let keys = match resource.find(path) {
            Ok(Some(id)) => resource.tree.keys(id),
            Ok(None) => continue,
            Err(error) => {
                findings.push(Finding::yaml(source, &error).about(&resource.id));
                continue;
            }
        };
        for key in keys {
            if path == &["spec"] && key != "caBundle" {
                continue;
            }
            match value(input, resource, path, key, *encoded) {
                Ok(Some(held)) => {
                    values.retain(|other| other.key != held.key);
                    values.push(held);
                }
                Ok(None) => {}
                Err(finding) => findings.push(finding),
            }
        }
    }
    (values, findings)
}

fn value(
    input: Input<'_>,
    resource: &Resource<'_, '_>,
    path: &[&str],
    key: &str,
    encoded: bool,
) -> Result<Option<Held>, Finding> {
    let (source, tree) = (&input.source, resource.tree);
    let yaml = |error| Finding::yaml(source, &error).about(&resource.id);
    let route = resource.route(path).key(key);
    let Some(id) = tree
        .find(&route)
        .map_err(yaml)?
        .filter(|id| !tree.is_null(*id))
    else {
        return Ok(None);
    };
    let Some(text) = tree.text(id) else {
        return Ok(None);
    };
    let span = tree.span(id);
    let bytes = if encoded {
        decode(text).ok_or_else(|| {
            let message = format!("the value of {key} is not base64");
            let help = "give the whole PEM file through `base64 -w0`, once; \
                        `cnx-harden apply` does that";
            Finding::new(Code::NotBase64, source, span, message, help).about(&resource.id)
        })?
    } else {
        text.as_bytes().to_vec()
    };
    let Position { line, column } = Position::of(source.text, span.start);
    Ok(Some(Held {
        resource: resource.id.clone(),
        field: format!("{}.{key}", path.join(".")),
        file: source.name.to_owned(),
        line,
        column,
        input: input.number,
        span,
        key: key.to_owned(),
        bytes: Zeroizing::new(bytes),
    }))
}

/// As Go's `encoding/base64` decodes: line breaks are skipped, padding is asked
/// for, stray bits in the last character are not minded.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical)
        .with_decode_allow_trailing_bits(true);
    let text: Zeroizing<String> =
        Zeroizing::new(text.chars().filter(|c| !matches!(c, '\n' | '\r')).collect());
    GeneralPurpose::new(&STANDARD, config)
        .decode(text.as_bytes())
        .ok()
}
