//! Who a container runs as, and which files it can read.
//!
//! The files of a Secret or ConfigMap belong to root and its group, with the volume's
//! `defaultMode` (0644 without one). Where the pod has an `fsGroup`, the kubelet gives them
//! to that group and lets it read them, whatever the mode.

use yaml_splice::Route;

use super::lines::Origin;
use super::node::Node;
use super::pod::{Container, Files, Pod, VolumeSource};
use super::scan::ObjectId;
use super::{At, Inventory};
use crate::finding::{Code, Finding};

/// The bits that files have without a `defaultMode`.
const DEFAULT: i64 = 0o644;

/// What a `securityContext` says of the user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Runner {
    user: Option<i64>,
    group: Option<i64>,
    not_root: Option<bool>,
}

impl Runner {
    /// Reads the `securityContext` of a pod's spec or of a container.
    pub(super) fn read(node: Node<'_, '_>) -> Self {
        let field = |name: &str| node.at(&["securityContext", name]);
        Self {
            user: field("runAsUser").and_then(Node::integer),
            group: field("runAsGroup").and_then(Node::integer),
            not_root: field("runAsNonRoot").and_then(Node::boolean),
        }
    }

    /// A container's own settings, and for the others its pod's.
    fn or(self, pod: Self) -> Self {
        Self {
            user: self.user.or(pod.user),
            group: self.group.or(pod.group),
            not_root: self.not_root.or(pod.not_root),
        }
    }
}

/// Whether a pod's containers are members of the group that the files belong to.
pub(super) fn has_files_group(spec: Node<'_, '_>) -> bool {
    let context = |name: &str| spec.at(&["securityContext", name]);
    let root = |group: &Node<'_, '_>| group.integer() == Some(0);
    let others = context("supplementalGroups");
    context("fsGroup").is_some() || others.is_some_and(|all| all.items().any(|id| root(&id)))
}

/// The permissions of a volume's files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Kubernetes' default.
    #[default]
    Default,
    /// These bits.
    Bits(i64),
    /// What Kubernetes does not take: another value than a number up to 0777.
    Wrong,
}

impl Mode {
    /// Reads `defaultMode` or `mode`.
    pub(super) fn read(node: Option<Node<'_, '_>>) -> Self {
        match node.filter(|node| node.is_set()).map(Node::integer) {
            None => Self::Default,
            Some(bits) => bits.map_or(Self::Wrong, Self::of),
        }
    }

    /// The mode with these bits.
    pub(crate) const fn of(bits: i64) -> Self {
        match bits {
            0..=0o777 => Self::Bits(bits),
            _ => Self::Wrong,
        }
    }
}

impl Pod {
    /// Whether its containers are members of the group that the files belong to.
    pub(crate) const fn has_files_group(&self) -> bool {
        self.has_files_group
    }

    /// Whether a container may be able to read a file of this mode. It is told to be
    /// unable only where that is certain.
    pub(crate) fn can_read(&self, container: &Container, mode: Mode) -> bool {
        let bits = match mode {
            Mode::Default => DEFAULT,
            Mode::Bits(bits) => bits,
            Mode::Wrong => return false,
        };
        let runner = container.runner.or(self.runner);
        let root = match runner.user {
            Some(user) => user == 0,
            None => runner.not_root != Some(true),
        };
        // Without runAsGroup the group is the image's, often root's.
        let in_group = runner.group.is_none_or(|group| group == 0);
        root || self.has_files_group || bits & 0o004 != 0 || (bits & 0o040 != 0 && in_group)
    }
}

impl Origin<'_, '_> {
    /// The Secrets' files that a container of the pod is given and cannot read.
    pub(crate) fn unreadable_files(&self, object: ObjectId) -> Vec<Finding> {
        self.inventory.unreadable_files(object)
    }
}

impl Inventory<'_> {
    fn unreadable_files(&self, object: ObjectId) -> Vec<Finding> {
        let pod = self.object(object).and_then(|object| object.pod.as_ref());
        let mut findings = Vec::new();
        for volume in pod.into_iter().flat_map(|pod| &pod.volumes) {
            let sources = match &volume.source {
                VolumeSource::Object(files) => std::slice::from_ref(files),
                VolumeSource::Projected(sources) => sources.as_slice(),
                _ => continue,
            };
            let mounts = |container: &&Container| {
                let mut mounts = container.mounts.iter();
                mounts.any(|mount| mount.volume == volume.name)
            };
            let containers = pod.into_iter().flat_map(|pod| &pod.containers);
            for container in containers.filter(mounts) {
                let fails = |files: &&Files| {
                    files.object.kind == "Secret"
                        && pod.is_some_and(|pod| !pod.can_read(container, files.mode))
                };
                let Some(files) = sources.iter().find(fails) else {
                    continue;
                };
                let at = At {
                    object,
                    route: volume.at.clone(),
                };
                findings.push(self.unreadable_in(&at, &volume.name, container, files.mode));
                break;
            }
        }
        findings
    }

    fn unreadable_in(&self, at: &At, volume: &str, container: &Container, mode: Mode) -> Finding {
        let at = At {
            object: at.object,
            route: self.mode_of(at),
        };
        let message = match mode {
            Mode::Wrong => format!(
                "the mode of the volume {volume} is not a number up to 0777: Kubernetes refuses it"
            ),
            _ => format!(
                "the container {} does not run as root, and cannot read the files of the volume \
                 {volume}, which belong to root",
                container.name
            ),
        };
        let help = match mode {
            Mode::Wrong => "write defaultMode: 0400, or 0440, without quotes",
            _ => {
                "set fsGroup in the pod's securityContext, with defaultMode: 0440, or leave \
                 defaultMode out"
            }
        };
        self.finding(Code::UnreadableFile, &at, message, help)
    }

    /// Where a volume's mode is said, or else the volume.
    fn mode_of(&self, volume: &At) -> Route {
        let kinds = ["secret", "projected"].map(|kind| volume.route.keys(&[kind, "defaultMode"]));
        let tree = self
            .object(volume.object)
            .and_then(|object| self.tree(object.place));
        let is_there =
            |route: &Route| tree.is_some_and(|tree| matches!(tree.find(route), Ok(Some(_))));
        let mut kinds = kinds.into_iter();
        kinds.find(is_there).unwrap_or_else(|| volume.route.clone())
    }
}
