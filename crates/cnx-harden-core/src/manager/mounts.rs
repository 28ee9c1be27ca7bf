//! Where the Manager's workloads read their certificate and its key.

use cnx_certs::{Setting, help};

use super::Manager;
use super::{KEYS, MissingSecret};
use crate::edits::same_folder;
use crate::finding::{Code, Finding};
use crate::inventory::{Break, Container, FileRef, Inventory, Mount, ObjectId, Pod};
use crate::names::{ManagerNames, managed};
use crate::objects::Object;
use crate::pods::is_workload;
use crate::survey::is_plain;
use crate::transform::{Edit, Outcome, Target, Transform};

/// The workload, by whatever name.
pub(crate) type Workload<'i, 't> = Object<'i, 't, &'i Pod>;

/// The Manager's workloads: of the given name, or with a container that runs it.
pub(crate) fn workloads<'i, 't>(
    inventory: &'i Inventory<'t>,
    names: &ManagerNames,
) -> Vec<Workload<'i, 't>> {
    let found = inventory.objects().filter_map(|(number, object)| {
        let id = &object.id;
        let foreign = id.namespace.as_deref().and_then(managed).is_some();
        let pod = object
            .pod
            .as_ref()
            .filter(|_| is_workload(&id.kind) && !foreign)?;
        let runs = id.name == names.deployment || pod.containers.iter().any(serves);
        Object::of(inventory, number, pod).filter(|_| runs)
    });
    found.collect()
}

/// Whether the container is one of the Manager's.
fn serves(container: &Container) -> bool {
    let image = container.image.as_deref().unwrap_or_default();
    let image = image.rsplit('/').next().unwrap_or_default();
    let image = image.split(['@', ':']).next().unwrap_or_default();
    let ours = ["cnx-manager", "cnx-manager-proxy"];
    ours.contains(&image) || ours.contains(&container.name.as_str())
}

/// The Secret that a workload reads, and the keys of its files there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reads {
    pub(crate) secret: String,
    /// Of the certificate and of its key.
    pub(crate) keys: [String; 2],
}

impl Reads {
    pub(super) fn keys(&self) -> [&str; 2] {
        self.keys.each_ref().map(String::as_str)
    }
}

/// Looks at the mounts and the volume by which the Manager reads the Secret,
/// and changes nothing.
///
/// ```text
///   initContainers:
///   - name: cnx-manager-init-pem     # joins cert and key for cnx-manager-proxy
///     volumeMounts:
///     - mountPath: /etc/cnx-manager-web-tls
///       name: cnx-manager-tls
///   volumes:
///   - name: cnx-manager-tls
///     secret:
///       secretName: cnx-manager-tls
/// ```
///
/// In which containers the mount belongs differs from release to release, so
/// one that isn't there is an error and not added.
pub(super) struct ManagerMounts<'m, 'i, 't> {
    pub(super) manager: &'m Manager,
    pub(super) inventory: &'m Inventory<'t>,
    pub(super) object: ObjectId,
    pub(super) pod: &'i Pod,
}

impl Transform for ManagerMounts<'_, '_, '_> {
    fn edit(&self) -> Edit {
        Edit::ManagerMounts
    }

    fn plan(&self, target: &Target<'_, '_>) -> Result<Outcome, Finding> {
        self.reads(target).map(|_| Outcome::AlreadyHardened)
    }
}

