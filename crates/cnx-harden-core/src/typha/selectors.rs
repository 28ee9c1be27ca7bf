//! The channel's names in the manifests.

use crate::edits;
use crate::resource::Resource;

/// Names of the objects, those of the vendor's step-by-step guide by default.
///
/// Where a manifest's variables lead to files elsewhere already, by mounts and
/// volumes that are there, those places are used and not these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selectors {
    /// The Deployment of Typha (or another workload with a pod template).
    pub typha: String,
    /// Its container.
    pub typha_container: String,
    /// The DaemonSets that Felix runs in.
    pub nodes: Vec<String>,
    /// Their container with Felix.
    pub node_container: String,
    /// The ConfigMap with the CA's certificates, its volume on both sides, and
    /// its folder in the root.
    pub ca: String,
    /// Typha's Secret, its volume and its folder.
    pub server: String,
    /// Felix's Secret, its volume and its folder.
    pub client: String,
}

impl Default for Selectors {
    fn default() -> Self {
        Self {
            typha: "calico-typha".to_owned(),
            typha_container: "calico-typha".to_owned(),
            nodes: ["calico-node", "canal", "canal-node"]
                .map(str::to_owned)
                .to_vec(),
            node_container: "calico-node".to_owned(),
            ca: "calico-typha-ca".to_owned(),
            server: "calico-typha-certs".to_owned(),
            client: "calico-node-certs".to_owned(),
        }
    }
}

/// Which side of the connection a workload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Typha, the server.
    Typha,
    /// calico-node, with Felix in it, the client.
    Node,
}

/// Namespaces of the operator, which makes the certificates itself.
const OPERATOR: [&str; 2] = ["calico-system", "tigera-system"];

impl Selectors {
    /// Which side the resource is, and its namespace.
    pub(super) fn role(
        &self,
        resource: &Resource<'_, '_>,
    ) -> Result<Option<(Role, Option<String>)>, yaml_splice::Error> {
        let id = &resource.id;
        if !edits::is_workload(&id.kind) {
            return Ok(None);
        }
        if let Some(error) = &resource.unreadable {
            return Err(error.clone());
        }
        let namespace = id.namespace.clone();
        if namespace.as_deref().is_some_and(|n| OPERATOR.contains(&n)) {
            return Ok(None);
        }
        let role = if id.name == self.typha {
            Role::Typha
        } else if self.nodes.contains(&id.name) {
            Role::Node
        } else {
            return Ok(None);
        };
        Ok(Some((role, namespace)))
    }
}
