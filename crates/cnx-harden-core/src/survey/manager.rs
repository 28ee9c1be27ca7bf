//! The Manager: the workloads that serve browsers, and the files that they serve with.

use std::collections::BTreeSet;

use cnx_certs::Role;

use super::{Credentials, File, Piece, Program};
use crate::inventory::{Break, Inventory, ObjectId, Pod, VolumeSource};
use crate::names::{ManagerNames, managed};
use crate::pods::is_workload;

/// What serves browsers: a workload, or a Secret by itself.
#[derive(Debug)]
pub(crate) struct Manager<'i> {
    pub(crate) object: ObjectId,
    /// The container, where there is the workload.
    pub(crate) program: Option<Program<'i>>,
    pub(crate) credentials: Credentials,
}

/// The container that serves browsers, in the vendor's manifests.
const PROXY: &str = "cnx-manager-proxy";
/// The Secret's keys, which are the files' names too.
const KEYS: [&str; 2] = ["cert", "key"];

/// Whether a Manager of this pod serves plain HTTP, as those of the first releases: it
/// has no files, and no proxy that speaks TLS for it.
pub(crate) fn is_plain(pod: &Pod) -> bool {
    pod.container(PROXY).is_none() && pod.volumes.is_empty()
}

/// Finds the Managers, and Secrets of the given name that none of them reads. `hosts`
/// are the names in the address bar.
pub(crate) fn managers<'i>(
    inventory: &'i Inventory<'_>,
    names: &ManagerNames,
    hosts: &[String],
) -> (Vec<Manager<'i>>, Vec<Manager<'i>>) {
    let objects = inventory.objects().map(|(id, _)| id);
    let mut found: Vec<_> = objects
        .filter_map(|id| workload(inventory, id, names))
        .collect();
    let objects = found
        .iter()
        .flat_map(|manager| manager.credentials.pieces());
    let read: BTreeSet<ObjectId> = objects.filter_map(Piece::object).collect();
    let secrets = inventory.named("Secret", &names.secret).iter();
    let alone = secrets
        .filter(|secret| !read.contains(secret))
        .map(|secret| Manager {
            object: *secret,
            program: None,
            credentials: credentials(KEYS.map(|key| Piece::key(inventory, *secret, key))),
        });
    let mut alone: Vec<_> = alone.collect();
    for manager in found.iter_mut().chain(&mut alone) {
        manager.credentials.names = hosts.to_vec();
    }
    (found, alone)
}

fn credentials([certificate, key]: [Piece; 2]) -> Credentials {
    // What browsers trust is theirs to say.
    let ca = Piece::unset("");
    Credentials::new(Role::Manager, [ca, certificate, key])
}

fn workload<'i>(
    inventory: &'i Inventory<'_>,
    id: ObjectId,
    names: &ManagerNames,
) -> Option<Manager<'i>> {
    let object = inventory.object(id)?;
    let pod = object
        .pod
        .as_ref()
        .filter(|_| is_workload(&object.id.kind))?;
    if object.id.namespace.as_deref().and_then(managed).is_some() {
        return None;
    }
    let volume = pod.volumes.iter().find(|volume| match &volume.source {
        VolumeSource::Object(files) => {
            (files.object.kind, &files.object.name) == ("Secret", &names.secret)
        }
        _ => false,
    });
    let proxy = pod.container(PROXY);
    if object.id.name != names.deployment && volume.is_none() && proxy.is_none() {
        return None;
    }
    // In which container the files are read differs from release to release.
    let program = |container| Program {
        object: id,
        pod,
        container,
    };
    let folder = names.mount_path.trim_end_matches('/');
    let files = |program: &Program<'_>| {
        KEYS.map(|key| Piece::fixed(inventory, program, key, &format!("{folder}/{key}")))
    };
    let mut programs = pod.containers.iter().map(program);
    let reading = programs.find(|program| {
        let [certificate, _] = files(program);
        !matches!(certificate.file, File::Broken(Break::NoMount))
    });
    let secret = || inventory.near(id, "Secret", &names.secret).one();
    let pieces = match (&reading, volume) {
        (Some(program), _) => files(program),
        // Mounted elsewhere: it is that Secret all the same.
        (None, Some(_)) => match secret() {
            Some(secret) => KEYS.map(|key| Piece::key(inventory, secret, key)),
            None => KEYS.map(|key| Piece::outside(key, "Secret", &names.secret)),
        },
        (None, None) => match (proxy, secret()) {
            (Some(_), Some(secret)) => KEYS.map(|key| Piece::key(inventory, secret, key)),
            (Some(_), None) => KEYS.map(|key| Piece::outside(key, "Secret", &names.secret)),
            (None, _) => KEYS.map(Piece::unset),
        },
    };
    let shown = proxy.map(program).or(reading);
    Some(Manager {
        object: id,
        program: shown.or_else(|| pod.containers.first().map(program)),
        credentials: credentials(pieces),
    })
}
