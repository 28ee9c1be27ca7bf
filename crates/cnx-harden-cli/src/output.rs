//! Writing files: all of them or none, each in one step.

use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, PersistError};
use zeroize::Zeroizing;

use crate::error::Error;

/// A file that is to be written.
pub(crate) struct File<'r> {
    pub(crate) path: PathBuf,
    pub(crate) bytes: &'r [u8],
    pub(crate) mode: Mode<'r>,
}

/// Who may read a file. Its owner stays who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode<'r> {
    /// As before; a new one as that file.
    Like(&'r Path),
    /// As before; a new one is for its owner alone, since it holds a key.
    PrivateIfNew,
    /// For its owner alone, whatever it was; and so are the folders that have to
    /// be made for it (0700).
    Private,
    /// As before; a new one as any other file.
    Default,
}

/// Writes all files beside their places, then renames one after the other.
///
/// Whatever can fail for want of space or rights fails before the first rename.
/// If a rename fails nevertheless, those before it are undone. Folders that had to
/// be made are gone again after a failure.
pub(crate) fn write(files: &[File<'_>]) -> Result<(), Error> {
    put(files, |new, path| new.persist(path))
}

/// As [`write()`], for files that are not there: one that is, is an error.
pub(crate) fn write_new(files: &[File<'_>]) -> Result<(), Error> {
    put(files, |new, path| new.persist_noclobber(path))
}

fn put(
    files: &[File<'_>],
    persist: impl Fn(NamedTempFile, &Path) -> Result<fs::File, PersistError>,
) -> Result<(), Error> {
    let mut seen = BTreeSet::new();
    if let Some(file) = files.iter().find(|file| !seen.insert(&file.path)) {
        return Err(Error::Collision(file.path.clone()));
    }
    let mut folders = Folders::default();
    let mut staged = Vec::new();
    for file in files {
        let old = fs::read(&file.path).ok().map(Zeroizing::new);
        // A symbolic link stays one: what it points to is replaced.
        let path = file
            .path
            .canonicalize()
            .unwrap_or_else(|_| file.path.clone());
        folders
            .make(folder(&path), file.mode == Mode::Private)
            .map_err(|error| Error::io("create the folder of", &path, error))?;
        let new = stage(&path, file)?;
        staged.push((path, new, old));
    }
    let mut done: Vec<(PathBuf, Option<Zeroizing<Vec<u8>>>)> = Vec::new();
    for (path, new, old) in staged {
        match persist(new, &path) {
            Ok(_) => done.push((path, old)),
            Err(error) => {
                let (stuck, source) = (undo(done), error.error);
                return Err(match stuck.is_empty() {
                    true => Error::io("replace", &path, source),
                    false => Error::HalfWritten {
                        path,
                        source,
                        stuck,
                    },
                });
            }
        }
    }
    folders.keep();
    let folders: BTreeSet<_> = done.iter().map(|(path, _)| folder(path)).collect();
    for folder in folders {
        // The renames themselves; not every file system can sync a folder.
        let _ = fs::File::open(folder).and_then(|folder| folder.sync_all());
    }
    Ok(())
}

/// A temporary file in the same folder, complete and on disk. One that may hold a
/// key has mode 0600 until it is whole.
fn stage(path: &Path, file: &File<'_>) -> Result<NamedTempFile, Error> {
    let fail = |action| move |error| Error::io(action, path, error);
    let mut new = create(folder(path), file.mode).map_err(fail("write beside"))?;
    new.write_all(file.bytes).map_err(fail("write"))?;
    let there = fs::metadata(path).ok();
    if let Some(there) = &there {
        keep_owner(new.path(), there).map_err(fail("keep the owner of"))?;
    }
    let like = match (&there, file.mode) {
        (_, Mode::Private) => None,
        (Some(_), _) => Some(path),
        (None, Mode::Like(like)) => Some(like),
        (None, _) => None,
    };
    if let Some(like) = like {
        let mode: Permissions = fs::metadata(like)
            .map_err(fail("read the mode of"))?
            .permissions();
        new.as_file()
            .set_permissions(mode)
            .map_err(fail("set the mode of"))?;
    }
    new.as_file().sync_all().map_err(fail("write"))?;
    Ok(new)
}

/// Where a file is.
fn folder(path: &Path) -> &Path {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

/// The folders that were made for a run, removed again unless it succeeds.
#[derive(Default)]
struct Folders(Vec<PathBuf>);

impl Folders {
    fn make(&mut self, folder: &Path, private: bool) -> io::Result<()> {
        let missing: Vec<_> = folder
            .ancestors()
            .take_while(|above| !above.as_os_str().is_empty() && !above.exists())
            .collect();
        for folder in missing.into_iter().rev() {
            match builder(private).create(folder) {
                Ok(()) => self.0.push(folder.to_owned()),
                // Somebody else was faster.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn keep(&mut self) {
        self.0.clear();
    }
}

impl Drop for Folders {
    fn drop(&mut self) {
        for folder in self.0.iter().rev() {
            let _ = fs::remove_dir(folder);
        }
    }
}

#[cfg(unix)]
fn builder(private: bool) -> fs::DirBuilder {
    use std::os::unix::fs::DirBuilderExt as _;
    let mut builder = fs::DirBuilder::new();
    if private {
        builder.mode(0o700);
    }
    builder
}

#[cfg(not(unix))]
fn builder(_: bool) -> fs::DirBuilder {
    fs::DirBuilder::new()
}

#[cfg(unix)]
fn create(folder: &Path, mode: Mode<'_>) -> io::Result<NamedTempFile> {
    use std::os::unix::fs::PermissionsExt as _;
    let bits = match mode {
        Mode::Default => 0o666,
        _ => 0o600,
    };
    // The process's umask takes its part away.
    let permissions = Permissions::from_mode(bits);
    tempfile::Builder::new()
        .permissions(permissions)
        .tempfile_in(folder)
}

#[cfg(not(unix))]
fn create(folder: &Path, _: Mode<'_>) -> io::Result<NamedTempFile> {
    NamedTempFile::new_in(folder)
}

#[cfg(unix)]
fn keep_owner(new: &Path, there: &fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, chown};
    let own = fs::metadata(new)?;
    if (own.uid(), own.gid()) == (there.uid(), there.gid()) {
        return Ok(());
    }
    chown(new, Some(there.uid()), Some(there.gid()))
}

#[cfg(not(unix))]
fn keep_owner(_: &Path, _: &fs::Metadata) -> io::Result<()> {
    Ok(())
}

/// Puts the old contents back. Returns the paths where that failed.
fn undo(done: Vec<(PathBuf, Option<Zeroizing<Vec<u8>>>)>) -> Vec<String> {
    let mut stuck = Vec::new();
    for (path, old) in done {
        let undone = match old {
            None => fs::remove_file(&path).is_ok(),
            Some(old) => {
                let file = File {
                    path: path.clone(),
                    bytes: &old,
                    mode: Mode::PrivateIfNew,
                };
                stage(&path, &file).is_ok_and(|old| old.persist(&path).is_ok())
            }
        };
        if !undone {
            stuck.push(path.display().to_string());
        }
    }
    stuck
}
