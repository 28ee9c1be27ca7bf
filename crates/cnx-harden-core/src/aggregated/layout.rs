//! Where a server takes its certificate and key from: the strategy.

use cnx_certs::{Setting, help};

use super::server::Server;
use super::trust::TLS;
use crate::edits::same_folder;
use crate::finding::{Code, Finding};
use crate::inventory::{Break, FileRef, Mount, ObjectKey, Said, VolumeSource};
use crate::profile::{PAIR, Profile, Strategy};

/// The flags, the certificate's first.
pub(crate) const FLAGS: [&str; 2] = ["--tls-cert-file", "--tls-private-key-file"];

/// The files of a server, the certificate's first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// Their paths in the container.
    pub(super) paths: [String; 2],
    /// How the server is told of them.
    pub(super) strategy: Strategy,
}

impl Layout {
    fn new(strategy: Strategy, folder: &str, files: [&str; 2]) -> Self {
        let folder = folder.trim_end_matches('/');
        Self {
            paths: files.map(|file| format!("{folder}/{file}")),
            strategy,
        }
    }

    /// The layout of `server`: what its manifest says already, or else what its profile
    /// or `wanted` says, or else the flags with a folder of their own.
    pub(super) fn of(server: &Server<'_, '_>, wanted: Option<Strategy>) -> Result<Self, Finding> {
        let profile = server.profile.as_ref();
        let strategy = wanted.or(profile.map(|profile| profile.strategy));
        if let (
            Some(Profile {
                folder,
                certificate,
                key,
                ..
            }),
            Some(Strategy::FixedPath),
        ) = (profile, strategy)
        {
            return Ok(Self::new(Strategy::FixedPath, folder, [certificate, key]));
        }
        if strategy == Some(Strategy::FixedPath) {
            let message = "no profile says which files the server reads";
            let help = "add one for its API group to spec.profiles in the config";
            let at = &server.container.at;
            return Err(server.conflict(Code::UnexpectedValue, at, message, help));
        }
        let says = |flag: &str| match server.flag(flag) {
            Said::Text(path, at) if path.contains("$(") || !path.starts_with('/') => {
                let message = format!("{flag} is not an absolute path");
                let help = "write the path out, from the root of the container";
                Err(server.conflict(Code::PathMismatch, &at.route, message, help))
            }
            said => Ok(said.text().map(str::to_owned)),
        };
        let [certificate, key] = FLAGS;
        match (says(certificate)?, says(key)?) {
            (None, None) => {}
            (Some(certificate), Some(key)) => {
                let (paths, strategy) = ([certificate, key], Strategy::Flags);
                return Ok(Self { paths, strategy });
            }
            (Some(certificate), None) => {
                let key = beside(&certificate, [".crt", ".pem", ".cert"], ".key", TLS[1]);
                let (paths, strategy) = ([certificate, key], Strategy::Flags);
                return Ok(Self { paths, strategy });
            }
            (None, Some(key)) => {
                let certificate = beside(&key, [".key", "-key.pem", ".pem"], ".crt", TLS[0]);
                let (paths, strategy) = ([certificate, key], Strategy::Flags);
                return Ok(Self { paths, strategy });
            }
        }
        let folder = server.flag("--cert-dir");
        match (strategy, folder.text()) {
            (Some(Strategy::CertDir), None) => {
                let message = "the server has no --cert-dir";
                let help = "let it be told by flags: leave the strategy out";
                let at = &server.container.at;
                return Err(server.conflict(Code::UnexpectedValue, at, message, help));
            }
            (Some(Strategy::CertDir), Some(folder)) if server.is_filled(folder) => {
                let message = "the folder of --cert-dir is one that the pod fills";
                let help = help![
                    "leave out ",
                    Setting::ApiServiceStrategy,
                    ", so that flags tell it"
                ];
                let at = &server.container.at;
                return Err(server.conflict(Code::VolumeConflict, at, message, help));
            }
            (Some(Strategy::CertDir), Some(folder)) => {
                return Ok(Self::new(Strategy::CertDir, folder, PAIR));
            }
            // A Secret is mounted there already. A folder that the pod fills is used for
            // more, such as /tmp, and flags work whatever it holds.
            (None, Some(folder)) if server.holds_pair(folder) => {
                return Ok(Self::new(Strategy::CertDir, folder, PAIR));
            }
            _ => {}
        }
        if let Some((folder, files)) = server.mounted_secret() {
            return Ok(Self {
                paths: files.map(|file| format!("{folder}/{file}")),
                strategy: Strategy::Flags,
            });
        }
        Ok(match profile {
            Some(Profile {
                folder,
                certificate,
                key,
                ..
            }) => Self::new(Strategy::Flags, folder, [certificate, key]),
            None => Self::new(Strategy::Flags, &server.names.mount_path, TLS),
        })
    }
}

