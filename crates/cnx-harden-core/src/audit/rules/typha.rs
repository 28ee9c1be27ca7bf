//! What Typha and Felix lack, in words: an exchange's requirements are one finding
//! where neither side has TLS, or one has none, and one each where a side has it.

use cnx_certs::{Severity, help};
use yaml_splice::Route;

use super::{Report, Rule, Scene, placeholder};
use crate::audit::rule::{Draft, HARDEN_TYPHA};
use crate::audit::typha::{Peer, peers};
use crate::audit::value::{State, listed, verb};
use crate::channel::Channel;
use crate::finding::Code;
use crate::inventory::{Break, FileRef, ObjectId, Said, Trail};
use crate::typha::Role;

/// Neither side has TLS.
pub(super) struct PlainTypha;

/// One side has it.
pub(super) struct TyphaOneSided;

/// A side has some of its five settings.
pub(super) struct TyphaIncomplete;

/// A file is not where its variable says.
pub(super) struct TyphaFiles;

/// Both sides expect the same name of each other.
pub(super) struct TyphaIdentities;

fn draft(code: Code, message: impl Into<String>) -> Draft {
    let draft = Draft::error(code, message, help!["harden both sides: ", HARDEN_TYPHA]);
    draft.of(Channel::Typha).fixable()
}

macro_rules! about_typha {
    ($rule:ident, $($code:ident),*; $fixable:literal, |$peer:ident, $scene:ident, $report:ident| $check:expr) => {
        impl Rule for $rule {
            fn codes(&self) -> Vec<Code> {
                vec![$(Code::$code),*]
            }

            fn channel(&self) -> Option<Channel> {
                Some(Channel::Typha)
            }

            fn fixable(&self) -> bool {
                $fixable
            }

            fn check(&self, $scene: &Scene<'_, '_>, $report: &mut Report<'_>) {
                for $peer in &peers($scene) {
                    $check;
                }
            }
        }
    };
}

about_typha!(PlainTypha, PlainTypha; true, |peer, _scene, report| {
    let secured = peer.has_tls || peer.other_has_tls == Some(true);
    if peer.role() == Role::Typha && !secured {
        let message = "Felix talks to Typha without TLS: whoever reaches the port reads the \
                       cluster's policy, or plays Typha to a node";
        report.add(peer.object, &peer.at("name"), draft(Code::PlainTypha, message).severity(peer.severity));
    }
});

about_typha!(TyphaOneSided, TyphaOneSided; true, |peer, _scene, report| {
    if !peer.has_tls && peer.other_has_tls == Some(true) {
        let [one, other] = match peer.role() {
            Role::Typha => [Role::Node, Role::Typha],
            Role::Node => [Role::Typha, Role::Node],
        };
        let message = format!(
            "{} has TLS and {} has not: they do not come together",
            one.title(),
            other.title()
        );
        report.add(peer.object, &peer.at("env"), draft(Code::TyphaOneSided, message));
    }
});

about_typha!(TyphaIncomplete, TyphaIncomplete; true, |peer, scene, report| {
    let (files, names) = (peer.role().files(), peer.role().names());
    let unset = |name: &&str| peer.end.said(scene.inventory, name) == Said::Nothing;
    let mut missing: Vec<&str> = files.into_iter().filter(unset).collect();
    let either = names.join(" or ");
    if names.iter().all(unset) {
        missing.push(&either);
    }
    if peer.has_tls && !missing.is_empty() {
        let (what, verb) = (listed(&missing), verb(&missing));
        let title = peer.role().title();
        let message = format!(
            "{what} {verb} not set: {title} takes all of its TLS settings or none, and does not \
             start"
        );
        report.add(peer.object, &peer.at("env"), draft(Code::TyphaIncomplete, message));
    }
});

impl Rule for TyphaIdentities {
    fn codes(&self) -> Vec<Code> {
        vec![Code::TyphaIdentities]
    }

    fn channel(&self) -> Option<Channel> {
        Some(Channel::Typha)
    }

