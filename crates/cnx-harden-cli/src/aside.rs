//! Large inputs. One that holds nothing for a run to edit is read in blocks, and the system
//! copies it to where it goes.

use std::fs::{File, Metadata};
use std::io::{self, Read, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use cnx_harden_core::{Hardening, Sift, Sifted};

use crate::error::Error;
use crate::{progress, read};

/// Smaller inputs are held in memory, in bytes.
const LARGE: u64 = 4 << 20;

/// How much is read at once, in bytes.
const BLOCK: usize = 2 << 20;

/// An input that was opened.
pub(crate) enum Content {
    Held(Vec<u8>),
    Large(Large),
}

/// A large input, open where it starts.
pub(crate) enum Large {
    File(Unread),
    /// What was read from it so far, and the rest.
    Pipe(Vec<u8>, File),
}

/// A large input after it was searched.
pub(crate) enum Examined {
    Held(Vec<u8>),
    Aside(Aside),
}

/// A large input that holds nothing to edit.
pub(crate) struct Aside {
    pub(crate) sifted: Sifted,
    unread: Unread,
}

/// A file, open where it is to be read from.
pub(crate) struct Unread {
    file: File,
    start: u64,
    /// As of when it was opened.
    metadata: Metadata,
}

/// Reads a file, unless it is large.
pub(crate) fn file(path: &Path) -> Result<Content, Error> {
    let io = |error| Error::io("read", path, error);
    open(read::open(path).map_err(io)?, path)
}

/// Reads stdin, unless it is large.
#[cfg(unix)]
pub(crate) fn stdin() -> Result<Content, Error> {
    use std::os::fd::AsFd as _;
    let path = Path::new("-");
    let io = |error| Error::io("read", path, error);
    let stdin = io::stdin().as_fd().try_clone_to_owned().map_err(io)?;
    open(File::from(stdin), path)
}

#[cfg(not(unix))]
pub(crate) fn stdin() -> Result<Content, Error> {
    read::stdin().map(Content::Held)
}

fn open(file: File, path: &Path) -> Result<Content, Error> {
    let io = |error| Error::io("read", path, error);
    let metadata = file.metadata().map_err(io)?;
    if !metadata.is_file() {
        let mut first = Vec::new();
        (&file).take(LARGE).read_to_end(&mut first).map_err(io)?;
        return Ok(match first.len() as u64 {
            LARGE.. => Content::Large(Large::Pipe(first, file)),
            _ => Content::Held(first),
        });
    }
    Ok(match metadata.len() {
        LARGE.. => Content::Large(Large::File(Unread::new(file).map_err(io)?)),
        _ => Content::Held(read::whole(file, path)?),
    })
}

impl Unread {
    fn new(mut file: File) -> io::Result<Self> {
        Ok(Self {
            start: file.stream_position()?,
            metadata: file.metadata()?,
            file,
        })
    }

    /// All of it.
    fn hold(mut self, path: &Path) -> Result<Vec<u8>, Error> {
        let io = |error| Error::io("read", path, error);
        self.file.seek(SeekFrom::Start(self.start)).map_err(io)?;
        read::whole(self.file, path)
    }
}

impl Large {
    /// Searches it for anything that a run may edit. If there is something, all of it is held.
    pub(crate) fn examine(self, hardening: &Hardening, path: &Path) -> Result<Examined, Error> {
        let io = |error| Error::io("read", path, error);
        let (first, pipe) = match self {
            Self::File(unread) => {
                let sifted = sift(&unread.file, hardening, path, |_| true)?;
                return Ok(match sifted {
                    Some(sifted) => Examined::Aside(Aside { sifted, unread }),
                    None => Examined::Held(unread.hold(path)?),
                });
            }
            Self::Pipe(first, pipe) => (first, pipe),
        };
        // A pipe can be read only once: it is spooled to a file without a name.
        let mut all = first.as_slice().chain(pipe);
        let Ok(mut spool) = tempfile::tempfile() else {
            return read::limited(all, path, 0).map(Examined::Held);
        };
        // The block that did not fit on the disk.
        let (mut kept, mut unkept) = (0, Vec::new());
        let sifted = sift(&mut all, hardening, path, |block| {
            let fits = spool.write_all(block).is_ok();
            match fits {
                true => kept += block.len() as u64,
                false => unkept = block.to_vec(),
            }
            fits
        })?;
        spool.seek(SeekFrom::Start(0)).map_err(io)?;
        Ok(match sifted {
            Some(sifted) => {
                let unread = Unread::new(spool).map_err(io)?;
                Examined::Aside(Aside { sifted, unread })
            }
            None => {
                let all = spool.take(kept).chain(unkept.as_slice()).chain(all);
                Examined::Held(read::limited(all, path, kept)?)
            }
        })
    }
}

/// What was found in an input that need not be held; `None` as soon as it has to be.
fn sift(
    mut from: impl Read,
    hardening: &Hardening,
    path: &Path,
    mut keep: impl FnMut(&[u8]) -> bool,
) -> Result<Option<Sifted>, Error> {
    let io = |error| Error::io("read", path, error);
    let mut sift = Sift::new(hardening);
    let mut block = vec![0; BLOCK];
    let mut size = 0;
    loop {
        let read = match from.read(&mut block) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read.map_err(io)?,
        };
        let Some(read) = block.get(..read).filter(|read| !read.is_empty()) else {
            return Ok(sift.finish());
        };
        size += read.len() as u64;
        progress::count_bytes(read.len());
        if size > read::MOST {
            return Err(Error::TooLarge(path.to_owned()));
        }
        if !keep(read) || !sift.push(read) {
            return Ok(None);
        }
    }
}

