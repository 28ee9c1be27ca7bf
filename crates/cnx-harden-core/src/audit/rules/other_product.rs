//! Objects of today's products, which take care of their certificates
//! themselves.

use cnx_certs::Severity;

use super::{Report, Rule, Scene};
use crate::audit::rule::Draft;
use crate::channel::Channel;
use crate::finding::Code;

pub(super) struct OtherProduct;

/// The operator's kinds that stand for an installation.
const OPERATOR: [&str; 3] = ["APIServer", "Installation", "Manager"];

impl Rule for OtherProduct {
    fn codes(&self) -> Vec<Code> {
        vec![Code::OtherProduct]
    }

    fn check(&self, scene: &Scene<'_, '_>, report: &mut Report<'_>) {
        for object in &scene.objects {
            let id = &object.resource.id;
            if !id.api_version.starts_with("operator.tigera.io/")
                || !OPERATOR.contains(&id.kind.as_str())
            {
                continue;
            }
            let message = "the Tigera operator makes and renews its certificates by itself";
            let help = "look at the TigeraStatus in the cluster; nothing is to be done here";
            let draft = Draft::error(Code::OtherProduct, message, help);
            let at = object.resource.root.clone();
            report.add(object, &at, draft.severity(Severity::Info));
        }
        let remarks = scene.gaps.remarks.iter();
        for remark in remarks.filter(|remark| remark.finding.code == Code::OtherProduct) {
            let finding = &remark.finding;
            let at = finding.place.input.zip(finding.place.span);
            let object = at.and_then(|(file, at)| scene.inventory.object_at(file, at.start));
            // Open-source Calico leaves its certificate to whoever asks for the APIService.
            let mut servers = scene.api_servers.iter().filter(|server| server.managed.is_none());
            if servers.any(|server| Some(server.service) == object) {
                continue;
            }
            let help = "its certificates are not set in a manifest; nothing is to be done here";
            let draft = Draft::error(Code::OtherProduct, &finding.message, help);
            let draft = draft.severity(Severity::Info).of(Channel::KubeApiserver);
            report.remark(remark, draft);
        }
    }
}
