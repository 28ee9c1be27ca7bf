//! Containers in which the certificates' volume is not mounted.

use cnx_certs::{HelpPart, help};
use super::{Report, Rule, Scene};
use crate::audit::rule::Draft;
use crate::finding::Code;
use crate::transform::Edit;

pub(super) struct MissingMount;

impl Rule for MissingMount {
    fn codes(&self) -> Vec<Code> {
        vec![Code::MissingMount]
    }

    fn fixable(&self) -> bool {
        true
    }

    fn check(&self, scene: &Scene<'_, '_>, report: &mut Report<'_>) {
        for gap in scene.gaps().filter(|gap| gap.edit == Edit::VolumeMount) {
            let Some(object) = scene.objects.get(gap.object) else {
                continue;
            };
            let whose = gap.part.as_deref().map_or_else(String::new, |c| format!(" of {c}"));
            let message = match gap.is_commented_out() {
                true => format!("the certificates' mount{whose} is commented out"),
                false => format!(
                    "the volume of the Secret {} is not among the mounts{whose}",
                    scene.secret(gap)
                ),
            };
            let help = help![
                HelpPart::Apply(&[]),
                " mounts it, given the certificates; without it the program does not find them"
            ];
            let draft = Draft::error(Code::MissingMount, message, help).of(gap.channel);
            report.add_gap(object, gap, draft);
        }
    }
}