impl ManagerMounts<'_, '_, '_> {
    /// What the workload reads; nothing where its files are the host's, or made by
    /// what is no part of a manifest.
    pub(super) fn reads(&self, target: &Target<'_, '_>) -> Result<Vec<Reads>, Finding> {
        let ManagerNames {
            secret, mount_path, ..
        } = &self.manager.names;
        let mut found: Vec<Reads> = Vec::new();
        let mut is_mounted = false;
        for container in &self.pod.containers {
            let mut mounts = container.mounts.iter();
            let Some(mount) = mounts.find(|mount| same_folder(&mount.path, mount_path)) else {
                continue;
            };
            is_mounted = true;
            let conflict =
                |code, message, help| Err(target.conflict(code, &mount.at, message, help));
            if mount.sub_path.is_some() || mount.sub_path_expr {
                let name = &container.name;
                return conflict(
                    Code::MountConflict,
                    format!("{name} mounts a part of a volume at {mount_path}"),
                    format!("mount the volume of the Secret {secret} there as a folder"),
                );
            }
            let [certificate, key] = KEYS.map(|file| self.file(target, container, mount, file));
            let (Some((name, certificate)), Some((_, key))) = (certificate?, key?) else {
                continue;
            };
            self.fits(target, container, mount, &name)?;
            let reads = Reads {
                secret: name,
                keys: [certificate, key],
            };
            if !found.contains(&reads) {
                found.push(reads);
            }
        }
        if is_mounted {
            return Ok(found);
        }
        if is_plain(self.pod) {
            return Err(target.conflict(
                Code::PlainManager,
                &self.pod.at,
                "this Manager serves plain HTTP, like those of the first releases: it reads no certificate",
                help![
                    "use the manifest of a later release, or leave this connection (manager) out with ",
                    Setting::Except,
                ],
            ));
        }
        Err(target.conflict(
            Code::MountConflict,
            &self.pod.at,
            format!("nothing is mounted at {mount_path}: this Manager does not read the Secret"),
            format!(
                "mount the Secret {secret} at {mount_path} in the containers that serve the pages"
            ),
        ))
    }

    /// The Secret and the key of a file.
    fn file(
        &self,
        target: &Target<'_, '_>,
        container: &Container,
        mount: &Mount,
        file: &str,
    ) -> Result<Option<(String, String)>, Finding> {
        let path = format!("{}/{file}", mount.path.trim_end_matches('/'));
        let trail = self
            .inventory
            .follow(self.object, self.pod, container, &path);
        let of = |object: ObjectId| self.inventory.object(object).map(|o| &o.id);
        let (kind, name, key) = match trail.end {
            Ok(FileRef::Key(at, key)) | Err(Break::Unset(at, key)) => match of(at.object) {
                Some(id) => (id.kind.clone(), id.name.clone(), key),
                None => return Ok(None),
            },
            Err(Break::NoKey(object, key)) => match of(object) {
                Some(id) => (id.kind.clone(), id.name.clone(), key),
                None => return Ok(None),
            },
            Ok(FileRef::Outside(object, key)) => (object.kind.to_owned(), object.name, key),
            Err(Break::Unclear(object)) => (object.kind.to_owned(), object.name, file.to_owned()),
            Ok(FileRef::OnHost(_) | FileRef::Generated) => return Ok(None),
            Err(Break::NoVolume(..)) => {
                return Err(self.other(target, container, mount, &mount.at, "not there"));
            }
            Err(Break::NoItem(volume)) => {
                let what = format!("without an item for {file}");
                return Err(self.other(target, container, mount, &volume, &what));
            }
            Err(Break::NoMount | Break::SubPathExpr(_) | Break::NotAFile(_)) => return Ok(None),
        };
        match kind.as_str() {
            "Secret" => Ok(Some((name, key))),
            _ => {
                let volume = trail.volume.unwrap_or_else(|| mount.at.clone());
                let what = format!("not the Secret {}", self.manager.names.secret);
                Err(self.other(target, container, mount, &volume, &what))
            }
        }
    }

    /// That the Secret of this name can be filled: one that is named by the caller, or
    /// written to a place of its own, is no other.
    fn fits(
        &self,
        target: &Target<'_, '_>,
        container: &Container,
        mount: &Mount,
        found: &str,
    ) -> Result<(), Finding> {
        let wanted = &self.manager.names.secret;
        let given = *wanted != ManagerNames::default().secret
            || self.manager.missing_secret == MissingSecret::Apart;
        if !given || found == wanted {
            return Ok(());
        }
        let volume = self.pod.volume(&mount.volume);
        let at = volume.map_or(&mount.at, |volume| &volume.at);
        let what = format!("not the Secret {wanted}");
        Err(self.other(target, container, mount, at, &what))
    }

    fn other(
        &self,
        target: &Target<'_, '_>,
        container: &Container,
        mount: &Mount,
        at: &yaml_splice::Route,
        what: &str,
    ) -> Finding {
        let secret = &self.manager.names.secret;
        let (name, volume) = (&container.name, &mount.volume);
        target.conflict(
            Code::VolumeConflict,
            at,
            format!("{name} reads its certificate from the volume {volume}, which is {what}"),
            format!("make it a volume of the Secret {secret}, or name the other Secret"),
        )
    }
}
