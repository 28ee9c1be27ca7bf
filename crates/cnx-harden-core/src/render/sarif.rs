//! SARIF 2.1.0 (OASIS), for code scanning.

use std::path::Path;

use cnx_certs::shown;
use serde_json::{Value, json};
use yaml_splice::{Position, Span, TextEdit};

use crate::audit::{Audit, AuditFinding, Suppression};
use crate::code::Code;
use crate::finding::{Finding, Severity};
use crate::source::Source;

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// An audit of `sources` as SARIF.
#[must_use]
pub fn sarif(audit: &Audit, sources: &[Source<'_>]) -> Value {
    let accepted = audit.suppressed.iter();
    let accepted = accepted.map(|s| (&s.found, Some((s.by, s.reason.as_deref()))));
    let open = audit.findings.iter().map(|found| (found, None));
    let all: Vec<_> = open.chain(accepted).collect();
    let mut codes: Vec<Code> = all.iter().map(|(found, _)| found.finding.code).collect();
    codes.sort_unstable();
    codes.dedup();
    let results: Vec<Value> = all
        .iter()
        .map(|(found, accepted)| {
            let mut result = result(found, &codes, sources);
            if let (Some((by, reason)), Some(result)) = (accepted, result.as_object_mut()) {
                result.insert("suppressions".to_owned(), suppressions(*by, *reason));
            }
            result
        })
        .collect();
    let rules: Vec<_> = codes.iter().map(|code| rule(*code)).collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "cnx-harden",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn rule(code: Code) -> Value {
    let page = code.page();
    json!({
        "id": code.as_str(),
        "name": pascal(code.as_str()),
        "shortDescription": { "text": code.summary() },
        "fullDescription": { "text": code.summary() },
        "help": { "text": page, "markdown": page },
        "properties": { "tags": ["security", "tls", "kubernetes"] },
    })
}

fn result(found: &AuditFinding, codes: &[Code], sources: &[Source<'_>]) -> Value {
    let finding = &found.finding;
    let level = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    };
    let place = &finding.place;
    let source = place.input.and_then(|input| sources.get(input));
    let text = source.map_or("", |source| source.text);
    let mut location = json!({
        "physicalLocation": {
            "artifactLocation": artifact(&finding.place.file),
            "region": region(text, place.span.unwrap_or(Span::at(0))),
        },
    });
    if let (Some(id), Some(location)) = (&finding.resource, location.as_object_mut()) {
        let field = found.field.as_deref().unwrap_or_default();
        let name = shown(&format!("{}/{}", id.kind, id.name));
        let full = match field {
            "" => name,
            field => format!("{name}/{field}"),
        };
        location.insert(
            "logicalLocations".to_owned(),
            json!([{ "fullyQualifiedName": full, "kind": "object" }]),
        );
    }
    let mut result = json!({
        "ruleId": finding.code.as_str(),
        "ruleIndex": codes.binary_search(&finding.code).unwrap_or_default(),
        "level": level,
        "message": { "text": shown(&format!("{} (help: {})", finding.message, finding.help)) },
        "locations": [location],
        "partialFingerprints": { "cnxHardenFinding/v1": found.fingerprint },
    });
    if let (Some(fix), Some(result)) = (&found.fix, result.as_object_mut()) {
        result.insert("fixes".to_owned(), json!([edit(finding, fix, text)]));
    }
    result
}

fn edit(finding: &Finding, fix: &TextEdit, text: &str) -> Value {
    let replacements = fix.indels().iter().map(|indel| {
        json!({
            "deletedRegion": region(text, indel.delete),
            "insertedContent": { "text": indel.insert },
        })
    });
    json!({
        "description": { "text": shown(&finding.help.to_string()) },
        "artifactChanges": [{
            "artifactLocation": artifact(&finding.place.file),
            "replacements": replacements.collect::<Vec<_>>(),
        }],
    })
}

fn suppressions(by: Suppression, reason: Option<&str>) -> Value {
    let kind = match by {
        Suppression::Comment => "inSource",
        _ => "external",
    };
    let reason = reason.unwrap_or("in the baseline");
    json!([{ "kind": kind, "justification": reason }])
}

fn region(text: &str, span: Span) -> Value {
    let (start, end) = (Position::of(text, span.start), Position::of(text, span.end));
    json!({
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": end.line,
        "endColumn": end.column,
    })
}

/// A path as a URI: relative to the sources' root, or absolute.
fn artifact(file: &str) -> Value {
    let path = file.replace('\\', "/");
    let path = path.strip_prefix("./").unwrap_or(&path);
    let encoded = encode(path);
    match Path::new(file).is_absolute() {
        true => json!({ "uri": format!("file://{encoded}") }),
        false => json!({ "uri": encoded, "uriBaseId": "%SRCROOT%" }),
    }
}

/// Percent-encoding of all that a path of a URI may not hold (RFC 3986).
fn encode(path: &str) -> String {
    let mut out = String::new();
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte));
            }
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// `plain-etcd` as `PlainEtcd`.
fn pascal(code: &str) -> String {
    let words = code.split('-').map(|word| {
        let mut chars = word.chars();
        let first = chars.next().map(|c| c.to_ascii_uppercase());
        first.into_iter().chain(chars).collect::<String>()
    });
    words.collect()
}
