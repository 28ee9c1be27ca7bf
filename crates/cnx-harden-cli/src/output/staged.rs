//! A new file beside the place that it is for.

use std::collections::BTreeSet;
use std::fs::{self, Metadata, Permissions};
use std::io::{self, Write as _};
use std::path::Path;

use tempfile::{NamedTempFile, TempPath};

use super::fault::step;
use super::{Contents, Mode, folder};
use crate::error::Error;
use crate::show::Shown as _;

/// What the names of files that are written beside begin and end with.
const PREFIX: &str = ".cnx-harden-";
const SUFFIX: &str = ".tmp";

/// How files are synced to disk.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sync {
    /// Each on its own, as soon as it is written.
    Each,
    /// All of a file system at once, by [`sync`].
    Together,
}

impl Sync {
    /// With more files than this, syncing the whole file system is cheaper.
    const MANY: usize = 64;

    pub(super) fn of(files: usize) -> Self {
        match cfg!(target_os = "linux") && files > Self::MANY {
            true => Self::Together,
            false => Self::Each,
        }
    }
}

/// Syncs the file systems of files that were written without a sync.
pub(super) fn sync<'s>(staged: impl Iterator<Item = &'s Staged>) -> Result<(), Error> {
    let mut known = BTreeSet::new();
    for Staged(file) in staged {
        let fail = |error| Error::io("write", file, error);
        let new = fs::File::open(file).map_err(fail)?;
        if known.insert(device(&new).map_err(fail)?) {
            step().and_then(|()| sync_all_of(&new)).map_err(fail)?;
        }
    }
    Ok(())
}

#[cfg(unix)]
fn device(file: &fs::File) -> io::Result<u64> {
    use std::os::unix::fs::MetadataExt as _;
    Ok(file.metadata()?.dev())
}

#[cfg(not(unix))]
fn device(_: &fs::File) -> io::Result<u64> {
    Ok(0)
}

/// Syncs everything on the file's file system.
#[cfg(target_os = "linux")]
fn sync_all_of(file: &fs::File) -> io::Result<()> {
    Ok(rustix::fs::syncfs(file)?)
}

#[cfg(not(target_os = "linux"))]
fn sync_all_of(file: &fs::File) -> io::Result<()> {
    file.sync_all()
}

/// A temporary file in the same folder, complete and on disk, and closed: as many as
/// there are files can wait. One that may hold a key is for its owner alone until it
/// takes its place.
pub(super) struct Staged(TempPath);

impl Staged {
    pub(super) fn new(
        path: &Path,
        contents: Contents<'_>,
        mode: Mode<'_>,
        sync: Sync,
    ) -> Result<Self, Error> {
        let fail = |action| move |error| Error::io(action, path, error);
        let new = step().and_then(|()| create(folder(path), mode));
        let mut new = new.map_err(fail("write beside"))?;
        let written = step().and_then(|()| match contents {
            Contents::Bytes(bytes) => new.write_all(bytes),
            Contents::Copy(aside) => aside.copy_to(new.as_file_mut()),
        });
        written.map_err(fail("write"))?;
        if sync == Sync::Each {
            let synced = step().and_then(|()| new.as_file().sync_all());
            synced.map_err(fail("write"))?;
        }
        Ok(Self(new.into_temp_path()))
    }

    /// Gives it the owner, the mode and the attributes that it is to have.
    pub(super) fn finish(self, path: &Path, mode: Mode<'_>) -> Result<TempPath, Error> {
        let fail = |action| move |error| Error::io(action, path, error);
        let there = fs::metadata(path).ok();
        if let Some(there) = &there {
            let kept = step().and_then(|()| keep_owner(&self.0, there));
            kept.map_err(fail("keep the owner of"))?;
            tell_links(path, there);
        }
        if there.is_some() && mode != Mode::Private {
            let kept = step().and_then(|()| keep_attributes(path, &self.0));
            kept.map_err(fail("keep the attributes of"))?;
        }
        let like = match (&there, mode) {
            (_, Mode::Private) => None,
            (Some(_), _) => Some(path),
            (None, Mode::Like(like)) => Some(like),
            (None, _) => None,
        };
        if let Some(like) = like {
            let mode: Permissions = fs::metadata(like)
                .map_err(fail("read the mode of"))?
                .permissions();
            let set = step().and_then(|()| fs::set_permissions(&self.0, mode));
            set.map_err(fail("set the mode of"))?;
        }
        Ok(self.0)
    }
}

/// Removes what processes left in a folder that were killed.
pub(super) fn clear(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(PREFIX) && name.ends_with(SUFFIX) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn builder<'a, 'b>() -> tempfile::Builder<'a, 'b> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX).suffix(SUFFIX);
    builder
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
    builder().permissions(permissions).tempfile_in(folder)
}

#[cfg(not(unix))]
fn create(folder: &Path, _: Mode<'_>) -> io::Result<NamedTempFile> {
    builder().tempfile_in(folder)
}

#[cfg(unix)]
fn keep_owner(new: &Path, there: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, chown};
    let own = fs::metadata(new)?;
    if (own.uid(), own.gid()) == (there.uid(), there.gid()) {
        return Ok(());
    }
    chown(new, Some(there.uid()), Some(there.gid()))
}

#[cfg(not(unix))]
fn keep_owner(_: &Path, _: &Metadata) -> io::Result<()> {
    Ok(())
}

/// Says that a file has other names, which keep the old contents.
#[cfg(unix)]
fn tell_links(path: &Path, there: &Metadata) {
    use std::os::unix::fs::MetadataExt as _;
    if there.nlink() > 1 {
        let path = path.shown();
        crate::say(&format!(
            "warning: {path}: has other names (hard links), under which the old contents stay\n"
        ));
    }
}

#[cfg(not(unix))]
fn tell_links(_: &Path, _: &Metadata) {}

/// The attribute that holds the access list.
#[cfg(unix)]
const ACCESS: &str = "system.posix_acl_access";

/// The access list and the other extended attributes.
#[cfg(unix)]
fn keep_attributes(old: &Path, new: &Path) -> io::Result<()> {
    let names = match xattr::list(old) {
        Ok(names) => names,
        Err(error) if error.kind() == io::ErrorKind::Unsupported => return Ok(()),
        Err(error) => return Err(error),
    };
    for name in names {
        let value = xattr::get(old, &name)?;
        if value == xattr::get(new, &name)? {
            continue;
        }
        if let Some(value) = value {
            xattr::set(new, &name, &value)?;
        }
    }
    // A folder can give its new files an access list that the old one does not have.
    if xattr::get(old, ACCESS)?.is_none() && xattr::get(new, ACCESS)?.is_some() {
        xattr::remove(new, ACCESS)?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn keep_attributes(_: &Path, _: &Path) -> io::Result<()> {
    Ok(())
}
