//! The pod's volume of the Secret.

use super::client::Pod;
use crate::edits::{PodVolume, VolumeSource};
use crate::finding::Finding;
use crate::names::EtcdNames;
use crate::transform::{Edit, Outcome, Target, Transform};
use cnx_certs::{Setting, help};

/// Uncomments the volume, or inserts it behind the others.
///
/// ```text
///   volumes:                                        volumes:
///     # - name: etcd-certs                            - name: etcd-certs
///     #   secret:                             ->        secret:
///     #     secretName: calico-etcd-secrets               secretName: calico-etcd-secrets
/// ```
pub(super) struct Volume<'m> {
    pub(super) names: &'m EtcdNames,
    pub(super) pod: &'m Pod<'m>,
}

impl Transform for Volume<'_> {
    fn edit(&self) -> Edit {
        Edit::Volume
    }

    fn plan(&self, target: &Target<'_, '_>) -> Result<Outcome, Finding> {
        let secret = &self.names.secret;
        let mode = self.pod.file_mode();
        let help = help![
            format!(
                "this pod takes the certificates for etcd from elsewhere; make it a volume of the \
                 Secret {secret}, or give the Secret's volume another name with "
            ),
            Setting::EtcdVolume,
        ];
        let volume = PodVolume {
            name: &self.pod.volume,
            source: VolumeSource::Secret(secret),
            mode,
            help: &help,
        };
        volume.plan(target, &self.pod.spec.at)
    }
}
