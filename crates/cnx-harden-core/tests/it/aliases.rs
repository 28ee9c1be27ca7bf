//! What an alias or a merge key brings is read as if it stood there: manifests whose
//! nodes of one depth are all brought so have the findings and the connections of
//! those that are written out.

use std::collections::BTreeSet;
use std::path::Path;

use cnx_harden_core::audit::audit;
use cnx_harden_core::traffic::{State, TrafficOptions, traffic};
use cnx_harden_core::{Code, Severity, Source, harden};
use serde::Deserialize as _;
use serde_json::Value as Json;

use crate::audit::options;
use crate::material;

/// How a node is brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Alias,
    Merge,
}

/// Writes objects, with their nodes of one depth somewhere else.
struct Writer {
    by: By,
    depth: usize,
    anchored: Vec<String>,
}

impl Writer {
    fn object(object: &Json, by: By, depth: usize) -> (String, usize) {
        let mut writer = Self {
            by,
            depth,
            anchored: Vec::new(),
        };
        let text = writer.node(object, 0);
        let (anchored, count) = (writer.anchored.join(", "), writer.anchored.len());
        // The anchors stand first: in an entry that nobody asks for.
        (
            format!("{{\"x-anchors\": [{anchored}], {}\n", &text[1..]),
            count,
        )
    }

    fn node(&mut self, value: &Json, depth: usize) -> String {
        let text = match value {
            Json::Object(entries) => {
                let entries = entries.iter();
                let entry = |(key, value)| {
                    format!(
                        "{}: {}",
                        Json::from(str::to_owned(key)),
                        self.node(value, depth + 1)
                    )
                };
                let entries: Vec<_> = entries
                    .map(|(key, value)| (key.as_str(), value))
                    .map(entry)
                    .collect();
                format!("{{{}}}", entries.join(", "))
            }
            Json::Array(items) => {
                let items: Vec<_> = items
                    .iter()
                    .map(|item| self.node(item, depth + 1))
                    .collect();
                format!("[{}]", items.join(", "))
            }
            scalar => scalar.to_string(),
        };
        let name = self.anchored.len();
        match (self.by, value) {
            _ if depth != self.depth => return text,
            (By::Alias, _) => self.anchored.push(format!("&a{name} {text}")),
            (By::Merge, Json::Object(_)) => self.anchored.push(format!("&a{name} {text}")),
            (By::Merge, _) => return text,
        }
        match self.by {
            By::Alias => format!("*a{name} "),
            By::Merge => format!("{{<<: *a{name} }}"),
        }
    }
}

fn manifests() -> Vec<(String, Vec<Json>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../manifests");
    let files =
        ["upstream", "hardened"].map(|folder| std::fs::read_dir(root.join(folder)).unwrap());
    let paths = files
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path());
    let yaml = paths.filter(|path| path.extension().is_some_and(|e| e == "yaml"));
    let read = |path: std::path::PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        let documents = serde_yaml::Deserializer::from_str(&text);
        let objects = documents.map(|document| Json::deserialize(document).unwrap());
        let objects = objects.filter(|object| !object.is_null()).collect();
        (path.display().to_string(), objects)
    };
    yaml.map(read).collect()
}

/// Object, code and severity of each finding, and the state of each connection.
type Seen = (BTreeSet<(String, Code, Severity)>, Vec<State>);

fn seen(text: &str) -> Seen {
    let options = TrafficOptions::at(options().certificates.unwrap().now);
    let sources = [Source {
        name: "manifest.yaml",
        text,
    }];
    let audit = audit(&sources, &crate::audit::options());
    let findings = audit.findings.iter().map(|found| {
        let object = found.finding.resource.as_ref().map(ToString::to_string);
        (
            object.unwrap_or_default(),
            found.finding.code,
            found.finding.severity,
        )
    });
    let seen = findings.collect();
    let traffic = traffic(&sources, &options, &audit.findings);
    (seen, traffic.connections.iter().map(|c| c.state).collect())
}

fn joined(objects: &[Json], by: By, depth: usize) -> (String, usize) {
    let written = objects
        .iter()
        .map(|object| Writer::object(object, by, depth));
    let (texts, counts): (Vec<_>, Vec<_>) = written.unzip();
    (texts.join("---\n"), counts.iter().sum())
}

#[test]
fn what_stands_elsewhere_is_found_there() {
    let mut wrong = Vec::new();
    let mut brought = 0;
    for (name, objects) in manifests() {
        let (plain, none) = joined(&objects, By::Alias, usize::MAX);
        assert_eq!(none, 0);
        let wanted = seen(&plain);
        for by in [By::Alias, By::Merge] {
            for depth in 1..=10 {
                let (text, count) = joined(&objects, by, depth);
                brought += count;
                if count == 0 {
                    continue;
                }
                let got = seen(&text);
                if wanted != got {
                    wrong.push(format!(
                        "{name} {by:?} {depth}\n  wanted {wanted:?}\n  got    {got:?}"
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(brought > 1000, "{brought}");
}

/// Nothing is written where another place would change too, and nothing is promised
/// that does not come about.
#[test]
fn apply_hardens_what_stands_there_and_refuses_the_rest() {
    let (mut hardened, mut refused) = (0, 0);
    for (name, objects) in manifests() {
        for (by, depth) in [By::Alias, By::Merge]
            .into_iter()
            .flat_map(|by| (1..=10).map(move |d| (by, d)))
        {
            let (text, _) = joined(&objects, by, depth);
            let source = Source {
                name: "manifest.yaml",
                text: &text,
            };
            match harden(&[source], &material::hardening(&text)) {
                Ok(run) => {
                    hardened += 1;
                    let (findings, _) = seen(&run.outputs[0].text);
                    // One that was not asked for stays as it is.
                    let insecure = findings.iter().any(|(object, _, severity)| {
                        *severity == Severity::Error && !object.contains("metrics.k8s.io")
                    });
                    assert!(!insecure, "{name} {by:?} {depth}: {findings:?}");
                }
                Err(error) => {
                    refused += 1;
                    let internal = error.to_string().contains("internal error");
                    assert!(!internal, "{name} {by:?} {depth}: {error}");
                }
            }
        }
    }
    assert!(hardened > 20 && refused > 20, "{hardened} {refused}");
}

#[test]
fn the_writer_moves_what_it_says() {
    let object = serde_json::json!({"kind": "A", "spec": {"a": [1, {"b": "c"}]}});
    let (text, count) = Writer::object(&object, By::Alias, 2);
    assert_eq!(
        text,
        "{\"x-anchors\": [&a0 [1, {\"b\": \"c\"}]], \"kind\": \"A\", \"spec\": {\"a\": *a0 }}\n"
    );
    assert_eq!(count, 1);
    let (text, _) = Writer::object(&object, By::Merge, 1);
    let spec = "&a0 {\"a\": [1, {\"b\": \"c\"}]}";
    assert_eq!(
        text,
        format!("{{\"x-anchors\": [{spec}], \"kind\": \"A\", \"spec\": {{<<: *a0 }}}}\n")
    );
}
