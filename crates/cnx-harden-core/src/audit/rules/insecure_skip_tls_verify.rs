//! `insecureSkipTLSVerify: true` of any APIService.

use super::{Report, Rule, Scene};
use crate::audit::rule::Draft;
use crate::audit::scene::is_api_service;
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
        for service in scene.of("APIService").filter(|o| is_api_service(o)) {
            let ours = scene.is_ours(service);
            let keys = ["spec", "insecureSkipTLSVerify"];
            let value = service.resource.text(&keys).ok().flatten();
            if !matches!(value, Some("true" | "True" | "TRUE")) {
                continue;
            }
            let message = "kube-apiserver does not verify whom it talks to, and hands the \
                           users' requests to whoever answers";
            let draft = if ours {
                let help = "harden the manifest: cnx-harden apply --apiserver-ca CA \
                            --apiserver-cert CERT --apiserver-key KEY";
                Draft::error(Code::InsecureSkipTlsVerify, message, help)
                    .of(crate::Channel::KubeApiserver)
                    .fixable()
            } else {
                let help = "remove the line, and set caBundle to the base64 of the CA's PEM file";
                Draft::error(Code::InsecureSkipTlsVerify, message, help)
            };
            report.add(service, &service.resource.route(&keys), draft);
        }
    }
}
