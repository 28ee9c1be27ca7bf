//! The values that the connections' objects hold, and which of them belong
//! together.

use std::collections::{HashMap, HashSet};

use cnx_certs::{Identity, Role};

use super::scene::{Object, Scene};
use super::typha;
use super::value::State;
use crate::channel::Channel;
use crate::finding::Finding;
use crate::typha::Role as TyphaRole;
use crate::wired::{Held, Input, held_by};

/// What one role presents, as far as the inputs hold it.
pub(super) struct Presented<'h> {
    pub(super) role: Role,
    pub(super) channel: Channel,
    pub(super) ca: Option<&'h Held>,
    pub(super) certificate: Option<&'h Held>,
    pub(super) key: Option<&'h Held>,
    /// The names that the other side asks for.
    pub(super) names: Vec<String>,
    /// What Typha and Felix compare with.
    pub(super) identity: Identity,
}

/// The values of the objects that are about a connection.
pub(super) struct Values<'s, 'a, 't> {
    scene: &'s Scene<'a, 't>,
    values: Vec<Held>,
    /// The numbers of the values, by kind and name of the object, and the key.
    by_name: HashMap<(String, String, String), Vec<usize>>,
    /// The kinds and names of objects, with their inputs.
    whole: HashSet<(&'s str, &'s str, usize)>,
    /// What could not be read, with its object.
    pub(super) unread: Vec<(&'s Object<'a, 't>, Finding)>,
}

impl<'s, 'a, 't> Values<'s, 'a, 't> {
    /// Those of the APIServices, and of the Secrets and ConfigMaps that carry
    /// the channels' files. Placeholders are no values.
    pub(super) fn of(scene: &'s Scene<'a, 't>) -> Self {
        let mut found = Self {
            scene,
            values: Vec::new(),
            by_name: HashMap::new(),
            whole: HashSet::new(),
            unread: Vec::new(),
        };
        let services = scene.api_services().map(|service| service.object);
        for object in services.chain(scene.carriers().map(|(object, _)| object)) {
            let input = Input {
                number: object.place.file,
                source: object.source,
            };
            let (values, unread) = held_by(input, &object.resource);
            let text = |held: &Held| held.span.of(object.source.text).to_owned();
            let real = values.into_iter().filter(|held| {
                let written = text(held);
                State::of(written.trim_matches(['"', '\''])) == State::Set
                    && State::of(&String::from_utf8_lossy(held.bytes())) != State::Placeholder
            });
            found.values.extend(real);
            found.unread.extend(unread.into_iter().map(|f| (object, f)));
        }
        for (number, held) in found.values.iter().enumerate() {
            let id = &held.resource;
            let name = (id.kind.clone(), id.name.clone(), held.key.clone());
            found.by_name.entry(name).or_default().push(number);
        }
        for object in &scene.objects {
            let id = &object.resource.id;
            if matches!(id.kind.as_str(), "APIService" | "Secret") {
                let name = (id.kind.as_str(), id.name.as_str(), object.place.file);
                found.whole.insert(name);
            }
        }
        found
    }

