//! Where files go, looked at before anything is written.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::fault::step;
use super::{File, Over, folder};
use crate::error::Error;
use crate::read;

/// A file, its place, and what is there now.
pub(super) struct Target<'f> {
    pub(super) file: &'f File<'f>,
    /// Without links: what a symbolic link points to is replaced.
    pub(super) path: PathBuf,
    pub(super) old: Option<Zeroizing<Vec<u8>>>,
}

/// The places of all files, none of which is that of another.
pub(super) fn all<'f>(files: &'f [File<'f>]) -> Result<Vec<Target<'f>>, Error> {
    let (mut paths, mut nodes) = (BTreeSet::new(), BTreeSet::new());
    let mut targets = Vec::new();
    for file in files {
        let target = Target::of(file)?;
        let node = read::node(&target.path);
        if !paths.insert(target.path.clone()) || node.is_some_and(|node| !nodes.insert(node)) {
            return Err(Error::Collision(file.path.clone()));
        }
        targets.push(target);
    }
    Ok(targets)
}

impl<'f> Target<'f> {
    fn of(file: &'f File<'f>) -> Result<Self, Error> {
        let path = resolved(&file.path);
        let io = |error| Error::io("read", &file.path, error);
        match fs::metadata(&path) {
            Ok(metadata) if !metadata.is_file() => {
                return Err(Error::NotAFile(file.path.clone()));
            }
            Err(error) if !is_missing(&error) => return Err(io(error)),
            _ => {}
        }
        // A link to nothing leads nowhere that was asked for.
        if fs::symlink_metadata(&path).is_ok_and(|there| there.is_symlink()) {
            return Err(Error::NotAFile(file.path.clone()));
        }
        if file.over == Over::Other && read::was_read(&path) {
            return Err(Error::OverInput(file.path.clone()));
        }
        let old = current(&path).map_err(io)?;
        let target = Self { file, path, old };
        target.unchanged()?;
        Ok(target)
    }

    /// Refuses to replace what somebody else has written in the meantime.
    pub(super) fn unchanged(&self) -> Result<(), Error> {
        let now = current(&self.path).map_err(|error| Error::io("read", &self.path, error))?;
        let known = match self.file.over {
            Over::Read(bytes) => now.as_deref().map(Vec::as_slice) == Some(bytes),
            Over::Other | Over::Own => now == self.old,
        };
        match known {
            true => Ok(()),
            false => Err(Error::Changed(self.file.path.clone())),
        }
    }
}

/// Where its folder is none, that is said when the folder is to be made.
fn is_missing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

fn current(path: &Path) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
    match step().and_then(|()| fs::read(path)) {
        Ok(bytes) => Ok(Some(Zeroizing::new(bytes))),
        Err(error) if is_missing(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The path with its links resolved, even if the file does not exist yet.
pub(crate) fn resolved(path: &Path) -> PathBuf {
    if let Ok(path) = path.canonicalize() {
        return path;
    }
    // The first folders that are there, and the rest as it is.
    let name = path.file_name().map(PathBuf::from).unwrap_or_default();
    match folder(path) {
        above if above == path || name.as_os_str().is_empty() => path.to_owned(),
        above if above == Path::new(".") => match above.canonicalize() {
            Ok(above) => above.join(name),
            Err(_) => path.to_owned(),
        },
        above => resolved(above).join(name),
    }
}
