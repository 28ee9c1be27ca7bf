//! Where a server takes its certificate and key from, as its manifest stands.

use crate::inventory::{
    Break, Container, FileRef, Inventory, Mount, ObjectId, Pod, Said, VolumeSource,
};
use crate::profile::{PAIR, Profile, Strategy};

use super::layout::FLAGS;

/// Where a server takes its certificate and key from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// From where the two flags say, of which at least one is there.
    Flags([Said; 2]),
    /// From these files.
    Paths([String; 2]),
    /// It makes a certificate itself, for `localhost`.
    SelfMade,
    /// The manifest does not say.
    Unclear,
}

/// Options of `k8s.io/apiserver`: without a certificate, a server with one of them makes
/// its own.
const OPTIONS: [&str; 4] = [
    "--secure-port",
    "--etcd-servers",
    "--authentication-kubeconfig",
    "--authorization-kubeconfig",
];

/// What tells a container where its files are.
pub(crate) fn told(
    inventory: &Inventory<'_>,
    object: ObjectId,
    pod: &Pod,
    container: &Container,
    profile: Option<&Profile>,
) -> Told {
    let flag = |name: &str| inventory.flag(object, container, name);
    let flags = FLAGS.map(flag);
    if flags.iter().any(|said| *said != Said::Nothing) {
        return Told::Flags(flags);
    }
    if let Some(profile) = profile.filter(|profile| profile.strategy == Strategy::FixedPath) {
        return Told::Paths(profile.paths());
    }
    if let Some(folder) = flag("--cert-dir").text() {
        let paths = PAIR.map(|file| format!("{}/{file}", folder.trim_end_matches('/')));
        let [certificate, _] = &paths;
        return match inventory.follow(object, pod, container, certificate).end {
            Ok(FileRef::Generated) if is_shared(pod, container, certificate) => Told::Unclear,
            // It is written there at the start.
            Ok(FileRef::Generated) | Err(Break::NoMount) => Told::SelfMade,
            _ => Told::Paths(paths),
        };
    }
    let is_filled = |name: &str| {
        let volume = pod.volume(name);
        volume.is_some_and(|volume| volume.source == VolumeSource::Empty)
    };
    let mut mounts = container.mounts.iter();
    let has_files = !mounts.all(|mount| is_filled(&mount.volume));
    let mut options = OPTIONS.iter();
    match options.any(|name| flag(name) != Said::Nothing) && !has_files {
        true => Told::SelfMade,
        false => Told::Unclear,
    }
}

/// Whether another container has the volume of a path too, and may put files there.
fn is_shared(pod: &Pod, container: &Container, path: &str) -> bool {
    let holds = |mount: &&Mount| {
        let rest = path.strip_prefix(mount.path.trim_end_matches('/'));
        rest.is_some_and(|rest| rest.starts_with('/'))
    };
    let mut volumes = container
        .mounts
        .iter()
        .filter(holds)
        .map(|mount| &mount.volume);
    volumes.any(|volume| {
        let mounted = |other: &&Container| other.mounts.iter().any(|m| m.volume == *volume);
        pod.containers.iter().filter(mounted).count() > 1
    })
}
