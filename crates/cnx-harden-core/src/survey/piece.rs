//! The files of a role, and where each of them was found.

use std::fmt;

use cnx_certs::{Identity, Material, Policy, Role, Severity};

use super::Program;
use super::held::{self, Held};
use crate::certificates::{CHECKED, check};
use crate::channel::Channel;
use crate::finding::Finding;
use crate::inventory::{At, Break, FileRef, Inventory, ObjectId, ObjectKey, Said, is_open};

/// What one role of a connection presents, and what it is verified with, as far as
/// manifests have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The role.
    pub role: Role,
    /// The names that the other side asks for.
    pub names: Vec<String>,
    /// What the other side compares with, of Typha and Felix.
    pub identity: Identity,
    /// What the other side verifies the certificate with.
    pub(crate) ca: Piece,
    pub(crate) certificate: Piece,
    pub(crate) key: Piece,
    /// The files that say what is to be in the certificate, of an API server that is not
    /// CNX's.
    pub(crate) inputs: Vec<String>,
}

impl Credentials {
    pub(crate) fn new(role: Role, [ca, certificate, key]: [Piece; 3]) -> Self {
        Self {
            role,
            names: Vec::new(),
            identity: Identity::default(),
            ca,
            certificate,
            key,
            inputs: Vec::new(),
        }
    }

    /// The CA's certificates, where they are in the manifests.
    #[must_use]
    pub const fn ca(&self) -> Option<&Held> {
        self.ca.held()
    }

    /// The certificate, where it is in the manifests.
    #[must_use]
    pub const fn certificate(&self) -> Option<&Held> {
        self.certificate.held()
    }

    /// Its key, where it is in the manifests.
    #[must_use]
    pub const fn key(&self) -> Option<&Held> {
        self.key.held()
    }

    /// The connection that the role is of.
    pub(crate) const fn channel(&self) -> Channel {
        match self.role {
            Role::ApiServer => Channel::KubeApiserver,
            Role::EtcdClient | Role::EtcdServer => Channel::Etcd,
            Role::TyphaServer | Role::TyphaClient => Channel::Typha,
            Role::Manager => Channel::Manager,
        }
    }

    /// CA, certificate and key.
    pub(crate) const fn pieces(&self) -> [&Piece; 3] {
        [&self.ca, &self.certificate, &self.key]
    }

    /// Whether certificate and key are one file.
    pub(crate) fn is_one_file(&self) -> bool {
        match (self.certificate(), self.key()) {
            (Some(certificate), Some(key)) => certificate.at() == key.at(),
            _ => false,
        }
    }

    /// Why the other side would not take the certificate; none where it would, or
    /// where the manifests do not have all of it.
    pub(crate) fn fault(&self, policy: &Policy) -> Option<String> {
        let material = Material {
            role: self.role,
            ca: self.ca().map(Held::bytes),
            certificate: self.certificate()?.bytes(),
            key: Some(self.key()?.bytes()),
            names: &self.names,
            identity: &self.identity,
        };
        let mut errors = check(&[material], policy)
            .into_iter()
            .filter(|finding| finding.severity == Severity::Error);
        let error = errors.next()?;
        Some(format!("{} [{}]", error.message, error.code))
    }

    /// Whether there is a certificate, and no [`fault`](Self::fault) because nobody looked.
    pub(crate) const fn is_unchecked(&self) -> bool {
        !CHECKED && self.certificate().is_some()
    }
}

/// A file that a program reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    /// What it is told by, or else what it is: `ETCD_CERT_FILE`, `--cacert`, `caBundle`.
    pub(crate) name: String,
    /// Where its path is said; none where nothing says it, or no path is needed.
    pub(crate) told: Option<At>,
    pub(crate) file: File,
}

/// Where a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum File {
    /// Nothing tells of one.
    Unset,
    /// Its path is still to be written.
    Placeholder,
    /// Its path is in an object that is not in the input.
    Elsewhere(ObjectKey),
    /// Its path cannot be told.
    Unclear,
    /// It is this value.
    Held(Box<Held>),
    /// It is a value that cannot be read, such as one that is not base64.
    Unreadable(ObjectId, String, Box<Finding>),
    /// It is a key of an object that is not in the input.
    Outside(ObjectKey, String),
    /// It is on the host, or made in the pod: there, as far as manifests can say. On the
    /// host it has this path.
    There(Option<String>),
    /// The way to it breaks.
    Broken(Break),
}

