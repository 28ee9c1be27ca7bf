//! Which objects belong together, and which are missing.

use cnx_certs::{Setting, help};
use std::collections::BTreeSet;

use super::files::FileOf;
use super::reach::Reached;
use super::{Etcd, MissingSecret, Object, Role};
use crate::finding::{Code, Finding};
use crate::inventory::{Inventory, Near};
use crate::names::EtcdNames;
use crate::plan::Plan;

/// Leaves the ConfigMaps that are about etcd's clients.
pub(super) fn retain<'a, 't>(
    objects: &mut Vec<Object<'a, 't>>,
    reached: &Reached,
    inventory: &'a Inventory<'t>,
    names: &EtcdNames,
) {
    objects.retain(|object| {
        let named = names.config_maps.contains(&object.resource.id.name);
        !matches!(object.role, Role::ConfigMap)
            || named
            || reached.referred.contains(&object.number)
    });
    // One that a client refers to may have none of the keys yet.
    let there: BTreeSet<_> = objects.iter().map(|object| object.number).collect();
    let others = reached.certain.difference(&there);
    objects.extend(others.filter_map(|id| Object::of(inventory, *id, Role::ConfigMap)));
    objects.sort_by_key(|object| object.number);
}

/// Says which objects are referred to and not in the input: an error, or an
/// assumption.
pub(super) fn tell_missing(
    objects: &[Object<'_, '_>],
    reached: &Reached,
    inventory: &Inventory<'_>,
    channel: &Etcd,
    plan: &mut Plan,
) {
    let mut findings = Vec::new();
    for object in objects {
        let names = &channel.names;
        let mut needed = Vec::new();
        match &object.role {
            Role::Secret | Role::Server(_) => {}
            Role::ConfigMap => {
                let mut files = FileOf::ALL.into_iter();
                if files.any(|file| !reached.is_elsewhere(object.number, file)) {
                    needed.push(("Secret", names.secret.as_str()));
                }
            }
            Role::Pod(pod) => {
                if pod.needs_ours() {
                    needed.push(("Secret", names.secret.as_str()));
                }
                let config_maps = pod.config_maps().into_iter();
                needed.extend(config_maps.map(|name| ("ConfigMap", name)));
            }
        }
        for (kind, name) in needed {
            if inventory.near(object.number, kind, name) == Near::None {
                findings.push(missing(channel, object, kind, name));
            }
        }
    }
    plan.find(findings);
}

pub(super) fn missing(channel: &Etcd, object: &Object<'_, '_>, kind: &str, name: &str) -> Finding {
    let what = match &object.namespace {
        Some(namespace) => format!("{kind} {name} in namespace {namespace}"),
        None => format!("{kind} {name}"),
    };
    match channel.missing_secret {
        MissingSecret::Assume => {
            let message = format!("{what} is not in the input, and taken to be in the cluster");
            let help = match kind {
                "Secret" => "see that it has etcd-ca, etcd-cert and etcd-key",
                _ => "see that it has the files' paths, and endpoints with https://",
            };
            object.finding(Code::AssumedObject, message, help).info()
        }
        MissingSecret::Refuse => {
            let help = match kind {
                "Secret" => help![
                    "give its file too, or its name with ",
                    Setting::EtcdSecret,
                    "; if it is in the cluster, say so with ",
                    Setting::AssumeSecret,
                ],
                _ => help![
                    "give its file too; if it is in the cluster, say so with ",
                    Setting::AssumeSecret,
                ],
            };
            object.missing(&what, help)
        }
    }
}
