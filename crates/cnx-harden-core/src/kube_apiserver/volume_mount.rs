//! Edit 5, first half: the `volumeMounts` entry `apiserver-certs` of the container.

use yaml_splice::{Op, Route, Value, Wanted};

use super::Selectors;
use super::volume::POD;
use crate::finding::{Code, Finding};
use crate::transform::{Edit, Outcome, Target, Transform};

/// The fields of a VolumeMount (Kubernetes' core/v1).
const FIELDS: [&str; 7] = [
    "mountPath",
    "mountPropagation",
    "name",
    "readOnly",
    "recursiveReadOnly",
    "subPath",
    "subPathExpr",
];

/// Uncomments the mount of the Secret's volume.
///
/// ```text
///         volumeMounts:                            volumeMounts:
///         # - mountPath: /code/…           ->        - mountPath: /code/…
///         #   name: apiserver-certs                    name: apiserver-certs
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VolumeMount<'m> {
    /// The names to go by.
    pub selectors: &'m Selectors,
}

impl Transform for VolumeMount<'_> {
    fn edit(&self) -> Edit {
        Edit::VolumeMount
    }

    fn plan(&self, target: &Target<'_, '_>) -> Result<Outcome, Finding> {
        let Selectors {
            volume,
            container,
            mount_path,
            ..
        } = self.selectors;
        let tree = target.resource.tree;
        let yaml = |error| target.yaml(&error);
        let containers = target.resource.route(&POD).key("containers");
        let holder = containers.item("name", container);
        if tree.find(&holder).map_err(yaml)?.is_none() {
            return Err(target.conflict(
                Code::MissingContainer,
                &containers,
                format!("there is no container named {container}"),
                "name the API server's container with --apiserver-container",
            ));
        }
        let mounts = holder.key("volumeMounts");
        let conflict = |at: &Route, message: String| {
            let help = format!(
                "the certificates must be mounted from the volume {volume} as the folder \
                 {mount_path}; change this mount, or give the other names \
                 (--apiserver-volume, --apiserver-mount-path)"
            );
            target.conflict(Code::MountConflict, at, message, help)
        };
        let items = tree
            .find(&mounts)
            .map_err(yaml)?
            .and_then(|id| tree.items_len(id));
        let mut found = None;
        for number in 0..items.unwrap_or(0) {
            let at = mounts.index(number);
            let field = |key: &str| tree.text_at(&at.key(key)).map_err(yaml);
            let by_name = field("name")? == Some(volume);
            let by_path = field("mountPath")?.is_some_and(|path| same_folder(path, mount_path));
            match (by_name, by_path) {
                (false, false) => {}
                (false, true) => {
                    return Err(conflict(
                        &at,
                        format!("another volume is mounted at {mount_path}"),
                    ));
                }
                (true, _) if found.is_some() => {
                    return Err(conflict(
                        &at,
                        format!("the volume {volume} is mounted twice"),
                    ));
                }
                (true, _) => {
                    let id = tree.find(&at).map_err(yaml)?;
                    let value = id.map_or_else(Value::null, |id| tree.value(id));
                    self.check(&value)
                        .map_err(|message| conflict(&at, message))?;
                    found = Some(number);
                }
            }
        }
        if found.is_some() {
            return Ok(Outcome::AlreadyHardened);
        }
        let wanted = Wanted::Item {
            field: "name".into(),
            value: volume.clone(),
        };
        if let Some(commented) = tree.find_commented(&mounts, &wanted).map_err(yaml)? {
            if let Some(key) = super::unknown_key(&commented.value, &FIELDS) {
                return Err(target.conflict(
                    Code::UnexpectedValue,
                    &mounts,
                    format!("the commented-out mount of {volume} would have a field {key:?}"),
                    "move that line away from the mount's lines, if it is a remark",
                ));
            }
            self.check(&commented.value)
                .map_err(|message| conflict(&mounts, format!("commented out: {message}")))?;
            return Ok(Outcome::Change(vec![Op::Uncomment {
                parent: mounts,
                wanted,
                set: None,
            }]));
        }
        let value = Value::mapping([
            ("mountPath", Value::string(mount_path)),
            ("name", Value::string(volume)),
        ]);
        super::add_item(target, &holder, "volumeMounts", value)
    }
}

impl VolumeMount<'_> {
    /// Whether a mount of the volume is the one that the edit makes.
    fn check(&self, mount: &Value) -> Result<(), String> {
        let Selectors {
            volume, mount_path, ..
        } = self.selectors;
        let path = mount
            .get("mountPath")
            .and_then(Value::as_text)
            .unwrap_or_default();
        if !same_folder(path, mount_path) {
            return Err(format!(
                "the volume {volume} is mounted at another path than {mount_path}"
            ));
        }
        for key in ["subPath", "subPathExpr"] {
            if mount.get(key).is_some_and(|value| !value.is_null()) {
                return Err(format!("the volume {volume} is mounted with a {key}"));
            }
        }
        Ok(())
    }
}

fn same_folder(left: &str, right: &str) -> bool {
    left.trim_end_matches('/') == right.trim_end_matches('/')
}
