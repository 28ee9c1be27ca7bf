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
