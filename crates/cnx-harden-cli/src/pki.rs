//! The folder that `--pki` names: one layout, which `certs generate` and `certs
//! join` write, and `apply` and `diff` read.
//!
//! ```text
//! ca.crt ca.key                                      the authority
//! apiserver/  ca.crt tls.crt tls.key
//! etcd/       ca.crt client.crt client.key server.crt server.key
//! typha/      ca.crt server.crt server.key client.crt client.key
//! manager/    tls.crt tls.key
//! ```

use std::path::{Path, PathBuf};

use cnx_certs::Role;

use crate::error::Error;

/// Where the material of a role is.
pub(crate) struct Place {
    pub(crate) role: Role,
    /// The folder of its channel.
    pub(crate) folder: &'static str,
    /// What its files are called, before the dot.
    stem: &'static str,
    /// Whether the folder has a `ca.crt`: what the other side trusts, where the
    /// other side is configured by the same manifests. Browsers are not.
    has_ca: bool,
}

/// All roles, in the order of [`Role::ALL`].
pub(crate) const PLACES: [Place; 6] = [
    place(Role::ApiServer, "apiserver", "tls", true),
    place(Role::EtcdClient, "etcd", "client", true),
    place(Role::EtcdServer, "etcd", "server", true),
    place(Role::TyphaServer, "typha", "server", true),
    place(Role::TyphaClient, "typha", "client", true),
    place(Role::Manager, "manager", "tls", false),
];

const fn place(role: Role, folder: &'static str, stem: &'static str, has_ca: bool) -> Place {
    Place {
        role,
        folder,
        stem,
        has_ca,
    }
}

/// The files of a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Files {
    /// None for the Manager: a browser trusts what it trusts.
    pub(crate) ca: Option<PathBuf>,
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
    /// The request (CSR), where the certificate is somebody else's to make.
    pub(crate) request: PathBuf,
}

/// A folder of this layout.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pki<'p>(&'p Path);

impl<'p> Pki<'p> {
    pub(crate) const fn new(folder: &'p Path) -> Self {
        Self(folder)
    }

    /// A folder that must have something to read.
    pub(crate) fn open(folder: &'p Path) -> Result<Self, Error> {
        if PLACES
            .iter()
            .any(|place| folder.join(place.folder).is_dir())
        {
            return Ok(Self(folder));
        }
        Err(Error::NoPki(folder.to_owned()))
    }

    pub(crate) fn folder(self) -> &'p Path {
        self.0
    }

    /// The authority's certificate.
    pub(crate) fn ca(self) -> PathBuf {
        self.0.join("ca.crt")
    }

    /// The authority's key, where it was made here.
    pub(crate) fn ca_key(self) -> PathBuf {
        self.0.join("ca.key")
    }

    /// Where a role's files are, or will be.
    pub(crate) fn files(self, place: &Place) -> Files {
        let folder = self.0.join(place.folder);
        let file = |extension: &str| folder.join(format!("{}.{extension}", place.stem));
        Files {
            ca: place.has_ca.then(|| folder.join("ca.crt")),
            certificate: file("crt"),
            key: file("key"),
            request: file("csr"),
        }
    }

    /// The files of a role whose channel is asked for: its folder is there, and
    /// then all of the files must be.
    pub(crate) fn material(self, role: Role) -> Result<Option<Files>, Error> {
        let Some(place) = PLACES.iter().find(|place| place.role == role) else {
            return Ok(None);
        };
        if !self.0.join(place.folder).is_dir() {
            return Ok(None);
        }
        let files = self.files(place);
        let needed = files.ca.iter().chain([&files.certificate, &files.key]);
        let missing: Vec<_> = needed.filter(|path| !path.exists()).cloned().collect();
        if missing.is_empty() {
            return Ok(Some(files));
        }
        Err(Error::HalfFolder {
            folder: self.0.join(place.folder),
            waiting: missing.contains(&files.certificate) && files.request.exists(),
            missing,
        })
    }
}
