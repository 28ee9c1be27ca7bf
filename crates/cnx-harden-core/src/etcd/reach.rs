//! Where a client's files are, as it is told: its paths are followed, not assumed.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::client::Pod;
use super::files::FileOf;
use super::{Object, Role};
use crate::edits::same_folder;
use crate::inventory::{Break, Inventory, ObjectId, ObjectKey, VolumeSource};
use crate::names::EtcdNames;
use crate::resource::ResourceId;
use crate::survey::{File, Piece};

/// Where one of a client's files is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// In the Secret of the given name, or it is to be there.
    Ours,
    /// On the host, or in a volume that something else fills.
    Host,
    /// A key of another object, or another key of the Secret.
    Other(ObjectKey, String),
}

impl Reach {
    /// Where a file is of which this is known.
    fn of(inventory: &Inventory<'_>, piece: &Piece, names: &EtcdNames) -> Self {
        let object = |object: ObjectId| inventory.object(object).map(|object| &object.id);
        let ours = |id: &ResourceId| id.name == names.secret;
        // That another file's key of the Secret is read is a mistake, which edits tell.
        let known = |key: &str| FileOf::ALL.iter().any(|file| file.secret_key() == key);
        let other = |id: Option<&ResourceId>, key: &str| {
            id.map_or(Self::Ours, |id| {
                Self::Other(ObjectKey::of(id), key.to_owned())
            })
        };
        match &piece.file {
            File::There(_) => Self::Host,
            File::Held(held) => {
                let id = Some(&held.resource)
                    .filter(|id| !(id.kind == "Secret" && ours(id) && known(&held.key)));
                other(id, &held.key)
            }
            File::Unreadable(at, key, _) => {
                let id = object(*at);
                other(id.filter(|id| !(ours(id) && known(key))), key)
            }
            File::Outside(object, key) if object.name != names.secret => {
                Self::Other(object.clone(), key.clone())
            }
            // A key without a value is ours to set, unless it is another object's.
            File::Broken(Break::NoKey(at, key)) => other(object(*at).filter(|id| !ours(id)), key),
            File::Broken(Break::Unset(at, key)) => {
                other(object(at.object).filter(|id| !ours(id)), key)
            }
            _ => Self::Ours,
        }
    }
}

/// What is known of all clients.
#[derive(Default)]
pub(super) struct Reached {
    /// The keys of ConfigMaps whose paths lead all of their readers to other files
    /// than the Secret's.
    elsewhere: BTreeMap<(ObjectId, &'static str), bool>,
    /// The ConfigMaps that clients refer to.
    pub(super) referred: BTreeSet<ObjectId>,
    /// Those of them that are certain.
    pub(super) certain: BTreeSet<ObjectId>,
    /// The folder of a pod or a ConfigMap, where it is not the given one.
    folders: HashMap<ObjectId, String>,
    /// Where clients are told etcd is, each text once.
    endpoints: Vec<String>,
}

impl Reached {
    /// Follows the files of all pods, and notes there where they are.
    pub(super) fn of(
        inventory: &Inventory<'_>,
        objects: &mut [Object<'_, '_>],
        names: &EtcdNames,
    ) -> Self {
        let mut reached = Self::default();
        reached.find_folders(inventory, objects, names);
        let mut endpoints = BTreeSet::new();
        for object in objects {
            let names = reached.names(object.number, names);
            let Role::Pod(pod) = &mut object.role else {
                continue;
            };
            for client in &mut pod.clients {
                endpoints.extend(client.endpoints.text().map(str::to_owned));
                client.reach = FileOf::ALL.map(|file| {
                    let piece = client.piece(file);
                    let reach = match piece.is_told() {
                        // The installer finds its files where they are mounted.
                        false if client.installer => {
                            Reach::of(inventory, &client.fixed(inventory, file, &names), &names)
                        }
                        _ => Reach::of(inventory, piece, &names),
                    };
                    let told = piece.told.as_ref().filter(|at| at.object != object.number);
                    if let Some(at) = told {
                        let key = (at.object, file.config_key());
                        *reached.elsewhere.entry(key).or_insert(true) &= reach != Reach::Ours;
                    }
                    reach
                });
            }
        }
        reached.endpoints = endpoints.into_iter().collect();
        reached
    }

