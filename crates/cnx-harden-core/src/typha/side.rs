//! One side of the connection, as a manifest has it.

use super::role::{End, Role};
use super::wiring::{Slot, Wire, Wiring};
use crate::finding::{Code, Finding};
use crate::identity::{AcceptedIdentity, PeerName};
use crate::inventory::{Inventory, ObjectKey};
use crate::names::TyphaNames;
use crate::transform::Edit;
use cnx_certs::{Setting, help};

/// A side's names, for what the manifest does not say.
pub(super) struct Convention {
    role: Role,
    pub(super) edit: Edit,
    secret: ObjectKey,
    /// The keys of the certificate and of the key in the Secret.
    keys: [&'static str; 2],
}

impl Convention {
    pub(super) fn of(role: Role, names: &TyphaNames) -> Self {
        match role {
            Role::Typha => Self {
                role,
                edit: Edit::TyphaVariables,
                secret: ObjectKey::secret(&names.server_secret),
                keys: ["typha.crt", "typha.key"],
            },
            Role::Node => Self {
                role,
                edit: Edit::FelixVariables,
                secret: ObjectKey::secret(&names.client_secret),
                keys: ["calico-node.crt", "calico-node.key"],
            },
        }
    }

    /// The workload's container, from which the wires start.
    pub(super) fn wiring<'w, 'i, 't>(
        &self,
        end: &'w End<'i, 't>,
        inventory: &'w Inventory<'t>,
        names: &TyphaNames,
    ) -> Result<Wiring<'w, 'i, 't>, Finding> {
        let Some(container) = end.role.container else {
            let target = end.target();
            return Err(target.conflict(
                Code::MissingContainer,
                &end.role.pod.at.key("containers"),
                format!("there is no container named {}", self.role.container(names)),
                help![
                    "say what it is called: ",
                    Setting::TyphaContainer,
                    ", ",
                    Setting::TyphaNodeContainer
                ],
            ));
        };
        Ok(Wiring {
            inventory,
            end,
            container,
        })
    }

    /// The way to the CA's file.
    pub(super) fn ca(
        &self,
        wiring: &Wiring<'_, '_, '_>,
        by_default: &(ObjectKey, String),
    ) -> Result<Wire, Finding> {
        let [variable, ..] = self.role.files();
        let (carrier, key) = by_default;
        let slot = Slot {
            variable,
            carrier,
            key,
        };
        wiring.follow(&slot, None)
    }

    /// Whether the variable of the CA's file is set.
    pub(super) fn says_ca(&self, wiring: &Wiring<'_, '_, '_>) -> Result<bool, Finding> {
        let [variable, ..] = self.role.files();
        Ok(wiring.variable(variable)?.is_some())
    }

    /// The ways to the certificate and to its key. Where just one of them is
    /// said, the other is beside it.
    pub(super) fn pair(&self, wiring: &Wiring<'_, '_, '_>) -> Result<[Wire; 2], Finding> {
        let [_, certificate, key] = self.role.files();
        let said = |variable| Ok(wiring.variable(variable)?.map(|(path, _)| path));
        let paths = (said(certificate)?, said(key)?);
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
    ) -> Result<Option<AcceptedIdentity>, Finding> {
        let [common_name, uri_san] = self.role.names();
        let read = |variable: &str| {
            let said = wiring.variable(variable)?;
            let name = said.map(|(name, _)| PeerName::new(name)).transpose();
            name.map_err(|error| {
                let at = wiring.container.at.key("env").item("name", variable);
                wiring.conflict(
                    &at,
                    Code::UnexpectedValue,
                    format!("{variable} is no name: {error}"),
                    "correct the value, or remove the variable",
                )
            })
        };
        Ok(AcceptedIdentity::of(read(common_name)?, read(uri_san)?))
    }
}
