//! The CNX API server: from its APIService to the files that it serves with.

use std::collections::BTreeSet;

use cnx_certs::Role;

use super::held::CA_BUNDLE;
use super::{Credentials, File, Piece, Pods, Program};
use crate::inventory::{Inventory, Node, ObjectId, Said};
use crate::names::{ApiServerNames, managed};

/// An APIService of the API, and its server.
#[derive(Debug)]
pub(crate) struct ApiServer<'i> {
    pub(crate) service: ObjectId,
    /// The container that serves, where it is in the input.
    pub(crate) program: Option<Program<'i>>,
    /// Whether another product makes the certificates.
    pub(crate) managed: bool,
    /// Whether kube-apiserver is told to take any certificate.
    pub(crate) insecure: bool,
    pub(crate) credentials: Credentials,
}

/// Finds the APIServices of the group, and Secrets of the given name that none of
/// their servers reads.
pub(crate) fn api_servers<'i>(
    inventory: &'i Inventory<'_>,
    names: &ApiServerNames,
) -> (Vec<ApiServer<'i>>, Vec<Credentials>) {
    let pods = Pods::of(inventory);
    let services = inventory.objects().filter(|(_, object)| {
        let group = object
            .id
            .api_version
            .split_once('/')
            .map(|(group, _)| group);
        object.id.kind == "APIService" && group == Some("apiregistration.k8s.io")
    });
    let found = services.filter_map(|(id, _)| read(inventory, id, names, &pods));
    let found: Vec<_> = found.collect();
    let pieces = found.iter().flat_map(|server| server.credentials.pieces());
    let read: BTreeSet<ObjectId> = pieces.filter_map(Piece::object).collect();
    let secrets = inventory.named("Secret", &names.secret).iter();
    let alone = secrets
        .filter(|secret| !read.contains(secret))
        .map(|secret| {
            let [certificate, key] = KEYS.map(|key| Piece::key(inventory, *secret, key));
            Credentials::new(Role::ApiServer, [Piece::unset(CA_BUNDLE), certificate, key])
        });
    let alone = alone.collect();
    (found, alone)
}

/// The Secret's keys, which are the files' names too.
const KEYS: [&str; 2] = ["apiserver.crt", "apiserver.key"];

fn read<'i>(
    inventory: &'i Inventory<'_>,
    id: ObjectId,
    names: &ApiServerNames,
    pods: &Pods,
) -> Option<ApiServer<'i>> {
    let object = inventory.object(id)?;
    let node = inventory.node(id)?;
    let by_name = object.id.name.split_once('.').map(|(_, group)| group);
    if node.text_at(&["spec", "group"]).or(by_name) != Some(names.group.as_str()) {
        return None;
    }
    let service = node.text_at(&["spec", "service", "name"])?;
    let namespace = node.text_at(&["spec", "service", "namespace"]);
    let managed = namespace.and_then(managed).is_some();
    let program = program(inventory, id, (service, namespace), names, pods);
    let [certificate, key] = match program {
        _ if managed => KEYS.map(Piece::unset),
        Some(program) => files(inventory, &program, names),
        None => match secret(inventory, id, namespace, names) {
            Some(secret) => KEYS.map(|key| Piece::key(inventory, secret, key)),
            None => KEYS.map(|key| Piece::outside(key, "Secret", &names.secret)),
        },
    };
    let bundle = bundle(inventory, id);
    let mut credentials = Credentials::new(Role::ApiServer, [bundle, certificate, key]);
    let server_name = namespace.map(|namespace| format!("{service}.{namespace}.svc"));
    credentials.names.extend(server_name);
    let skip = node.at(&["spec", "insecureSkipTLSVerify"]);
    Some(ApiServer {
        service: id,
        program,
        managed,
        insecure: skip.is_some_and(|skip| skip.tree.boolean(skip.id) == Some(true)),
        credentials,
    })
}

