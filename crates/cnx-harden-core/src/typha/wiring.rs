//! How a side's variable leads to a file: by a mount to a volume, by the volume
//! to a Secret or a ConfigMap, and there to a key.

use yaml_splice::{Route, Value};

use crate::edits::same_folder;
use crate::finding::{Code, Finding};
use crate::transform::Target;

/// An object that carries files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Carrier {
    /// A ConfigMap, by its name.
    ConfigMap(String),
    /// A Secret, by its name.
    Secret(String),
}

impl Carrier {
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::ConfigMap(_) => "ConfigMap",
            Self::Secret(_) => "Secret",
        }
    }

    pub(crate) fn name(&self) -> &str {
        match self {
            Self::ConfigMap(name) | Self::Secret(name) => name,
        }
    }

    /// The same kind of object, of another name.
    fn named(&self, name: &str) -> Self {
        match self {
            Self::ConfigMap(_) => Self::ConfigMap(name.to_owned()),
            Self::Secret(_) => Self::Secret(name.to_owned()),
        }
    }
}

/// A file that a side reads, and where it is to be if the manifest says nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot<'m> {
    /// The variable that holds its path.
    pub(crate) variable: &'static str,
    /// The object that carries it; its volume and its folder have its name.
    pub(crate) carrier: &'m Carrier,
    /// Its key there, and its name in the folder.
    pub(crate) key: &'m str,
}

/// Where a file is, whether all of the way to it is there already or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wire {
    /// The variable.
    pub(crate) variable: &'static str,
    /// Its value.
    pub(crate) path: String,
    /// The mount that is to be added: its volume and its folder.
    pub(crate) mount: Option<(String, String)>,
    /// The volume that is to be added: its name.
    pub(crate) volume: Option<String>,
    /// What the volume holds, or is to hold.
    pub(crate) carrier: Carrier,
    /// The file's key there.
    pub(crate) key: String,
}

/// A container of a pod, and what is known besides.
pub(crate) struct Wiring<'w, 'a, 't> {
    pub(crate) target: Target<'a, 't>,
    pub(crate) pod: Route,
    pub(crate) container: Route,
    /// Whether an object is in the run.
    pub(crate) is_there: &'w dyn Fn(&Carrier) -> bool,
}

/// A mount under which a path lies, and the rest of the path in its volume.
struct Mounted {
    at: Route,
    volume: String,
    rest: String,
}

