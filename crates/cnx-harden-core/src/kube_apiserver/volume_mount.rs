//! Edit 5, first half: the `volumeMounts` entry `apiserver-certs` of the container.

use super::volume::POD;
use crate::edits::Mount;
use crate::finding::{Code, Finding};
use crate::names::ApiServerNames;
use crate::transform::{Edit, Outcome, Target, Transform};
use cnx_certs::{Setting, help};

/// Uncomments the mount of the Secret's volume.
///
/// ```text
///         volumeMounts:                            volumeMounts:
///         # - mountPath: /code/…           ->        - mountPath: /code/…
///         #   name: apiserver-certs                    name: apiserver-certs
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct VolumeMount<'m> {
    /// The names to go by.
    pub(crate) names: &'m ApiServerNames,
}

impl Transform for VolumeMount<'_> {
    fn edit(&self) -> Edit {
        Edit::VolumeMount
    }

    fn plan(&self, target: &Target<'_, '_>) -> Result<Outcome, Finding> {
        let ApiServerNames {
            volume,
            container,
            mount_path,
            ..
        } = self.names;
        let containers = target.resource.route(&POD).key("containers");
        let at = containers.item("name", container);
        let found = target.resource.tree().find(&at);
        if found.map_err(|e| target.yaml(&e))?.is_none() {
            return Err(target.conflict(
                Code::MissingContainer,
                &containers,
                format!("there is no container named {container}"),
                help![
                    "name the API server's container with ",
                    Setting::ApiServerContainer
                ],
            ));
        }
        let help = help![
            format!(
                "the certificates must be mounted from the volume {volume} as the folder \
                 {mount_path}; change this mount, or give the other names ("
            ),
            Setting::ApiServerVolume,
            ", ",
            Setting::ApiServerMountPath,
            ")",
        ];
        let mount = Mount {
            volume,
            path: mount_path,
            read_only: false,
            help: &help,
        };
        mount.plan(target, &at)
    }
}