    /// Where clients are told etcd is.
    pub(super) fn endpoints(&self) -> &[String] {
        &self.endpoints
    }

    /// Whether a ConfigMap's path leads to other files than the Secret's.
    pub(super) fn is_elsewhere(&self, config_map: ObjectId, file: FileOf) -> bool {
        let key = (config_map, file.config_key());
        self.elsewhere.get(&key).copied().unwrap_or(false)
    }

    /// The names, with the folder of this pod or ConfigMap.
    pub(super) fn names(&self, object: ObjectId, names: &EtcdNames) -> EtcdNames {
        let mut names = names.clone();
        if let Some(folder) = self.folders.get(&object) {
            names.mount_path.clone_from(folder);
        }
        names
    }

    /// Pods with a ConfigMap in common share its paths, and with them the folder: the
    /// one at which they mount the Secret's volume, where they agree.
    fn find_folders(
        &mut self,
        inventory: &Inventory<'_>,
        objects: &[Object<'_, '_>],
        names: &EtcdNames,
    ) {
        let mut groups: Groups = Groups::default();
        let mut folders: Vec<(ObjectId, String)> = Vec::new();
        for object in objects {
            let Role::Pod(pod) = &object.role else {
                continue;
            };
            groups.root(object.number);
            for name in pod.config_maps() {
                let near = inventory.near(object.number, "ConfigMap", name);
                self.certain.extend(near.one());
                for config_map in near.all() {
                    self.referred.insert(config_map);
                    groups.join(object.number, config_map);
                }
            }
            let mounts = mounts(pod, names).into_iter();
            folders.extend(mounts.map(|folder| (object.number, folder)));
        }
        let mut agreed: HashMap<ObjectId, Option<String>> = HashMap::new();
        for (object, folder) in folders {
            let group = agreed.entry(groups.root(object));
            let known = group.or_insert_with(|| Some(folder.clone()));
            if known.as_ref().is_some_and(|known| *known != folder) {
                *known = None;
            }
        }
        let members: Vec<_> = groups.parents.keys().copied().collect();
        for member in members {
            if let Some(Some(folder)) = agreed.get(&groups.root(member)) {
                self.folders.insert(member, folder.clone());
            }
        }
    }
}

/// The folders at which a pod's clients mount the Secret's volume.
fn mounts(pod: &Pod<'_>, names: &EtcdNames) -> Vec<String> {
    let is_secret = pod.spec.volume(&pod.volume).is_some_and(|volume| {
        matches!(&volume.source, VolumeSource::Object(files) if files.is_secret(&names.secret))
    });
    let containers = pod.containers().filter(|_| is_secret);
    let mounts = containers.flat_map(|(container, _)| &container.mounts);
    let whole = mounts.filter(|mount| {
        mount.volume == pod.volume && mount.sub_path.is_none() && !mount.sub_path_expr
    });
    let folders = whole.map(|mount| match same_folder(&mount.path, &names.mount_path) {
        // As it was given.
        true => names.mount_path.clone(),
        false => mount.path.trim_end_matches('/').to_owned(),
    });
    folders.filter(|folder| !folder.is_empty()).collect()
}

/// Sets of objects that belong together.
#[derive(Default)]
struct Groups {
    parents: HashMap<ObjectId, ObjectId>,
}

impl Groups {
    fn root(&mut self, mut id: ObjectId) -> ObjectId {
        loop {
            let parent = *self.parents.entry(id).or_insert(id);
            if parent == id {
                return id;
            }
            // Half of the way is saved for the next one.
            let above = *self.parents.entry(parent).or_insert(parent);
            self.parents.insert(id, above);
            id = above;
        }
    }

    fn join(&mut self, one: ObjectId, other: ObjectId) {
        let (one, other) = (self.root(one), self.root(other));
        self.parents.insert(other, one);
    }
}
