//! One side of the connection, as a manifest has it.

use yaml_splice::Route;

use super::identity::{Identity, PeerName};
use super::role::Role;
use super::wiring::{Carrier, Slot, Wire, Wiring};
use crate::edits::pod;
use crate::finding::{Code, Finding};
use crate::names::TyphaNames;
use crate::objects::Object;
use crate::transform::{Edit, Target};

/// What the sides differ in.
pub(super) struct Side<'s> {
    pub(super) edit: Edit,
    container: &'s str,
    /// Of the CA's, the certificate's and the key's file.
    files: [&'static str; 3],
    /// Of the Common Name and the URI.
    pub(super) names: [&'static str; 2],
    secret: Carrier,
    /// The keys of the certificate and of the key in the Secret.
    keys: [&'static str; 2],
}

impl<'s> Side<'s> {
    pub(super) fn of(role: Role, names: &'s TyphaNames) -> Self {
        match role {
            Role::Typha => Self {
                edit: Edit::TyphaVariables,
                container: &names.container,
                files: [
                    "TYPHA_CAFILE",
                    "TYPHA_SERVERCERTFILE",
                    "TYPHA_SERVERKEYFILE",
                ],
                names: ["TYPHA_CLIENTCN", "TYPHA_CLIENTURISAN"],
                secret: Carrier::Secret(names.server_secret.clone()),
                keys: ["typha.crt", "typha.key"],
            },
            Role::Node => Self {
                edit: Edit::FelixVariables,
                container: &names.node_container,
                files: [
                    "FELIX_TYPHACAFILE",
                    "FELIX_TYPHACERTFILE",
                    "FELIX_TYPHAKEYFILE",
                ],
                names: ["FELIX_TYPHACN", "FELIX_TYPHAURISAN"],
                secret: Carrier::Secret(names.client_secret.clone()),
                keys: ["calico-node.crt", "calico-node.key"],
            },
        }
    }

    /// The workload's container, from which the wires start.
    pub(super) fn wiring<'w, 'a, 't>(
        &self,
        object: &'a Object<'a, 't, Role>,
        is_there: &'w dyn Fn(&Carrier) -> bool,
    ) -> Result<Wiring<'w, 'a, 't>, Finding> {
        let target = Target {
            resource: &object.resource,
            source: object.source,
        };
        let pod = pod(&object.resource).unwrap_or_else(Route::root);
        let containers = pod.key("containers");
        let container = containers.item("name", self.container);
        let found = target.resource.tree.find(&container);
        if found.map_err(|e| target.yaml(&e))?.is_none() {
            return Err(target.conflict(
                Code::MissingContainer,
                &containers,
                format!("there is no container named {}", self.container),
                "say what it is called: --typha-container, --typha-node-container",
            ));
        }
        Ok(Wiring {
            target,
            pod,
            container,
            is_there,
        })
    }

    /// The way to the CA's file.
    pub(super) fn ca(
        &self,
        wiring: &Wiring<'_, '_, '_>,
        carrier: &Carrier,
        key: &str,
    ) -> Result<Wire, Finding> {
        let [variable, ..] = self.files;
        let slot = Slot {
            variable,
            carrier,
            key,
        };
        wiring.follow(&slot, None)
    }

    /// Whether the variable of the CA's file is set.
    pub(super) fn says_ca(&self, wiring: &Wiring<'_, '_, '_>) -> Result<bool, Finding> {
        let [variable, ..] = self.files;
        Ok(wiring.variable(variable)?.is_some())
    }

    /// The ways to the certificate and to its key. Where just one of them is
    /// said, the other is beside it.
    pub(super) fn pair(&self, wiring: &Wiring<'_, '_, '_>) -> Result<[Wire; 2], Finding> {
        let [_, certificate, key] = self.files;
        let paths = (wiring.variable(certificate)?, wiring.variable(key)?);
        let beside = |path: &Option<String>, ending: &str| {
            let path = path.as_deref()?;
            let file = path.rsplit('/').next()?;
            let stem = file.rsplit_once('.').map_or(file.len(), |(s, _)| s.len());
            let kept = path.len() - file.len() + stem;
            Some(format!("{}{ending}", path.get(..kept)?))
        };
        let hints = (beside(&paths.1, ".crt"), beside(&paths.0, ".key"));
        let follow = |variable, name, hint| {
            let slot = Slot {
                variable,
                carrier: &self.secret,
                key: name,
            };
            wiring.follow(&slot, hint)
        };
        let [certificate_name, key_name] = self.keys;
        Ok([
            follow(certificate, certificate_name, hints.0)?,
            follow(key, key_name, hints.1)?,
        ])
    }

    /// What the side accepts now; none where it says nothing.
    pub(super) fn identity(
        &self,
        wiring: &Wiring<'_, '_, '_>,
    ) -> Result<Option<Identity>, Finding> {
        let [common_name, uri_san] = self.names;
        let read = |variable: &str| {
            let name = wiring.variable(variable)?.map(PeerName::new).transpose();
            name.map_err(|error| {
                let at = wiring.container.key("env").item("name", variable);
                wiring.target.conflict(
                    Code::UnexpectedValue,
                    &at,
                    format!("{variable} is no name: {error}"),
                    "correct the value, or remove the variable",
                )
            })
        };
        Ok(Identity::of(read(common_name)?, read(uri_san)?))
    }
}
