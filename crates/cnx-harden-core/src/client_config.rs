//! Configuration files of etcd's clients outside of the manifests: calicoctl,
//! Felix on bare metal, the CNI plugin. Text out, nothing is written here.
//!
//! The material is named by its files or, for calicoctl, stands in the file
//! itself. A type for each way keeps the two apart: calicoctl refuses a file in
//! which they are mixed.
//!
//! ```
//! use cnx_harden_core::client_config::{FilePath, FilePaths, felix};
//! use cnx_harden_core::etcd::Endpoints;
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let files = FilePaths {
//!     ca: FilePath::new("/etc/calico/etcd-ca.crt")?,
//!     cert: FilePath::new("/etc/calico/etcd.crt")?,
//!     key: FilePath::new("/etc/calico/etcd.key")?,
//! };
//! let text = felix(&Endpoints::parse("https://10.0.0.1:2379")?, &files);
//! assert!(text.contains("EtcdKeyFile = /etc/calico/etcd.key\n"));
//! # Ok(()) }
//! ```

use std::fmt::Write as _;

use zeroize::Zeroizing;

use crate::etcd::{Endpoints, Etcd};

/// An absolute path that can stand in each of the formats.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilePath(String);

/// Why a path cannot stand in a configuration file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FilePathError {
    /// It depends on where a program is started.
    #[error("the path {0:?} is not absolute; a client may start in any folder")]
    Relative(String),
    /// A character that some format gives a meaning to.
    #[error("the path {0:?} has the character {1:?}, which a configuration file cannot hold")]
    Character(String, char),
}

impl FilePath {
    /// Takes an absolute path.
    ///
    /// # Errors
    ///
    /// Where it is relative, or has control characters, quotes, backslashes or
    /// comment signs, which mean different things to the three readers.
    pub fn new(path: impl Into<String>) -> Result<Self, FilePathError> {
        let path = path.into();
        if !path.starts_with('/') {
            return Err(FilePathError::Relative(path));
        }
        let special = |c: &char| c.is_control() || matches!(c, '"' | '\'' | '`' | '\\' | '#' | ';');
        match path.chars().find(special) {
            Some(character) => Err(FilePathError::Character(path, character)),
            None => Ok(Self(path)),
        }
    }
}

/// Where a client finds the files of the material.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilePaths {
    /// What etcd is verified with.
    pub ca: FilePath,
    /// What the client presents.
    pub cert: FilePath,
    /// Its key.
    pub key: FilePath,
}

/// How calicoctl gets the material.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credentials<'m> {
    /// It is in files.
    Files(&'m FilePaths),
    /// It is in the configuration file, which then is a secret.
    Inline(&'m Etcd),
}

/// `calicoctl.cfg`, by default at `/etc/calico`.
///
/// ```text
/// apiVersion: projectcalico.org/v3
/// kind: CalicoAPIConfig
/// metadata:
/// spec:
///   datastoreType: "etcdv3"
///   etcdEndpoints: "https://10.0.0.1:2379"
///   etcdKeyFile: "/etc/calico/etcd.key"
///   etcdCertFile: "/etc/calico/etcd.crt"
///   etcdCACertFile: "/etc/calico/etcd-ca.crt"
/// ```
#[must_use]
pub fn calicoctl(endpoints: &Endpoints, credentials: Credentials<'_>) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::from(
        "apiVersion: projectcalico.org/v3\nkind: CalicoAPIConfig\nmetadata:\nspec:\n  \
         datastoreType: \"etcdv3\"\n",
    ));
    let _ = writeln!(out, "  etcdEndpoints: \"{endpoints}\"");
    match credentials {
        Credentials::Files(FilePaths { ca, cert, key }) => {
            for (field, path) in [
                ("etcdKeyFile", key),
                ("etcdCertFile", cert),
                ("etcdCACertFile", ca),
            ] {
                let _ = writeln!(out, "  {field}: \"{}\"", path.0);
            }
        }
        Credentials::Inline(material) => {
            block(&mut out, "etcdKey", material.key.pem());
            block(&mut out, "etcdCert", material.certificate.pem());
            block(&mut out, "etcdCACert", material.ca.pem());
        }
    }
    out
}

/// The PEM blocks as a literal scalar. What stands between them is prose.
fn block(out: &mut String, field: &str, pem: &[u8]) {
    let _ = writeln!(out, "  {field}: |");
    let text = Zeroizing::new(String::from_utf8_lossy(pem).into_owned());
    let mut inside = false;
    for line in text.lines().map(str::trim) {
        inside |= line.starts_with("-----BEGIN ");
        if inside {
            let _ = writeln!(out, "    {line}");
        }
        inside &= !line.starts_with("-----END ");
    }
}

/// `felix.cfg` of a host without Kubernetes, by default at `/etc/calico`.
///
/// ```text
/// [global]
/// DatastoreType = etcdv3
/// EtcdEndpoints = https://10.0.0.1:2379
/// EtcdCaFile = /etc/calico/etcd-ca.crt
/// EtcdCertFile = /etc/calico/etcd.crt
/// EtcdKeyFile = /etc/calico/etcd.key
/// ```
#[must_use]
pub fn felix(endpoints: &Endpoints, FilePaths { ca, cert, key }: &FilePaths) -> String {
    format!(
        "[global]\nDatastoreType = etcdv3\nEtcdEndpoints = {endpoints}\nEtcdCaFile = {}\n\
         EtcdCertFile = {}\nEtcdKeyFile = {}\n",
        ca.0, cert.0, key.0
    )
}

/// The fields that the CNI plugin's configuration needs, as a JSON object: its
/// entries go beside `"type": "calico"`.
///
/// ```text
/// {
///   "etcd_endpoints": "https://10.0.0.1:2379",
///   "etcd_key_file": "/etc/cni/net.d/calico-tls/etcd-key",
///   "etcd_cert_file": "/etc/cni/net.d/calico-tls/etcd-cert",
///   "etcd_ca_cert_file": "/etc/cni/net.d/calico-tls/etcd-ca"
/// }
/// ```
#[must_use]
pub fn cni(endpoints: &Endpoints, FilePaths { ca, cert, key }: &FilePaths) -> String {
    format!(
        "{{\n  \"etcd_endpoints\": \"{endpoints}\",\n  \"etcd_key_file\": \"{}\",\n  \
         \"etcd_cert_file\": \"{}\",\n  \"etcd_ca_cert_file\": \"{}\"\n}}\n",
        key.0, cert.0, ca.0
    )
}
