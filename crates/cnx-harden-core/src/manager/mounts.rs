//! Whether the Deployment reads the Secret.

use yaml_splice::Route;

use crate::edits::{containers, pod, same_folder};
use crate::finding::{Code, Finding};
use crate::names::ManagerNames;
use crate::transform::{Edit, Outcome, Target, Transform};

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManagerMounts<'m> {
    /// The names to go by.
    pub names: &'m ManagerNames,
}

impl Transform for ManagerMounts<'_> {
    fn edit(&self) -> Edit {
        Edit::ManagerMounts
    }

    fn plan(&self, target: &Target<'_, '_>) -> Result<Outcome, Finding> {
        let ManagerNames {
            secret, mount_path, ..
        } = self.names;
        let tree = target.resource.tree;
        let yaml = |error| target.yaml(&error);
        let text = |at: &Route| tree.text_at(at).map_err(yaml);
        let pod = pod(target.resource).unwrap_or_else(Route::root);
        let mut is_mounted = false;
        for container in containers(target.resource, &pod).map_err(yaml)? {
            let mounts = container.at.key("volumeMounts");
            let items = tree.find(&mounts).map_err(yaml)?;
            let items = items.and_then(|id| tree.items_len(id)).unwrap_or(0);
            for at in (0..items).map(|number| mounts.index(number)) {
                let path = text(&at.key("mountPath"))?;
                if !path.is_some_and(|path| same_folder(path, mount_path)) {
                    continue;
                }
                is_mounted = true;
                for key in ["subPath", "subPathExpr"] {
                    if text(&at.key(key))?.is_some_and(|text| !text.is_empty()) {
                        return Err(target.conflict(
                            Code::MountConflict,
                            &at,
                            format!(
                                "{} mounts a part of a volume at {mount_path}",
                                container.name
                            ),
                            format!("mount the volume of the Secret {secret} there as a folder"),
                        ));
                    }
                }
                let name = text(&at.key("name"))?.unwrap_or_default();
                let volume = pod.key("volumes").item("name", name);
                let found = text(&volume.key("secret").key("secretName"))?;
                if found != Some(secret) {
                    let (at, what) = match tree.find(&volume).map_err(yaml)? {
                        Some(_) => (volume, format!("not the Secret {secret}")),
                        None => (at, "not there".to_owned()),
                    };
                    return Err(target.conflict(
                        Code::VolumeConflict,
                        &at,
                        format!(
                            "{} reads its certificate from the volume {name}, which is {what}",
                            container.name
                        ),
                        format!(
                            "make it a volume of the Secret {secret}, or name the other Secret"
                        ),
                    ));
                }
            }
        }
        if is_mounted {
            return Ok(Outcome::AlreadyHardened);
        }
        Err(target.conflict(
            Code::MountConflict,
            &pod,
            format!("nothing is mounted at {mount_path}: this Manager does not read the Secret"),
            format!(
                "mount the Secret {secret} at {mount_path} in the containers that serve the pages; \
                 the Managers of the first releases served them without TLS, and need to be \
                 replaced by a later one"
            ),
        ))
    }
}