    fn check(&self, scene: &Scene<'_, '_>, report: &mut Report<'_>) {
        for peer in peers(scene).iter().filter(|peer| peer.role() == Role::Node) {
            let Some(typha) = peer.facing else { continue };
            let pairs = Role::Node.names().into_iter().zip(Role::Typha.names());
            for (server, client) in pairs {
                let said = |end: &crate::typha::End<'_, '_>, name| {
                    end.said(scene.inventory, name).text().map(str::to_owned)
                };
                let same = said(peer.end, server);
                if same.is_none() || same != said(typha, client) {
                    continue;
                }
                let message = format!(
                    "{server} and {client} are the same: each node's certificate passes for \
                     Typha's"
                );
                let help = "give the two sides certificates with different names";
                let draft = Draft::error(Code::TyphaIdentities, message, help);
                let draft = draft.severity(Severity::Warning).of(Channel::Typha);
                report.add(peer.object, &peer.value(server), draft);
            }
        }
    }
}

impl Rule for TyphaFiles {
    fn codes(&self) -> Vec<Code> {
        vec![Code::UnmountedFile, Code::MissingObject, Code::MissingValue, Code::MissingVolume]
    }

    fn channel(&self) -> Option<Channel> {
        Some(Channel::Typha)
    }

    fn fixable(&self) -> bool {
        true
    }

    fn check(&self, scene: &Scene<'_, '_>, report: &mut Report<'_>) {
        for peer in peers(scene).iter().filter(|peer| peer.has_tls) {
            for variable in peer.role().files() {
                let Said::Text(path, _) = peer.end.said(scene.inventory, variable) else {
                    continue;
                };
                if let Some(trail) = peer.end.follow(scene.inventory, &path) {
                    tell(scene, peer, variable, &trail, report);
                }
            }
        }
    }
}

/// Where a file's way ends, unless at its value. What has none of the forms that
/// `apply` knows is a conflict of its plan.
fn tell(
    scene: &Scene<'_, '_>,
    peer: &Peer<'_, '_, '_>,
    variable: &str,
    trail: &Trail,
    report: &mut Report<'_>,
) {
    let title = peer.role().title();
    match &trail.end {
        Err(Break::NoMount) => {
            let message = format!(
                "nothing is mounted where {variable} looks for its file: {title} takes it for not \
                 set, and does not start"
            );
            let draft = draft(Code::UnmountedFile, message);
            report.add(peer.object, &peer.value(variable), draft);
        }
        Err(Break::NoVolume(mount, _)) => {
            let message = "the volume that is mounted here is not there: Kubernetes refuses such \
                           a pod";
            let draft = draft(Code::MissingVolume, message);
            report.add(peer.object, &mount.key("name"), draft);
        }
        Ok(FileRef::Outside(object, _)) => {
            let message = format!(
                "the {object} is not in any input file: {title} starts only if it is in the cluster"
            );
            let draft = draft(Code::MissingObject, message).severity(Severity::Info);
            let keys = match object.kind {
                "Secret" => ["secret", "secretName"],
                _ => ["configMap", "name"],
            };
            let volume = trail.volume.clone().unwrap_or_else(Route::root);
            report.add(peer.object, &volume.keys(&keys), draft);
        }
        Err(Break::NoKey(object, key)) => {
            let at = scene.objects.get(object.0).map(|o| o.resource.route(&["data"]).key(key));
            unset(scene, variable, *object, &at.unwrap_or_else(Route::root), key, report);
        }
        Err(Break::Unset(at, key)) => {
            unset(scene, variable, at.object, &at.route, key, report);
        }
        _ => {}
    }
}

fn unset(
    scene: &Scene<'_, '_>,
    variable: &str,
    carrier: ObjectId,
    at: &Route,
    key: &str,
    report: &mut Report<'_>,
) {
    let Some(carrier) = scene.objects.get(carrier.0) else {
        return;
    };
    if State::at(carrier, at) == State::Placeholder {
        return placeholder::tell(carrier, at, Some(Channel::Typha), Severity::Error, report);
    }
    let message = format!("{key} is not set, and {variable} looks for it");
    report.add(carrier, at, draft(Code::MissingValue, message));
}
