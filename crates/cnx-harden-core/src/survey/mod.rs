//! What the programs of each connection will read: their files, followed from where
//! each program is told of them to the value that makes the file.
//!
//! The audit's certificate checks, `report` and `certs verify` all draw from here, so
//! they look at the same files. Names of objects count only where an object stands
//! alone, without the workload that reads it.

mod api_server;
mod held;
mod manager;
mod operator;
mod piece;
mod typha;
mod webhooks;

pub use held::{Held, held};
pub use piece::Credentials;

pub(crate) use api_server::{ApiServer, Injected, api_servers};
pub(crate) use held::{CA_BUNDLE, Wrong, all, through_base64};
pub(crate) use manager::{Manager, is_plain, managers};
pub(crate) use operator::{given, is_of_old_namespace};
pub(crate) use piece::{File, Piece};
pub(crate) use typha::{Pair, Side, pairs};
pub(crate) use webhooks::webhooks;

use crate::inventory::{At, Container, Inventory, ObjectId, Pod, Said};

/// A container, and where it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Program<'i> {
    pub(crate) object: ObjectId,
    pub(crate) pod: &'i Pod,
    pub(crate) container: &'i Container,
}

impl<'i> Program<'i> {
    /// All containers of the inputs, in their order.
    pub(crate) fn all(inventory: &'i Inventory<'_>) -> impl Iterator<Item = Self> {
        let pods = inventory
            .objects()
            .filter_map(|(id, object)| Some((id, object.pod.as_ref()?)));
        pods.flat_map(|(object, pod)| {
            let containers = pod.containers.iter();
            containers.map(move |container| Self {
                object,
                pod,
                container,
            })
        })
    }

    /// What a variable is.
    pub(crate) fn said(&self, inventory: &Inventory<'_>, variable: &str) -> Said {
        inventory.said(self.object, self.container, variable)
    }

    /// Where it stands.
    pub(crate) fn at(&self) -> At {
        At {
            object: self.object,
            route: self.container.at.clone(),
        }
    }

    /// What it is, for people.
    pub(crate) fn what(&self, inventory: &Inventory<'_>) -> String {
        let id = inventory.object(self.object).map(|object| &object.id);
        let object = id.map_or_else(String::new, |id| format!("{} {}", id.kind, id.name));
        format!("{object}, container {}", self.container.name)
    }

    /// The file that is told of by `said`, under the name of a variable or a flag.
    pub(crate) fn piece(&self, inventory: &Inventory<'_>, name: &str, said: Said) -> Piece {
        Piece::told(inventory, self, name, said)
    }
}
