//! Pods without the certificates' volume.

use super::{Report, Rule, Scene};
use crate::audit::gap::Gap;
use crate::audit::rule::Draft;
use crate::finding::Code;
use crate::transform::Edit;

pub(super) struct MissingVolume;

impl Rule for MissingVolume {
    fn codes(&self) -> Vec<Code> {
        vec![Code::MissingVolume]
    }

    fn fixable(&self) -> bool {
        true
    }

    fn check(&self, scene: &Scene<'_, '_>, report: &mut Report<'_>) {
        for gap in scene.gaps().filter(|gap| gap.edit == Edit::Volume) {
            let Some(object) = scene.objects.get(gap.object) else {
                continue;
            };
            let same = |other: &&Gap| {
                other.object == gap.object
                    && other.channel == gap.channel
                    && other.edit == Edit::VolumeMount
            };
            let how = match gap.is_commented_out() {
                true => "the certificates' volume is commented out".to_owned(),
                false => format!("the pod has no volume of the Secret {}", scene.secret(gap)),
            };
            let message = match scene.gaps().find(same) {
                Some(_) => how,
                None => format!("{how}, and is mounted: Kubernetes refuses such a pod"),
            };
            let help = "cnx-harden apply adds it, given the certificates";
            let draft = Draft::error(Code::MissingVolume, message, help).of(gap.channel);
            report.add_gap(object, gap, draft);
        }
    }
}
