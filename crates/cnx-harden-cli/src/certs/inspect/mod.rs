//! `cnx-harden certs inspect`: what files and manifests hold.

mod render;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use cnx_certs::{Code, Entry, PemError, UnixTime, inspect, shown};
use cnx_harden_core::{Held, Source, held};
use schemars::JsonSchema;
use serde::Serialize;
use walkdir::WalkDir;
use zeroize::Zeroizing;

use crate::args::{InspectArgs, ReportFormat};
use crate::error::{Error, Errors};
use crate::{FAILED, read, say, show, show_lines};

/// What `certs inspect --format json` prints. New fields may be added; none is taken
/// away or changes its meaning.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "cnx-harden certs inspect")]
pub(crate) struct InspectDocument<'h> {
    /// Each file, and each value of a manifest, with what it holds.
    files: &'h [Holding],
}

/// What a file, or a value of a manifest, holds.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Holding {
    /// The file, as it was named.
    file: String,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    value: Option<Value>,
    /// Its PEM blocks, in their order.
    entries: Vec<Entry>,
}

/// Where in a manifest.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Value {
    /// The object.
    resource: cnx_harden_core::ResourceId,
    /// Its field: `data.etcd-ca`.
    field: String,
    /// The value's line, from 1.
    line: usize,
    /// Its column, from 1, in characters.
    column: usize,
}

/// The extensions of what is looked at in a folder.
const EXTENSIONS: [&str; 8] = ["crt", "cer", "pem", "der", "key", "yaml", "yml", "json"];

pub(super) fn run(args: &InspectArgs, now: UnixTime) -> Result<ExitCode, Errors> {
    let mut errors = Vec::new();
    let mut holdings = Vec::new();
    for path in &args.paths {
        match files(path) {
            Ok(files) => {
                for file in files {
                    one(&file, now, &mut holdings, &mut errors);
                }
            }
            Err(error) => errors.push(error),
        }
    }
    // What could be read is shown, whatever else could not be.
    let mut stdout = anstream::stdout().lock();
    match args.format {
        ReportFormat::Text => show_lines(&mut stdout, &render::text(&holdings))?,
        ReportFormat::Json => show(&mut stdout, &render::json(&holdings))?,
    }
    if errors.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    say(&format!("{}\n", Errors(errors)));
    Ok(ExitCode::from(FAILED))
}

fn files(path: &Path) -> Result<Vec<PathBuf>, Error> {
    if path == Path::new("-") {
        return Ok(vec![path.to_owned()]);
    }
    let metadata = fs::metadata(path).map_err(|error| Error::io("read", path, error))?;
    if !metadata.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in WalkDir::new(path).sort_by_file_name() {
        let entry = entry.map_err(|error| {
            let at = error.path().unwrap_or(path).to_owned();
            Error::io("read", &at, error.into())
        })?;
        let extension = entry.path().extension().and_then(|e| e.to_str());
        if extension.is_some_and(|e| EXTENSIONS.contains(&e)) && entry.path().is_file() {
            files.push(entry.into_path());
        }
    }
    match files.is_empty() {
        true => Err(Error::NoCertificates(path.to_owned())),
        false => Ok(files),
    }
}

/// Reads one file into `holdings`.
fn one(path: &Path, now: UnixTime, holdings: &mut Vec<Holding>, errors: &mut Vec<Error>) {
    let bytes = match path == Path::new("-") {
        false => read::file(path),
        true => read::stdin(),
    };
    let bytes = match bytes {
        Ok(bytes) => Zeroizing::new(bytes),
        Err(error) => return errors.push(error),
    };
    let file = path.display().to_string();
    match std::str::from_utf8(&bytes)
        .ok()
        .filter(|text| is_manifest(text))
    {
        Some(text) => manifest(&file, text, now, holdings, errors),
        None => match inspect(&bytes, now) {
            Ok(entries) => holdings.push(Holding {
                file,
                value: None,
                entries,
            }),
            Err(error) => errors.push(Error::Pem(path.to_owned(), error)),
        },
    }
}

/// Whether it is YAML or JSON with objects in it: a line of it starts with one of
/// the keys that each object has.
fn is_manifest(text: &str) -> bool {
    let start = |line: &str| {
        let line = line.trim_start_matches(['{', '-', ' ', '"', '\'', '\u{feff}']);
        line.starts_with("apiVersion") || line.starts_with("kind")
    };
    text.lines().any(start) || text.trim_start().starts_with('{')
}

fn manifest(
    file: &str,
    text: &str,
    now: UnixTime,
    holdings: &mut Vec<Holding>,
    errors: &mut Vec<Error>,
) {
    let (values, findings) = held(&[Source { name: file, text }]);
    if !findings.is_empty() {
        errors.push(cnx_harden_core::Error { findings }.into());
    }
    for value in values {
        match inspect(value.bytes(), now) {
            Ok(entries) => holdings.push(Holding {
                file: file.to_owned(),
                entries,
                value: Some(Value {
                    resource: value.resource,
                    field: value.field,
                    line: value.place.line,
                    column: value.place.column,
                }),
            }),
            Err(error) if is_of_certificates(&value, &error) => errors.push(Error::PemValue {
                place: format!(
                    "{}:{}:{}: {}",
                    shown(file),
                    value.place.line,
                    value.place.column,
                    shown(&value.field)
                ),
                error,
            }),
            // Something else that a ConfigMap or a Secret holds.
            Err(_) => {}
        }
    }
}

/// Whether a value that is not PEM was meant to be.
fn is_of_certificates(value: &Held, error: &PemError) -> bool {
    let framed = || {
        value
            .bytes()
            .windows(11)
            .any(|window| window == b"-----BEGIN ")
    };
    value.field.ends_with("caBundle") || error.kind.code() == Code::Base64OfPem || framed()
}
