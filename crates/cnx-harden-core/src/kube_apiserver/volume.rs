//! Edit 5, second half: the `volumes` entry `apiserver-certs` of the pod.

use crate::edits::{PodVolume, VolumeSource};
use crate::finding::Finding;
use crate::names::ApiServerNames;
use crate::transform::{Edit, Outcome, Target, Transform};
use cnx_certs::Help;

/// The pod's fields inside of a workload.
pub(super) const POD: [&str; 3] = ["spec", "template", "spec"];

/// Uncomments the volume that holds the Secret.
///
/// ```text
///       volumes:                                 volumes:
///         # - name: apiserver-certs      ->        - name: apiserver-certs
///         #   secret:                                secret:
///         #     secretName: cnx-…                      secretName: cnx-…
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Volume<'m> {
    /// The names to go by.
    pub(crate) names: &'m ApiServerNames,
}

impl Transform for Volume<'_> {
    fn edit(&self) -> Edit {
        Edit::Volume
    }

    fn plan(&self, target: &Target<'_, '_>) -> Result<Outcome, Finding> {
        let ApiServerNames { volume, secret, .. } = self.names;
        let help = Help::from(format!(
            "this manifest serves with other certificates (on EKS: those of the cluster's \
             authentication); give the Secret's volume another name in the manifest, or \
             make this one a volume of the Secret {secret}"
        ));
        let volume = PodVolume {
            name: volume,
            source: VolumeSource::Secret(secret),
            mode: None,
            help: &help,
        };
        volume.plan(target, &target.resource.route(&POD))
    }
}