    /// The roles that the inputs hold something of.
    pub(super) fn presented(&self) -> Vec<Presented<'_>> {
        let scene = self.scene;
        let names = &scene.options.names;
        let mut found = Vec::new();
        for service in scene.api_services().filter(|service| !service.managed) {
            let object = service.object;
            let text = |keys: &[&str]| object.resource.text(keys).ok().flatten();
            let namespace = text(&["spec", "service", "namespace"]);
            let name = text(&["spec", "service", "name"]);
            let server = name.zip(namespace).map(|(n, ns)| format!("{n}.{ns}.svc"));
            let near = |key: &str| match service.ours {
                true => self.near(object, namespace, "Secret", &names.api_server.secret, key),
                false => None,
            };
            found.push(Presented {
                role: Role::ApiServer,
                channel: Channel::KubeApiserver,
                ca: self.in_object(object, "caBundle"),
                certificate: near("apiserver.crt"),
                key: near("apiserver.key"),
                names: server.into_iter().collect(),
                identity: Identity::default(),
            });
        }
        for (carrier, channel) in scene.carriers() {
            let id = &carrier.resource.id;
            let pair = |role, keys: [&str; 2]| Presented {
                role,
                channel,
                ca: None,
                certificate: self.in_object(carrier, keys[0]),
                key: self.in_object(carrier, keys[1]),
                names: Vec::new(),
                identity: Identity::default(),
            };
            let namespace = id.namespace.as_deref();
            let bundle = |key| {
                self.near(
                    carrier,
                    namespace,
                    "ConfigMap",
                    &names.typha.ca_config_map,
                    key,
                )
            };
            let bundle = || bundle("typhaca.crt").or_else(|| bundle("caBundle"));
            let new = if id.name == names.api_server.secret {
                // Where there is its APIService, that was looked at with it.
                let taken = |held: &Held| {
                    found
                        .iter()
                        .any(|other: &Presented<'_>| other.certificate.is_some_and(|c| c == held))
                };
                let new = pair(Role::ApiServer, ["apiserver.crt", "apiserver.key"]);
                match new.certificate.is_some_and(taken) {
                    true => continue,
                    false => new,
                }
            } else if id.name == names.etcd.secret {
                let ca = self.in_object(carrier, "etcd-ca");
                let pair = pair(Role::EtcdClient, ["etcd-cert", "etcd-key"]);
                Presented { ca, ..pair }
            } else if id.name == names.manager.secret {
                let names = scene.options.manager_hosts.clone();
                let pair = pair(Role::Manager, ["cert", "key"]);
                Presented { names, ..pair }
            } else if id.name == names.typha.server_secret {
                let identity = typha::expected(scene, TyphaRole::Node, carrier);
                let pair = pair(Role::TyphaServer, ["typha.crt", "typha.key"]);
                let ca = bundle();
                Presented {
                    identity,
                    ca,
                    ..pair
                }
            } else if id.name == names.typha.client_secret {
                let identity = typha::expected(scene, TyphaRole::Typha, carrier);
                let pair = pair(Role::TyphaClient, ["calico-node.crt", "calico-node.key"]);
                let ca = bundle();
                Presented {
                    identity,
                    ca,
                    ..pair
                }
            } else {
                // The ConfigMap with Typha's CA, which the Secrets go with.
                let ca = self.in_object(carrier, "typhaca.crt");
                Presented {
                    role: Role::TyphaServer,
                    channel,
                    ca,
                    certificate: None,
                    key: None,
                    names: Vec::new(),
                    identity: Identity::default(),
                }
            };
            found.push(new);
        }
        found
    }

    /// The values of this name, in all objects.
    fn named(&self, kind: &str, name: &str, key: &str) -> impl Iterator<Item = &Held> + Clone {
        let name = (kind.to_owned(), name.to_owned(), key.to_owned());
        let numbers = self.by_name.get(&name).map_or(&[][..], Vec::as_slice);
        numbers.iter().filter_map(|number| self.values.get(*number))
    }

    fn in_object(&self, object: &Object<'_, '_>, key: &str) -> Option<&Held> {
        let id = &object.resource.id;
        let mut values = self.named(&id.kind, &id.name, key);
        values.find(|held| held.resource == *id && held.input == object.place.file)
    }

    /// A value of another object: in the same input, or else in one that has no
    /// such object as `object` of its own. Two whole manifests are two sets.
    fn near(
        &self,
        object: &Object<'_, '_>,
        namespace: Option<&str>,
        kind: &str,
        name: &str,
        key: &str,
    ) -> Option<&Held> {
        let fits = |held: &&Held| {
            let other = held.resource.namespace.as_deref();
            namespace.is_none() || other.is_none() || namespace == other
        };
        let id = &object.resource.id;
        let values = self.named(kind, name, key).filter(fits);
        let here = values.clone().find(|held| held.input == object.place.file);
        here.or_else(|| {
            let whole = |input| {
                self.whole
                    .contains(&(id.kind.as_str(), id.name.as_str(), input))
            };
            values.clone().find(|held| !whole(held.input))
        })
    }
}
