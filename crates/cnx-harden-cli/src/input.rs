//! The manifests: from paths to texts.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use cnx_certs::{MAX_FILE, PemError, PemErrorKind};
use cnx_harden_core::{Run, Source};
use walkdir::WalkDir;
use zeroize::Zeroizing;

use crate::encoding::Encoding;
use crate::error::{Error, Errors};

/// One manifest.
pub(crate) struct Input {
    /// None for stdin.
    pub(crate) path: Option<PathBuf>,
    /// Where it goes inside of an output folder.
    pub(crate) relative: PathBuf,
    /// What errors and reports call it.
    pub(crate) name: String,
    pub(crate) text: String,
    /// How the file is written.
    pub(crate) encoding: Encoding,
}

/// The manifests, as the library takes them.
pub(crate) fn sources(inputs: &[Input]) -> Vec<Source<'_>> {
    let sources = inputs
        .iter()
        .map(|Input { name, text, .. }| Source { name, text });
    sources.collect()
}

/// What is edited is written as UTF-8.
pub(crate) fn refuse_utf16(inputs: &[Input], run: &Run) -> Result<(), Errors> {
    let pairs = inputs.iter().zip(&run.outputs);
    let refused = pairs.filter(|(i, output)| output.changed && i.encoding != Encoding::Utf8);
    let errors: Vec<_> = refused
        .map(|(i, _)| Error::Utf16(PathBuf::from(&i.name)))
        .collect();
    match errors.is_empty() {
        true => Ok(()),
        false => Err(Errors(errors)),
    }
}

/// The encoding of a stream with all of the inputs.
pub(crate) fn one_encoding(inputs: &[Input]) -> Result<Encoding, Error> {
    match inputs {
        [one] => Ok(one.encoding),
        _ => match inputs.iter().find(|i| i.encoding != Encoding::Utf8) {
            Some(other) => Err(Error::Utf16AmongOthers(other.name.clone().into())),
            None => Ok(Encoding::Utf8),
        },
    }
}

/// Reads all manifests, each once, folders in the order of their names.
pub(crate) fn read(paths: &[PathBuf]) -> Result<Vec<Input>, Errors> {
    let mut inputs = Vec::new();
    let mut errors = Vec::new();
    let mut seen = BTreeSet::new();
    for path in paths {
        match find(path) {
            Err(error) => errors.push(error),
            Ok(files) => {
                for (path, relative) in files {
                    let key = path
                        .as_ref()
                        .map(|p| p.canonicalize().unwrap_or_else(|_| p.clone()));
                    if !seen.insert(key) {
                        continue;
                    }
                    match read_one(path, relative) {
                        Ok(input) => inputs.push(input),
                        Err(error) => errors.push(error),
                    }
                }
            }
        }
    }
    if errors.is_empty() {
        Ok(inputs)
    } else {
        Err(Errors(errors))
    }
}

type Found = (Option<PathBuf>, PathBuf);

fn find(path: &Path) -> Result<Vec<Found>, Error> {
    if path == Path::new("-") {
        return Ok(vec![(None, PathBuf::from("-"))]);
    }
    let metadata = fs::metadata(path).map_err(|e| Error::io("read", path, e))?;
    if !metadata.is_dir() {
        let name = path.file_name().map(PathBuf::from).unwrap_or_default();
        return Ok(vec![(Some(path.to_owned()), name)]);
    }
    let mut files = Vec::new();
    let entries = WalkDir::new(path).sort_by_file_name().into_iter();
    for entry in entries.filter_entry(|entry| entry.depth() == 0 || !is_hidden(entry)) {
        let entry = entry.map_err(|error| {
            let at = error.path().unwrap_or(path).to_owned();
            Error::io("read", &at, error.into())
        })?;
        let file = entry.path();
        let kind = file
            .extension()
            .and_then(|e| e.to_str())
            .unwrap_or_default();
        if matches!(kind, "yaml" | "yml" | "json") && file.is_file() {
            let relative = file.strip_prefix(path).unwrap_or(file).to_owned();
            files.push((Some(file.to_owned()), relative));
        }
    }
    if files.is_empty() {
        return Err(Error::NoManifests(path.to_owned()));
    }
    Ok(files)
}

/// A hidden folder. Hidden files are manifests like others.
fn is_hidden(entry: &walkdir::DirEntry) -> bool {
    entry.file_type().is_dir() && entry.file_name().to_string_lossy().starts_with('.')
}

fn read_one(path: Option<PathBuf>, relative: PathBuf) -> Result<Input, Error> {
    let shown = path.clone().unwrap_or_else(|| PathBuf::from("-"));
    let bytes = match &path {
        Some(path) => fs::read(path).map_err(|error| Error::io("read", path, error))?,
        None => stdin()?,
    };
    let (text, encoding) = Encoding::decode(bytes).map_err(|e| Error::undecodable(&shown, &e))?;
    Ok(Input {
        path,
        relative,
        name: shown.display().to_string(),
        text,
        encoding,
    })
}

/// A file's text.
pub(crate) fn read_text(path: &Path) -> Result<String, Error> {
    let bytes = fs::read(path).map_err(|error| Error::io("read", path, error))?;
    utf8(bytes, path)
}

/// A file of certificates or of a key. The bytes are erased when dropped, and have
/// not moved in memory before. What is larger than any such file is not read.
pub(crate) fn read_material(path: &Path) -> Result<Zeroizing<Vec<u8>>, Error> {
    let io = |error| Error::io("read", path, error);
    let file = fs::File::open(path).map_err(io)?;
    let length = file.metadata().map_err(io)?.len();
    let length = usize::try_from(length).unwrap_or(MAX_FILE).min(MAX_FILE);
    let mut bytes = Zeroizing::new(Vec::with_capacity(length.max(64 * 1024) + 2));
    let most = u64::try_from(MAX_FILE).unwrap_or(u64::MAX);
    file.take(most + 1).read_to_end(&mut bytes).map_err(io)?;
    if bytes.len() > MAX_FILE {
        let (line, kind) = (1, PemErrorKind::TooLarge);
        return Err(Error::Pem(path.to_owned(), PemError { line, kind }));
    }
    Ok(bytes)
}

/// The text on stdin.
pub(crate) fn read_stdin() -> Result<String, Error> {
    utf8(stdin()?, Path::new("-"))
}

fn stdin() -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let read = io::stdin().lock().read_to_end(&mut bytes);
    read.map_err(|error| Error::io("read", Path::new("-"), error))?;
    Ok(bytes)
}

fn utf8(bytes: Vec<u8>, path: &Path) -> Result<String, Error> {
    match Encoding::decode(bytes) {
        Ok((text, Encoding::Utf8)) => Ok(text),
        Ok(_) => Err(Error::Utf16(path.to_owned())),
        Err(error) => Err(Error::undecodable(path, &error)),
    }
}
