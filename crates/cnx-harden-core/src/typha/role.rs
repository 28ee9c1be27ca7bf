//! The two sides of the connection, and the containers that are one of them: found
//! by what they run and what they are told, whatever the workload is called.

use yaml_splice::Route;

use crate::finding::Finding;
use crate::inventory::{Container, Inventory, ObjectId, Pod, Said, Trail};
use crate::names::{TyphaNames, managed};
use crate::objects::Object;
use crate::pods::is_workload;

/// Which side of the connection a workload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    /// Typha, the server.
    Typha,
    /// calico-node, with Felix in it, the client.
    Node,
}

impl Role {
    pub(crate) const ALL: [Self; 2] = [Self::Typha, Self::Node];

    /// What the program is called.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Typha => "Typha",
            Self::Node => "Felix",
        }
    }

    /// The variables of its files: the CA's, the certificate's and the key's.
    pub(crate) const fn files(self) -> [&'static str; 3] {
        match self {
            Self::Typha => [
                "TYPHA_CAFILE",
                "TYPHA_SERVERCERTFILE",
                "TYPHA_SERVERKEYFILE",
            ],
            Self::Node => [
                "FELIX_TYPHACAFILE",
                "FELIX_TYPHACERTFILE",
                "FELIX_TYPHAKEYFILE",
            ],
        }
    }

    /// The variables of the Common Name and of the URI that it accepts.
    pub(crate) const fn names(self) -> [&'static str; 2] {
        match self {
            Self::Typha => ["TYPHA_CLIENTCN", "TYPHA_CLIENTURISAN"],
            Self::Node => ["FELIX_TYPHACN", "FELIX_TYPHAURISAN"],
        }
    }

    /// How all of its variables about this connection begin.
    const fn prefix(self) -> &'static str {
        match self {
            Self::Typha => "TYPHA_",
            Self::Node => "FELIX_TYPHA",
        }
    }

    /// Whether it is what an image holds: `calico/typha`, `quay.io/tigera/cnx-node`.
    fn is_in(self, image: &str) -> bool {
        let name = image.rsplit('/').next().unwrap_or_default();
        let name = name.split(['@', ':']).next().unwrap_or_default();
        match self {
            Self::Typha => ["typha", "calico-typha", "cnx-typha"].contains(&name),
            Self::Node => {
                ["calico-node", "cnx-node"].contains(&name)
                    || (name == "node" && image.contains("calico/"))
            }
        }
    }

    /// The name of its container.
    pub(super) const fn container(self, names: &TyphaNames) -> &String {
        match self {
            Self::Typha => &names.container,
            Self::Node => &names.node_container,
        }
    }

    fn is_named(self, workload: &str, names: &TyphaNames) -> bool {
        match self {
            Self::Typha => workload == names.deployment,
            Self::Node => names.daemon_sets.iter().any(|name| name == workload),
        }
    }

    /// The container that is this side: the one with the name that it has in workloads
    /// like this, or else the one that has its variables, or that runs its image.
    fn of<'p>(self, pod: &'p Pod, kind: &str, name: &str) -> Option<&'p Container> {
        let find = |is: &dyn Fn(&Container) -> bool| {
            let mut containers = pod.containers.iter().filter(|c| !c.init);
            containers.find(|container| is(container))
        };
        let tells = |c: &Container| {
            let mut variables = c.variables.iter();
            variables.any(|variable| variable.name.starts_with(self.prefix()))
        };
        let runs = |c: &Container| c.image.as_deref().is_some_and(|image| self.is_in(image));
        let by_name = find(&|container| container.name == name);
        let by_variable = by_name.or_else(|| find(&tells));
        by_variable.or_else(|| find(&runs).filter(|_| kind != "Job"))
    }
}

/// A workload that is a side, and its container.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Side<'i> {
    pub(crate) role: Role,
    pub(crate) pod: &'i Pod,
    /// None where the workload has the name, and no container that fits.
    pub(crate) container: Option<&'i Container>,
}

/// A side, as what edits are planned on.
pub(crate) type End<'i, 't> = Object<'i, 't, Side<'i>>;

/// The sides in the inputs, in their order, and the workloads that may be one.
pub(crate) fn ends<'i, 't>(
    inventory: &'i Inventory<'t>,
    names: &TyphaNames,
) -> (Vec<End<'i, 't>>, Vec<Finding>) {
    let (mut ends, mut unread) = (Vec::new(), Vec::new());
    for (number, object) in inventory.objects() {
        let id = &object.id;
        if !is_workload(&id.kind) || id.namespace.as_deref().and_then(managed).is_some() {
            continue;
        }
        if let Some(error) = &object.unreadable {
            unread.push(inventory.yaml(object.place.file, error));
            continue;
        }
        ends.extend(side(inventory, number, names));
    }
    (ends, unread)
}

fn side<'i, 't>(
    inventory: &'i Inventory<'t>,
    number: ObjectId,
    names: &TyphaNames,
) -> Option<End<'i, 't>> {
    let object = inventory.object(number)?;
    let pod = object.pod.as_ref()?;
    let kind = object.id.kind.as_str();
    let side = |role: Role, container| Side {
        role,
        pod,
        container,
    };
    let mut roles = Role::ALL.into_iter();
    let named = roles.find(|role| role.is_named(&object.id.name, names));
    let side = match named {
        Some(role) => {
            let (name, vendors) = (role.container(names), TyphaNames::default());
            let found = role.of(pod, kind, name);
            // A name that was given is that of the container.
            let given = name != role.container(&vendors);
            Some(side(role, found.filter(|c| !given || c.name == *name)))
        }
        // The names that were given are those of the workloads that were named.
        None => Role::ALL.into_iter().find_map(|role| {
            let vendors = TyphaNames::default();
            let container = role.of(pod, kind, role.container(&vendors))?;
            Some(side(role, Some(container)))
        }),
    };
    Object::of(inventory, number, side?)
}

impl End<'_, '_> {
    /// What a variable of its container is; nothing where it is `none`.
    pub(crate) fn said(&self, inventory: &Inventory<'_>, variable: &str) -> Said {
        let Some(container) = self.role.container else {
            return Said::Nothing;
        };
        let said = inventory.said(self.number, container, variable);
        said.unless_none()
    }

    /// The route to its container: by its name, which stays where others are added.
    pub(crate) fn container_at(&self) -> Option<Route> {
        let Side { pod, container, .. } = self.role;
        let container = container?;
        let same = pod.containers.iter().filter(|c| c.name == container.name);
        Some(match (container.name.as_str(), same.count()) {
            ("", _) | (_, 2..) => container.at.clone(),
            (name, _) => pod.at.key("containers").item("name", name),
        })
    }

    /// Where the file is that a path of its container leads to.
    pub(crate) fn follow(&self, inventory: &Inventory<'_>, path: &str) -> Option<Trail> {
        let container = self.role.container?;
        Some(inventory.follow(self.number, self.role.pod, container, path))
    }

    /// Whether it has any of its five settings.
    pub(crate) fn has_tls(&self, inventory: &Inventory<'_>) -> bool {
        let role = self.role.role;
        let mut settings = role.files().into_iter().chain(role.names());
        settings.any(|variable| self.said(inventory, variable) != Said::Nothing)
    }
}