impl Wiring<'_, '_, '_> {
    /// Follows the way to a file. Where the variable is not set, the file is
    /// `hint`, or else is looked for where the slot's object is.
    pub(crate) fn follow(&self, slot: &Slot<'_>, hint: Option<String>) -> Result<Wire, Finding> {
        let path = match self.variable(slot.variable)? {
            Some(path) => Some(path),
            None => hint,
        };
        let said = path.is_some();
        let path = match path {
            Some(path) => path,
            None => self.default_path(slot)?,
        };
        let mounted = self.mount_of(&path)?;
        let (folder, file) = path.rsplit_once('/').unwrap_or_default();
        let (name, rest) = match &mounted {
            Some(mounted) => (mounted.volume.as_str(), mounted.rest.as_str()),
            // By convention folder, volume and object are called the same.
            None => (folder.trim_start_matches('/'), file),
        };
        let (variable, kind) = (slot.variable, slot.carrier.kind());
        let Some(carrier) = self.carrier_of(slot, name)? else {
            let (at, message) = match &mounted {
                Some(Mounted { at, .. }) => (
                    at.clone(),
                    format!("the volume {name} is mounted, and is not there"),
                ),
                None => (
                    self.env(variable),
                    format!("{variable} is in a folder that nothing is mounted at"),
                ),
            };
            let help = format!("mount a volume of the {kind} there, or remove the variable");
            return Err(self.conflict(&at, Code::WiringConflict, message, help));
        };
        if !said && carrier != *slot.carrier {
            let at = mounted
                .as_ref()
                .map_or_else(|| self.volume(name), |mounted| mounted.at.clone());
            let wanted = slot.carrier.name();
            return Err(self.conflict(
                &at,
                Code::MountConflict,
                format!(
                    "the {} {} stands where the {kind} {wanted} is to be",
                    carrier.kind(),
                    carrier.name()
                ),
                format!("move it, or set {variable} to the file that is to be read"),
            ));
        }
        Ok(Wire {
            variable,
            mount: mounted
                .is_none()
                .then(|| (name.to_owned(), folder.to_owned())),
            volume: (!self.has_volume(name)?).then(|| name.to_owned()),
            carrier,
            key: self.key_of(slot, name, rest)?,
            path,
        })
    }

    /// A variable's value; none where it is not set. `none` counts as that.
    pub(crate) fn variable(&self, name: &str) -> Result<Option<String>, Finding> {
        let tree = self.target.resource.tree;
        let yaml = |error| self.target.yaml(&error);
        let at = self.env(name);
        let Some(id) = tree.find(&at).map_err(yaml)? else {
            return Ok(None);
        };
        let item = tree.read(id).map_err(yaml)?;
        if item.get("valueFrom").is_some_and(|from| !from.is_null()) {
            return Err(self.conflict(
                &at,
                Code::UnexpectedValue,
                format!("{name} comes from elsewhere (valueFrom)"),
                "write the value here, or remove the variable",
            ));
        }
        let value = item.get("value").and_then(Value::as_text);
        let set = |text: &&str| !text.is_empty() && !text.eq_ignore_ascii_case("none");
        Ok(value.filter(set).map(str::to_owned))
    }

    /// In the folder that the slot's object is mounted at already, or else in
    /// the one that has its name.
    fn default_path(&self, slot: &Slot<'_>) -> Result<String, Finding> {
        let yaml = |error| self.target.yaml(&error);
        let mut folder = format!("/{}", slot.carrier.name());
        for at in self.items(&self.container.key("volumeMounts"))? {
            let text = |key: &str| self.target.resource.tree.text_at(&at.key(key));
            let (Some(volume), Some(path)) = (
                text("name").map_err(yaml)?,
                text("mountPath").map_err(yaml)?,
            ) else {
                continue;
            };
            let whole = text("subPath").map_err(yaml)?.is_none_or(str::is_empty);
            if whole && self.source_of(volume)?.as_ref() == Some(slot.carrier) {
                folder = path.trim_end_matches('/').to_owned();
            }
        }
        Ok(format!("{folder}/{}", slot.key))
    }

    /// The innermost mount that `path` is in.
    fn mount_of(&self, path: &str) -> Result<Option<Mounted>, Finding> {
        let tree = self.target.resource.tree;
        let yaml = |error| self.target.yaml(&error);
        let mut found: Option<(usize, Mounted)> = None;
        for at in self.items(&self.container.key("volumeMounts"))? {
            let text = |key: &str| tree.text_at(&at.key(key)).map_err(yaml);
            let Some(folder) = text("mountPath")? else {
                continue;
            };
            let folder = folder.trim_end_matches('/');
            let rest = match path.strip_prefix(folder) {
                Some("") => "",
                Some(rest) if rest.starts_with('/') => rest.trim_start_matches('/'),
                _ => continue,
            };
            if found.as_ref().is_some_and(|(len, _)| *len > folder.len()) {
                continue;
            }
            if text("subPathExpr")?.is_some() {
                let help = "mount the volume as a folder";
                let message = "a file is read from a mount with a subPathExpr";
                return Err(self.conflict(&at, Code::MountConflict, message, help));
            }
            let sub = text("subPath")?.unwrap_or_default().trim_matches('/');
            let rest = match (sub, rest) {
                ("", rest) => rest.to_owned(),
                (sub, "") => sub.to_owned(),
                (sub, rest) => format!("{sub}/{rest}"),
            };
            let volume = text("name")?.unwrap_or_default().to_owned();
            found = Some((folder.len(), Mounted { at, volume, rest }));
        }
        Ok(found.map(|(_, mounted)| mounted))
    }

    /// What the volume holds; or would hold, where it is the slot's or one that
    /// an object of the run has the name of.
    fn carrier_of(&self, slot: &Slot<'_>, volume: &str) -> Result<Option<Carrier>, Finding> {
        if !self.has_volume(volume)? {
            let carrier = slot.carrier.named(volume);
            let secret = Carrier::Secret(volume.to_owned());
            if !(self.is_there)(&carrier) && (self.is_there)(&secret) {
                return Ok(Some(secret));
            }
            let known = carrier == *slot.carrier || (self.is_there)(&carrier);
            return Ok(known.then_some(carrier));
        }
        let secret_wanted = matches!(slot.carrier, Carrier::Secret(_));
        match self.source_of(volume)? {
            Some(Carrier::ConfigMap(_)) if secret_wanted => {
                Err(self.volume_conflict(slot, volume, "a ConfigMap"))
            }
            Some(carrier) => Ok(Some(carrier)),
            None => Err(self.volume_conflict(slot, volume, "neither a Secret nor a ConfigMap")),
        }
    }

    fn volume_conflict(&self, slot: &Slot<'_>, volume: &str, found: &str) -> Finding {
        let variable = slot.variable;
        self.conflict(
            &self.volume(volume),
            Code::VolumeConflict,
            format!("{variable} leads to the volume {volume}, which is {found}"),
            format!(
                "make it a volume of the {} {}, or remove the variable {variable} and the mount",
                slot.carrier.kind(),
                slot.carrier.name()
            ),
        )
    }

    /// The key of the file `rest` of the volume.
    fn key_of(&self, slot: &Slot<'_>, volume: &str, rest: &str) -> Result<String, Finding> {
        let yaml = |error| self.target.yaml(&error);
        let tree = self.target.resource.tree;
        let at = self.volume(volume);
        for field in ["configMap", "secret"] {
            let items = at.key(field).key("items");
            if tree.find(&items).map_err(yaml)?.is_none() {
                continue;
            }
            for item in self.items(&items)? {
                let path = tree.text_at(&item.key("path")).map_err(yaml)?;
                if path.is_some_and(|path| same_folder(path, rest)) {
                    let key = tree.text_at(&item.key("key")).map_err(yaml)?;
                    return Ok(key.unwrap_or_default().to_owned());
                }
            }
            return Err(self.conflict(
                &items,
                Code::WiringConflict,
                format!(
                    "the volume {volume} has no item for the file of {}",
                    slot.variable
                ),
                "add the item, or remove `items` so that the volume has all keys",
            ));
        }
        if rest.is_empty() || rest.contains('/') {
            return Err(self.conflict(
                &self.env(slot.variable),
                Code::WiringConflict,
                format!("{} is no file of the volume {volume}", slot.variable),
                "name a file right in the folder that the volume is mounted at",
            ));
        }
        Ok(rest.to_owned())
    }

    fn env(&self, name: &str) -> Route {
        self.container.key("env").item("name", name)
    }

    fn volume(&self, name: &str) -> Route {
        self.pod.key("volumes").item("name", name)
    }

    fn has_volume(&self, name: &str) -> Result<bool, Finding> {
        let found = self.target.resource.tree.find(&self.volume(name));
        Ok(found.map_err(|e| self.target.yaml(&e))?.is_some())
    }

    /// The Secret or ConfigMap that a volume holds.
    fn source_of(&self, volume: &str) -> Result<Option<Carrier>, Finding> {
        let at = self.volume(volume);
        let text = |route: &Route| {
            let found = self.target.resource.tree.text_at(route);
            found.map_err(|e| self.target.yaml(&e))
        };
        let secret = text(&at.key("secret").key("secretName"))?;
        let config_map = text(&at.key("configMap").key("name"))?;
        Ok(match (secret, config_map) {
            (Some(name), _) => Some(Carrier::Secret(name.to_owned())),
            (None, Some(name)) => Some(Carrier::ConfigMap(name.to_owned())),
            (None, None) => None,
        })
    }

    fn items(&self, list: &Route) -> Result<Vec<Route>, Finding> {
        let tree = self.target.resource.tree;
        let found = tree.find(list).map_err(|e| self.target.yaml(&e))?;
        let len = found.and_then(|id| tree.items_len(id)).unwrap_or(0);
        Ok((0..len).map(|number| list.index(number)).collect())
    }

    fn conflict(
        &self,
        at: &Route,
        code: Code,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Finding {
        self.target.conflict(code, at, message, help)
    }
}
