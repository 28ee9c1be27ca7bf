//! The caBundle of webhooks and of the conversions of CustomResourceDefinitions.

use cnx_certs::{CaCertificates, Severity};

use super::{Report, Rule, Scene};
use crate::audit::rule::Draft;
use crate::certificates::seen;
use crate::finding::Code;
use crate::inventory::{Node, is_open};
use crate::material::decode;
use crate::survey::{CA_BUNDLE, webhooks};

pub(super) struct WebhookCaBundle;

impl Rule for WebhookCaBundle {
    fn codes(&self) -> Vec<Code> {
        vec![Code::WebhookCaBundle]
    }

    fn check(&self, scene: &Scene<'_, '_>, report: &mut Report<'_>) {
        for object in &scene.objects {
            let injector = scene.inventory.injector(object.number);
            for (at, client) in webhooks(scene.inventory, object.number) {
                let Some(why) = wrong(scene, client, injector.is_some()) else {
                    continue;
                };
                let (by, help) = match injector {
                    Some((annotation, _)) => (
                        format!("; {annotation} has it replaced in the cluster"),
                        "leave caBundle out: what the annotation asks for writes it",
                    ),
                    None => (
                        ": no request gets through, unless something replaces it".to_owned(),
                        "set it to the base64 of the CA that issues the webhook's certificate, or \
                         let cert-manager write it: cert-manager.io/inject-ca-from",
                    ),
                };
                let draft = Draft::error(Code::WebhookCaBundle, format!("{why}{by}"), help);
                let bundle = at.key(CA_BUNDLE);
                let at = match client.get(CA_BUNDLE) {
                    Some(_) => bundle,
                    None => at,
                };
                report.add(object, &at, draft.severity(Severity::Warning));
            }
        }
    }
}

/// Why a caBundle verifies nothing. One that is left to others to write may be missing,
/// and so may that of a server with a URL: the system's roots count.
fn wrong(scene: &Scene<'_, '_>, client: Node<'_, '_>, injected: bool) -> Option<String> {
    let Some(bundle) = client.get(CA_BUNDLE) else {
        let is_service = client.get("service").is_some_and(Node::is_set);
        return (is_service && !injected).then(|| "there is no caBundle".to_owned());
    };
    let written = bundle.tree.span(bundle.id).of(bundle.tree.source());
    let text = bundle.text().unwrap_or(written).trim();
    if text.is_empty() || !bundle.is_set() {
        return Some("caBundle is empty".to_owned());
    }
    if is_open(text) {
        return Some("caBundle is a placeholder".to_owned());
    }
    let Some(bytes) = decode(text) else {
        return Some("caBundle is not base64".to_owned());
    };
    if std::str::from_utf8(&bytes).is_ok_and(is_open) {
        return Some("caBundle is a placeholder".to_owned());
    }
    if let Err(error) = CaCertificates::from_pem(&bytes) {
        return Some(format!("caBundle: {}", error.kind));
    }
    let policy = scene.options.checks()?;
    let certificates = seen(&bytes, policy.now);
    let valid = certificates.iter().any(|one| one.valid);
    let last = certificates.iter().map(|one| one.not_after.as_str()).max();
    let expired = last.filter(|_| !valid)?;
    Some(format!("caBundle has no certificate that is valid now (the last one until {expired})"))
}
