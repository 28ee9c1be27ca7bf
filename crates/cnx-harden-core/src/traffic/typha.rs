//! Felix to Typha: five settings on each side.

use super::certificates::read;
use super::model::{Certificate, Link, State, Way};
use super::{Draft, Verdict};
use crate::channel::Channel;
use crate::inventory::Said;
use crate::place::Place;
use crate::survey::{Credentials, Pair, Piece, Side};

pub(super) fn draw(draft: &mut Draft<'_, '_>) {
    let ways = draft.pairs.iter().filter_map(|pair| way(draft, pair));
    for (way, certificates) in ways.collect::<Vec<_>>() {
        draft.way(Link::CalicoNodeTypha, way, certificates);
    }
}

/// What a side has of its settings.
enum Has {
    /// It is not in the input.
    NotHere,
    None,
    /// Some; the last that is missing is named.
    Half(String),
    Whole,
    /// One is in an object that is not in the input, or cannot be told.
    Unknown(String),
}

impl Has {
    fn of(side: Option<&Side<'_>>) -> Self {
        let Some(side) = side else {
            return Self::NotHere;
        };
        let mut settings = side.settings.iter();
        let unknown = settings.find_map(|(name, said)| match said {
            Said::Elsewhere(object, _) => Some(format!(
                "a setting is in {object}, which is not in these manifests"
            )),
            Said::Unclear(_) => Some(format!("{name} is not to be told from these manifests")),
            _ => None,
        });
        if let Some(reason) = unknown {
            return Self::Unknown(reason);
        }
        if !side.has_tls() {
            return Self::None;
        }
        match side.missing().into_iter().next() {
            Some(missing) => Self::Half(missing),
            None => Self::Whole,
        }
    }
}

type Drawn = (Way, Vec<Certificate>);

fn way(draft: &Draft<'_, '_>, pair: &Pair<'_>) -> Option<Drawn> {
    let (felix, typha) = (pair.felix.as_ref(), pair.typha.as_ref());
    let broken = |reason: String| Verdict::new(State::Broken, reason);
    let unknown = |reason: &str| Verdict::new(State::Unknown, reason);
    let (mut verdict, shown) = match (Has::of(felix), Has::of(typha)) {
        (Has::Half(missing), _) => (
            broken(format!("Felix does not start: {missing} is not set")),
            felix,
        ),
        (_, Has::Half(missing)) => (
            broken(format!("Typha does not start: {missing} is not set")),
            typha,
        ),
        (Has::Unknown(reason), _) => (unknown(&reason), felix),
        (_, Has::Unknown(reason)) => (unknown(&reason), typha),
        (Has::Whole, Has::Whole) => (whole(draft, pair), felix),
        (Has::None, Has::None) => (
            Verdict::new(State::Plain, "neither Felix nor Typha has a certificate"),
            felix,
        ),
        (Has::Whole, Has::None) => (
            broken("Felix connects by TLS only, and Typha has none".to_owned()),
            felix,
        ),
        (Has::None, Has::Whole) => (
            broken("Typha takes TLS only, and Felix has none".to_owned()),
            felix,
        ),
        (Has::None, Has::NotHere) => (
            unknown("Felix has no TLS; Typha is not in these manifests"),
            felix,
        ),
        (Has::Whole, Has::NotHere) => {
            let reason = "Felix has all of its settings; Typha is not in these manifests";
            (unknown(reason), felix)
        }
        (Has::NotHere, Has::None) => (
            unknown("Typha has no TLS; calico-node is not in these manifests"),
            typha,
        ),
        (Has::NotHere, Has::Whole) => {
            let reason = "Typha takes TLS only; calico-node is not in these manifests";
            (unknown(reason), typha)
        }
        (Has::NotHere, Has::NotHere) => return None,
    };
    let shown = shown?;
    let sides: Vec<_> = pair.sides().map(|side| side.program.object).collect();
    verdict = draft.lower(Channel::Typha, verdict, None, &pair.credentials, &sides);
    if pair.off.is_some() {
        let replicas = typha.and_then(|typha| {
            let node = draft.inventory.node(typha.program.object)?;
            node.at(&["spec", "replicas"])?.integer()
        });
        verdict.reason.push_str(match replicas {
            Some(0) => "; no Typha runs yet (replicas: 0)",
            _ => "; no Felix is told of a Typha yet",
        });
    }
    let certificates = match (felix, typha) {
        (Some(_), Some(_)) if verdict.state != State::Plain => certificates(draft, pair),
        _ => Vec::new(),
    };
    let place = evidence(draft, shown);
    Some((verdict.way(draft.what(&shown.program), place), certificates))
}

/// Where the CA's file is said, or the container.
fn evidence(draft: &Draft<'_, '_>, side: &Side<'_>) -> Place {
    let [ca, ..] = side.role.files();
    let at = side.told(ca).unwrap_or_else(|| side.program.at());
    draft.place_of(&at)
}

fn whole(draft: &Draft<'_, '_>, pair: &Pair<'_>) -> Verdict {
    let pieces = || pair.credentials.iter().flat_map(Credentials::pieces);
    if let Some(reason) = pieces().find_map(Piece::unknown) {
        return Verdict::new(State::Unknown, reason);
    }
    let broken = pieces().find_map(|piece| piece.broken(draft.inventory));
    let mut faults = pair.credentials.iter();
    let fault = broken.or_else(|| faults.find_map(|c| c.fault(&draft.options.policy)));
    match fault {
        Some(fault) => Verdict::new(State::Broken, fault),
        None => Verdict::new(
            State::Mutual,
            "each verifies the other by the CA, and compares the name in its certificate",
        ),
    }
}

fn certificates(draft: &Draft<'_, '_>, pair: &Pair<'_>) -> Vec<Certificate> {
    let policy = &draft.options.policy;
    let [server, client] = &pair.credentials;
    let mut certificates = read(client.ca(), "CA of both sides", policy);
    if server.ca().map(|held| held.at()) != client.ca().map(|held| held.at()) {
        certificates.extend(read(server.ca(), "CA of Felix", policy));
    }
    certificates.extend(read(server.certificate(), "Typha's", policy));
    certificates.extend(read(client.certificate(), "Felix's", policy));
    certificates
}
