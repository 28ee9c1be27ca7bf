//! The folders that files go to: made where they are missing, and held against a second
//! run.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::fault::step;
use super::staged;
use crate::error::Error;

/// So many are held.
const HELD: usize = 64;

/// The folders of a run. Those that were made are removed again unless it succeeds.
#[derive(Default)]
pub(super) struct Folders {
    made: Vec<PathBuf>,
    /// Those that were opened, and what holds them.
    opened: BTreeMap<PathBuf, Option<fs::File>>,
}

impl Folders {
    /// Creates a folder if it does not exist, and locks it while the run writes.
    pub(super) fn open(&mut self, folder: &Path, private: bool) -> io::Result<()> {
        if self.opened.contains_key(folder) {
            return Ok(());
        }
        let missing: Vec<_> = folder
            .ancestors()
            .take_while(|above| !above.as_os_str().is_empty() && !above.exists())
            .collect();
        for folder in missing.into_iter().rev() {
            match step().and_then(|()| builder(private).create(folder)) {
                Ok(()) => self.made.push(folder.to_owned()),
                // Somebody else was faster.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        let held = hold(folder)?;
        if held.is_some() {
            // Nobody else writes here now, so what is left is nobody's.
            staged::clear(folder);
        }
        // Each costs an open file.
        let held = held.filter(|_| self.opened.len() < HELD);
        self.opened.insert(folder.to_owned(), held);
        Ok(())
    }

    pub(super) fn keep(&mut self) {
        self.made.clear();
    }
}

impl Drop for Folders {
    fn drop(&mut self) {
        for folder in self.made.iter().rev() {
            let _ = fs::remove_dir(folder);
        }
    }
}

/// Why the folder of a file could not be opened.
pub(super) fn failed(path: &Path, error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::WouldBlock => Error::Busy(super::folder(path).to_owned()),
        _ => Error::io("create the folder of", path, error),
    }
}

/// A folder that no other run holds; nothing where the system knows no such thing.
#[cfg(unix)]
fn hold(folder: &Path) -> io::Result<Option<fs::File>> {
    use rustix::fs::{FlockOperation, flock};
    use rustix::io::Errno;
    // Who may write into it may not read it, perhaps.
    let Ok(held) = fs::File::open(folder) else {
        return Ok(None);
    };
    match flock(&held, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Some(held)),
        Err(Errno::WOULDBLOCK) => Err(io::ErrorKind::WouldBlock.into()),
        Err(_) => Ok(None),
    }
}

#[cfg(not(unix))]
fn hold(_: &Path) -> io::Result<Option<fs::File>> {
    Ok(None)
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