/// The file that is to stand beside `path`: of the same name, or `name`.
fn beside<const N: usize>(path: &str, endings: [&str; N], ending: &str, name: &str) -> String {
    let stem = endings.iter().find_map(|ending| path.strip_suffix(ending));
    match (stem, path.rsplit_once('/')) {
        (Some(stem), _) => format!("{stem}{ending}"),
        (None, Some((folder, _))) => format!("{folder}/{name}"),
        (None, None) => name.to_owned(),
    }
}

impl Server<'_, '_> {
    /// Whether a Secret is mounted at the folder of `--cert-dir`, which is to hold the
    /// pair, and not one of the names that flags are given.
    fn holds_pair(&self, folder: &str) -> bool {
        let file = |name: &str| {
            let path = format!("{}/{name}", folder.trim_end_matches('/'));
            self.follow(&path).end
        };
        let is_secret = match file(PAIR[0]) {
            Ok(FileRef::Key(at, _)) | Err(Break::Unset(at, _)) => self.is_secret(at.object),
            Ok(FileRef::Outside(ObjectKey { kind, .. }, _)) => kind == "Secret",
            Err(Break::NoKey(object, _)) => self.is_secret(object),
            Err(Break::NoItem(_)) => true,
            _ => false,
        };
        is_secret && !matches!(file(TLS[0]), Ok(FileRef::Key(..)))
    }

    /// Whether a folder is one that the pod fills.
    fn is_filled(&self, folder: &str) -> bool {
        let path = format!("{}/{}", folder.trim_end_matches('/'), PAIR[0]);
        self.follow(&path).end == Ok(FileRef::Generated)
    }

    /// A folder at which the server's Secret is mounted already, and the names of the
    /// two files there. One that an argument names is for something else.
    fn mounted_secret(&self) -> Option<(String, [String; 2])> {
        let named = |mount: &&Mount| {
            mount.volume == self.names.volume || same_folder(&mount.path, &self.names.mount_path)
        };
        let secret = |mount: &Mount| {
            let whole = mount.sub_path.is_none() && !mount.sub_path_expr;
            match &self.pod.volume(&mount.volume)?.source {
                VolumeSource::Object(files) if whole && files.object.kind == "Secret" => {
                    Some(files)
                }
                _ => None,
            }
        };
        let with_secret = self
            .container
            .mounts
            .iter()
            .filter(|mount| secret(mount).is_some());
        let with_secret: Vec<&Mount> = with_secret.collect();
        let own = with_secret.iter().copied().find(|mount| {
            let name = secret(mount).map(|files| files.object.name.as_str());
            named(mount) || name == Some(&self.names.secret)
        });
        let mut others = with_secret.iter().copied().filter(|mount| {
            let name = secret(mount).map(|files| files.object.name.as_str());
            name.is_some_and(|name| self.is_tls(name)) && !self.is_named_by_argument(&mount.path)
        });
        let other = || match (others.next(), others.next()) {
            (Some(mount), None) => Some(mount),
            _ => None,
        };
        let mount = own.or_else(other)?;
        let files = secret(mount)?;
        let file = |key: &str| {
            let items = files.items.iter().flatten();
            let mut paths = items
                .filter(|(own, _)| own == key)
                .map(|(_, path)| path.clone());
            paths.next().unwrap_or_else(|| key.to_owned())
        };
        Some((mount.path.trim_end_matches('/').to_owned(), TLS.map(file)))
    }

    /// Whether a Secret in the input holds, or is to hold, a certificate with its key.
    fn is_tls(&self, name: &str) -> bool {
        self.secret(name).is_some_and(|id| {
            let node = self.inventory.node(id);
            let kind = node.and_then(|node| node.text_at(&["type"]));
            let has = |key: &str| self.inventory.entry(id, key).is_some();
            kind == Some("kubernetes.io/tls") || TLS.iter().any(|key| has(key))
        })
    }

    /// Whether an argument of the container, other than `--cert-dir`, names a file there.
    fn is_named_by_argument(&self, folder: &str) -> bool {
        let inside = format!("{}/", folder.trim_end_matches('/'));
        let mut arguments = self.container.arguments.iter();
        arguments.any(|(_, text)| text.contains(&inside))
    }
}
