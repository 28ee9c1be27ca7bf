//! Browsers to the Manager.

use super::certificates::{is_self_signed, read};
use super::model::{Certificate, Link, State, Way};
use super::{Draft, Verdict};
use crate::channel::Channel;
use crate::inventory::At;
use crate::survey::{File, Manager, is_plain};

pub(super) fn draw(draft: &mut Draft<'_, '_>) {
    let ways = draft.managers.iter().map(|manager| way(draft, manager));
    for (way, certificates) in ways.collect::<Vec<_>>() {
        draft.way(Link::BrowserManager, way, certificates);
    }
}

fn way(draft: &Draft<'_, '_>, manager: &Manager<'_>) -> (Way, Vec<Certificate>) {
    let object = draft.inventory.object(manager.object);
    let what = match (&manager.program, object) {
        (Some(program), _) => draft.what(program),
        (None, object) => object.map_or_else(String::new, |o| format!("Secret {}", o.id.name)),
    };
    let at = match &manager.program {
        Some(program) => program.at(),
        None => At {
            object: manager.object,
            route: object.map(|object| object.root.clone()).unwrap_or_default(),
        },
    };
    let credentials = &manager.credentials;
    let held = credentials.certificate();
    let place = held.map_or_else(|| draft.place(&at), |held| held.place.clone());
    let certificates = read(held, "the Manager's", &draft.options.policy);
    let verdict = draft.lower(
        Channel::Manager,
        judge(draft, manager),
        None,
        std::slice::from_ref(credentials),
        &[manager.object],
    );
    (verdict.way(what, place), certificates)
}

fn judge(draft: &Draft<'_, '_>, manager: &Manager<'_>) -> Verdict {
    let policy = &draft.options.policy;
    let credentials = &manager.credentials;
    let pieces = [&credentials.certificate, &credentials.key];
    let lacking = pieces
        .iter()
        .find_map(|piece| piece.object().filter(|_| piece.held().is_none()));
    if let Some(object) = lacking.and_then(|object| draft.inventory.object(object)) {
        let (kind, name) = (&object.id.kind, &object.id.name);
        let reason =
            format!("{kind} {name} lacks cert or key, and the Manager's proxy does not start");
        return Verdict::new(State::Broken, reason);
    }
    if let Some(reason) = pieces
        .iter()
        .find_map(|piece| piece.broken(draft.inventory))
    {
        return Verdict::new(State::Broken, reason);
    }
    let missing = |file: &File| match file {
        File::Outside(object, _) => Some(format!(
            "its certificate is in {object}, which is not in these manifests"
        )),
        File::There(_) => Some("its certificate is not in manifests".to_owned()),
        File::Unset => Some("it is not said where its certificate is".to_owned()),
        _ => None,
    };
    let pod = manager.program.as_ref().map(|program| program.pod);
    if pod.is_some_and(is_plain) {
        return Verdict::new(State::Plain, "the Manager serves plain HTTP");
    }
    if let Some(reason) = pieces.iter().find_map(|piece| missing(&piece.file)) {
        return Verdict::new(State::Unknown, reason);
    }
    match (credentials.fault(policy), credentials.certificate()) {
        (Some(fault), _) => Verdict::new(State::Broken, fault),
        (None, Some(held)) if is_self_signed(held, policy) => Verdict::new(
            State::Unknown,
            "self-signed: a browser warns until it is told to trust this certificate",
        ),
        _ => Verdict::new(
            State::Verified,
            "the browser verifies it, where it trusts the issuer",
        ),
    }
}
