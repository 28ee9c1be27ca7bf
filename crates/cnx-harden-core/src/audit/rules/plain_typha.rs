//! Typha without TLS.

use super::{Report, Rule, Scene};
use crate::audit::rule::{APPLY_TYPHA, Draft};
use crate::audit::typha::{Peers, is_off, told};
use crate::channel::Channel;
use crate::finding::Code;

pub(super) struct PlainTypha;

impl Rule for PlainTypha {
    fn codes(&self) -> Vec<Code> {
        vec![Code::PlainTypha]
    }

    fn channel(&self) -> Option<Channel> {
        Some(Channel::Typha)
    }

    fn fixable(&self) -> bool {
        true
    }

    fn check(&self, scene: &Scene<'_, '_>, report: &mut Report<'_>) {
        let peers = Peers::of(scene);
        let told = told(scene);
        for typha in &peers.typhas {
            // With TLS at the other side, one-sided says more.
            let secured = peers.facing(typha).any(|node| node.has_tls);
            let uncertain = typha.has_tls || typha.is_open || secured;
            if uncertain || is_off(&told, typha.object) {
                continue;
            }
            let message = "Felix talks to Typha without TLS: whoever reaches the port reads the \
                           cluster's policy, or plays Typha to a node";
            let draft = Draft::error(Code::PlainTypha, message, APPLY_TYPHA);
            let draft = draft.of(Channel::Typha).fixable();
            report.add(typha.object, &typha.container.key("name"), draft);
        }
    }
}