impl Piece {
    pub(crate) fn unset(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            told: None,
            file: File::Unset,
        }
    }

    /// The file whose path is `said`.
    pub(crate) fn told(
        inventory: &Inventory<'_>,
        program: &Program<'_>,
        name: &str,
        said: Said,
    ) -> Self {
        let (told, file) = match said {
            Said::Nothing => (None, File::Unset),
            Said::Elsewhere(object, at) => (Some(at), File::Elsewhere(object)),
            Said::Unclear(at) => (Some(at), File::Unclear),
            Said::Text(path, at) if is_open(&path) => (Some(at), File::Placeholder),
            Said::Text(path, at) => (Some(at), File::at(inventory, program, &path)),
        };
        Self {
            name: name.to_owned(),
            told,
            file,
        }
    }

    /// The file at a path that the program knows by itself.
    pub(crate) fn fixed(
        inventory: &Inventory<'_>,
        program: &Program<'_>,
        name: &str,
        path: &str,
    ) -> Self {
        Self {
            name: name.to_owned(),
            told: None,
            file: File::at(inventory, program, path),
        }
    }

    /// The value of a key, which stands for the file.
    pub(crate) fn key(inventory: &Inventory<'_>, object: ObjectId, key: &str) -> Self {
        Self {
            name: key.to_owned(),
            told: None,
            file: File::key(inventory, object, key),
        }
    }

    /// The key of an object that is not in the input.
    pub(crate) fn outside(key: &str, kind: &'static str, name: &str) -> Self {
        let name = name.to_owned();
        Self {
            name: key.to_owned(),
            told: None,
            file: File::Outside(ObjectKey { kind, name }, key.to_owned()),
        }
    }

    pub(crate) const fn held(&self) -> Option<&Held> {
        match &self.file {
            File::Held(held) => Some(held),
            _ => None,
        }
    }

    /// Whether the program is told of a file.
    pub(crate) const fn is_told(&self) -> bool {
        !matches!(self.file, File::Unset)
    }

    /// What the file is a value of.
    pub(crate) const fn object(&self) -> Option<ObjectId> {
        match &self.file {
            File::Held(held) => Some(held.object),
            File::Broken(Break::NoKey(object, _)) | File::Unreadable(object, ..) => Some(*object),
            File::Broken(Break::Unset(at, _)) => Some(at.object),
            _ => None,
        }
    }

    /// Whether its way breaks before it comes to an object.
    pub(crate) const fn is_lost(&self) -> bool {
        matches!(
            self.file,
            File::Broken(
                Break::NoMount | Break::NoVolume(..) | Break::NotAFile(_) | Break::NoItem(_)
            )
        )
    }

    /// Why there will be no such file, where that is certain.
    pub(crate) fn broken(&self, inventory: &Inventory<'_>) -> Option<String> {
        let name = &self.name;
        let of = |object: ObjectId, key: &str| {
            let id = inventory.object(object).map(|object| &object.id);
            let object = id.map_or_else(String::new, |id| format!("{} {}", id.kind, id.name));
            (object, Key(key).to_string())
        };
        Some(match &self.file {
            File::Broken(Break::NoMount) => {
                format!("no volume is mounted where the file of {name} is to be")
            }
            File::Broken(Break::NoVolume(..)) => {
                format!("the volume with the file of {name} is mounted, and the pod has none")
            }
            File::Broken(Break::NotAFile(_)) => {
                format!("{name} leads to a folder of its volume, or into one that it has not")
            }
            File::Broken(Break::NoItem(_)) => {
                format!("the items of its volume leave out the file of {name}")
            }
            File::Broken(Break::NoKey(object, key)) => {
                let (object, key) = of(*object, key);
                format!("{object} has no {key}, which {name} looks for")
            }
            File::Broken(Break::Unset(at, key)) => {
                let (object, key) = of(at.object, key);
                format!("{object} has no value for {key}, which {name} looks for")
            }
            File::Unreadable(.., finding) => finding.message.clone(),
            _ => return None,
        })
    }

    /// What is missing where others of the connection are there, as the subject of a
    /// sentence.
    pub(crate) fn what(&self, inventory: &Inventory<'_>) -> String {
        let name = Key(&self.name);
        let of = |object: ObjectId, key: &str| {
            let id = inventory.object(object).map(|object| &object.id);
            let object = id.map_or_else(String::new, |id| format!("{} {}", id.kind, id.name));
            format!("{} of {object}", Key(key))
        };
        match &self.file {
            File::Broken(Break::NoKey(object, key)) => of(*object, key),
            File::Broken(Break::Unset(at, key)) => of(at.object, key),
            File::Outside(object, _) => format!("{name} of {object}"),
            _ => name.to_string(),
        }
    }

    /// Why it is not known which file that is.
    pub(crate) fn unknown(&self) -> Option<String> {
        let name = &self.name;
        Some(match &self.file {
            File::Elsewhere(object) => {
                format!("a file's path is in {object}, which is not in these manifests")
            }
            File::Placeholder => format!("{name} is a placeholder"),
            File::Unclear | File::Broken(Break::SubPathExpr(_) | Break::Unclear(_)) => {
                format!("which file {name} leads to is not to be told from these manifests")
            }
            _ => return None,
        })
    }
}

/// A key's name, unless it could be something that was put into a path by mistake.
struct Key<'k>(&'k str);

impl fmt::Display for Key<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
        match self.0.len() <= 40 && self.0.chars().all(plain) {
            true => f.write_str(self.0),
            false => f.write_str("such a file"),
        }
    }
}

impl File {
    fn at(inventory: &Inventory<'_>, program: &Program<'_>, path: &str) -> Self {
        let Program {
            object,
            pod,
            container,
        } = *program;
        match inventory.follow(object, pod, container, path).end {
            Ok(FileRef::Key(at, key)) => Self::key(inventory, at.object, &key),
            Ok(FileRef::Outside(object, key)) => Self::Outside(object, key),
            Ok(FileRef::OnHost(path)) => Self::There(Some(path)),
            Ok(FileRef::Generated) => Self::There(None),
            Err(broken) => Self::Broken(broken),
        }
    }

    fn key(inventory: &Inventory<'_>, object: ObjectId, key: &str) -> Self {
        match held::value(inventory, object, key) {
            Ok(Some(held)) if !held.is_open(inventory) => Self::Held(Box::new(held)),
            Ok(Some(held)) => Self::Broken(Break::Unset(held.at(), key.to_owned())),
            Ok(None) => Self::Broken(Break::NoKey(object, key.to_owned())),
            Err(finding) => Self::Unreadable(object, key.to_owned(), Box::new(finding)),
        }
    }
}
