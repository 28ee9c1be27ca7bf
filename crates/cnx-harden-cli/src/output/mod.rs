//! Writing files: all of them or none, each in one step.
//!
//! Only regular files are replaced, and none that the run has read, but those that it
//! edits. An old file's owner, mode, access list and attributes are the new one's.

mod fault;
mod folders;
mod staged;
mod target;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tempfile::TempPath;
use zeroize::Zeroizing;

use crate::aside::Aside;
use crate::error::Error;
use crate::show::Shown as _;
use folders::Folders;
use staged::{Staged, Sync};
use target::Target;
pub(crate) use target::resolved;

/// A file that is to be written.
pub(crate) struct File<'r> {
    pub(crate) path: PathBuf,
    pub(crate) contents: Contents<'r>,
    pub(crate) mode: Mode<'r>,
    pub(crate) over: Over<'r>,
}

/// What is to be in a file.
#[derive(Clone, Copy)]
pub(crate) enum Contents<'r> {
    Bytes(&'r [u8]),
    Copy(&'r Aside),
}

impl<'r> From<&'r [u8]> for Contents<'r> {
    fn from(bytes: &'r [u8]) -> Self {
        Self::Bytes(bytes)
    }
}

/// What a file may take the place of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Over<'r> {
    /// Any regular file that the run has not read.
    Other,
    /// A file that is the command's own, whether the run has read it or not.
    Own,
    /// The file with these contents, and no others by now.
    Read(&'r [u8]),
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
/// be made are gone again after a failure, and so is what was written beside, also
/// where the process is interrupted; what one that was killed left is removed by the
/// next run.
pub(crate) fn write(files: &[File<'_>]) -> Result<(), Error> {
    put(files, |new, path| new.persist(path))
}

/// As [`write()`], for files that are not there: one that is, is an error.
pub(crate) fn write_new(files: &[File<'_>]) -> Result<(), Error> {
    put(files, |new, path| new.persist_noclobber(path))
}

type Persisted = Result<(), tempfile::PathPersistError>;

fn put(files: &[File<'_>], persist: impl Fn(TempPath, &Path) -> Persisted) -> Result<(), Error> {
    let targets = target::all(files)?;
    let interrupted = Interrupted::watch();
    let mut folders = Folders::default();
    let mut staged = Vec::new();
    let sync = Sync::of(targets.len());
    for target in targets {
        interrupted.check()?;
        let (path, mode) = (&target.path, target.file.mode);
        folders
            .open(folder(path), mode == Mode::Private)
            .map_err(|error| folders::failed(path, error))?;
        let new = Staged::new(path, target.file.contents, mode, sync)?;
        staged.push((target, new));
    }
    if sync == Sync::Together {
        staged::sync(staged.iter().map(|(_, new)| new))?;
    }
    let mut done: Vec<Target<'_>> = Vec::new();
    for (target, new) in staged {
        let path = target.path.clone();
        let replaced = interrupted
            .check()
            .and_then(|()| target.unchanged())
            .and_then(|()| new.finish(&path, target.file.mode))
            .and_then(|new| {
                let renamed = fault::step().and_then(|()| Ok(persist(new, &path)?));
                renamed.map_err(|error| Error::io("replace", &path, error))
            });
        match replaced {
            Ok(()) => done.push(target),
            Err(error) => {
                let stuck = undo(done);
                return Err(match stuck.is_empty() {
                    true => error,
                    false => Error::HalfWritten {
                        error: Box::new(error),
                        stuck,
                    },
                });
            }
        }
    }
    folders.keep();
    let folders: BTreeSet<_> = done.iter().map(|target| folder(&target.path)).collect();
    for folder in folders {
        // The renames themselves; not every file system can sync a folder.
        let _ = fs::File::open(folder).and_then(|folder| folder.sync_all());
    }
    Ok(())
}

/// Where a file is.
fn folder(path: &Path) -> &Path {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

/// Puts the old contents back. Returns the paths where that failed.
fn undo(done: Vec<Target<'_>>) -> Vec<String> {
    let mut stuck = Vec::new();
    for target in done {
        let path = &target.path;
        let put = |old: Zeroizing<Vec<u8>>| {
            let old = Staged::new(path, Contents::Bytes(&old), Mode::PrivateIfNew, Sync::Each)?;
            let old = old.finish(path, Mode::PrivateIfNew)?;
            let put = fault::step().and_then(|()| Ok(old.persist(path)?));
            put.map_err(|error| Error::io("replace", path, error))
        };
        let undone = match target.old {
            None => fault::step().and_then(|()| fs::remove_file(path)).is_ok(),
            Some(old) => put(old).is_ok(),
        };
        if !undone {
            stuck.push(path.shown());
        }
    }
    stuck
}

/// Whether the process is to end: by Ctrl-C, or when a machine is shut down. A second
/// Ctrl-C ends it at once.
struct Interrupted {
    flag: Arc<AtomicBool>,
    watched: Vec<signal_hook::SigId>,
}

impl Interrupted {
    fn watch() -> Self {
        use signal_hook::consts::{SIGINT, SIGTERM};
        use signal_hook::flag;
        let set = Arc::new(AtomicBool::new(false));
        let mut watched = Vec::new();
        for signal in [SIGINT, SIGTERM] {
            let second = flag::register_conditional_default(signal, Arc::clone(&set));
            watched.extend(second.ok());
            watched.extend(flag::register(signal, Arc::clone(&set)).ok());
        }
        Self { flag: set, watched }
    }

    fn check(&self) -> Result<(), Error> {
        match self.flag.load(Ordering::Relaxed) {
            true => Err(Error::Interrupted),
            false => Ok(()),
        }
    }
}

impl Drop for Interrupted {
    fn drop(&mut self) {
        for id in self.watched.drain(..) {
            signal_hook::low_level::unregister(id);
        }
    }
}
