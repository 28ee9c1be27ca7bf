//! What stops a run: said on stderr, exit code 2.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use cnx_certs::generate::GenerateError;
use cnx_certs::{Door, Finding, PemError, Role, shown};
use cnx_harden_core::client_config::FilePathError;
use cnx_harden_core::{OnHost, PassedDocument, Why};

use crate::encoding::{Encoding, Undecodable};
use crate::show::Shown as _;

/// An error of this program, one for each thing that is wrong.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(
        "{}\n  help: {}",
        io_message(action, path, source),
        io_help(path, source)
    )]
    Io {
        action: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    #[error("{}:{line}: not {encoding} at byte {offset}\n  help: {SAVE_AS_UTF8}", .path.shown())]
    Undecodable {
        path: PathBuf,
        encoding: Encoding,
        line: usize,
        offset: usize,
    },
    #[error("{}:{}:{}: {}\n  help: {}", shown(&.0.file), .0.line, .0.column, shown(&.0.message), unread_help(.0.why))]
    Unread(PassedDocument),
    #[error(
        "no object that a connection is about was found: {0}\n  help: name the manifests, or their folder; names of your own are given by --config or flags"
    )]
    Nothing(String),
    #[error(
        "there is nothing to verify: the certificates are on the hosts, not in the manifests{}\n  help: give copies of the files: --etcd-ca, --etcd-cert and --etcd-key, for example", programs(.0)
    )]
    OnHost(Vec<OnHost>),
    #[error("{}: the file is UTF-16, and only UTF-8 can be edited\n  help: save it as UTF-8; nothing was written", .0.shown())]
    Utf16(PathBuf),
    #[error("{}: the file is UTF-16, and cannot be printed in one stream with others\n  help: save it as UTF-8, or write to a folder with --output-dir; nothing was written", .0.shown())]
    Utf16AmongOthers(PathBuf),
    #[error("{}: the folder holds no .yaml, .yml or .json file\n  help: name the manifests, or another folder", .0.shown())]
    NoManifests(PathBuf),
    #[error("{}: the folder holds no .yaml, .yml or .json file that git does not ignore\n  help: leave out --git-ignore, or name the files", .0.shown())]
    AllIgnored(PathBuf),
    #[error("{}: the folder holds no file of certificates or keys (.crt, .pem, .key and their like)\n  help: name the files, or another folder", .0.shown())]
    NoCertificates(PathBuf),
    #[error("{}: both inputs would be written there\n  help: give them in separate runs", .0.shown())]
    Collision(PathBuf),
    #[error("there is no finding {name:?}\n  help: {}", did_you_mean(.near.as_deref()))]
    NoCode { name: String, near: Option<String> },
    #[error("{place}: {error}\n  help: {}", .error.help())]
    PemValue { place: String, error: PemError },
    #[error("{}: {}\n  help: {}", .0.shown(), .1, .1.help())]
    Pem(PathBuf, PemError),
    #[error("{}:{}: {}[{}]: {}\n  help: {}",
        .0.shown(), .1.line, .1.severity, .1.code, .1.message, .1.help.for_door(Door::Command))]
    Finding(PathBuf, Finding),
    #[error("{}\n  help: {}", .0, .0.help().for_door(Door::Command))]
    Generate(GenerateError),
    #[error("{}: {}\n  help: {}", .0.shown(), .1, .1.help().for_door(Door::Command))]
    Authority(PathBuf, GenerateError),
    #[error("there already: {}\n  help: leave them out with --only, or replace them with --force; nothing was written", paths(.0))]
    Exists(Vec<PathBuf>),
    #[error("{}: the certificate is there, and would not be of a new key\n  help: make the requests in another folder, or leave this one out with --only", .0.shown())]
    NewKeyOfCertificate(PathBuf),
    #[error("{}: holds another CA, and whoever trusts that one alone would refuse the new certificate\n  help: use another folder, or take the connection's folder away", .0.shown())]
    OtherCa(PathBuf),
    #[error("{}: the CA's key is missing, so nothing can be signed\n  help: give the CA with --ca-cert and --ca-key, or make requests for it with --csr", .0.shown())]
    NoCaKey(PathBuf),
    #[error("{}: missing, though its key exists\n  help: put it back, or use another folder", .0.shown())]
    NoCaCertificate(PathBuf),
    #[error("{}: no certificate in it is of a key of the folder\n  help: give what the CA made of the folder's requests; a CA goes to --ca", .0.shown())]
    NoKeyOf(PathBuf),
    #[error("{}: another certificate of the key of {} was given\n  help: give the one that is to be used", .0.shown(), .1)]
    TwoCertificates(PathBuf, Role),
    #[error("{}: not a folder of keys and certificates (apiserver, etcd, typha, manager or apiservices in it)\n  help: {}", .0.shown(), no_pki_help(.0))]
    NoPki(PathBuf),
    #[error("{}: --output-dir makes a folder, and this is the name of a manifest\n  help: name a folder, or redirect stdout into the file", .0.shown())]
    FolderLikeFile(PathBuf),
    #[error("{}: {} not there\n  help: {}", .folder.shown(), missing_files(missing), half_help(*.waiting))]
    HalfFolder {
        folder: PathBuf,
        /// The certificate was requested, and is to come.
        waiting: bool,
        missing: Vec<PathBuf>,
    },
    #[error("{}: cannot write the Secret: {}\n  help: the material must be PEM files", .0.shown(), .1)]
    Secret(PathBuf, String),
    #[error("{}: something else is there\n  help: remove it if it is not needed any more, then run this again", .0.shown())]
    OtherFile(PathBuf),
    #[error("{}: not a baseline: {message}\n  help: write it anew with --write-baseline", .path.shown())]
    Baseline { path: PathBuf, message: String },
    #[error("nothing was written: the answer was not yes")]
    Declined,
    #[error("{0}")]
    Usage(&'static str),
    #[error("{}: the path is not UTF-8\n  help: rename the file, or name its folder with --files-in", .0.shown())]
    PathNotUtf8(PathBuf),
    #[error("{0}\n  help: name the folder that the files will be in with --files-in")]
    FilePath(#[from] FilePathError),
    #[error(transparent)]
    Harden(cnx_harden_core::Error),
    #[error("{}: not written: it is no regular file\n  help: name a file, or - for stdout where that is taken; nothing was written", .0.shown())]
    NotAFile(PathBuf),
    #[error("{}: not written: it is one of the files that were read\n  help: name another file; nothing was written", .0.shown())]
    OverInput(PathBuf),
    #[error("{}: not written: somebody has changed it since it was read\n  help: run this again", .0.shown())]
    Changed(PathBuf),
    #[error("{}: another run of cnx-harden writes into this folder\n  help: run this again when it is done; nothing was written", .0.shown())]
    Busy(PathBuf),
    #[error("interrupted\n  help: nothing was written; run this again")]
    Interrupted,
    #[error("{}: more than 1 GiB\n  help: give it in parts; nothing was written", .0.shown())]
    TooLarge(PathBuf),
    #[error("{}: is inside of {}, whose files are read, so that a second run would read what the first one wrote\n  help: name a folder outside of it", .folder.shown(), .of.shown())]
    OutputInside { folder: PathBuf, of: PathBuf },
    #[error("{error}\n  help: put back by hand what could not be: {}", .stuck.join(", "))]
    HalfWritten {
        error: Box<Error>,
        stuck: Vec<String>,
    },
}

/// Worded for whoever gives flags, unless that is done.
impl From<cnx_harden_core::Error> for Error {
    fn from(error: cnx_harden_core::Error) -> Self {
        Self::Harden(error.worded(Door::Command))
    }
}

impl Error {
    /// What is wrong, and what to do, of an input that cannot be read.
    pub(crate) fn told(&self) -> (String, &'static str) {
        match self {
            Self::Io {
                action,
                path,
                source,
            } => (io_message(action, path, source), io_help(path, source)),
            Self::Undecodable {
                path,
                encoding,
                line,
                offset,
            } => {
                let path = path.shown();
                let message = format!("{path}:{line}: not {encoding} at byte {offset}");
                (message, SAVE_AS_UTF8)
            }
            error => (error.to_string(), ""),
        }
    }

    pub(crate) fn undecodable(path: &Path, error: &Undecodable) -> Self {
        Self::Undecodable {
            path: path.to_owned(),
            encoding: error.encoding,
            line: error.line,
            offset: error.offset,
        }
    }

    pub(crate) fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io {
            action,
            path: path.to_owned(),
            source,
        }
    }
}

