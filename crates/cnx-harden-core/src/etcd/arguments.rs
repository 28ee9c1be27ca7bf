//! Clients that are told by the arguments of a program: found, and not edited.

use super::client::Client;
use super::files::FileOf;
use crate::finding::{Code, Finding};
use crate::inventory::{Inventory, Said};

/// Tells of the containers whose arguments say `http://`.
pub(super) fn tell(inventory: &Inventory<'_>, clients: &[Client<'_>]) -> Vec<Finding> {
    let told = clients.iter().filter(|client| client.family.in_arguments);
    let tell = |client: &Client<'_>| {
        let Said::Text(text, at) = &client.endpoints else {
            return None;
        };
        let endpoints = client.family.endpoints;
        let [ca, key, certificate] = FileOf::ALL.map(|file| client.family.variable(file));
        let message = format!(
            "{endpoints} has http:// in it: this program talks to etcd without TLS, and its \
             arguments are not edited"
        );
        let help = format!("write https:// there, with {ca}, {certificate} and {key}");
        let finding = inventory.finding(Code::PlainEtcd, at, message, help);
        text.contains("http://").then(|| finding.warning())
    };
    told.filter_map(tell).collect()
}
