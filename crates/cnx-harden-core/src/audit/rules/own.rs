//! A caller's own connections and rules.

use super::{Report, Rule, Scene};
use crate::audit::rule::Draft;
use crate::channel::Channel;
use crate::finding::{Code, Severity};
use crate::transform::{Edit, Target};

/// What a caller's own connection asks for, and is not there.
pub(super) struct Unmet;

/// What a caller's own rule finds.
pub(super) struct Own;

impl Rule for Unmet {
    fn codes(&self) -> Vec<Code> {
        vec![Code::UnmetRequirement]
    }

    fn fixable(&self) -> bool {
        true
    }

    fn check(&self, scene: &Scene<'_, '_>, report: &mut Report<'_>) {
        let is_own = |channel| matches!(channel, Channel::Own(_));
        for gap in scene.gaps().filter(|gap| matches!(gap.edit, Edit::Own(_))) {
            let Some(object) = scene.objects.get(gap.object) else {
                continue;
            };
            let what = gap.part.as_deref().unwrap_or(gap.edit.title());
            let message = format!("{what} is still to be set for {}", gap.channel);
            let help = "harden the manifests with this connection";
            let draft = Draft::error(Code::UnmetRequirement, message, help).of(gap.channel);
            report.add_gap(object, gap, draft);
        }
        for remark in scene.gaps.remarks.iter().filter(|r| is_own(r.channel)) {
            let found = &remark.finding;
            let draft = Draft::error(found.code, &found.message, found.help.clone());
            report.remark(remark, draft.severity(found.severity).of(remark.channel));
        }
    }
}

impl Rule for Own {
    fn codes(&self) -> Vec<Code> {
        Vec::new()
    }

    fn check(&self, scene: &Scene<'_, '_>, report: &mut Report<'_>) {
        for rule in scene.options.rules.iter() {
            for object in &scene.objects {
                let target = Target::new(&object.resource, object.source).from(object.origin);
                for found in rule.check(&target) {
                    let severity: Severity = found.severity;
                    let draft = Draft::error(found.code, "", "").severity(severity);
                    report.push(None, found, draft);
                }
            }
        }
    }
}
