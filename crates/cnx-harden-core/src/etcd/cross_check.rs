//! What no edit can put right, and what is worth knowing: whether the objects fit
//! together.

use yaml_splice::{Route, Value, Wanted};

use super::Object;
use super::client::Pod;
use super::files::FileOf;
use crate::finding::{Code, Finding};
use crate::plan::Plan;
use crate::transform::Target;

/// Checks a pod: that no client has both endpoints and discovery, and that the
/// volume's files are those that the paths name, and not for everybody's eyes.
pub(super) fn pod(pod: &Pod<'_>, needs_volume: bool, object: &Object<'_, '_>, plan: &mut Plan) {
    let target = target(object);
    for client in &pod.clients {
        let Some(discovery) = client.discovery else {
            continue;
        };
        let at = client.program.container.at.key("env");
        let endpoints = client.family.endpoints;
        if client.told {
            let message =
                format!("{discovery} is there beside {endpoints}, and the two exclude each other");
            let help = "remove one of the two variables";
            plan.find([target.conflict(Code::DiscoveryBesideEndpoints, &at, message, help)]);
            plan.edits.refused.push(object.place);
        } else {
            let message = format!(
                "{discovery} leaves it to DNS where etcd is: manifests do not show whether that is \
                 with TLS"
            );
            let help = format!(
                "publish the records of _etcd-client-ssl._tcp, or set {endpoints} to https:// URLs"
            );
            let at = at.item("name", discovery);
            let unset = target.conflict(Code::EndpointsUnset, &at, message, help);
            plan.find([unset.info()]);
        }
    }
    let at = pod.spec.at.key("volumes").item("name", &pod.volume);
    let live = object.resource.tree().find(&at).ok().flatten();
    let volume = match live {
        _ if !needs_volume => None,
        Some(id) => object.resource.tree().read(id).ok(),
        None => commented_volume(pod, object),
    };
    let Some(secret) = volume.as_ref().and_then(|volume| volume.get("secret")) else {
        return;
    };
    let name = &pod.volume;
    if let Some(Value::Sequence(items)) = secret.get("items") {
        plan.find(items_lack(items).map(|file| {
            let message = format!("the volume {name} leaves out the Secret's file {file}");
            let help = "add the key to the volume's items, with the same name as its path";
            target.conflict(Code::PathMismatch, &at, message, help)
        }));
    }
    // Without a group, others have to be able to read what the clients read.
    let is_needed = secret.get("defaultMode").is_none() && pod.file_mode().is_none();
    plan.find(file_mode(&target, secret, name, &at).filter(|_| !is_needed));
    if live.is_none() && !pod.can_read(secret.get("defaultMode")) {
        let message = format!(
            "the commented-out volume {name} has a mode with which a client that does not run as \
             root cannot read its files"
        );
        let help = "remove its defaultMode, or set fsGroup in the pod's securityContext";
        let at = pod.spec.at.key("volumes");
        plan.find([target.conflict(Code::UnreadableFile, &at, message, help)]);
        plan.edits.refused.push(object.place);
    }
}

/// The volume as it is commented out. Of an inserted one there is nothing to be said.
fn commented_volume(pod: &Pod<'_>, object: &Object<'_, '_>) -> Option<Value> {
    let wanted = Wanted::Item {
        field: "name".into(),
        value: pod.volume.clone(),
    };
    let volumes = pod.spec.at.key("volumes");
    let tree = object.resource.tree();
    let commented = tree.find_commented(&volumes, &wanted).ok().flatten();
    commented.map(|commented| commented.value)
}

/// The first file that is not mounted under its name.
fn items_lack(items: &[Value]) -> Option<&'static str> {
    let mounted = |file: &FileOf| {
        let field = |item: &Value, key| item.get(key).and_then(Value::as_text).map(str::to_owned);
        let key = Some(file.secret_key().to_owned());
        let mut items = items.iter();
        items.any(|item| field(item, "key") == key && field(item, "path") == key)
    };
    let missing = FileOf::ALL.into_iter().find(|file| !mounted(file));
    missing.map(FileOf::secret_key)
}

/// A key that every user in the pod can read. Kubernetes' default is 0644.
fn file_mode(target: &Target<'_, '_>, secret: &Value, name: &str, at: &Route) -> Option<Finding> {
    let mode = secret.get("defaultMode").filter(|mode| !mode.is_null());
    let bits = mode.map_or(Some(0o644), Value::as_integer)?;
    let text = mode.and_then(Value::as_text).unwrap_or_default();
    // What people write who mean octal digits.
    if ["400", "440", "444"].contains(&text) {
        let message = format!("the mode {text} of the volume {name} is decimal: 0{bits:o}");
        let help = format!("write 0{text}");
        let finding = target.conflict(Code::SecretFileMode, at, message, help);
        return Some(finding.warning());
    }
    if bits & 0o007 == 0 {
        return None;
    }
    let message = format!("every user in the pod can read the files of the volume {name}");
    let help = "set defaultMode: 0400 there, or 0440 beside a securityContext with fsGroup";
    Some(
        target
            .conflict(Code::SecretFileMode, at, message, help)
            .info(),
    )
}

fn target<'a, 't>(object: &'a Object<'a, 't>) -> Target<'a, 't> {
    object.target()
}