impl Aside {
    /// Its bytes, for an input that has to be held after all.
    pub(crate) fn hold(self, path: &Path) -> Result<Vec<u8>, Error> {
        self.unread.hold(path)
    }

    /// Copies it.
    ///
    /// # Errors
    ///
    /// Also if the file has changed since it was opened.
    pub(crate) fn copy_to(&self, to: &mut File) -> io::Result<()> {
        let mut file = &self.unread.file;
        file.seek(SeekFrom::Start(self.unread.start))?;
        io::copy(&mut file, to)?;
        let (before, now) = (&self.unread.metadata, file.metadata()?);
        match before.len() == now.len() && before.modified()? == now.modified()? {
            true => Ok(()),
            false => Err(io::Error::other(
                "the input was changed while it was read; run again",
            )),
        }
    }

    /// Copies it to stdout. A reader that has gone away is no error.
    #[cfg(unix)]
    pub(crate) fn print(&self) -> Result<(), Error> {
        use std::os::fd::AsFd as _;
        let stdout = io::stdout().as_fd().try_clone_to_owned();
        match stdout.and_then(|stdout| self.copy_to(&mut File::from(stdout))) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(Error::io("write", Path::new("stdout"), error))
            }
            _ => Ok(()),
        }
    }

    #[cfg(not(unix))]
    pub(crate) fn print(self) -> Result<(), Error> {
        let bytes = self.hold(Path::new("-"))?;
        crate::show::print(&mut io::stdout().lock(), &bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_changed_after_it_was_examined_is_not_copied() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.yaml");
        let text = "kind: Widget\n---\n".repeat(300_000);
        std::fs::write(&path, &text).unwrap();
        let Content::Large(large) = file(&path).unwrap() else {
            panic!("it is held");
        };
        let examined = large.examine(&Hardening::default(), &path);
        let Examined::Aside(aside) = examined.unwrap() else {
            panic!("it is held");
        };
        let copy = || {
            let mut to = tempfile::tempfile().unwrap();
            aside
                .copy_to(&mut to)
                .map(|()| to.metadata().unwrap().len())
        };
        assert_eq!(copy().unwrap(), text.len() as u64);
        std::fs::write(&path, text + "kind: APIService\n").unwrap();
        assert!(copy().unwrap_err().to_string().contains("was changed"));
    }
}
