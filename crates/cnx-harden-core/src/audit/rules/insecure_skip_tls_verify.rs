//! `insecureSkipTLSVerify: true` of any APIService.

use crate::audit::rule::{Draft, HARDEN_API_SERVER, harden_it, harden_server};
use super::{Report, Rule, Scene};
use crate::audit::scene::ApiService;
use crate::channel::Channel;
use crate::finding::Code;

pub(super) struct InsecureSkipTlsVerify;

impl Rule for InsecureSkipTlsVerify {
    fn codes(&self) -> Vec<Code> {
        vec![Code::InsecureSkipTlsVerify]
    }

    fn fixable(&self) -> bool {
        true
    }

    fn check(&self, scene: &Scene<'_, '_>, report: &mut Report<'_>) {
        for service in scene.api_services() {
            let at = service.route(ApiService::INSECURE);
            if !service.ours && service.is_neither_true_nor_false() {
                let message = "insecureSkipTLSVerify is neither true nor false";
                let draft = Draft::error(Code::UnexpectedValue, message, harden_server());
                report.add(service.object, &at, draft);
                continue;
            }
            // Beside a caBundle it never comes into effect.
            if !service.is_insecure() || service.has_ca_bundle() {
                continue;
            }
            let message = "kube-apiserver does not verify whom it talks to, and hands the users' \
                           requests to whoever answers";
            let draft = if service.ours {
                let draft = Draft::error(Code::InsecureSkipTlsVerify, message, harden_it(HARDEN_API_SERVER));
                let draft = draft.of(Channel::KubeApiserver);
                // What an alias or a merge key brings, `apply` leaves alone.
                match service.object.resource.tree().resolve(&at) {
                    Ok(Some(_)) => draft.fixable(),
                    _ => draft,
                }
            } else {
                Draft::error(Code::InsecureSkipTlsVerify, message, harden_server())
            };
            report.add(service.object, &at, draft);
        }
    }
}
