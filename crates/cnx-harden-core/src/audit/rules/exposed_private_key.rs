//! Private keys where everybody may read them.

use cnx_certs::Severity;
use yaml_splice::Route;

use super::{Report, Rule, Scene};
use crate::audit::private_key::holds_private_key;
use crate::audit::rule::Draft;
use crate::audit::scene::Object;
use crate::edits::{containers, pod};
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
            for container in containers(&object.resource, &pod).unwrap_or_default() {
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
    let tree = object.resource.tree;
    let Ok(Some(id)) = tree.find(at) else { return };
    for key in tree.keys(id) {
        value(object, &at.key(key), place, severity, report);
    }
}

fn environment(object: &Object<'_, '_>, container: &Route, report: &mut Report<'_>) {
    let tree = object.resource.tree;
    let env = container.key("env");
    let items = tree.find(&env).ok().flatten();
    let items = items.and_then(|id| tree.items_len(id)).unwrap_or(0);
    for number in 0..items {
        let at = env.index(number).key("value");
        value(object, &at, "an environment variable", Severity::Error, report);
    }
}

fn value(
    object: &Object<'_, '_>,
    at: &Route,
    place: &str,
    severity: Severity,
    report: &mut Report<'_>,
) {
    let text = object.resource.tree.text_at(at).ok().flatten();
    if !text.is_some_and(holds_private_key) {
        return;
    }
    let message = format!("a private key in {place}, where many may read it");
    let help = "take the key for known: make a new one, and keep it in a Secret";
    let draft = Draft::error(Code::ExposedPrivateKey, message, help);
    report.add(object, at, draft.severity(severity));
}
