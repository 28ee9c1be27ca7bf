//! The CNI plugin's configuration, where it does not name etcd's files.

use cnx_certs::{HelpPart, help};

use super::{Report, Rule, Scene};
use crate::audit::rule::Draft;
use crate::finding::Code;
use crate::transform::Edit;

pub(super) struct CniConfig;

impl Rule for CniConfig {
    fn codes(&self) -> Vec<Code> {
        vec![Code::CniConfig]
    }

    fn fixable(&self) -> bool {
        true
    }

    fn check(&self, scene: &Scene<'_, '_>, report: &mut Report<'_>) {
        for gap in scene.gaps().filter(|gap| gap.edit == Edit::CniConfig) {
            let Some(object) = scene.objects.get(gap.object) else {
                continue;
            };
            let message = "cni_network_config does not name etcd's endpoints and files as the \
                           plugin on the host needs them";
            let help = help![
                HelpPart::Apply(&[]),
                " writes the fields, given the certificates; without them new pods do not start"
            ];
            let draft = Draft::error(Code::CniConfig, message, help).of(gap.channel);
            report.add_gap(object, gap, draft);
        }
        let remarks = scene.gaps.remarks.iter();
        for remark in remarks.filter(|remark| remark.finding.code == Code::CniConfig) {
            let finding = &remark.finding;
            let draft = Draft::error(Code::CniConfig, &finding.message, finding.help.clone());
            report.remark(remark, draft.of(remark.channel));
        }
    }
}
