//! Files of Typha and Felix that are not where their variables say.

use cnx_certs::Severity;
use yaml_splice::Route;

use super::{Report, Rule, Scene, placeholder};
use crate::audit::rule::{APPLY_TYPHA, Draft};
use crate::audit::typha::{Peer, Said, Side, carried};
use crate::audit::value::State;
use crate::channel::Channel;
use crate::finding::Code;

pub(super) struct TyphaFiles;

impl Rule for TyphaFiles {
    fn codes(&self) -> Vec<Code> {
        vec![Code::UnmountedFile, Code::MissingObject]
    }

    fn channel(&self) -> Option<Channel> {
        Some(Channel::Typha)
    }

    fn check(&self, scene: &Scene<'_, '_>, report: &mut Report<'_>) {
        let peers = [Side::Typha, Side::Felix].map(|side| Peer::all(scene, side));
        for peer in peers.iter().flatten() {
            for variable in peer.side.files() {
                if let Said::Text(path) = peer.said(variable)
                    && State::of(&path) == State::Set
                {
                    follow(scene, peer, variable, &path, report);
                }
            }
        }
    }
}

/// Goes from the path to its mount, volume, object and key.
fn follow(
    scene: &Scene<'_, '_>,
    peer: &Peer<'_, '_, '_>,
    variable: &str,
    path: &str,
    report: &mut Report<'_>,
) {
    let tree = peer.object.resource.tree;
    let text = |at: &Route| tree.text_at(at).ok().flatten();
    let items = |at: &Route| {
        let id = tree.find(at).ok().flatten();
        let len = id.and_then(|id| tree.items_len(id)).unwrap_or(0);
        (0..len).map(|n| at.index(n)).collect::<Vec<_>>()
    };
    let at = peer.at(variable).key("value");
    let mounts = items(&peer.container.key("volumeMounts"));
    let innermost = mounts.iter().filter_map(|mount| {
        let folder = text(&mount.key("mountPath"))?.trim_end_matches('/');
        let rest = path.strip_prefix(folder)?;
        (rest.is_empty() || rest.starts_with('/')).then_some((folder.len(), mount, rest))
    });
    let Some((_, mount, rest)) = innermost.max_by_key(|(len, ..)| *len) else {
        let title = peer.side.title();
        let message = format!(
            "nothing is mounted where {variable} looks for its file: {title} takes it for not \
             set, and does not start"
        );
        let draft = Draft::error(Code::UnmountedFile, message, APPLY_TYPHA);
        report.add(peer.object, &at, draft.of(Channel::Typha));
        return;
    };
    let volumes = peer.object.resource.route(&["spec", "template", "spec", "volumes"]);
    let volume = text(&mount.key("name")).unwrap_or_default();
    let volume = volumes.item("name", volume);
    if matches!(tree.find(&volume), Ok(None)) {
        let message = "the volume that is mounted here is not there: Kubernetes refuses such a pod";
        let draft = Draft::error(Code::MissingVolume, message, APPLY_TYPHA);
        report.add(peer.object, &mount.key("name"), draft.of(Channel::Typha).fixable());
        return;
    }
    let secret = text(&volume.keys(&["secret", "secretName"])).map(|name| ("Secret", name));
    let config_map = text(&volume.keys(&["configMap", "name"])).map(|name| ("ConfigMap", name));
    let Some((kind, name)) = secret.or(config_map) else {
        return;
    };
    let parts = ["subPath", "subPathExpr"].map(|key| text(&mount.key(key)));
    let file = rest.trim_start_matches('/');
    // Parts and renamed files are followed by `apply` alone.
    let renamed = ["secret", "configMap"].iter().any(|source| {
        !matches!(tree.find(&volume.key(*source).key("items")), Ok(None))
    });
    if parts.iter().any(Option::is_some) || renamed || file.is_empty() || file.contains('/') {
        return;
    }
    let carriers = scene.objects.iter().filter(|other| {
        let id = &other.resource.id;
        id.kind == kind && id.name == name && other.same_namespace(peer.object)
    });
    let carriers: Vec<_> = carriers.collect();
    if carriers.is_empty() {
        let title = peer.side.title();
        let message = format!(
            "the {kind} {name} is in none of the files: {title} starts if it is in the cluster"
        );
        let draft = Draft::error(Code::MissingObject, message, APPLY_TYPHA);
        let draft = draft.severity(Severity::Info).of(Channel::Typha).fixable();
        let keys = match kind {
            "Secret" => ["secret", "secretName"],
            _ => ["configMap", "name"],
        };
        report.add(peer.object, &volume.keys(&keys), draft);
        return;
    }
    for carrier in &carriers {
        if let (State::Placeholder, field) = carried(carrier, file) {
            placeholder::tell(carrier, &field, Channel::Typha, report);
        }
    }
    let set = |o: &&&crate::audit::scene::Object<'_, '_>| carried(o, file).0 != State::Unset;
    if let (Some(carrier), None) = (carriers.first(), carriers.iter().find(set)) {
        let (_, field) = carried(carrier, file);
        let message = format!("{file} is not set, and {variable} looks for it");
        let draft = Draft::error(Code::MissingValue, message, APPLY_TYPHA);
        report.add(carrier, &field, draft.of(Channel::Typha).fixable());
    }
}
