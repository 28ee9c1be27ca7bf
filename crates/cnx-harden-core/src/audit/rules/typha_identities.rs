//! Typha and Felix that expect the same name of each other.

use cnx_certs::Severity;

use super::{Report, Rule, Scene};
use crate::audit::rule::Draft;
use crate::audit::typha::{Peers, Said, Side};
use crate::channel::Channel;
use crate::finding::Code;

pub(super) struct TyphaIdentities;

impl Rule for TyphaIdentities {
    fn codes(&self) -> Vec<Code> {
        vec![Code::TyphaIdentities]
    }

    fn channel(&self) -> Option<Channel> {
        Some(Channel::Typha)
    }

    fn check(&self, scene: &Scene<'_, '_>, report: &mut Report<'_>) {
        let peers = Peers::of(scene);
        for node in &peers.nodes {
            let Some(typha) = peers.facing(node).next() else {
                continue;
            };
            let pairs = Side::Felix.names().into_iter().zip(Side::Typha.names());
            for (server, client) in pairs {
                let same = node.said(server);
                if !matches!(same, Said::Text(_)) || same != typha.said(client) {
                    continue;
                }
                let message = format!(
                    "{server} and {client} are the same: each node's certificate passes for \
                     Typha's"
                );
                let help = "give the two sides certificates with different names";
                let draft = Draft::error(Code::TyphaIdentities, message, help);
                let draft = draft.severity(Severity::Warning).of(Channel::Typha);
                report.add(node.object, &node.at(server).key("value"), draft);
            }
        }
    }
}
