//! How a side's variable leads to a file: by a mount to a volume, by the volume
//! to a Secret or a ConfigMap, and there to a key. What lacks of the way is decided
//! here.

use cnx_certs::Help;
use yaml_splice::Route;

use super::role::End;
use crate::finding::{Code, Finding};
use crate::inventory::{
    Break, Container, FileRef, Inventory, Near, ObjectId, ObjectKey, Said, VariableSource,
    VolumeSource,
};

/// A file that a side reads, and where it is to be if the manifest says nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot<'m> {
    /// The variable that holds its path.
    pub(crate) variable: &'static str,
    /// The object that carries it; its volume and its folder have its name.
    pub(crate) carrier: &'m ObjectKey,
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
    /// Whether an object that the container refers to says so.
    pub(crate) is_told: bool,
    /// The mount that is to be added: its volume and its folder.
    pub(crate) mount: Option<(String, String)>,
    /// The volume that is to be added: its name.
    pub(crate) volume: Option<String>,
    /// What the volume holds, or is to hold, and the file's key there; none where the
    /// file is the host's, or made by what is no part of a manifest.
    pub(crate) carried: Option<(ObjectKey, String)>,
}

/// A container of a pod, and what is known besides.
pub(crate) struct Wiring<'w, 'i, 't> {
    pub(crate) inventory: &'w Inventory<'t>,
    pub(crate) end: &'w End<'i, 't>,
    pub(crate) container: &'i Container,
}

