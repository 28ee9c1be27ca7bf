//! Clients that cannot be edited: their settings are in a shell command line, or in a Secret
//! read through `envFrom`.

use super::client::{Client, FAMILIES};
use super::files::FileOf;
use crate::finding::{Code, Finding};
use crate::inventory::Inventory;

/// An error for each of them that talks to etcd without TLS, or without its files.
pub(super) fn tell(inventory: &Inventory<'_>, clients: &[Client<'_>]) -> Vec<Finding> {
    clients
        .iter()
        .filter_map(|client| told(inventory, client))
        .collect()
}

fn told(inventory: &Inventory<'_>, client: &Client<'_>) -> Option<Finding> {
    let at = client.endpoints.at()?;
    let endpoints = client.family.endpoints;
    let is_plain = client.endpoints.text()?.contains("http://");
    let is_edited = client.told
        || client.own_endpoints(inventory).is_some()
        || refers_to_a_variable(inventory, client);
    let [ca, key, certificate] = FileOf::ALL.map(|file| client.family.variable(file));
    if is_plain && !is_edited {
        let message = format!(
            "{endpoints} has http:// in it: this program talks to etcd without TLS, and this \
             place cannot be edited safely"
        );
        let help = format!("write https:// there, with {ca}, {certificate} and {key}");
        return Some(inventory.finding(Code::PlainEtcd, at, message, help));
    }
    let mut files = FileOf::ALL.into_iter();
    let lacks = files.any(|file| client.piece(file).told.is_none());
    if !client.family.in_arguments || client.argument(inventory).is_some() || !lacks {
        return None;
    }
    let message = format!(
        "the command line with {endpoints} lacks {ca}, {certificate} or {key}, and cannot be edited safely"
    );
    let help = "write the flags there, or make each an argument of its own";
    Some(inventory.finding(Code::MissingVariable, at, message, help))
}

/// Whether the argument is `$(ETCD_ENDPOINTS)`, a variable that is edited.
fn refers_to_a_variable(inventory: &Inventory<'_>, client: &Client<'_>) -> bool {
    let families = FAMILIES.iter().filter(|family| !family.in_arguments);
    let mut variables = families.map(|family| family.endpoints);
    client.argument(inventory).is_some_and(|(_, _, endpoints)| {
        variables.any(|name| {
            client.program.container.variable(name).is_some() && endpoints == format!("$({name})")
        })
    })
}
