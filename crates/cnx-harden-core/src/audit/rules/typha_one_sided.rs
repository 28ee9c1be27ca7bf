//! TLS on one side of the connection between Felix and Typha.

use super::{Report, Rule, Scene};
use crate::audit::rule::{APPLY_TYPHA, Draft};
use crate::audit::typha::{Peer, Side};
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
        for side in [Side::Typha, Side::Felix] {
            let others = Peer::all(scene, side.other());
            for peer in Peer::all(scene, side) {
                let other = others.iter().find(|other| {
                    let file = other.object.place.file == peer.object.place.file;
                    other.has_tls && other.meets(&peer) && (file || others.len() == 1)
                });
                let Some(other) = other.filter(|_| !peer.has_tls && !peer.is_open) else {
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
