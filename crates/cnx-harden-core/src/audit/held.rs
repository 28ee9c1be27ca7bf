//! The credentials that the manifests hold, each set of files once.

use std::collections::{BTreeMap, HashSet};

use super::scene::Scene;
use crate::channel::Channel;
use crate::etcd;
use crate::inventory::ObjectId;
use crate::survey::{self, Credentials, Piece};

/// The credentials in the inputs, each with its connection; those of other API servers
/// have none.
pub(super) fn presented(scene: &Scene<'_, '_>) -> Vec<(Option<Channel>, Credentials)> {
    let (inventory, options) = (scene.inventory, scene.options);
    let names = &options.names;
    let (servers, others): (Vec<_>, Vec<_>) =
        scene.api_servers.iter().partition(|server| server.calico);
    let servers = servers.into_iter().map(|server| &server.credentials);
    let mut found: Vec<_> = servers.chain(&scene.secrets).cloned().collect();
    let others = others
        .into_iter()
        .map(|server| (None, server.credentials.clone()));
    let clients = etcd::clients(inventory, &names.etcd);
    found.extend(clients.clients.into_iter().map(|client| client.credentials));
    found.extend(clients.alone);
    let (pairs, alone) = survey::pairs(inventory, &names.typha);
    found.extend(pairs.into_iter().flat_map(|pair| pair.credentials));
    found.extend(alone.into_iter().flatten());
    let (managers, alone) = survey::managers(inventory, &names.manager, &options.manager_hosts);
    let managers = managers.into_iter().chain(alone);
    found.extend(managers.map(|manager| manager.credentials));
    let given = options
        .checks()
        .map(|policy| survey::given(inventory, &scene.api_servers, policy));
    let given = given.into_iter().flatten().map(|one| (None, one));
    let found = found.into_iter().map(|one| (Some(one.channel()), one));
    let mut found: Vec<_> = found.chain(others).chain(given).collect();
    let mut seen = HashSet::new();
    found.retain(|(_, one)| {
        let files = one.pieces().map(Piece::held);
        let files = files.map(|held| held.map(|held| (held.object, held.field.clone())));
        let expected = (
            one.names.clone(),
            one.identity.common_name.clone(),
            one.identity.uri_san.clone(),
        );
        seen.insert((one.role, files, expected))
    });
    found
}

/// The values that cannot be read of the APIServices, and of the objects that carry a
/// connection's files: each with that connection.
pub(super) fn unread(scene: &Scene<'_, '_>) -> Vec<(Option<Channel>, survey::Wrong)> {
    let mut objects: BTreeMap<ObjectId, Option<Channel>> = BTreeMap::new();
    for service in scene.api_services() {
        let channel = service.ours.then_some(Channel::KubeApiserver);
        objects.insert(service.object.number, channel);
    }
    for (carrier, channel) in scene.carriers() {
        objects.insert(carrier.number, Some(channel));
    }
    for (channel, one) in presented(scene) {
        for object in one.pieces().into_iter().filter_map(Piece::object) {
            objects.entry(object).or_insert(channel);
        }
    }
    let all = objects.into_iter().flat_map(|(object, channel)| {
        let (_, wrong) = survey::all(scene.inventory, object);
        wrong.into_iter().map(move |wrong| (channel, wrong))
    });
    all.collect()
}
