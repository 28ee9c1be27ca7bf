//! Pods without the certificates' volume.

use cnx_certs::{HelpPart, help};
use yaml_splice::{Op, Value, Wanted};

use super::{Report, Rule, Scene};
use crate::audit::gap::Gap;
use crate::audit::rule::Draft;
use crate::channel::Channel;
use crate::finding::Code;
use crate::inventory::ObjectId;
use crate::transform::Edit;

pub(super) struct MissingVolume;

impl Rule for MissingVolume {
    fn codes(&self) -> Vec<Code> {
        vec![Code::MissingVolume]
    }

    fn fixable(&self) -> bool {
        true
    }

    fn check(&self, scene: &Scene<'_, '_>, report: &mut Report<'_>) {
        for gap in scene.gaps().filter(|gap| gap.edit == Edit::Volume) {
            let Some(object) = scene.objects.get(gap.object) else {
                continue;
            };
            let how = match gap.is_commented_out() {
                true => "the certificates' volume is commented out".to_owned(),
                false => format!("the pod has no volume of the Secret {}", scene.secret(gap)),
            };
            let message = match is_mounted(scene, gap) {
                true => format!("{how}, and is mounted: Kubernetes refuses such a pod"),
                false => how,
            };
            let help = help![HelpPart::Apply(&[]), " adds it, given the certificates"];
            let draft = Draft::error(Code::MissingVolume, message, help).of(gap.channel);
            report.add_gap(object, gap, draft);
        }
    }
}

/// Whether a container mounts the volume that is not there.
fn is_mounted(scene: &Scene<'_, '_>, gap: &Gap) -> bool {
    let pod = scene.inventory.object(ObjectId(gap.object));
    let pod = pod.and_then(|object| object.pod.as_ref());
    let Some(pod) = pod else {
        return false;
    };
    let names = &scene.options.names;
    // A list that is commented out as a whole has the volume of the given name.
    let volume = volume(&gap.op).unwrap_or_else(|| match gap.channel {
        Channel::Etcd => names.etcd.volume.clone(),
        _ => names.api_server.volume.clone(),
    });
    let mut mounts = pod.containers.iter().flat_map(|c| &c.mounts);
    mounts.any(|mount| mount.volume == volume)
}

/// The name of the volume that an operation brings.
fn volume(op: &Op) -> Option<String> {
    let name = |value: &Value| value.get("name")?.as_text().map(str::to_owned);
    match op {
        Op::Uncomment {
            wanted: Wanted::Item { value, .. },
            ..
        } => Some(value.clone()),
        Op::InsertItem { value, .. } => name(value),
        Op::InsertEntry {
            value: Value::Sequence(items),
            ..
        } => items.first().and_then(name),
        _ => None,
    }
}