fn bundle(inventory: &Inventory<'_>, service: ObjectId) -> Piece {
    let node = inventory.node(service);
    match node.and_then(|node| node.at(&["spec", CA_BUNDLE])) {
        Some(value) if value.is_set() && value.text() != Some("") => {
            Piece::key(inventory, service, CA_BUNDLE)
        }
        _ => Piece::unset(CA_BUNDLE),
    }
}

impl Credentials {
    /// What an APIService of any API is verified with; its server is not looked for.
    pub(crate) fn of_api_service(inventory: &Inventory<'_>, service: ObjectId) -> Self {
        let [certificate, key] = KEYS.map(Piece::unset);
        Self::new(
            Role::ApiServer,
            [bundle(inventory, service), certificate, key],
        )
    }
}

/// The container: by the given names, or else the one that the Service selects.
fn program<'i>(
    inventory: &'i Inventory<'_>,
    id: ObjectId,
    (service, namespace): (&str, Option<&str>),
    names: &ApiServerNames,
    pods: &Pods,
) -> Option<Program<'i>> {
    let of = |workload: ObjectId| {
        let pod = inventory.object(workload)?.pod.as_ref()?;
        let mut serving = pod.containers.iter().filter(|container| !container.init);
        let container = match (
            pod.container(&names.container),
            serving.next(),
            serving.next(),
        ) {
            (Some(named), ..) => named,
            (None, Some(only), None) => only,
            _ => return None,
        };
        Some(Program {
            object: workload,
            pod,
            container,
        })
    };
    let kinds = [
        "Deployment",
        "DaemonSet",
        "StatefulSet",
        "ReplicaSet",
        "ReplicationController",
    ];
    let named = kinds.iter().find_map(|kind| {
        let near = inventory.near_in(id, namespace, kind, &names.deployment);
        near.one().and_then(of)
    });
    named.or_else(|| {
        let service = inventory.near_in(id, namespace, "Service", service).one()?;
        let selector = inventory.node(service)?.at(&["spec", "selector"])?;
        let all = pods.here(namespace).into_iter();
        let mut workloads = all.filter(|id| selects(selector, inventory.labels(*id)));
        match (workloads.next(), workloads.next()) {
            (Some(only), None) => of(only),
            _ => None,
        }
    })
}

/// Whether a selector's labels are all among these.
fn selects(selector: Node<'_, '_>, labels: Option<Node<'_, '_>>) -> bool {
    let keys = selector.tree.keys(selector.id);
    let same = |key: &&str| {
        let label = labels.and_then(|labels| labels.text_at(&[key]));
        label.is_some() && label == selector.text_at(&[key])
    };
    !keys.is_empty() && keys.iter().all(same)
}

/// Its files: where its flags say, in its certificates' folder, or in the given one.
fn files(inventory: &Inventory<'_>, program: &Program<'_>, names: &ApiServerNames) -> [Piece; 2] {
    let flag = |name| inventory.flag(program.object, program.container, name);
    let folder = match flag("--cert-dir") {
        Said::Text(folder, _) => folder,
        _ => names.mount_path.clone(),
    };
    let flags = ["--tls-cert-file", "--tls-private-key-file"];
    let mut files = flags
        .into_iter()
        .zip(KEYS)
        .map(|(name, key)| match flag(name) {
            Said::Nothing => {
                let path = format!("{}/{key}", folder.trim_end_matches('/'));
                Piece::fixed(inventory, program, key, &path)
            }
            said => program.piece(inventory, name, said),
        });
    let unset = || Piece::unset("");
    [
        files.next().unwrap_or_else(unset),
        files.next().unwrap_or_else(unset),
    ]
}

/// The Secret of the given name, where the workload is not in the input.
fn secret(
    inventory: &Inventory<'_>,
    service: ObjectId,
    namespace: Option<&str>,
    names: &ApiServerNames,
) -> Option<ObjectId> {
    inventory
        .near_in(service, namespace, "Secret", &names.secret)
        .one()
}

impl ApiServer<'_> {
    /// Whether the APIService has a bundle, whatever it is.
    pub(crate) const fn has_bundle(&self) -> bool {
        !matches!(self.credentials.ca.file, File::Unset)
    }
}
