//! Where a path in a server's container leads now.

use yaml_splice::Route;

use super::files::Key;
use super::server::Server;
use crate::edits::same_folder;
use crate::finding::{Code, Finding};
use crate::inventory::{Break, FileRef, Files as VolumeFiles, ObjectId, Volume, VolumeSource};

pub(super) const FILLED: &str = "let the two flags name files in a folder of a Secret, or leave them out for \
                      a folder of their own";

/// Where a path leads now.
pub(super) enum Leads {
    /// To a key of a Secret.
    Key(Key),
    /// To a Secret's volume, which has `items`, and none for the file.
    NoItem(Route),
    /// To a mount whose volume is missing.
    NoVolume(String),
    /// Nowhere: nothing is mounted there.
    NoMount,
}

/// The folder and the name of a file.
pub(super) fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// The Secret that a volume consists of.
pub(super) fn secret_of(volume: &Volume) -> Option<&VolumeFiles> {
    match &volume.source {
        VolumeSource::Object(files) if files.object.kind == "Secret" => Some(files),
        _ => None,
    }
}

pub(super) fn leads(server: &Server<'_, '_>, path: &str) -> Result<Leads, Finding> {
    let trail = server.follow(path);
    let at = trail.volume.or(trail.mount.clone());
    let at = at.unwrap_or_else(|| server.container.at.clone());
    let conflict =
        |code, message: String, help: &str| Err(server.conflict(code, &at, message, help));
    let key = |id: ObjectId, key: String| {
        let object = server.inventory.object(id);
        Leads::Key(Key {
            secret: object.map(|o| o.id.name.clone()).unwrap_or_default(),
            key,
            object: Some(id),
        })
    };
    match trail.end {
        Ok(FileRef::Key(at, name)) | Err(Break::Unset(at, name)) if server.is_secret(at.object) => {
            Ok(key(at.object, name))
        }
        Err(Break::NoKey(id, name)) if server.is_secret(id) => Ok(key(id, name)),
        Ok(FileRef::Outside(object, key)) if object.kind == "Secret" => Ok(Leads::Key(Key {
            secret: object.name,
            key,
            object: None,
        })),
        Ok(FileRef::Key(..) | FileRef::Outside(..)) | Err(Break::Unset(..) | Break::NoKey(..)) => {
            let message = format!("{path} comes from a ConfigMap, where a private key must not be");
            conflict(
                Code::VolumeConflict,
                message,
                "make it a volume of a Secret",
            )
        }
        Err(Break::NoItem(volume)) => Ok(Leads::NoItem(volume)),
        Err(Break::NoVolume(_, name)) => Ok(Leads::NoVolume(name)),
        Err(Break::NoMount) => Ok(Leads::NoMount),
        Ok(FileRef::Generated | FileRef::OnHost(_)) if !server.is_mounted(split(path).0) => {
            Ok(Leads::NoMount)
        }
        Ok(FileRef::Generated) => {
            let message = format!("{path} is made in the pod, in a volume that is not a Secret");
            conflict(Code::VolumeConflict, message, FILLED)
        }
        Ok(FileRef::OnHost(_)) => {
            let message = format!("{path} is a file of the host");
            conflict(Code::VolumeConflict, message, FILLED)
        }
        Err(Break::NotAFile(_) | Break::SubPathExpr(_)) => {
            let message = format!("{path} is not a file of the volume that is mounted there");
            conflict(Code::MountConflict, message, FILLED)
        }
        Err(Break::Unclear(object)) => {
            let message = format!("several objects {object} could be the one that is mounted");
            conflict(
                Code::UnexpectedValue,
                message,
                "leave out the files of the other ones",
            )
        }
    }
}

impl Server<'_, '_> {
    /// Whether something is mounted at exactly this folder, not above it.
    fn is_mounted(&self, folder: &str) -> bool {
        let mut mounts = self.container.mounts.iter();
        mounts.any(|mount| same_folder(&mount.path, folder))
    }
}
