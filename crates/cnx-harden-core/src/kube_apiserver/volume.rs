//! Edit 5, second half: the `volumes` entry `apiserver-certs` of the pod.

use yaml_splice::{Op, Route, Value, Wanted};

use super::Selectors;
use crate::finding::{Code, Finding};
use crate::transform::{Edit, Outcome, Target, Transform};

/// The pod's fields inside of a workload.
pub(super) const POD: [&str; 3] = ["spec", "template", "spec"];

/// Uncomments the volume that holds the Secret.
///
/// ```text
///       volumes:                                 volumes:
///         # - name: apiserver-certs      ->        - name: apiserver-certs
///         #   secret:                                secret:
///         #     secretName: cnx-…                      secretName: cnx-…
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Volume<'m> {
    /// The names to go by.
    pub selectors: &'m Selectors,
}

impl Transform for Volume<'_> {
    fn edit(&self) -> Edit {
        Edit::Volume
    }

    fn plan(&self, target: &Target<'_, '_>) -> Result<Outcome, Finding> {
        let Selectors { volume, secret, .. } = self.selectors;
        let tree = target.resource.tree;
        let pod = target.resource.route(&POD);
        let volumes = pod.key("volumes");
        let at = volumes.item("name", volume);
        let conflict = |at: &Route, found: &str| {
            target.conflict(
                Code::VolumeConflict,
                at,
                format!("the volume {volume} is {found}, not the Secret {secret}"),
                format!(
                    "this manifest serves with other certificates (on EKS: those of the cluster's \
                     authentication); give the Secret's volume another name in the manifest, or \
                     make this one a volume of the Secret {secret}"
                ),
            )
        };
        let yaml = |error| target.yaml(&error);
        if let Some(id) = tree.find(&at).map_err(yaml)? {
            return match describe(&tree.value(id), secret) {
                None => Ok(Outcome::AlreadyHardened),
                Some(found) => Err(conflict(&at, &found)),
            };
        }
        let wanted = Wanted::Item {
            field: "name".into(),
            value: volume.clone(),
        };
        if let Some(commented) = tree.find_commented(&volumes, &wanted).map_err(yaml)? {
            if let Some(key) = super::unknown_key(&commented.value, &["name", "secret"]) {
                return Err(target.conflict(
                    Code::UnexpectedValue,
                    &volumes,
                    format!("the commented-out volume {volume} would have a field {key:?}"),
                    "move that line away from the volume's lines, if it is a remark",
                ));
            }
            if let Some(found) = describe(&commented.value, secret) {
                return Err(conflict(&volumes, &format!("commented out, and {found}")));
            }
            return Ok(Outcome::Change(vec![Op::Uncomment {
                parent: volumes,
                wanted,
                set: None,
            }]));
        }
        let value = Value::mapping([
            ("name", Value::string(volume)),
            (
                "secret",
                Value::mapping([("secretName", Value::string(secret))]),
            ),
        ]);
        super::add_item(target, &pod, "volumes", value)
    }
}

/// What the volume is, unless it is the Secret's.
fn describe(volume: &Value, secret: &str) -> Option<String> {
    if let Some(found) = volume.get("secret") {
        return match found.get("secretName").and_then(Value::as_text) {
            Some(name) if name == secret => None,
            Some(name) => Some(format!("the Secret {name}")),
            None => Some("a Secret without a secretName".to_owned()),
        };
    }
    let config_map = volume.get("configMap");
    let name = config_map
        .and_then(|source| source.get("name"))
        .and_then(Value::as_text);
    Some(match (config_map, name) {
        (Some(_), Some(name)) => format!("the ConfigMap {name}"),
        (Some(_), None) => "a ConfigMap".to_owned(),
        (None, _) => "of another type".to_owned(),
    })
}
