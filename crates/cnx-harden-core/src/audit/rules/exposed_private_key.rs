//! Private keys where everybody may read them.

use cnx_certs::Severity;
use yaml_splice::Route;

use super::{Report, Rule, Scene};
use crate::audit::private_key::holds_private_key;
use crate::audit::rule::Draft;
use crate::audit::scene::Object;
use crate::pods::pod;
use crate::finding::Code;

pub(super) struct ExposedPrivateKey;

impl Rule for ExposedPrivateKey {
    fn codes(&self) -> Vec<Code> {
        vec![Code::ExposedPrivateKey]
    }

    fn check(&self, scene: &Scene<'_, '_>, report: &mut Report<'_>) {
        for object in &scene.objects {
            let id = &object.resource.id;
            if id.kind == "ConfigMap" {
                for field in ["data", "binaryData"] {
                    let at = object.resource.route(&[field]);
                    mapping(object, &at, "a ConfigMap", Severity::Error, report);
                }
            }
            // A copy in a Secret is as well kept as the Secret itself.
            let severity = match id.kind.as_str() {
                "Secret" => Severity::Warning,
                _ => Severity::Error,
            };
            let at = object.resource.route(&["metadata", "annotations"]);
            mapping(object, &at, "an annotation", severity, report);
            let Some(pod) = pod(&object.resource) else {
                continue;
            };
            if let Some(template) = pod.parent() {
                let at = template.keys(&["metadata", "annotations"]);
                if id.kind != "Pod" {
                    mapping(object, &at, "an annotation", Severity::Error, report);
                }
            }
            let spec = scene.inventory.object(object.number).and_then(|o| o.pod.as_ref());
            for container in spec.iter().flat_map(|spec| &spec.containers) {
                environment(object, &container.at, report);
            }
        }
    }
}

/// The values of a mapping.
fn mapping(
    object: &Object<'_, '_>,
    at: &Route,
    place: &str,
    severity: Severity,
    report: &mut Report<'_>,
) {
    for (key, node) in object.entries(at) {
        if let Some(text) = node.text() {
            value(object, text, || at.key(key), place, severity, report);
        }
    }
}

fn environment(object: &Object<'_, '_>, container: &Route, report: &mut Report<'_>) {
    let tree = object.resource.tree();
    let env = container.key("env");
    for (at, item) in tree.items_at(&env).into_iter().flatten() {
        let text = tree.get(item, "value").ok().flatten().and_then(|id| tree.text(id));
        if let Some(text) = text {
            let at = || at.key("value");
            value(object, text, at, "an environment variable", Severity::Error, report);
        }
    }
}

fn value(
    object: &Object<'_, '_>,
    text: &str,
    at: impl FnOnce() -> Route,
    place: &str,
    severity: Severity,
    report: &mut Report<'_>,
) {
    if !holds_private_key(text) {
        return;
    }
    let message = format!("a private key in {place}, where many may read it");
    let help = "take the key for known: make a new one, and keep it in a Secret";
    let draft = Draft::error(Code::ExposedPrivateKey, message, help);
    report.add(object, &at(), draft.severity(severity));
}
