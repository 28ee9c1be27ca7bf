//! Clients that are told by the arguments of a program: found, and not edited.

use crate::finding::{Code, Finding};
use crate::inventory::{Container, Inventory, ObjectId, Said};
use crate::names::EtcdNames;

/// Flags that mean the same as a family's variables: where etcd is, the CA, the key
/// and the certificate.
pub(crate) struct Flags {
    pub(crate) endpoints: &'static str,
    pub(crate) ca: &'static str,
    pub(crate) key: &'static str,
    pub(crate) certificate: &'static str,
}

/// Those of Kubernetes' API servers, and of flannel.
static FLAGS: [Flags; 3] = [
    Flags {
        endpoints: "--etcd-servers",
        ca: "--etcd-cafile",
        key: "--etcd-keyfile",
        certificate: "--etcd-certfile",
    },
    Flags {
        endpoints: "--etcd-endpoints",
        ca: "--etcd-cafile",
        key: "--etcd-keyfile",
        certificate: "--etcd-certfile",
    },
    Flags {
        endpoints: "-etcd-endpoints",
        ca: "-etcd-cafile",
        key: "-etcd-keyfile",
        certificate: "-etcd-certfile",
    },
];

/// The flags by which a container is told where etcd is.
pub(crate) fn flags(
    inventory: &Inventory<'_>,
    object: ObjectId,
    container: &Container,
) -> Option<&'static Flags> {
    let told = |flags: &&Flags| inventory.flag(object, container, flags.endpoints) != Said::Nothing;
    FLAGS.iter().find(told)
}

/// Whether an object is one of Calico's: others talk to etcd too.
pub(crate) fn is_ours(inventory: &Inventory<'_>, id: ObjectId, names: &EtcdNames) -> bool {
    let words = ["calico", "canal", "tigera", "cnx", names.secret.as_str()];
    let text = inventory.object(id).and_then(|object| {
        let source = inventory.sources.get(object.place.file)?;
        let node = inventory.node(id)?;
        Some(node.tree.span(node.id).of(source.text))
    });
    text.is_some_and(|text| words.iter().any(|word| text.contains(word)))
}

/// Tells of the containers whose arguments say `http://`.
pub(super) fn tell(inventory: &Inventory<'_>, names: &EtcdNames) -> Vec<Finding> {
    let mut found = Vec::new();
    for (id, object) in inventory.objects() {
        for container in object.pod.iter().flat_map(|pod| &pod.containers) {
            let Some(flags) = flags(inventory, id, container) else {
                continue;
            };
            let Said::Text(text, at) = inventory.flag(id, container, flags.endpoints) else {
                continue;
            };
            if text.contains("http://") && is_ours(inventory, id, names) {
                let message = format!(
                    "{} has http:// in it: this program talks to etcd without TLS, and its \
                     arguments are not edited",
                    flags.endpoints
                );
                let help = format!(
                    "write https:// there, with {}, {} and {}",
                    flags.ca, flags.certificate, flags.key
                );
                let finding = inventory.finding(Code::PlainEtcd, &at, message, help);
                found.push(finding.warning());
            }
        }
    }
    found
}