impl Wiring<'_, '_, '_> {
    /// Follows the way to a file. Where the variable is not set, the file is
    /// `hint`, or else is looked for where the slot's object is.
    pub(crate) fn follow(&self, slot: &Slot<'_>, hint: Option<String>) -> Result<Wire, Finding> {
        let said = self.variable(slot.variable)?;
        let is_told = said.as_ref().is_some_and(|(_, told)| *told);
        let path = said.map(|(path, _)| path).or(hint);
        let is_said = path.is_some();
        let path = path.unwrap_or_else(|| self.default_path(slot));
        let (number, pod) = (self.end.number, self.end.role.pod);
        let trail = self.inventory.follow(number, pod, self.container, &path);
        let (folder, file) = path.rsplit_once('/').unwrap_or_default();
        let (folder, file) = (folder.to_owned(), file.to_owned());
        let variable = slot.variable;
        let mut wire = Wire {
            variable,
            path,
            is_told,
            mount: None,
            volume: None,
            carried: None,
        };
        let env = self.env(variable);
        let at = trail.mount.clone().unwrap_or_else(|| env.clone());
        let volume = trail.volume.clone().unwrap_or_else(|| at.clone());
        let found = match trail.end {
            Ok(FileRef::Key(at, key)) | Err(Break::Unset(at, key)) => self.carrier(at.object, key),
            Err(Break::NoKey(object, key)) => self.carrier(object, key),
            Ok(FileRef::Outside(object, key)) => Some((object, key)),
            Err(Break::Unclear(object)) => Some((object, file)),
            // Of the host, or of a volume that something fills: there, as far as
            // manifests can say.
            Ok(FileRef::OnHost(_) | FileRef::Generated) if is_said => return Ok(wire),
            Ok(FileRef::OnHost(_) | FileRef::Generated) => {
                let name = self.volume_name(&volume).unwrap_or_default();
                return Err(self.volume_conflict(slot, &name, "neither a Secret nor a ConfigMap"));
            }
            Err(Break::NoMount) => {
                // By convention folder, volume and object are called the same.
                let name = folder.trim_start_matches('/').to_owned();
                wire.mount = Some((name.clone(), folder));
                Some((
                    self.of_volume(slot, &name, &mut wire)?.ok_or_else(|| {
                        let message =
                            format!("{variable} is in a folder that nothing is mounted at");
                        self.unwired(slot, &env, Code::UnmountedFile, message)
                    })?,
                    file,
                ))
            }
            Err(Break::NoVolume(at, name)) => {
                let carrier = self.of_volume(slot, &name, &mut wire)?.ok_or_else(|| {
                    let message = format!("the volume {name} is mounted, and is not there");
                    self.unwired(slot, &at, Code::WiringConflict, message)
                })?;
                let file = self.rest(&at, &wire.path);
                if file.is_empty() || file.contains('/') {
                    return Err(self.no_file(slot, &name));
                }
                Some((carrier, file))
            }
            Err(Break::SubPathExpr(at)) => {
                let help = "mount the volume as a folder";
                let message = "a file is read from a mount with a subPathExpr";
                return Err(self.conflict(&at, Code::MountConflict, message, help));
            }
            Err(Break::NoItem(volume)) => {
                let name = self.volume_name(&volume).unwrap_or_default();
                let message = format!("the volume {name} has no item for the file of {variable}");
                let help = "add the item, or remove `items` so that the volume has all keys";
                let at = self.items(&volume);
                return Err(self.conflict(&at, Code::WiringConflict, message, help));
            }
            Err(Break::NotAFile(volume)) => {
                let name = self.volume_name(&volume).unwrap_or_default();
                return Err(self.no_file(slot, &name));
            }
        };
        let Some((carrier, key)) = found else {
            return Ok(wire);
        };
        if !is_said && carrier != *slot.carrier {
            let message = format!("the {carrier} stands where the {} is to be", slot.carrier);
            let help = format!("move it, or set {variable} to the file that is to be read");
            return Err(self.conflict(&at, Code::MountConflict, message, help));
        }
        if carrier.kind == "ConfigMap" && slot.carrier.kind == "Secret" {
            let name = self.volume_name(&volume).unwrap_or_default();
            return Err(self.volume_conflict(slot, &name, "a ConfigMap"));
        }
        wire.carried = Some((carrier, key));
        Ok(wire)
    }

    /// A variable's value, and whether it stands in another object; none where it is
    /// not set. `none` counts as that.
    pub(crate) fn variable(&self, name: &str) -> Result<Option<(String, bool)>, Finding> {
        match self.end.said(self.inventory, name) {
            Said::Text(text, at) => Ok(Some((text, at.object != self.end.number))),
            Said::Nothing if !self.is_from_elsewhere(name) => Ok(None),
            _ => Err(self.conflict(
                &self.env(name),
                Code::UnexpectedValue,
                format!("{name} comes from elsewhere (valueFrom)"),
                "write the value here, or remove the variable",
            )),
        }
    }

    /// Whether it has a `valueFrom`.
    fn is_from_elsewhere(&self, name: &str) -> bool {
        let variable = self.container.variable(name);
        variable.is_some_and(|v| !matches!(v.source, VariableSource::Text(_)))
    }

    /// In the folder that the slot's object is mounted at already, or else in
    /// the one that has its name.
    fn default_path(&self, slot: &Slot<'_>) -> String {
        let mounts = self.container.mounts.iter().rev();
        let mut mounts = mounts.filter(|mount| mount.sub_path.is_none() && !mount.sub_path_expr);
        let mount = mounts.find(|mount| {
            let volume = self.end.role.pod.volume(&mount.volume);
            volume.is_some_and(|volume| holds(&volume.source, slot.carrier))
        });
        match mount {
            Some(mount) => format!("{}/{}", mount.path.trim_end_matches('/'), slot.key),
            None => format!("/{}/{}", slot.carrier.name, slot.key),
        }
    }

    /// What the volume `name` holds; or would hold, where it is the slot's or one that
    /// an object of the run has the name of. Then it is to be added.
    fn of_volume(
        &self,
        slot: &Slot<'_>,
        name: &str,
        wire: &mut Wire,
    ) -> Result<Option<ObjectKey>, Finding> {
        let Some(volume) = self.end.role.pod.volume(name) else {
            wire.volume = Some(name.to_owned());
            let kind = slot.carrier.kind;
            let carrier = ObjectKey {
                kind,
                name: name.to_owned(),
            };
            let secret = ObjectKey::secret(name);
            if !self.is_there(&carrier) && self.is_there(&secret) {
                return Ok(Some(secret));
            }
            let known = carrier == *slot.carrier || self.is_there(&carrier);
            return Ok(known.then_some(carrier));
        };
        match &volume.source {
            VolumeSource::Object(files) => Ok(Some(files.object.clone())),
            _ => Err(self.volume_conflict(slot, name, "neither a Secret nor a ConfigMap")),
        }
    }

    fn is_there(&self, carrier: &ObjectKey) -> bool {
        let found = self
            .inventory
            .near(self.end.number, carrier.kind, &carrier.name);
        found != Near::None
    }

    fn carrier(&self, object: ObjectId, key: String) -> Option<(ObjectKey, String)> {
        Some((ObjectKey::of(&self.inventory.object(object)?.id), key))
    }

    fn volume_name(&self, at: &Route) -> Option<String> {
        let mut volumes = self.end.role.pod.volumes.iter();
        let volume = volumes.find(|volume| volume.at == *at)?;
        Some(volume.name.clone())
    }

    /// The `items` of a volume.
    fn items(&self, volume: &Route) -> Route {
        let tree = self.end.resource.tree();
        let fields = ["configMap", "secret"].map(|field| volume.key(field).key("items"));
        let mut found = fields
            .into_iter()
            .filter(|at| matches!(tree.find(at), Ok(Some(_))));
        found.next().unwrap_or_else(|| volume.clone())
    }

    /// The path behind the mount at `at`, in its volume.
    fn rest(&self, at: &Route, path: &str) -> String {
        let mut mounts = self.container.mounts.iter();
        let Some(mount) = mounts.find(|mount| mount.at == *at) else {
            return String::new();
        };
        let rest = path.strip_prefix(mount.path.trim_end_matches('/'));
        let rest = rest.unwrap_or_default().trim_matches('/');
        let sub = mount.sub_path.as_deref().unwrap_or_default();
        let both = [sub, rest].into_iter().filter(|part| !part.is_empty());
        both.collect::<Vec<_>>().join("/")
    }

    fn no_file(&self, slot: &Slot<'_>, volume: &str) -> Finding {
        let variable = slot.variable;
        let message = format!("{variable} is no file of the volume {volume}");
        let help = "name a file right in the folder that the volume is mounted at";
        self.conflict(&self.env(variable), Code::WiringConflict, message, help)
    }

    fn unwired(&self, slot: &Slot<'_>, at: &Route, code: Code, message: String) -> Finding {
        let kind = slot.carrier.kind;
        let help = format!("mount a volume of the {kind} there, or remove the variable");
        self.conflict(at, code, message, help)
    }

    fn volume_conflict(&self, slot: &Slot<'_>, volume: &str, found: &str) -> Finding {
        let variable = slot.variable;
        let at = self.end.role.pod.at.key("volumes").item("name", volume);
        self.conflict(
            &at,
            Code::VolumeConflict,
            format!("{variable} leads to the volume {volume}, which is {found}"),
            format!(
                "make it a volume of the {}, or remove the variable {variable} and the mount",
                slot.carrier
            ),
        )
    }

    fn env(&self, name: &str) -> Route {
        let container = self.end.container_at();
        let container = container.unwrap_or_else(|| self.container.at.clone());
        container.key("env").item("name", name)
    }

    pub(crate) fn conflict(
        &self,
        at: &Route,
        code: Code,
        message: impl Into<String>,
        help: impl Into<Help>,
    ) -> Finding {
        let target = self.end.target();
        target.conflict(code, at, message, help)
    }
}

fn holds(source: &VolumeSource, carrier: &ObjectKey) -> bool {
    match source {
        VolumeSource::Object(files) => files.object == *carrier,
        _ => false,
    }
}
