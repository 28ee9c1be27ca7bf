//! Which side of the connection a workload is.

use crate::edits;
use crate::names::{TyphaNames, managed};
use crate::resource::Resource;

/// Which side of the connection a workload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Typha, the server.
    Typha,
    /// calico-node, with Felix in it, the client.
    Node,
}

impl TyphaNames {
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
        if namespace.as_deref().and_then(managed).is_some() {
            return Ok(None);
        }
        let role = if id.name == self.deployment {
            Role::Typha
        } else if self.daemon_sets.contains(&id.name) {
            Role::Node
        } else {
            return Ok(None);
        };
        Ok(Some((role, namespace)))
    }
}
