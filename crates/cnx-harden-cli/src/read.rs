//! Reading files, all through here: none is too large, and each is known, so that nothing
//! is written over it.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::error::Error;
use crate::progress;

/// The most that a manifest or a config may have, in bytes: 1 GiB. What never ends, as a
/// device, is not read for ever.
pub(crate) const MOST: u64 = 1 << 30;

/// What the run has read, as paths without links and as what the system knows a file by.
static READ: Mutex<(BTreeSet<PathBuf>, BTreeSet<Node>)> =
    Mutex::new((BTreeSet::new(), BTreeSet::new()));

/// The device, and the number of the file on it.
pub(crate) type Node = (u64, u64);

/// Opens a file that nothing is to be written over.
pub(crate) fn open(path: &Path) -> io::Result<fs::File> {
    let file = fs::File::open(path)?;
    let mut known = READ.lock().unwrap_or_else(PoisonError::into_inner);
    known.0.extend(path.canonicalize());
    known.1.extend(node(path));
    progress::count_file();
    Ok(file)
}

/// A file's bytes.
pub(crate) fn file(path: &Path) -> Result<Vec<u8>, Error> {
    let file = open(path).map_err(|error| Error::io("read", path, error))?;
    whole(file, path)
}

/// The bytes of an open file, from where it is.
pub(crate) fn whole(file: fs::File, path: &Path) -> Result<Vec<u8>, Error> {
    // Room for one more byte: reading it shows the end.
    let size = file.metadata().map_or(0, |metadata| metadata.len()) + 1;
    limited(file, path, size)
}

/// What stands on stdin.
pub(crate) fn stdin() -> Result<Vec<u8>, Error> {
    limited(io::stdin().lock(), Path::new("-"), 0)
}

/// Reads up to the limit; `expected` is about how many bytes there are.
pub(crate) fn limited(from: impl io::Read, path: &Path, expected: u64) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    // If there is no room for it, reading is only slower.
    let _ = bytes.try_reserve_exact(usize::try_from(expected.min(MOST)).unwrap_or_default());
    let read = from.take(MOST + 1).read_to_end(&mut bytes);
    read.map_err(|error| Error::io("read", path, error))?;
    progress::count_bytes(bytes.len());
    match u64::try_from(bytes.len()) {
        Ok(..=MOST) => Ok(bytes),
        _ => Err(Error::TooLarge(path.to_owned())),
    }
}

/// Whether the run has read this file, under whatever name.
pub(crate) fn was_read(path: &Path) -> bool {
    let known = READ.lock().unwrap_or_else(PoisonError::into_inner);
    known.0.contains(path) || node(path).is_some_and(|node| known.1.contains(&node))
}

/// What the system knows the file by.
#[cfg(unix)]
pub(crate) fn node(path: &Path) -> Option<Node> {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
pub(crate) fn node(_: &Path) -> Option<Node> {
    None
}
