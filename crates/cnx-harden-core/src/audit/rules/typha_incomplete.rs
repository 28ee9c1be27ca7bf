//! A side of the connection between Felix and Typha with some of its five
//! settings.

use super::{Report, Rule, Scene};
use crate::audit::rule::{APPLY_TYPHA, Draft};
use crate::audit::typha::{Peer, Side};
use crate::audit::value::{listed, verb};
use crate::channel::Channel;
use crate::finding::Code;

pub(super) struct TyphaIncomplete;

impl Rule for TyphaIncomplete {
    fn codes(&self) -> Vec<Code> {
        vec![Code::TyphaIncomplete]
    }

    fn channel(&self) -> Option<Channel> {
        Some(Channel::Typha)
    }

    fn fixable(&self) -> bool {
        true
    }

    fn check(&self, scene: &Scene<'_, '_>, report: &mut Report<'_>) {
        let peers = [Side::Typha, Side::Felix].map(|side| Peer::all(scene, side));
        for peer in peers.iter().flatten().filter(|p| p.has_tls && !p.is_open) {
            let (files, names) = (peer.side.files(), peer.side.names());
            let set = peer.set(&files);
            let unset = |name: &&&'static str| !set.contains(name);
            let mut missing: Vec<_> = files.iter().filter(unset).copied().collect();
            let either = names.join(" or ");
            if peer.set(&names).is_empty() {
                missing.push(&either);
            }
            if missing.is_empty() {
                continue;
            }
            let (what, verb) = (listed(&missing), verb(&missing));
            let title = peer.side.title();
            let message = format!(
                "{what} {verb} not set: {title} takes all of its TLS settings or none, and does \
                 not start"
            );
            let draft = Draft::error(Code::TyphaIncomplete, message, APPLY_TYPHA);
            let draft = draft.of(Channel::Typha).fixable();
            report.add(peer.object, &peer.container.key("env"), draft);
        }
    }
}
