//! The manifests: from paths to texts.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use cnx_certs::{MAX_FILE, PemError, PemErrorKind};
use cnx_harden_core::{Hardening, Names, PassedDocument, Reading, Run, Source, Why};
use ignore::WalkBuilder;
use zeroize::Zeroizing;

use crate::args::FolderArgs;
use crate::aside::{self, Aside, Content, Examined, Large};
use crate::encoding::{Encoding, Undecodable};
use crate::error::{Error, Errors};
use crate::read;

/// How many large inputs may be open at a time.
const OPEN: usize = 32;

/// One manifest.
pub(crate) struct Input {
    /// None for stdin.
    pub(crate) path: Option<PathBuf>,
    /// Where it goes inside of an output folder.
    pub(crate) relative: PathBuf,
    /// What errors and reports call it.
    pub(crate) name: String,
    /// Empty if the input is aside.
    pub(crate) text: String,
    /// A large input that holds nothing to edit.
    pub(crate) aside: Option<Aside>,
    /// How the file is written.
    pub(crate) encoding: Encoding,
    /// Whether it was named by itself, and not found in a folder.
    pub(crate) named: bool,
}

/// All manifests.
pub(crate) struct Inputs {
    files: Vec<Input>,
    /// The files of folders that are not text.
    pub(crate) passed: Vec<PassedFile>,
    /// Inputs that are open but not read yet, each with its index in `files`.
    large: Vec<(usize, Large)>,
}

/// A file of a folder that is not text.
pub(crate) struct PassedFile {
    pub(crate) path: PathBuf,
    /// Where it goes inside of an output folder.
    pub(crate) relative: PathBuf,
    pub(crate) bytes: Vec<u8>,
    error: Undecodable,
}

impl std::ops::Deref for Inputs {
    type Target = [Input];

    fn deref(&self) -> &[Input] {
        &self.files
    }
}

impl Inputs {
    /// Refuses files that are not text and certainly hold one of the objects.
    pub(crate) fn refuse_objects(&self, names: &Names) -> Result<(), Errors> {
        let holds = |file: &&PassedFile| {
            // Of UTF-16, every other byte is zero.
            let text = String::from_utf8_lossy(&file.bytes).replace('\0', "");
            names.certainly_in(&text)
        };
        let refused = self.passed.iter().filter(holds);
        Errors::of(refused.map(|file| Error::undecodable(&file.path, &file.error)))
    }

    /// Refuses what was named by itself and cannot be read.
    pub(crate) fn refuse_unread(&self, reading: &Reading) -> Result<(), Errors> {
        let refused = reading
            .passed
            .iter()
            .filter(|passed| self.named(&passed.file));
        Errors::of(refused.map(|passed| Error::Unread(passed.clone())))
    }

    /// Calls files below the folder that this runs in by their paths from there: what is
    /// handed on says nothing of the machine.
    pub(crate) fn call_relative(&mut self) {
        let Ok(folder) = std::env::current_dir() else {
            return;
        };
        for file in &mut self.files {
            if let Ok(path) = Path::new(&file.name).strip_prefix(&folder) {
                file.name = path.display().to_string();
            }
        }
    }

    /// Whether a file was named by itself.
    pub(crate) fn named(&self, name: &str) -> bool {
        self.files
            .iter()
            .any(|file| file.named && file.name == name)
    }

    /// Reads the large inputs, and puts those aside that hold nothing to edit. `joined` says
    /// that all texts are printed as one stream.
    pub(crate) fn examine(&mut self, hardening: &Hardening, joined: bool) -> Result<(), Errors> {
        let mut errors = Vec::new();
        // Backwards, since a file that is not text is removed.
        while let Some((number, large)) = self.large.pop() {
            let path = self.files.get(number).map(|file| PathBuf::from(&file.name));
            let done = match large.examine(hardening, &path.unwrap_or_default()) {
                Ok(Examined::Held(bytes)) => self.decode(number, bytes),
                Ok(Examined::Aside(aside)) => {
                    if let Some(file) = self.files.get_mut(number) {
                        file.aside = Some(aside);
                    }
                    Ok(())
                }
                Err(error) => Err(error),
            };
            errors.extend(done.err());
        }
        Errors::of(errors.into_iter().rev())?;
        // An object of another input can refer to one that is aside.
        let alone = self.files.iter().all(|file| file.aside.is_some());
        let joined = joined && self.files.len() > 1;
        for file in &mut self.files {
            let held = |aside: &mut Aside| joined || !alone && aside.sifted.has_carriers();
            if let Some(aside) = file.aside.take_if(held) {
                let path = Path::new(&file.name);
                file.text = utf8(aside.hold(path)?, path)?;
            }
        }
        Ok(())
    }

