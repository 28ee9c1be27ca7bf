//! TLS on one side of the connection between Felix and Typha.

use super::{Report, Rule, Scene};
use crate::audit::rule::{APPLY_TYPHA, Draft};
use crate::audit::typha::{Peers, Side};
use crate::channel::Channel;
use crate::finding::Code;

pub(super) struct TyphaOneSided;

impl Rule for TyphaOneSided {
    fn codes(&self) -> Vec<Code> {
        vec![Code::TyphaOneSided]
    }

    fn channel(&self) -> Option<Channel> {
        Some(Channel::Typha)
    }

    fn fixable(&self) -> bool {
        true
    }

    fn check(&self, scene: &Scene<'_, '_>, report: &mut Report<'_>) {
        let peers = Peers::of(scene);
        for side in [Side::Typha, Side::Felix] {
            for peer in peers.on(side).iter().filter(|p| !p.has_tls && !p.is_open) {
                let Some(other) = peers.facing(peer).find(|other| other.has_tls) else {
                    continue;
                };
                let message = format!(
                    "{} has TLS and {} has not: they do not come together",
                    other.side.title(),
                    side.title()
                );
                let draft = Draft::error(Code::TyphaOneSided, message, APPLY_TYPHA);
                let draft = draft.of(Channel::Typha).fixable();
                report.add(peer.object, &peer.container.key("env"), draft);
            }
        }
    }
}
