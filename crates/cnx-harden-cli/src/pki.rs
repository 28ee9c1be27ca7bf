//! The folder that `--pki` names: one layout, which `certs generate` and `certs
//! join` write, and `apply` and `diff` read.
//!
//! ```text
//! ca.crt ca.key                                      the authority
//! apiserver/  ca.crt tls.crt tls.key
//! etcd/       ca.crt client.crt client.key server.crt server.key
//! typha/      ca.crt server.crt server.key client.crt client.key
//! manager/    tls.crt tls.key
//! apiservices/<APIService>/  ca.crt tls.crt tls.key
//! ```

use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};

use cnx_certs::Role;

use crate::error::Error;

/// The folder of the aggregated API servers, a folder for each.
const API_SERVICES: &str = "apiservices";

/// Where the material of a role is.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) role: Role,
    /// The folder of its channel.
    pub(crate) folder: Cow<'static, str>,
    /// What its files are called, before the dot.
    stem: &'static str,
    /// Whether the folder has a `ca.crt`: what the other side trusts, where the
    /// other side is configured by the same manifests. Browsers are not.
    has_ca: bool,
}

/// All roles, in the order of [`Role::ALL`].
pub(crate) static PLACES: [Place; 6] = [
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
        folder: Cow::Borrowed(folder),
        stem,
        has_ca,
    }
}

impl Place {
    /// That of the server of an APIService.
    pub(crate) fn of_api_service(name: &str) -> Self {
        Self {
            role: Role::ApiServer,
            folder: Cow::Owned(format!("{API_SERVICES}/{name}")),
            stem: "tls",
            has_ca: true,
        }
    }

    pub(crate) fn is_of_api_service(&self) -> bool {
        self.folder.starts_with(API_SERVICES)
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
            .any(|place| folder.join(&*place.folder).is_dir())
            || folder.join(API_SERVICES).is_dir()
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
        let folder = self.0.join(&*place.folder);
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
        match self.0.join(&*place.folder).is_dir() {
            true => self.complete(place).map(Some),
            false => Ok(None),
        }
    }

    /// The APIServices that the folder has material for, in the order of their names.
    pub(crate) fn api_services(self) -> Vec<String> {
        let folders = fs::read_dir(self.0.join(API_SERVICES))
            .into_iter()
            .flatten();
        let folders = folders.flatten().filter(|folder| folder.path().is_dir());
        let names = folders.filter_map(|folder| folder.file_name().into_string().ok());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    }

    /// All places: those of the roles, and those of the APIServices that are there.
    pub(crate) fn places(self) -> Vec<Place> {
        let api_services = self.api_services();
        let api_services = api_services.iter().map(|name| Place::of_api_service(name));
        PLACES.iter().cloned().chain(api_services).collect()
    }

    /// The files of the server of an APIService, which must all be there.
    pub(crate) fn api_service(self, name: &str) -> Result<Files, Error> {
        self.complete(&Place::of_api_service(name))
    }

    fn complete(self, place: &Place) -> Result<Files, Error> {
        let files = self.files(place);
        let needed = files.ca.iter().chain([&files.certificate, &files.key]);
        let missing: Vec<_> = needed.filter(|path| !path.exists()).cloned().collect();
        if missing.is_empty() {
            return Ok(files);
        }
        Err(Error::HalfFolder {
            folder: self.0.join(&*place.folder),
            waiting: missing.contains(&files.certificate) && files.request.exists(),
            missing,
        })
    }
}