    /// Adds the files that are not text, and those that are not held.
    pub(crate) fn complete(&self, reading: &mut Reading) {
        for file in &self.files {
            if let Some(aside) = &file.aside {
                reading.add(&file.name, &aside.sifted);
            }
        }
        reading.files += self.passed.len();
        reading.passed.extend(self.passed.iter().map(|file| {
            let Undecodable {
                encoding,
                offset,
                line,
            } = file.error;
            PassedDocument {
                file: file.path.display().to_string(),
                line,
                column: 1,
                why: Why::NotUtf8,
                message: format!("not {encoding} at byte {offset}"),
            }
        }));
    }

    /// What to say of the files that are not text.
    pub(crate) fn warnings(&self) -> String {
        let warning = |file: &PassedFile| {
            let error = Error::undecodable(&file.path, &file.error);
            format!("warning: {error}, or leave it out; it is passed by\n")
        };
        self.passed.iter().map(warning).collect()
    }
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
    Errors::of(refused.map(|(i, _)| Error::Utf16(PathBuf::from(&i.name))))
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
///
/// A file of a folder that is not text is passed by; one that was named is an error.
pub(crate) fn read(paths: &[PathBuf], folders: FolderArgs) -> Result<Inputs, Errors> {
    read_all(paths, folders, false)
}

/// The same for a run, except that large inputs are left to [`Inputs::examine`].
pub(crate) fn read_to_harden(paths: &[PathBuf], folders: FolderArgs) -> Result<Inputs, Errors> {
    read_all(paths, folders, true)
}

fn read_all(paths: &[PathBuf], folders: FolderArgs, defer: bool) -> Result<Inputs, Errors> {
    let mut inputs = Inputs {
        files: Vec::new(),
        passed: Vec::new(),
        large: Vec::new(),
    };
    let mut errors = Vec::new();
    let mut seen = BTreeSet::new();
    for path in paths {
        match find(path, folders) {
            Err(error) => errors.push(error),
            Ok(files) => {
                let named = !path.is_dir();
                for (path, relative) in files {
                    let key = path
                        .as_ref()
                        .map(|p| p.canonicalize().unwrap_or_else(|_| p.clone()));
                    if !seen.insert(key) {
                        continue;
                    }
                    if let Err(error) = inputs.read_one(path, relative, named, defer) {
                        errors.push(error);
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

fn find(path: &Path, folders: FolderArgs) -> Result<Vec<Found>, Error> {
    if path == Path::new("-") {
        return Ok(vec![(None, PathBuf::from("-"))]);
    }
    let metadata = fs::metadata(path).map_err(|e| Error::io("read", path, e))?;
    if !metadata.is_dir() {
        let name = path.file_name().map(PathBuf::from).unwrap_or_default();
        return Ok(vec![(Some(path.to_owned()), name)]);
    }
    let mut files = Vec::new();
    for entry in walk(path, folders) {
        let entry = entry.map_err(|error| walk_error(error, path))?;
        let file = entry.path();
        if is_manifest(file) && file.is_file() {
            let relative = file.strip_prefix(path).unwrap_or(file).to_owned();
            files.push((Some(file.to_owned()), relative));
        }
    }
    match (files.is_empty(), folders.git_ignore) {
        (false, _) => Ok(files),
        (true, true) => Err(Error::AllIgnored(path.to_owned())),
        (true, false) => Err(Error::NoManifests(path.to_owned())),
    }
}

/// All in a folder, in the order of names, but for hidden folders, and for what git ignores
/// where that is asked for.
fn walk(folder: &Path, FolderArgs { git_ignore }: FolderArgs) -> ignore::Walk {
    let mut walk = WalkBuilder::new(folder);
    walk.standard_filters(false)
        .sort_by_file_name(Ord::cmp)
        .filter_entry(|entry| entry.depth() == 0 || !is_hidden(entry));
    if git_ignore {
        // An unpacked archive has the files and no `.git`: nothing says where it begins.
        let whole = folder.canonicalize();
        let whole = whole.as_deref().unwrap_or(folder);
        let is_repository = whole.ancestors().any(|above| above.join(".git").exists());
        walk.git_ignore(true).git_exclude(true).git_global(true);
        walk.parents(is_repository).require_git(is_repository);
    }
    walk.build()
}

fn walk_error(error: ignore::Error, folder: &Path) -> Error {
    let mut at = folder;
    let mut inner = &error;
    loop {
        inner = match inner {
            ignore::Error::WithPath { path, err } => {
                at = path;
                err
            }
            ignore::Error::WithDepth { err, .. } => err,
            _ => break,
        };
    }
    let at = at.to_owned();
    let words = inner.to_string();
    let source = error.into_io_error();
    Error::io(
        "read",
        &at,
        source.unwrap_or_else(|| std::io::Error::other(words)),
    )
}

/// Whether it has the name of a manifest.
pub(crate) fn is_manifest(path: &Path) -> bool {
    let kind = path.extension().and_then(|kind| kind.to_str());
    matches!(kind, Some("yaml" | "yml" | "json"))
}

/// A hidden folder. Hidden files are manifests like others.
fn is_hidden(entry: &ignore::DirEntry) -> bool {
    entry.file_type().is_some_and(|kind| kind.is_dir())
        && entry.file_name().to_string_lossy().starts_with('.')
}

impl Inputs {
    fn read_one(
        &mut self,
        path: Option<PathBuf>,
        relative: PathBuf,
        named: bool,
        defer: bool,
    ) -> Result<(), Error> {
        let content = match &path {
            Some(path) if defer && self.large.len() < OPEN => aside::file(path)?,
            None if defer => aside::stdin()?,
            Some(path) => Content::Held(read::file(path)?),
            None => Content::Held(read::stdin()?),
        };
        let name = path.as_deref().unwrap_or(Path::new("-"));
        let number = self.files.len();
        self.files.push(Input {
            name: name.display().to_string(),
            path,
            relative,
            text: String::new(),
            aside: None,
            encoding: Encoding::Utf8,
            named,
        });
        match content {
            Content::Held(bytes) => self.decode(number, bytes),
            Content::Large(large) => {
                self.large.push((number, large));
                Ok(())
            }
        }
    }

    /// Sets an input's text, or removes the input if it is not text.
    fn decode(&mut self, number: usize, bytes: Vec<u8>) -> Result<(), Error> {
        match Encoding::decode(bytes) {
            Ok((text, encoding)) => {
                if let Some(file) = self.files.get_mut(number) {
                    (file.text, file.encoding) = (text, encoding);
                }
            }
            Err((error, bytes)) => {
                let Input {
                    path,
                    relative,
                    named,
                    ..
                } = self.files.remove(number);
                let path = path.unwrap_or_else(|| PathBuf::from("-"));
                if named {
                    return Err(Error::undecodable(&path, &error));
                }
                self.passed.push(PassedFile {
                    path,
                    relative,
                    bytes,
                    error,
                });
            }
        }
        Ok(())
    }
}

/// A file's text.
pub(crate) fn read_text(path: &Path) -> Result<String, Error> {
    utf8(read::file(path)?, path)
}

/// A file of certificates or of a key. The bytes are erased when dropped, and have
/// not moved in memory before. What is larger than any such file is not read.
pub(crate) fn read_material(path: &Path) -> Result<Zeroizing<Vec<u8>>, Error> {
    let io = |error| Error::io("read", path, error);
    let file = read::open(path).map_err(io)?;
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
    utf8(read::stdin()?, Path::new("-"))
}

fn utf8(bytes: Vec<u8>, path: &Path) -> Result<String, Error> {
    match Encoding::decode(bytes) {
        Ok((text, Encoding::Utf8)) => Ok(text),
        Ok(_) => Err(Error::Utf16(path.to_owned())),
        Err((error, _)) => Err(Error::undecodable(path, &error)),
    }
}
