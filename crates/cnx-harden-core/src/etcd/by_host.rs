//! Clients that have their files from the host, as some installers of clusters do it:
//! they are not this channel's to write, and nothing of the Secret is needed.

use std::collections::BTreeSet;

use super::client::Client;
use super::files::FileOf;
use super::{Object, Role};
use crate::edits::same_folder;
use crate::inventory::{FileRef, Inventory, ObjectId, Said, VolumeSource};
use crate::names::EtcdNames;

/// The pods whose clients have all their files from the host, and the ConfigMaps that
/// say nothing of files to others.
pub(super) fn find(inventory: &Inventory<'_>, objects: &[Object<'_, '_>]) -> BTreeSet<ObjectId> {
    let mut found = BTreeSet::new();
    let (mut told, mut told_others) = (BTreeSet::new(), BTreeSet::new());
    for object in objects {
        let Role::Pod(pod) = &object.role else {
            continue;
        };
        let clients = pod
            .clients
            .iter()
            .map(|client| files(inventory, object, client));
        let clients: Vec<_> = clients.collect();
        let said: BTreeSet<ObjectId> = clients.iter().flat_map(|files| files.by.clone()).collect();
        let any = clients.iter().any(|files| files.on_host == Some(true));
        if any && clients.iter().all(|files| files.on_host != Some(false)) {
            found.insert(object.number);
            told.extend(said);
        } else {
            told_others.extend(said);
        }
    }
    found.extend(&told - &told_others);
    found
}

/// What a client is told of its files.
struct Files {
    /// Whether they are all on the host; none where it is told of none, and needs none:
    /// the CNI plugin's installer.
    on_host: Option<bool>,
    /// The objects that say where they are.
    by: BTreeSet<ObjectId>,
}

fn files(inventory: &Inventory<'_>, object: &Object<'_, '_>, client: &Client) -> Files {
    let mut files = Files {
        on_host: Some(false),
        by: BTreeSet::new(),
    };
    let pod = inventory.object(object.number).and_then(|o| o.pod.as_ref());
    let container = pod.and_then(|pod| {
        let mut containers = pod.containers.iter();
        containers.find(|container| container.at == client.container.at)
    });
    let (Some(pod), Some(container)) = (pod, container) else {
        return files;
    };
    let said = FileOf::ALL.map(|file| {
        let variable = client.family.variable(file);
        inventory.said(object.number, container, variable)
    });
    files.by = said
        .iter()
        .filter_map(|said| Some(said.at()?.object))
        .collect();
    if client.installer && said.iter().all(|said| *said == Said::Nothing) {
        files.on_host = None;
    } else {
        let on_host = |said: &Said| {
            let end = said
                .text()
                .map(|path| inventory.follow(object.number, pod, container, path));
            matches!(end.map(|trail| trail.end), Some(Ok(FileRef::OnHost(_))))
        };
        files.on_host = Some(said.iter().all(on_host));
    }
    files
}

/// The folder at which the clients have the Secret's volume already, where all agree
/// on one.
pub(super) fn folder(
    inventory: &Inventory<'_>,
    objects: &[Object<'_, '_>],
    names: &EtcdNames,
) -> Option<String> {
    let mut found: Option<&str> = None;
    for object in objects {
        let pod = inventory.object(object.number).and_then(|o| o.pod.as_ref());
        let (Role::Pod(role), Some(pod)) = (&object.role, pod) else {
            continue;
        };
        let is_secret = |name: &str| match pod.volume(name).map(|volume| &volume.source) {
            Some(VolumeSource::Object(files)) => {
                (files.object.kind, &files.object.name) == ("Secret", &names.secret)
            }
            _ => false,
        };
        let clients = role.containers();
        let containers = pod.containers.iter();
        let containers = containers.filter(|c| clients.iter().any(|client| client.at == c.at));
        for mount in containers.flat_map(|container| &container.mounts) {
            if !is_secret(&mount.volume) {
                continue;
            }
            if mount.sub_path.is_some()
                || found.is_some_and(|other| !same_folder(other, &mount.path))
            {
                return None;
            }
            found = Some(&mount.path);
        }
    }
    found.map(|folder| folder.trim_end_matches('/').to_owned())
}
