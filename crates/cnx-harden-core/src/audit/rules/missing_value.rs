//! Secrets and ConfigMaps without the values that a connection needs.

use std::collections::BTreeMap;

use super::{Report, Rule, Scene};
use crate::audit::gap::Gap;
use crate::audit::rule::Draft;
use crate::audit::value::{State, listed, verb};
use crate::finding::Code;
use crate::transform::Edit;

pub(super) struct MissingValue;

/// The values that belong together, and what goes wrong without.
struct Group {
    edits: &'static [Edit],
    why: &'static str,
    help: &'static str,
}

const GROUPS: [Group; 4] = [
    Group {
        edits: &[Edit::ApiserverKey, Edit::ApiserverCrt],
        why: "the API server makes itself a certificate that nobody can verify, or does not start",
        help: "harden the manifest: cnx-harden apply --apiserver-ca CA --apiserver-cert CERT \
               --apiserver-key KEY",
    },
    Group {
        edits: &[Edit::ManagerCert, Edit::ManagerKey],
        why: "the Manager needs both to serve its pages",
        help: "harden the manifest: cnx-harden apply --manager-cert CERT --manager-key KEY",
    },
    Group {
        edits: &[Edit::EtcdKey, Edit::EtcdCert, Edit::EtcdCa],
        why: "etcd's clients need all three files",
        help: "harden the manifest: cnx-harden apply --etcd-ca CA --etcd-cert CERT --etcd-key KEY",
    },
    Group {
        edits: &[Edit::EtcdCaPath, Edit::EtcdCertPath, Edit::EtcdKeyPath],
        why: "etcd's clients take an empty path for no file, and leave TLS out",
        help: "harden the manifest: cnx-harden apply --etcd-ca CA --etcd-cert CERT --etcd-key KEY",
    },
];

impl Rule for MissingValue {
    fn codes(&self) -> Vec<Code> {
        vec![Code::MissingValue]
    }

    fn fixable(&self) -> bool {
        true
    }

    fn check(&self, scene: &Scene<'_, '_>, report: &mut Report<'_>) {
        for group in &GROUPS {
            let mut objects: BTreeMap<usize, Vec<&Gap>> = BTreeMap::new();
            for gap in scene.gaps().filter(|gap| group.edits.contains(&gap.edit)) {
                let object = scene.objects.get(gap.object);
                if object.is_some_and(|o| State::at(o, &gap.route()) == State::Unset) {
                    objects.entry(gap.object).or_default().push(gap);
                }
            }
            for (number, gaps) in objects {
                let (Some(object), Some(first)) = (scene.objects.get(number), gaps.first()) else {
                    continue;
                };
                let titles: Vec<_> = gaps.iter().map(|gap| gap.edit.title()).collect();
                let how = match gaps.iter().all(|gap| gap.is_commented_out()) {
                    true => "commented out",
                    false => "not set",
                };
                let rest = match titles.len() < group.edits.len() {
                    true => ", and the rest is set",
                    false => "",
                };
                let (names, verb) = (listed(&titles), verb(&titles));
                let message = format!("{names} {verb} {how}{rest}: {}", group.why);
                let draft = Draft::error(Code::MissingValue, message, group.help);
                let draft = draft.of(first.channel).severity(first.severity()).fixable();
                report.add_at(object, &first.route(), first.span, draft);
            }
        }
    }
}
