//! Secrets that pods refer to and that are in none of the inputs: they may be in the
//! cluster.

use cnx_certs::{HelpPart, Setting, Severity, help};
use crate::audit::rule::{Draft, HARDEN_MANAGER};
use yaml_splice::Route;

use super::{Report, Rule, Scene};
use crate::channel::Channel;
use crate::finding::Code;
use crate::inventory::{Object, VolumeSource};

pub(super) struct MissingObject;

impl Rule for MissingObject {
    fn codes(&self) -> Vec<Code> {
        vec![Code::MissingObject]
    }

    fn fixable(&self) -> bool {
        true
    }

    fn check(&self, scene: &Scene<'_, '_>, report: &mut Report<'_>) {
        for missing in &scene.gaps.missing {
            // Those of Typha and Felix are told by their files.
            let (who, help) = match missing.channel {
                Channel::Manager => (
                    "the Manager",
                    help![
                        "see that it is there, with cert and key, or have it written: ",
                        HARDEN_MANAGER
                    ],
                ),
                Channel::KubeApiserver => (
                    "the API server",
                    help![
                        "see that it is there, with apiserver.crt and apiserver.key, or have it \
                         written: ",
                        HelpPart::Apply(&[Setting::AddSecret])
                    ],
                ),
                _ => continue,
            };
            let Some(object) = scene.objects.get(missing.beside.0) else {
                continue;
            };
            let name = &missing.name;
            let message = format!(
                "the Secret {name} is not in any input file: {who} starts only if it is in the cluster"
            );
            let draft = Draft::error(Code::MissingObject, message, help);
            let draft = draft.severity(Severity::Info).of(missing.channel).fixable();
            let at = scene.inventory.object(missing.beside);
            let at = at.and_then(|object| secret_name(object, name));
            report.add(object, &at.unwrap_or_else(|| object.resource.root.clone()), draft);
        }
    }
}

/// Where a pod's volume says the Secret's name.
fn secret_name(object: &Object, name: &str) -> Option<Route> {
    let mut volumes = object.pod.as_ref()?.volumes.iter();
    let volume = volumes.find(|volume| {
        matches!(&volume.source, VolumeSource::Object(files) if files.object.name == name)
    })?;
    Some(volume.at.keys(&["secret", "secretName"]))
}
