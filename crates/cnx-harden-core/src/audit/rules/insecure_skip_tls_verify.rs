//! `insecureSkipTLSVerify: true` of any APIService.

use super::{Report, Rule, Scene};
use crate::audit::rule::{APPLY_APISERVER, Draft};
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
            // Beside a caBundle it never comes into effect.
            if !service.is_insecure() || service.has_ca_bundle() {
                continue;
            }
            let message = "kube-apiserver does not verify whom it talks to, and hands the users' \
                           requests to whoever answers";
            let draft = if service.ours {
                let draft = Draft::error(Code::InsecureSkipTlsVerify, message, APPLY_APISERVER);
                draft.of(Channel::KubeApiserver).fixable()
            } else {
                let help = "remove the line, and set caBundle to the base64 of the CA's PEM file";
                Draft::error(Code::InsecureSkipTlsVerify, message, help)
            };
            report.add(service.object, &service.route(ApiService::INSECURE), draft);
        }
    }
}
