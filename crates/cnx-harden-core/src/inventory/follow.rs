//! From a path in a container to the key of the Secret or ConfigMap that makes the
//! file.

use yaml_splice::Route;

use super::pod::{Container, Files, ObjectKey, Pod, VolumeSource};
use super::scan::{Inventory, ObjectId};
use super::{At, Near};

/// The way of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trail {
    /// The mount, where one covers the path.
    pub(crate) mount: Option<Route>,
    /// The volume, where the pod has it.
    pub(crate) volume: Option<Route>,
    /// The file, or where and why the way breaks.
    pub(crate) end: Result<FileRef, Break>,
}

/// What a path leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FileRef {
    /// The value of a key, which is set.
    Key(At, String),
    /// The key of an object that is not in the input.
    Outside(ObjectKey, String),
    /// A file of the host: there, as far as manifests can say.
    OnHost(String),
    /// A folder that the pod, or what is not known, fills.
    Generated,
}

/// Why a path leads to no file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Break {
    /// No mount covers the path.
    NoMount,
    /// The mount's `subPathExpr` is known to the cluster alone.
    SubPathExpr(Route),
    /// The pod has no volume of the mount's name.
    NoVolume(Route, String),
    /// The path is the volume's folder, or one in it.
    NotAFile(Route),
    /// The volume's `items` have no such path.
    NoItem(Route),
    /// The object is in the input, and has no such key.
    NoKey(ObjectId, String),
    /// The key is there, and empty or a placeholder.
    Unset(At, String),
    /// Several objects fit.
    Unclear(ObjectKey),
}

impl Inventory<'_> {
    /// Follows `path` in a container of the pod of `object`: through the innermost
    /// mount, its `subPath`, and the volume's `items`.
    pub(crate) fn follow(
        &self,
        object: ObjectId,
        pod: &Pod,
        container: &Container,
        path: &str,
    ) -> Trail {
        let mut trail = Trail {
            mount: None,
            volume: None,
            end: Err(Break::NoMount),
        };
        let covering = container.mounts.iter().filter_map(|mount| {
            let folder = mount.path.trim_end_matches('/');
            let rest = path.strip_prefix(folder)?;
            (rest.is_empty() || rest.starts_with('/'))
                .then(|| (folder.len(), mount, rest.trim_matches('/')))
        });
        let Some((_, mount, rest)) = covering.max_by_key(|(len, ..)| *len) else {
            return trail;
        };
        trail.mount = Some(mount.at.clone());
        if mount.sub_path_expr {
            trail.end = Err(Break::SubPathExpr(mount.at.clone()));
            return trail;
        }
        let file = match (mount.sub_path.as_deref().unwrap_or_default(), rest) {
            ("", rest) => rest.to_owned(),
            (sub, "") => sub.to_owned(),
            (sub, rest) => format!("{sub}/{rest}"),
        };
        let Some(volume) = pod.volume(&mount.volume) else {
            trail.end = Err(Break::NoVolume(mount.at.clone(), mount.volume.clone()));
            return trail;
        };
        trail.volume = Some(volume.at.clone());
        trail.end = match &volume.source {
            VolumeSource::Host(folder) => {
                let folder = folder.trim_end_matches('/');
                Ok(FileRef::OnHost(match file.as_str() {
                    "" => folder.to_owned(),
                    file => format!("{folder}/{file}"),
                }))
            }
            VolumeSource::Empty | VolumeSource::Other(_) => Ok(FileRef::Generated),
            VolumeSource::Object(files) => self.file(object, files, &file, &volume.at),
            VolumeSource::Projected(sources) => {
                let mut ends = sources
                    .iter()
                    .map(|files| self.file(object, files, &file, &volume.at));
                let found = ends.find(Result::is_ok);
                found.unwrap_or(Ok(FileRef::Generated))
            }
        };
        trail
    }

    fn file(
        &self,
        object: ObjectId,
        files: &Files,
        file: &str,
        volume: &Route,
    ) -> Result<FileRef, Break> {
        let key = match &files.items {
            Some(items) => {
                let item = items
                    .iter()
                    .find(|(_, path)| path.trim_matches('/') == file);
                item.map(|(key, _)| key.clone())
                    .ok_or_else(|| Break::NoItem(volume.clone()))?
            }
            None if file.is_empty() || file.contains('/') => {
                return Err(Break::NotAFile(volume.clone()));
            }
            None => file.to_owned(),
        };
        match self.near(object, files.object.kind, &files.object.name) {
            Near::None => Ok(FileRef::Outside(files.object.clone(), key)),
            Near::One(found) => self.keyed(found, key),
            // One without the key is not meant, and several that hold the same are as
            // good as one.
            Near::Several(found) => {
                let value = |id: &ObjectId| Some((*id, self.value(*id, &key)?.0));
                let mut meant = found.iter().filter_map(value);
                match (meant.next(), found.first()) {
                    (Some((one, text)), _) if meant.all(|(_, other)| other == text) => {
                        self.keyed(one, key)
                    }
                    (None, Some(one)) => self.keyed(*one, key),
                    _ => Err(Break::Unclear(files.object.clone())),
                }
            }
        }
    }

    /// The file that is a key of an object.
    fn keyed(&self, object: ObjectId, key: String) -> Result<FileRef, Break> {
        match self.entry(object, &key) {
            None => Err(Break::NoKey(object, key)),
            Some((route, false)) => Err(Break::Unset(At { object, route }, key)),
            Some((route, true)) => Ok(FileRef::Key(At { object, route }, key)),
        }
    }
}
