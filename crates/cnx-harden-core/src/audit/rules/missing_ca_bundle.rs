//! An APIService that is verified by the system's roots alone.

use crate::audit::rule::{Draft, harden_it, HARDEN_API_SERVER};
use cnx_certs::Severity;

use super::{Report, Rule, Scene};
use crate::audit::scene::ApiService;
use crate::channel::Channel;
use crate::finding::Code;
use crate::transform::Edit;

pub(super) struct MissingCaBundle;

/// By which others put a caBundle in: cert-manager and OpenShift.
const INJECTED: [&str; 5] = [
    "cert-manager.io/inject-",
    "certmanager.k8s.io/inject-",
    "inject-cabundle",
    "inject-ca",
    "ca-injector",
];

impl Rule for MissingCaBundle {
    fn codes(&self) -> Vec<Code> {
        vec![Code::MissingCaBundle]
    }

    fn fixable(&self) -> bool {
        true
    }

    fn check(&self, scene: &Scene<'_, '_>, report: &mut Report<'_>) {
        for service in scene.api_services() {
            let object = service.object;
            let annotations = object.resource.find(&["metadata", "annotations"]);
            let keys = annotations.ok().flatten().map(|id| object.resource.tree.keys(id));
            let injected = keys.is_some_and(|keys| {
                let mut keys = keys.into_iter();
                keys.any(|key| INJECTED.iter().any(|part| key.contains(part)))
            });
            let there = service.is_insecure() || service.has_ca_bundle();
            if there || !service.has_service() || injected || service.managed {
                continue;
            }
            if !service.ours {
                let message = "there is no caBundle: kube-apiserver verifies the server by the \
                               system's roots, which are not made for this";
                let help = "set caBundle to the base64 of the CA's PEM file, unless something \
                            puts it in once the object is in the cluster";
                let draft = Draft::error(Code::MissingCaBundle, message, help);
                let draft = draft.severity(Severity::Warning);
                report.add(object, &service.route("service"), draft);
                continue;
            }
            let message = "caBundle is not set: kube-apiserver verifies the API server by the \
                           system's roots, and no request gets through";
            let draft = Draft::error(Code::MissingCaBundle, message, harden_it(HARDEN_API_SERVER));
            let draft = draft.of(Channel::KubeApiserver).fixable();
            let at = service.route(ApiService::CA_BUNDLE);
            let gap = scene.gaps_of(object).find(|gap| gap.edit == Edit::CaBundle);
            match gap.filter(|gap| gap.is_commented_out()) {
                Some(gap) => report.add_at(object, &at, gap.span, draft),
                None => report.add(object, &service.route("service"), draft),
            }
        }
    }
}
