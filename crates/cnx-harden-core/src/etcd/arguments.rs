//! Clients that get their endpoints from a program's arguments or from `envFrom`:
//! reported, not edited.

use super::client::Client;
use super::files::FileOf;
use crate::finding::{Code, Finding};
use crate::inventory::{Inventory, Said};

/// Tells of the containers that are told `http://` where no edit reaches.
pub(super) fn tell(inventory: &Inventory<'_>, clients: &[Client<'_>]) -> Vec<Finding> {
    let tell = |client: &Client<'_>| {
        let Said::Text(text, at) = &client.endpoints else {
            return None;
        };
        let why = match client.family.in_arguments {
            true => "its arguments are not edited",
            false if client.told => return None,
            false => "what comes by envFrom is not edited",
        };
        let endpoints = client.family.endpoints;
        let [ca, key, certificate] = FileOf::ALL.map(|file| client.family.variable(file));
        let message = format!(
            "{endpoints} has http:// in it: this program talks to etcd without TLS, and {why}"
        );
        let help = format!("write https:// there, with {ca}, {certificate} and {key}");
        let finding = inventory.finding(Code::PlainEtcd, at, message, help);
        text.contains("http://").then(|| finding.warning())
    };
    clients.iter().filter_map(tell).collect()
}