const fn unread_help(why: Why) -> &'static str {
    match why {
        Why::Template => "render the template first: helm template CHART | cnx-harden … -",
        _ => "correct the file at this place, or leave it out; no file was changed",
    }
}

fn did_you_mean(near: Option<&str>) -> String {
    match near {
        Some(near) => format!("did you mean {near}?"),
        None => "`cnx-harden explain` lists them".to_owned(),
    }
}

fn paths(paths: &[PathBuf]) -> String {
    let paths: Vec<_> = paths.iter().map(|path| path.shown()).collect();
    paths.join(", ")
}

/// A line for each program; of many the first few.
fn programs(all: &[OnHost]) -> String {
    const MOST: usize = 10;
    let line = |one: &OnHost| {
        let paths = shown(&one.paths.join(", "));
        format!("\n  {}: {paths}", shown(&one.program))
    };
    let lines: String = all.iter().take(MOST).map(line).collect();
    match all.len().saturating_sub(MOST) {
        0 => lines,
        more => format!("{lines}\n  and {more} more"),
    }
}

fn missing_files(missing: &[PathBuf]) -> String {
    let names = missing.iter().filter_map(|path| path.file_name());
    let names: Vec<_> = names.map(|name| name.to_string_lossy()).collect();
    match names.len() {
        1 => format!("{} is", names.concat()),
        _ => format!("{} are", names.join(", ")),
    }
}

const fn half_help(waiting: bool) -> &'static str {
    if waiting {
        "the certificate was requested; put it there when it is signed: cnx-harden certs join"
    } else {
        "put it there, or take the folder away: a connection whose folder is missing is left as it is"
    }
}

const SAVE_AS_UTF8: &str = "save the file as UTF-8";

fn io_message(action: &str, path: &Path, error: &io::Error) -> String {
    format!("{}: cannot {action}: {error}", path.shown())
}

fn no_pki_help(path: &Path) -> String {
    match path.is_file() {
        true => "name the folder that it is in".to_owned(),
        false => format!("make one: cnx-harden certs generate --pki {}", path.shown()),
    }
}

fn io_help(path: &Path, error: &io::Error) -> &'static str {
    let name = path.to_string_lossy();
    match error.kind() {
        io::ErrorKind::NotFound if name.contains("://") => {
            "fetch it: curl -sSfL URL | cnx-harden ... -; no file was changed"
        }
        io::ErrorKind::NotFound if name.contains(['*', '?', '[']) => {
            "leave the quotes out, so that the shell finds the files, or name their folder; no file was \
             changed"
        }
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

impl Errors {
    /// The errors, if there are any.
    pub(crate) fn of(errors: impl Iterator<Item = Error>) -> Result<(), Self> {
        let errors: Vec<_> = errors.collect();
        match errors.is_empty() {
            true => Ok(()),
            false => Err(Self(errors)),
        }
    }
}

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
