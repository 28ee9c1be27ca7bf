//! Pods: where they are in an object, and their containers.

use yaml_splice::Route;

use crate::resource::Resource;

/// The kinds that have a pod template at `spec.template`.
pub(crate) const WORKLOADS: [&str; 6] = [
    "DaemonSet",
    "Deployment",
    "Job",
    "ReplicaSet",
    "ReplicationController",
    "StatefulSet",
];

/// The kinds in which a pod is.
pub(crate) const POD_KINDS: [&str; 8] = [
    "CronJob",
    "DaemonSet",
    "Deployment",
    "Job",
    "Pod",
    "ReplicaSet",
    "ReplicationController",
    "StatefulSet",
];

/// Whether objects of this kind have a pod template at `spec.template`.
pub(crate) fn is_workload(kind: &str) -> bool {
    WORKLOADS.contains(&kind)
}

/// The route to the pod's spec; none where the kind has no pod.
pub(crate) fn pod(resource: &Resource<'_, '_>) -> Option<Route> {
    match resource.id.kind.as_str() {
        "Pod" => Some(resource.route(&["spec"])),
        "CronJob" => Some(resource.route(&["spec", "jobTemplate", "spec", "template", "spec"])),
        kind if is_workload(kind) => Some(resource.route(&["spec", "template", "spec"])),
        _ => None,
    }
}

/// A container of a pod, an init container or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Container {
    /// Where it is.
    pub(crate) at: Route,
    /// Its name, maybe empty.
    pub(crate) name: String,
}

/// The containers of the pod whose spec is at `pod`, in the order of the lists.
pub(crate) fn containers(
    resource: &Resource<'_, '_>,
    pod: &Route,
) -> Result<Vec<Container>, yaml_splice::Error> {
    let tree = resource.tree;
    let mut found = Vec::new();
    for list in ["initContainers", "containers"] {
        let list = pod.key(list);
        let items = tree.find(&list)?.and_then(|id| tree.items_len(id));
        for number in 0..items.unwrap_or(0) {
            let at = list.index(number);
            let name = tree
                .text_at(&at.key("name"))?
                .unwrap_or_default()
                .to_owned();
            found.push(Container { at, name });
        }
    }
    Ok(found)
}
