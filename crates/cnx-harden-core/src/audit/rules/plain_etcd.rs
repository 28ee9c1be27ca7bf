//! etcd without TLS: endpoints that begin with `http://`.

use crate::audit::rule::{Draft, harden_it, HARDEN_ETCD};
use yaml_splice::Op;

use super::{Report, Rule, Scene};
use crate::audit::gap::Gap;
use crate::channel::Channel;
use crate::finding::Code;

pub(super) struct PlainEtcd;

impl Rule for PlainEtcd {
    fn codes(&self) -> Vec<Code> {
        vec![Code::PlainEtcd]
    }

    fn channel(&self) -> Option<Channel> {
        Some(Channel::Etcd)
    }

    fn fixable(&self) -> bool {
        true
    }

    fn check(&self, scene: &Scene<'_, '_>, report: &mut Report<'_>) {
        for gap in scene.gaps.gaps.iter().filter(|gap| is_endpoint(gap)) {
            let Some(object) = scene.objects.get(gap.object) else {
                continue;
            };
            let message = "etcd is talked to without TLS: whoever is on the way reads and \
                           changes what is in it";
            let help = match gap.foreign {
                true => "write https://, and give the client etcd's CA and a certificate".into(),
                false => harden_it(HARDEN_ETCD),
            };
            let draft = Draft::error(Code::PlainEtcd, message, help).of(Channel::Etcd);
            report.add_gap(object, gap, draft);
        }
        not_edited(Code::PlainEtcd, scene, report);
    }
}

/// What the plan says of clients that it does not edit.
pub(super) fn not_edited(code: Code, scene: &Scene<'_, '_>, report: &mut Report<'_>) {
    let remarks = scene.gaps.remarks.iter();
    for remark in remarks.filter(|remark| remark.finding.code == code) {
        let finding = &remark.finding;
        let draft = Draft::error(code, &finding.message, finding.help.clone());
        report.remark(remark, draft.of(remark.channel));
    }
}

/// Whether the edit writes `https://` for `http://`.
pub(in crate::audit) fn is_endpoint(gap: &Gap) -> bool {
    let secured = matches!(&gap.op, Op::Set { value, .. } if value.as_text().is_some_and(|text| text.contains("https://")));
    gap.channel == Channel::Etcd && secured
}
