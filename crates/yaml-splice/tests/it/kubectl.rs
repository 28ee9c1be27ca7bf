//! What kubectl reads of a text, and what we read of it, as JSON.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Map, Value as Json};
use yaml_splice::{Resolved, documents};

/// The objects of one text, or why it is not read to its end.
pub(crate) type Read = Result<Vec<Json>, String>;

/// kubectl, as `cargo xtask tools` installs it.
pub(crate) fn kubectl() -> Option<PathBuf> {
    let folder = std::env::var_os("CNX_HARDEN_TOOLS").map(PathBuf::from);
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/tools/bin");
    let path = folder.unwrap_or_else(|| root.into()).join("kubectl");
    let found = path.exists();
    let ci = std::env::var_os("CI").is_some_and(|ci| ci == "true");
    assert!(found || !ci, "{}: not installed", path.display());
    if !found {
        eprintln!("kubectl is not installed (`cargo xtask tools`): nothing was compared with it");
    }
    found.then_some(path)
}

/// What kubectl reads of each text. A call takes longer than a file, so there are
/// many files in a call.
pub(crate) fn read(kubectl: &Path, texts: &[String]) -> Vec<Read> {
    let batches: Vec<_> = texts.chunks(400).collect();
    let (left, right) = batches.split_at(batches.len() / 2);
    let all = |batches: &[&[String]]| {
        let reads = batches.iter().flat_map(|texts| batch(kubectl, texts));
        reads.collect::<Vec<_>>()
    };
    std::thread::scope(|scope| {
        let right = scope.spawn(|| all(right));
        let mut reads = all(left);
        reads.extend(right.join().unwrap());
        reads
    })
}

/// kubectl prints the objects of all files one behind the other, so an object
/// that only marks a place stands between each two.
fn batch(kubectl: &Path, texts: &[String]) -> Vec<Read> {
    let folder = tempfile::tempdir().unwrap();
    for (number, text) in texts.iter().enumerate() {
        let path = folder.path().join(format!("{number:06}.yaml"));
        std::fs::write(path, text).unwrap();
        let mark = format!("{{apiVersion: v1, kind: Mark, metadata: {{name: m{number}}}}}\n");
        std::fs::write(folder.path().join(format!("{number:06}x.yaml")), mark).unwrap();
    }
    let output = Command::new(kubectl)
        .args(["annotate", "--local", "-o", "json", "a=b", "-f"])
        .arg(folder.path())
        .env("HOME", folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let mut objects = serde_json::Deserializer::from_slice(&output.stdout).into_iter::<Json>();
    let reads = (0..texts.len()).map(|number| {
        let file = format!("{number:06}.yaml");
        let mut read = Vec::new();
        loop {
            let object = objects.next().unwrap_or_else(|| panic!("{said}")).unwrap();
            if object["kind"] == "Mark" {
                break;
            }
            read.push(annotated(object));
        }
        // A document that is no object is passed over: "unable to decode …".
        let parsing = |line: &&str| line.contains(&file) && line.contains("error parsing");
        match said.lines().find(parsing) {
            Some(line) => Err(line
                .split_once(&file)
                .map_or(line, |(_, why)| why)
                .to_owned()),
            None => Ok(read),
        }
    });
    reads.collect()
}

/// The object without the annotation that kubectl was asked to add.
fn annotated(mut object: Json) -> Json {
    if let Some(metadata) = object.get_mut("metadata").and_then(Json::as_object_mut) {
        if let Some(annotations) = metadata
            .get_mut("annotations")
            .and_then(Json::as_object_mut)
        {
            annotations.remove("a");
        }
        let left = metadata.get("annotations").and_then(Json::as_object);
        if left.is_none_or(Map::is_empty) {
            metadata.remove("annotations");
        }
    }
    object
}

/// The objects that we read of a text.
pub(crate) fn ours(text: &str) -> Read {
    let mut objects = Vec::new();
    for document in documents(text) {
        let tree = document.parse().map_err(|error| error.to_string())?;
        let root = tree.resolve_document().map_err(|error| error.to_string())?;
        objects.extend(flat(json(&root)));
    }
    Ok(objects)
}

/// What kubectl takes for an object, and the items of a list.
pub(crate) fn flat(object: Json) -> Vec<Json> {
    if object["kind"].as_str().is_none_or(str::is_empty) {
        return Vec::new();
    }
    match object.get("items") {
        Some(Json::Array(items)) => items.iter().cloned().flat_map(flat).collect(),
        _ => vec![annotated(object)],
    }
}

/// As Go's `encoding/json` and then Kubernetes' decoder write it.
pub(crate) fn json(value: &Resolved<'_>) -> Json {
    match value {
        Resolved::Null => Json::Null,
        Resolved::Bool(value) => Json::Bool(*value),
        #[allow(clippy::cast_precision_loss, reason = "so does Go")]
        Resolved::Int(number) => match i64::try_from(*number) {
            Ok(number) => number.into(),
            Err(_) => (*number as f64).into(),
        },
        Resolved::Float(number) => (*number).into(),
        Resolved::String(text) => Json::String(text.clone().into_owned()),
        Resolved::Binary(bytes) => Json::String(String::from_utf8_lossy(bytes).into_owned()),
        Resolved::Sequence(items) => Json::Array(items.iter().map(json).collect()),
        Resolved::Mapping(entries) => {
            let entries = entries
                .iter()
                .map(|(key, value)| (key.clone(), json(value)));
            Json::Object(entries.collect())
        }
        _ => panic!("a new kind of value"),
    }
}

/// Whether two values are the same: 1 and 1.0 are one number in JSON.
pub(crate) fn same(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Number(a), Json::Number(b)) => match (a.as_i64(), b.as_i64()) {
            (Some(a), Some(b)) => a == b,
            _ => a.as_f64() == b.as_f64(),
        },
        (Json::Array(a), Json::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Json::Object(a), Json::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        (a, b) => a == b,
    }
}
