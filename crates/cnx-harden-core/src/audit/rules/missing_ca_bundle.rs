//! An APIService that is verified by the system's roots alone.

use crate::audit::rule::{Draft, HARDEN_API_SERVER, harden_it, harden_server};
use cnx_certs::Severity;

use super::{Report, Rule, Scene};
use crate::audit::scene::ApiService;
use crate::channel::Channel;
use crate::finding::Code;
use crate::transform::Edit;

pub(super) struct MissingCaBundle;

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
            let mut servers = scene.api_servers.iter();
            let number = object.number;
            let by_others = servers.find(|server| server.service == number).is_some_and(|server| {
                server.managed.is_some() || server.injected.is_some()
            });
            let there = service.is_insecure() || service.has_ca_bundle();
            if there || !service.has_service() || by_others || service.managed {
                continue;
            }
            if !service.ours {
                let message = "there is no caBundle: kube-apiserver verifies the server by the \
                               system's roots, unless something adds one in the cluster";
                let draft = Draft::error(Code::MissingCaBundle, message, harden_server());
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
