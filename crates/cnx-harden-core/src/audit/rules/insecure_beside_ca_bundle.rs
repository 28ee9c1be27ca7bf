//! `insecureSkipTLSVerify: true` with a `caBundle` beside it.

use yaml_splice::Op;

use super::{Report, Rule, Scene};
use crate::audit::rule::Draft;
use crate::audit::scene::ApiService;
use crate::channel::Channel;
use crate::finding::Code;

pub(super) struct InsecureBesideCaBundle;

impl Rule for InsecureBesideCaBundle {
    fn codes(&self) -> Vec<Code> {
        vec![Code::InsecureBesideCaBundle]
    }

    fn fixable(&self) -> bool {
        true
    }

    fn check(&self, scene: &Scene<'_, '_>, report: &mut Report<'_>) {
        for service in scene.api_services() {
            if !service.is_insecure() || !service.has_ca_bundle() {
                continue;
            }
            let message = "Kubernetes rejects insecureSkipTLSVerify: true beside a caBundle";
            let help = "remove the line with insecureSkipTLSVerify";
            let draft = Draft::error(Code::InsecureBesideCaBundle, message, help);
            let draft = match service.ours {
                true => draft.of(Channel::KubeApiserver).fixable(),
                false => draft,
            };
            let at = service.route(ApiService::INSECURE);
            let draft = draft.fixed_by(vec![Op::remove(at.clone())]);
            report.add(service.object, &at, draft);
        }
    }
}
