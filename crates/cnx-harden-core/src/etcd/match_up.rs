//! Which objects belong together, and which are missing.

use std::collections::BTreeSet;

use super::{Etcd, MissingSecret, Object, Role};
use crate::finding::{Code, Finding};
use crate::plan::Plan;

/// Leaves the ConfigMaps that are about etcd's clients, and says which objects
/// are referred to and not in the input: an error, or an assumption.
pub(super) fn match_up(objects: &mut Vec<Object<'_, '_>>, channel: &Etcd, plan: &mut Plan) {
    let names = &channel.names;
    let mut referred = BTreeSet::new();
    for object in objects.iter() {
        if let Role::Pod(pod) = &object.role {
            referred.extend(pod.config_maps().into_iter().map(str::to_owned));
        }
    }
    objects.retain(|object| match object.role {
        Role::ConfigMap => {
            let name = &object.resource.id.name;
            names.config_maps.contains(name) || referred.contains(name)
        }
        _ => true,
    });
    let mut findings = Vec::new();
    for object in objects.iter() {
        let mut needed = Vec::new();
        match &object.role {
            Role::Secret | Role::Server => {}
            Role::ConfigMap => needed.push(("Secret", names.secret.as_str())),
            Role::Pod(pod) => {
                needed.push(("Secret", names.secret.as_str()));
                needed.extend(
                    pod.config_maps()
                        .into_iter()
                        .map(|name| ("ConfigMap", name)),
                );
            }
        }
        for (kind, name) in needed {
            let there = objects.iter().any(|other| {
                let role = match kind {
                    "Secret" => other.role == Role::Secret,
                    _ => other.role == Role::ConfigMap,
                };
                role && other.resource.id.name == name && other.same_namespace(object)
            });
            if !there {
                findings.push(missing(channel, object, kind, name));
            }
        }
    }
    plan.find(findings);
}

fn missing(channel: &Etcd, object: &Object<'_, '_>, kind: &str, name: &str) -> Finding {
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
                "Secret" => {
                    "give its file too, or its name with --etcd-secret; if it is in the cluster, \
                     say so with --assume-secret"
                }
                _ => "give its file too; if it is in the cluster, say so with --assume-secret",
            };
            object.missing(&what, help)
        }
    }
}
