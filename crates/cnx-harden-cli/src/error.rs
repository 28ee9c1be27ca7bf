//! What stops a run: said on stderr, exit code 2.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use cnx_certs::{PairError, PemError};
use cnx_harden_core::client_config::FilePathError;

/// An error of this program, one for each thing that is wrong.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("{}: cannot {action}: {source}\n  help: {}", .path.display(), io_help(source))]
    Io {
        action: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    #[error("{}:{line}: not UTF-8 at byte {offset}\n  help: save the file as UTF-8", .path.display())]
    NotUtf8 {
        path: PathBuf,
        line: usize,
        offset: usize,
    },
    #[error("{}: the folder holds no .yaml, .yml or .json file\n  help: name the manifests, or another folder", .0.display())]
    NoManifests(PathBuf),
    #[error("{}: {}\n  help: {}", .0.display(), .1, .1.help())]
    Pem(PathBuf, PemError),
    #[error("{} and {}: {}\n  help: {}", .0.display(), .1.display(), .2, .2.help())]
    Pair(PathBuf, PathBuf, PairError),
    #[error("{}: both inputs would be written there\n  help: give them in separate runs", .0.display())]
    Collision(PathBuf),
    #[error("{}: cannot write the Secret: {}\n  help: the material must be PEM files", .0.display(), .1)]
    Secret(PathBuf, String),
    #[error("{0}")]
    Usage(&'static str),
    #[error("{}: the path is not UTF-8\n  help: rename the file, or name its folder with --files-in", .0.display())]
    PathNotUtf8(PathBuf),
    #[error("{0}\n  help: name the folder that the files will be in with --files-in")]
    FilePath(#[from] FilePathError),
    #[error(transparent)]
    Harden(#[from] cnx_harden_core::Error),
    #[error(
        "{}: cannot replace: {source}
  help: put back by hand what could not be: {}",
        .path.display(), .stuck.join(", ")
    )]
    HalfWritten {
        path: PathBuf,
        source: io::Error,
        stuck: Vec<String>,
    },
}

impl Error {
    pub(crate) fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io {
            action,
            path: path.to_owned(),
            source,
        }
    }
}

fn io_help(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::NotFound => "check the path; no file was changed",
        io::ErrorKind::PermissionDenied => {
            "ask for the rights, or name another place; no file was changed"
        }
        io::ErrorKind::IsADirectory | io::ErrorKind::NotADirectory => {
            "name a file here; no file was changed"
        }
        io::ErrorKind::StorageFull | io::ErrorKind::FileTooLarge | io::ErrorKind::QuotaExceeded => {
            "make room, or name another place; no file was changed"
        }
        io::ErrorKind::ReadOnlyFilesystem => {
            "name a place that can be written; no file was changed"
        }
        _ => "no file was changed",
    }
}

/// Several errors of one run.
#[derive(Debug)]
pub(crate) struct Errors(pub(crate) Vec<Error>);

impl From<Error> for Errors {
    fn from(error: Error) -> Self {
        Self(vec![error])
    }
}

impl fmt::Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, error) in self.0.iter().enumerate() {
            if number > 0 {
                writeln!(f)?;
            }
            match error {
                // Findings say `error` by themselves, behind their place.
                Error::Harden(_) => write!(f, "{error}")?,
                _ => write!(f, "error: {error}")?,
            }
        }
        Ok(())
    }
}
