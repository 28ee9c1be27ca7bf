//! A pod's volume of a Secret or a ConfigMap.

use cnx_certs::Help;
use yaml_splice::{Op, Route, Value, Wanted};

use crate::finding::{Code, Finding};
use crate::transform::{Outcome, Target};

/// What a volume holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum VolumeSource<'m> {
    /// The Secret of this name.
    Secret(&'m str),
    /// The ConfigMap of this name.
    ConfigMap(&'m str),
}

/// The volume that a pod is to have.
///
/// ```text
///       volumes:                                 volumes:
///         # - name: apiserver-certs      ->        - name: apiserver-certs
///         #   secret:                                secret:
///         #     secretName: cnx-…                      secretName: cnx-…
/// ```
#[derive(Clone, Copy, Debug)]
pub(crate) struct PodVolume<'m> {
    /// Its name in the pod.
    pub(crate) name: &'m str,
    /// What it holds.
    pub(crate) source: VolumeSource<'m>,
    /// The mode that its files get where the volume is inserted.
    pub(crate) mode: Option<i64>,
    /// What to do about a volume of the name that is something else.
    pub(crate) help: &'m Help,
}

impl PodVolume<'_> {
    /// Plans the volume of the pod whose spec is at `pod`.
    pub(crate) fn plan(&self, target: &Target<'_, '_>, pod: &Route) -> Result<Outcome, Finding> {
        let tree = target.resource.tree();
        let name = self.name;
        let volumes = pod.key("volumes");
        let at = volumes.item("name", name);
        let conflict = |at: &Route, found: &str| {
            let what = self.source.describe();
            let message = format!("the volume {name} is {found}, not {what}");
            target.conflict(Code::VolumeConflict, at, message, self.help.clone())
        };
        let yaml = |error| target.yaml(&error);
        if let Some(id) = tree.find(&at).map_err(yaml)? {
            return match self.source.differs(&tree.read(id).map_err(yaml)?) {
                None => Ok(Outcome::AlreadyHardened),
                Some(found) => Err(conflict(&at, &found)),
            };
        }
        let wanted = Wanted::Item {
            field: "name".into(),
            value: name.to_owned(),
        };
        if let Some(commented) = tree.find_commented(&volumes, &wanted).map_err(yaml)? {
            let known = ["name", self.source.field()];
            if let Some(key) = super::unknown_key(&commented.value, &known) {
                return Err(target.conflict(
                    Code::UnexpectedValue,
                    &volumes,
                    format!("the commented-out volume {name} would have a field {key:?}"),
                    "move that line away from the volume's lines, if it is a remark",
                ));
            }
            if let Some(found) = self.source.differs(&commented.value) {
                return Err(conflict(&volumes, &format!("commented out, and {found}")));
            }
            return Ok(Outcome::Change(vec![Op::uncomment(volumes, wanted)]));
        }
        if let Some(outcome) = super::uncomment_list(target, pod, "volumes", |volume| {
            volume.get("name").and_then(Value::as_text) == Some(name)
                && super::unknown_key(volume, &["name", self.source.field()]).is_none()
                && self.source.differs(volume).is_none()
        })? {
            return Ok(outcome);
        }
        Ok(Outcome::Change(vec![Op::insert_item(
            volumes,
            self.value(tree.is_flow()),
        )]))
    }

    fn value(&self, json: bool) -> Value {
        let (key, name) = match self.source {
            VolumeSource::Secret(name) => ("secretName", name),
            VolumeSource::ConfigMap(name) => ("name", name),
        };
        let mut source = vec![(key, Value::string(name))];
        if let Some(mode) = self.mode {
            // Octal, as people write modes; JSON has no such thing.
            let text = match json {
                true => mode.to_string(),
                false => format!("0{mode:o}"),
            };
            source.push(("defaultMode", Value::raw(text)));
        }
        Value::mapping([
            ("name", Value::string(self.name)),
            (self.source.field(), Value::mapping(source)),
        ])
    }
}

impl VolumeSource<'_> {
    const fn field(self) -> &'static str {
        match self {
            Self::Secret(_) => "secret",
            Self::ConfigMap(_) => "configMap",
        }
    }

    fn describe(self) -> String {
        match self {
            Self::Secret(name) => format!("the Secret {name}"),
            Self::ConfigMap(name) => format!("the ConfigMap {name}"),
        }
    }

    /// What the volume is, unless it is this one.
    fn differs(self, volume: &Value) -> Option<String> {
        let secret = volume.get("secret");
        let config_map = volume.get("configMap");
        let name = |source: Option<&Value>, key: &str| {
            let name = source.and_then(|source| source.get(key));
            name.and_then(Value::as_text).map(str::to_owned)
        };
        let secret_name = name(secret, "secretName");
        let config_map_name = name(config_map, "name");
        let found = match (&secret_name, &config_map_name) {
            (Some(name), _) => Some(VolumeSource::Secret(name)),
            (None, Some(name)) => Some(VolumeSource::ConfigMap(name)),
            (None, None) => None,
        };
        match found {
            Some(found) if found.describe() == self.describe() => None,
            Some(found) => Some(found.describe()),
            None if secret.is_some() => Some("a Secret without a secretName".to_owned()),
            None if config_map.is_some() => Some("a ConfigMap".to_owned()),
            None => Some("of another type".to_owned()),
        }
    }
}
