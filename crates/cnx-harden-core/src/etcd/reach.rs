//! Where a client's files are, as it is told: its paths are followed, not assumed.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::client::{Client, Pod};
use super::files::FileOf;
use super::{Object, Role};
use crate::edits::same_folder;
use crate::inventory::{
    Container, FileRef, Inventory, ObjectId, ObjectKey, Pod as PodSpec, Said, VolumeSource,
};
use crate::names::EtcdNames;

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

/// The files of a pod's clients.
#[derive(Clone, Debug, Default)]
pub(super) struct Files {
    /// Of each client, in the order of [`FileOf::ALL`].
    clients: Vec<[Reach; 3]>,
}

impl Files {
    /// Those of the client of this number, with what each is.
    pub(super) fn of(&self, client: usize) -> impl Iterator<Item = (FileOf, &Reach)> {
        let files = self.clients.get(client).into_iter().flatten();
        FileOf::ALL.into_iter().zip(files)
    }

    /// The keys of other objects.
    pub(super) fn others(&self) -> impl Iterator<Item = (&ObjectKey, &String)> {
        self.clients
            .iter()
            .flatten()
            .filter_map(|reach| match reach {
                Reach::Other(object, key) => Some((object, key)),
                _ => None,
            })
    }

    /// Whether the pod needs the Secret's volume.
    pub(super) fn need_ours(&self) -> bool {
        self.clients
            .iter()
            .flatten()
            .any(|reach| *reach == Reach::Ours)
    }

    /// Whether the container of this client needs it.
    pub(super) fn container_needs_ours(
        &self,
        pod: &Pod,
        container: &crate::pods::Container,
    ) -> bool {
        let clients = pod.clients.iter().zip(&self.clients);
        let mut own = clients.filter(|(client, _)| client.container == *container);
        own.any(|(_, files)| files.contains(&Reach::Ours))
    }
}

/// What is known of all clients.
#[derive(Default)]
pub(super) struct Reached {
    pods: HashMap<ObjectId, Files>,
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
    none: Files,
}

impl Reached {
    /// Follows the files of all pods.
    pub(super) fn of(
        inventory: &Inventory<'_>,
        objects: &[Object<'_, '_>],
        names: &EtcdNames,
    ) -> Self {
        let mut reached = Self::default();
        reached.find_folders(inventory, objects, names);
        let mut endpoints = BTreeSet::new();
        for object in objects {
            let Role::Pod(pod) = &object.role else {
                continue;
            };
            let Some(spec) = inventory.object(object.number).and_then(|o| o.pod.as_ref()) else {
                continue;
            };
            let names = reached.names(object.number, names);
            let client = Reader {
                inventory,
                object: object.number,
                spec,
                names: &names,
            };
            let clients = pod.clients.iter().map(|one| {
                FileOf::ALL.map(|file| {
                    let (said, reach) = client.reach(one, file);
                    if let Said::Text(_, at) = said
                        && at.object != object.number
                    {
                        let key = (at.object, file.config_key());
                        let all = reached.elsewhere.entry(key).or_insert(true);
                        *all &= reach != Reach::Ours;
                    }
                    reach
                })
            });
            let clients = clients.collect();
            let told = pod.clients.iter().filter_map(|one| client.endpoints(one));
            endpoints.extend(told);
            reached.pods.insert(object.number, Files { clients });
        }
        reached.endpoints = endpoints.into_iter().collect();
        reached
    }

    /// Where clients are told etcd is.
    pub(super) fn endpoints(&self) -> &[String] {
        &self.endpoints
    }

