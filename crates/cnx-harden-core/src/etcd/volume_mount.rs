//! A container's mount of the Secret's volume.

use super::client::Pod;
use crate::edits::Mount;
use crate::finding::Finding;
use crate::inventory::Container;
use crate::names::EtcdNames;
use crate::transform::{Edit, Outcome, Target, Transform};
use cnx_certs::{Setting, help};

/// Uncomments the mount, or inserts it behind the others.
///
/// ```text
///   volumeMounts:                         volumeMounts:
///     # - mountPath: /calico-secrets        - mountPath: /calico-secrets
///     #   name: etcd-certs           ->       name: etcd-certs
/// ```
///
/// The comment may hold the key `volumeMounts` too.
pub(super) struct VolumeMount<'m> {
    pub(super) names: &'m EtcdNames,
    pub(super) pod: &'m Pod<'m>,
    pub(super) container: &'m Container,
}

impl Transform for VolumeMount<'_> {
    fn edit(&self) -> Edit {
        Edit::VolumeMount
    }

    fn part(&self) -> Option<String> {
        Some(self.container.name.clone())
    }

    fn plan(&self, target: &Target<'_, '_>) -> Result<Outcome, Finding> {
        let path = &self.names.mount_path;
        let help = help![
            format!(
                "the certificates must be mounted from the volume {} as the folder {path}; change \
                 this mount, or give the folder with ",
                self.pod.volume
            ),
            Setting::EtcdMountPath,
        ];
        let mount = Mount {
            volume: &self.pod.volume,
            path,
            read_only: false,
            help: &help,
        };
        mount.plan(target, &self.container.at)
    }
}
