//! Clients of etcd that are not told of one of their files.

use crate::audit::rule::{Draft, harden_it, HARDEN_ETCD};
use super::plain_etcd::{is_endpoint, not_edited};
use super::{Report, Rule, Scene};
use crate::channel::Channel;
use crate::finding::Code;
use crate::transform::Edit;

pub(super) struct MissingVariable;

impl Rule for MissingVariable {
    fn codes(&self) -> Vec<Code> {
        vec![Code::MissingVariable]
    }

    fn channel(&self) -> Option<Channel> {
        Some(Channel::Etcd)
    }

    fn fixable(&self) -> bool {
        true
    }

    fn check(&self, scene: &Scene<'_, '_>, report: &mut Report<'_>) {
        let told = [Edit::Environment, Edit::CommandLine];
        let gaps = scene.gaps().filter(|gap| told.contains(&gap.edit));
        for gap in gaps.filter(|gap| !is_endpoint(gap)) {
            let Some(object) = scene.objects.get(gap.object) else {
                continue;
            };
            let what = gap.part.as_deref().unwrap_or("the variable of a file");
            let message = match gap.is_commented_out() {
                true => format!("{what} is commented out: the client does not find the file"),
                false => format!("{what} is not set: the client does not find the file"),
            };
            let help = harden_it(HARDEN_ETCD);
            let draft = Draft::error(Code::MissingVariable, message, help).of(Channel::Etcd);
            report.add_gap(object, gap, draft);
        }
        not_edited(Code::MissingVariable, scene, report);
    }
}
