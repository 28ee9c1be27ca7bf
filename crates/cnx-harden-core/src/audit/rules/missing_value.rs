//! Secrets and ConfigMaps without the values that a connection needs.

use cnx_certs::{HelpPart};
use crate::audit::rule::{Draft, harden_it, HARDEN_API_SERVER, HARDEN_ETCD, HARDEN_MANAGER};
use std::collections::BTreeMap;

use super::{Report, Rule, Scene};
use crate::audit::gap::Gap;
use crate::audit::scene::Object;
use crate::audit::value::{State, listed, verb};
use crate::finding::Code;
use crate::transform::Edit;

pub(super) struct MissingValue;

/// The values that belong together, and what goes wrong without.
struct Group {
    edits: &'static [Edit],
    why: &'static str,
    help: HelpPart,
}

const GROUPS: [Group; 4] = [
    Group {
        edits: &[Edit::ApiserverKey, Edit::ApiserverCrt],
        why: "the API server makes itself a certificate that nobody can verify, or does not start",
        help: HARDEN_API_SERVER,
    },
    Group {
        edits: &[Edit::ManagerCert, Edit::ManagerKey],
        why: "the Manager needs both to serve its pages",
        help: HARDEN_MANAGER,
    },
    Group {
        edits: &[Edit::EtcdKey, Edit::EtcdCert, Edit::EtcdCa],
        why: "etcd's clients need all three files",
        help: HARDEN_ETCD,
    },
    Group {
        edits: &[Edit::EtcdCaPath, Edit::EtcdCertPath, Edit::EtcdKeyPath],
        why: "etcd's clients take an empty path for no file, and leave TLS out",
        help: HARDEN_ETCD,
    },
];

/// The keys of other programs' Secrets, which are often taken for the wanted ones.
const USUAL: [&str; 5] = ["tls.crt", "tls.key", "ca.crt", "cert", "key"];

/// Which of them a Secret has that lacks others.
fn others(object: &Object<'_, '_>, group: &Group) -> String {
    let data = object.resource.route(&["data"]);
    let is_set = |key: &&str| State::at(object, &data.key(*key)) == State::Set;
    let wanted = |key: &str| group.edits.iter().any(|edit| edit.title() == key);
    let usual = USUAL.into_iter().filter(|key| !wanted(key));
    let found: Vec<_> = match object.resource.id.kind.as_str() {
        "Secret" => usual.filter(is_set).collect(),
        _ => Vec::new(),
    };
    match found.is_empty() {
        true => String::new(),
        false => format!(", though the Secret has {}", listed(&found)),
    }
}

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
                let others = others(object, group);
                let message = format!("{names} {verb} {how}{rest}{others}: {}", group.why);
                let help = harden_it(group.help.clone());
                let draft = Draft::error(Code::MissingValue, message, help);
                let draft = draft.of(first.channel).severity(first.severity()).fixable();
                report.add_at(object, &first.route(), first.span, draft);
            }
        }
    }
}