    /// The files of a pod's clients.
    pub(super) fn files(&self, object: ObjectId) -> &Files {
        self.pods.get(&object).unwrap_or(&self.none)
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
            let spec = inventory.object(object.number).and_then(|o| o.pod.as_ref());
            let mounts = spec.into_iter().flat_map(|spec| mounts(spec, pod, names));
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
fn mounts<'p>(spec: &'p PodSpec, pod: &'p Pod, names: &EtcdNames) -> Vec<String> {
    let is_secret = spec.volume(&pod.volume).is_some_and(|volume| {
        matches!(&volume.source, VolumeSource::Object(files)
            if files.object.kind == "Secret" && files.object.name == names.secret)
    });
    let containers = spec.containers.iter().filter(|container| {
        let mut clients = pod.clients.iter();
        is_secret && clients.any(|client| client.container.at == container.at)
    });
    let mounts = containers.flat_map(|container| &container.mounts);
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

/// A pod whose clients' files are followed.
struct Reader<'r, 't> {
    inventory: &'r Inventory<'t>,
    object: ObjectId,
    spec: &'r PodSpec,
    names: &'r EtcdNames,
}

impl Reader<'_, '_> {
    fn container(&self, client: &Client) -> Option<&Container> {
        let mut containers = self.spec.containers.iter();
        containers.find(|container| container.at == client.container.at)
    }

    /// Where a client is told etcd is.
    fn endpoints(&self, client: &Client) -> Option<String> {
        let container = self.container(client)?;
        let said = self
            .inventory
            .said(self.object, container, client.family.endpoints);
        said.text().map(str::to_owned)
    }

    /// What a client says of a file, and where that leads.
    fn reach(&self, client: &Client, file: FileOf) -> (Said, Reach) {
        let Some(container) = self.container(client) else {
            return (Said::Nothing, Reach::Ours);
        };
        let said = self.said(client, container, file);
        let path = match said.text() {
            Some(path) => path.to_owned(),
            // The installer finds its files where they are mounted.
            None if client.installer && said == Said::Nothing => self.names.path(file),
            None => return (said, Reach::Ours),
        };
        let trail = self
            .inventory
            .follow(self.object, self.spec, container, &path);
        let reach = match trail.end {
            Ok(FileRef::OnHost(_) | FileRef::Generated) => Reach::Host,
            Ok(FileRef::Key(at, key)) => match self.inventory.object(at.object) {
                Some(object) => self.key(kind(&object.id.kind), &object.id.name, key),
                None => Reach::Ours,
            },
            Ok(FileRef::Outside(object, key)) if object.name != self.names.secret => {
                Reach::Other(object, key)
            }
            Ok(FileRef::Outside(..)) => Reach::Ours,
            Err(crate::inventory::Break::NoKey(object, key)) => self.other(object, key),
            Err(crate::inventory::Break::Unset(at, key)) => self.other(at.object, key),
            Err(_) => Reach::Ours,
        };
        (said, reach)
    }

    fn said(&self, client: &Client, container: &Container, file: FileOf) -> Said {
        let variable = client.family.variable(file);
        let flag = client
            .family
            .flag(file)
            .map(|flag| self.inventory.flag(self.object, container, flag));
        match flag {
            Some(said) if said != Said::Nothing => said,
            _ => self.inventory.said(self.object, container, variable),
        }
    }

    /// A key that has a value. That of another file is a mistake, which the edits tell.
    fn key(&self, kind: &'static str, name: &str, key: String) -> Reach {
        let ours = kind == "Secret" && name == self.names.secret;
        let known = FileOf::ALL.iter().any(|file| file.secret_key() == key);
        match ours && known {
            true => Reach::Ours,
            false => Reach::Other(
                ObjectKey {
                    kind,
                    name: name.to_owned(),
                },
                key,
            ),
        }
    }

    /// A key that has none, of another object.
    fn other(&self, object: ObjectId, key: String) -> Reach {
        match self.inventory.object(object) {
            Some(object) if object.id.name != self.names.secret => {
                self.key(kind(&object.id.kind), &object.id.name, key)
            }
            _ => Reach::Ours,
        }
    }
}

fn kind(kind: &str) -> &'static str {
    match kind {
        "Secret" => "Secret",
        _ => "ConfigMap",
    }
}
