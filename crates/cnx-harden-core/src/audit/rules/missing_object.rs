//! The Manager's Secret, where its Deployment is there alone.

use cnx_certs::Severity;

use super::{Report, Rule, Scene};
use crate::audit::rule::Draft;
use crate::channel::Channel;
use crate::finding::Code;
use crate::kube_apiserver::other_product;

pub(super) struct MissingObject;

impl Rule for MissingObject {
    fn codes(&self) -> Vec<Code> {
        vec![Code::MissingObject]
    }

    fn channel(&self) -> Option<Channel> {
        Some(Channel::Manager)
    }

    fn fixable(&self) -> bool {
        true
    }

    fn check(&self, scene: &Scene<'_, '_>, report: &mut Report<'_>) {
        let name = &scene.options.names.manager.secret;
        let secrets = scene.of("Secret").filter(|s| s.resource.id.name == *name);
        let secrets: Vec<_> = secrets.collect();
        for workload in scene.of("Deployment") {
            let id = &workload.resource.id;
            let managed = id.namespace.as_deref().and_then(other_product);
            let volumes = ["spec", "template", "spec", "volumes"];
            let volumes = workload.resource.route(&volumes);
            let tree = workload.resource.tree;
            let items = tree.find(&volumes).ok().flatten();
            let items = items.and_then(|id| tree.items_len(id)).unwrap_or(0);
            let at = (0..items).map(|n| volumes.index(n).keys(&["secret", "secretName"]));
            let mut at = at.filter(|at| tree.text_at(at).ok().flatten() == Some(name));
            let Some(at) = at.next().filter(|_| managed.is_none()) else {
                continue;
            };
            if secrets.iter().any(|secret| secret.same_namespace(workload)) {
                continue;
            }
            let message = format!(
                "the Secret {name} is in none of the files: the Manager starts if it is in the \
                 cluster"
            );
            let help = "see that it is there, with cert and key; cnx-harden apply --manager-cert \
                        CERT --manager-key KEY writes it";
            let draft = Draft::error(Code::MissingObject, message, help);
            let draft = draft.severity(Severity::Info).of(Channel::Manager).fixable();
            report.add(workload, &at, draft);
        }
    }
}
