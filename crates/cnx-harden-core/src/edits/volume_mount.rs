//! A container's mount of a volume, as a folder.

use cnx_certs::Help;
use yaml_splice::{Op, Route, Value, Wanted};

use crate::finding::{Code, Finding};
use crate::transform::{Outcome, Target};

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

/// The mount that a container is to have.
///
/// ```text
///         volumeMounts:                            volumeMounts:
///         # - mountPath: /code/…           ->        - mountPath: /code/…
///         #   name: apiserver-certs                    name: apiserver-certs
/// ```
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mount<'m> {
    /// The volume's name.
    pub(crate) volume: &'m str,
    /// The folder.
    pub(crate) path: &'m str,
    /// Whether one that is inserted says `readOnly: true`.
    pub(crate) read_only: bool,
    /// What to do about a mount that is another one.
    pub(crate) help: &'m Help,
}

impl Mount<'_> {
    /// Plans the mount of the container at `container`.
    pub(crate) fn plan(
        &self,
        target: &Target<'_, '_>,
        container: &Route,
    ) -> Result<Outcome, Finding> {
        let Self {
            volume, path, help, ..
        } = *self;
        let tree = target.resource.tree();
        let yaml = |error| target.yaml(&error);
        let mounts = container.key("volumeMounts");
        let conflict = |at: &Route, message: String| {
            target.conflict(Code::MountConflict, at, message, help.clone())
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
            let by_path = field("mountPath")?.is_some_and(|found| same_folder(found, path));
            match (by_name, by_path) {
                (false, false) => {}
                (false, true) => {
                    return Err(conflict(
                        &at,
                        format!("another volume is mounted at {path}"),
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
                    let value = id.map_or(Ok(Value::null()), |id| tree.read(id));
                    let value = value.map_err(yaml)?;
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
            value: volume.to_owned(),
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
            return Ok(Outcome::Change(vec![Op::uncomment(mounts, wanted)]));
        }
        if let Some(outcome) = super::uncomment_list(target, container, "volumeMounts", |mount| {
            mount.get("name").and_then(Value::as_text) == Some(volume)
                && super::unknown_key(mount, &FIELDS).is_none()
                && self.check(mount).is_ok()
        })? {
            return Ok(outcome);
        }
        let mut fields = vec![
            ("mountPath", Value::string(path)),
            ("name", Value::string(volume)),
        ];
        if self.read_only {
            fields.push(("readOnly", Value::boolean(true)));
        }
        let value = Value::mapping(fields);
        Ok(Outcome::Change(vec![Op::insert_item(mounts, value)]))
    }

    /// Whether a mount of the volume is the one that the edit makes.
    fn check(&self, mount: &Value) -> Result<(), String> {
        let Self { volume, path, .. } = self;
        let found = mount.get("mountPath").and_then(Value::as_text);
        if !same_folder(found.unwrap_or_default(), path) {
            return Err(format!(
                "the volume {volume} is mounted at another path than {path}"
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

/// Whether two paths are one folder.
pub(crate) fn same_folder(left: &str, right: &str) -> bool {
    left.trim_end_matches('/') == right.trim_end_matches('/')
}
