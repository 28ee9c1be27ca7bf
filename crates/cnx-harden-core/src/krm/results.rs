//! What was done or found, as `results` in kyaml's shape.

use std::collections::BTreeMap;

use yaml_splice::{Error as YamlError, Op, Route, StreamEdit, Value, documents};

use super::input::{Input, Kept};
use crate::counted;
use crate::finding::{Error, Finding};
use crate::redact::redacted;
use crate::report::{EditOutcome, EditReport, Report};
use crate::resource::ResourceId;

const RESULTS: &str = "results";

/// The results of a run that was made.
pub(super) fn of_report(input: &Input<'_>, report: &Report) -> Vec<Value> {
    let files = Files::of(input);
    let findings = report.findings.iter();
    let mut results: Vec<_> = findings.map(|finding| files.finding(finding)).collect();
    let edits = report.files.iter().flat_map(|file| &file.edits);
    let made = edits.filter(|edit| edit.outcome != EditOutcome::AlreadyHardened);
    results.extend(made.map(|edit| files.edit(edit)));
    results.extend(report.restarts.iter().map(|restart| {
        let words = match restart.is_first() {
            true => format!("it cannot be changed; before it is applied: {restart}"),
            false => {
                format!("pods read certificates when they start; once all is applied: {restart}")
            }
        };
        result(&words, "info", Vec::new())
    }));
    let made = report.count(EditOutcome::Changed) + report.count(EditOutcome::Added);
    let there = report.count(EditOutcome::AlreadyHardened);
    let words = match made + there {
        0 => "nothing to harden: none of the objects is in the list".to_owned(),
        _ => format!("{} made, {there} already in place", counted(made, "edit")),
    };
    results.push(result(&words, "info", Vec::new()));
    results
}

/// The results of a run that was not made.
pub(super) fn of_error(input: &Input<'_>, error: &Error) -> Vec<Value> {
    let files = Files::of(input);
    let findings = error.findings.iter();
    findings.map(|finding| files.finding(finding)).collect()
}

/// Which file each object is from.
struct Files<'i> {
    list: &'i str,
    kept: BTreeMap<ResourceId, Kept>,
}

impl<'i> Files<'i> {
    fn of(input: &'i Input<'_>) -> Self {
        Self {
            list: input.name(),
            kept: input.kept(),
        }
    }

    fn finding(&self, finding: &Finding) -> Value {
        let mut more = Vec::new();
        if let Some(resource) = &finding.resource {
            more = self.about(resource);
        } else if finding.place.file != self.list {
            more.push(("file", file(&finding.place.file, None)));
        }
        result(&words(finding), &finding.severity.to_string(), more)
    }

    fn edit(&self, edit: &EditReport) -> Value {
        let title = edit.edit.title();
        let part = edit.part.as_ref().map(|part| format!(" {part}"));
        let part = part.unwrap_or_default();
        let made = match edit.outcome {
            EditOutcome::Added => format!("done ({} added)", edit.resource.kind),
            _ => "done".to_owned(),
        };
        let words = format!("{}: {title}{part} {made}", edit.channel);
        let mut more = self.about(&edit.resource);
        if let Some(field) = &edit.field {
            let path = Value::string(field);
            more.push(("field", Value::mapping([("path", path)])));
        }
        result(&words, "info", more)
    }

    fn about(&self, id: &ResourceId) -> Vec<(&'static str, Value)> {
        let mut reference = vec![
            ("apiVersion", Value::string(&id.api_version)),
            ("kind", Value::string(&id.kind)),
            ("name", Value::string(&id.name)),
        ];
        if let Some(namespace) = &id.namespace {
            reference.push(("namespace", Value::string(namespace)));
        }
        let mut more = vec![("resourceRef", Value::mapping(reference))];
        if let Some(Kept { path, index }) = self.kept.get(id) {
            more.push(("file", file(path, index.as_deref())));
        }
        more
    }
}

fn words(finding: &Finding) -> String {
    let Finding {
        code,
        message,
        help,
        ..
    } = finding;
    format!("{code}: {message}; help: {help}")
}

fn file(path: &str, index: Option<&str>) -> Value {
    let mut entries = vec![("path", Value::string(path))];
    let index = index.and_then(|index| index.parse::<u32>().ok());
    entries.extend(index.map(|index| {
        let (text, string, tag) = (index.to_string(), false, None);
        ("index", Value::Scalar { text, string, tag })
    }));
    Value::mapping(entries)
}

fn result(message: &str, severity: &str, more: Vec<(&str, Value)>) -> Value {
    let mut entries = vec![
        (
            "message",
            Value::string(redacted(message).replace('\n', " ")),
        ),
        ("severity", Value::string(severity)),
    ];
    entries.extend(more);
    Value::mapping(entries)
}

/// The list `text` with these results in the place of those that it has.
pub(super) fn added(input: &Input<'_>, text: &str, results: &[Value]) -> Result<String, YamlError> {
    if !input.takes_results {
        return Ok(text.to_owned());
    }
    let at = Route::root().key(RESULTS);
    let without = edited(text, |tree| {
        let old = tree.find(&at)?;
        Ok(old.map(|_| Op::remove(at.clone())))
    })?;
    edited(&without, |_| {
        Ok(Some(Op::insert_entry(
            Route::root(),
            RESULTS,
            results.to_vec(),
        )))
    })
}

/// The text with the operation made on its one document.
fn edited(
    text: &str,
    op: impl FnOnce(&yaml_splice::Tree<'_>) -> Result<Option<Op>, YamlError>,
) -> Result<String, YamlError> {
    for document in documents(text) {
        let tree = document.parse()?;
        if tree.find(&Route::root())?.is_some() {
            return match op(&tree)? {
                Some(op) => Ok(tree.edit(&[op])?.text),
                None => Ok(text.to_owned()),
            };
        }
    }
    Ok(text.to_owned())
}

/// A list with the errors and without items: the answer to what could not be read.
pub(super) fn alone(error: &Error) -> String {
    let findings = error.findings.iter();
    let results = findings.map(|f| result(&words(f), &f.severity.to_string(), Vec::new()));
    let list = Value::mapping([
        ("apiVersion", Value::string("config.kubernetes.io/v1")),
        ("kind", Value::string("ResourceList")),
        ("items", Value::Sequence(Vec::new())),
        (RESULTS, Value::Sequence(results.collect())),
    ]);
    let mut stream = StreamEdit::new("");
    let edited = stream
        .add_document(&list)
        .and_then(|stream| stream.finish());
    edited.map(|edited| edited.text).unwrap_or_default()
}
