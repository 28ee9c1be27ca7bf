//! What `apply` would still have to do: the channels' own plans, made without
//! material. What is right to `apply` is right to the audit, and the other way
//! round.

use std::collections::{HashMap, HashSet};

use yaml_splice::{Op, Route, Span};

use super::options::AuditOptions;
use super::place;
use super::scene::Object;
use crate::channel::{Channel, Harden};
use crate::edits::{containers, pod};
use crate::etcd::{self, Etcd};
use crate::finding::{Code, Finding};
use crate::inventory::Inventory;
use crate::kube_apiserver::KubeApiserver;
use crate::material::{CaBundle, Certificate, PrivateKey};
use crate::plan::{Plan, PlannedEdit};
use crate::transform::Edit;

/// An edit of the vendor's page that an object lacks.
pub(super) struct Gap {
    pub(super) channel: Channel,
    pub(super) edit: Edit,
    /// Which part of the object, where the edit alone doesn't say.
    pub(super) part: Option<String>,
    /// The number of the object in the scene.
    pub(super) object: usize,
    pub(super) op: Op,
    /// Where to point at.
    pub(super) span: Span,
    /// Whether the object is not one of Calico's: others talk to etcd too, by
    /// variables of the same names.
    pub(super) foreign: bool,
}

/// Something that the channel's plan says of an object.
pub(super) struct Remark {
    pub(super) channel: Channel,
    pub(super) source: usize,
    pub(super) span: Span,
    pub(super) finding: Finding,
}

/// What the plans come to.
#[derive(Default)]
pub(super) struct Gaps {
    pub(super) gaps: Vec<Gap>,
    pub(super) remarks: Vec<Remark>,
    /// The numbers of the objects that the plans are about.
    pub(super) about: HashSet<usize>,
}

impl Gap {
    /// Whether it stands in a comment.
    pub(super) const fn is_commented_out(&self) -> bool {
        matches!(self.op, Op::Uncomment { .. })
    }

    /// The field that the edit is about.
    pub(super) fn route(&self) -> Route {
        self.op.target()
    }
}

/// Plans the channels on all files.
pub(super) fn find(
    inventory: &Inventory<'_>,
    objects: &[Object<'_, '_>],
    options: &AuditOptions,
) -> Gaps {
    let mut found = Gaps::default();
    let ca = || CaBundle::new("");
    let certificate = || Certificate::new("");
    let key = || PrivateKey::new("");
    let names = &options.names;

    let mut api_server = KubeApiserver::new(ca(), certificate(), key());
    api_server.names = names.api_server.clone();
    let mut etcd = Etcd::new(ca(), certificate(), key());
    etcd.missing_secret = etcd::MissingSecret::Assume;
    etcd.names = names.etcd.clone();
    if let Some(folder) = etcd_folder(objects, &names.etcd.secret) {
        etcd.names.mount_path = folder;
    }
    let channels: [&dyn Harden; 2] = [&api_server, &etcd];
    for channel in channels {
        let mut plan = Plan::new(channel.channel());
        channel.plan(inventory, &mut plan);
        found.take(channel.channel(), plan, objects, options);
    }
    found
}

impl Gaps {
    fn take(
        &mut self,
        channel: Channel,
        plan: Plan,
        objects: &[Object<'_, '_>],
        options: &AuditOptions,
    ) {
        for PlannedEdit { place, ops, report } in plan.edits {
            // The objects are in the order of their places.
            let first = objects.partition_point(|object| object.place < place);
            let here = objects.iter().enumerate().skip(first);
            let mut here = here.take_while(|(_, object)| object.place == place);
            let object = here.find(|(_, object)| object.resource.id == report.resource);
            self.about.extend(object.map(|(number, _)| number));
            for op in ops {
                let at = op.target();
                let here = objects.iter().enumerate().skip(first);
                let mut here = here.take_while(|(_, object)| object.place == place);
                let object = here.find(|(_, o)| at.strip_prefix(&o.resource.root).is_some());
                let Some((number, _)) = object else { continue };
                let Some(object) = objects.get(number) else {
                    continue;
                };
                let span = place::point_at_op(object.resource.tree, &op);
                self.gaps.push(Gap {
                    channel,
                    edit: report.edit,
                    part: report.part.clone(),
                    object: number,
                    span: span.unwrap_or_else(|| object.head()),
                    op,
                    foreign: is_foreign(channel, object, options),
                });
            }
        }
        // Where each input's objects begin.
        let mut starts: HashMap<&str, usize> = HashMap::new();
        for (number, object) in objects.iter().enumerate() {
            starts.entry(object.source.name).or_insert(number);
        }
        for finding in plan.findings {
            // What is in none of the inputs may be in the cluster.
            if matches!(finding.code, Code::MissingObject | Code::AssumedObject) {
                continue;
            }
            let start = starts.get(finding.file.as_str());
            let here = objects.iter().skip(start.copied().unwrap_or(objects.len()));
            let mut here = here.take_while(|object| object.source.name == finding.file);
            let id = finding.resource.as_ref();
            let object = here.find(|object| id.is_none_or(|id| *id == object.resource.id));
            let Some(object) = object else { continue };
            if is_foreign(channel, object, options) {
                continue;
            }
            let text = object.source.text;
            self.remarks.push(Remark {
                channel,
                source: object.place.file,
                span: place::from_position(text, finding.line, finding.column),
                finding,
            });
        }
    }
}

/// Whether an object that the channel found is not one of Calico's.
fn is_foreign(channel: Channel, object: &Object<'_, '_>, options: &AuditOptions) -> bool {
    if channel != Channel::Etcd {
        return false;
    }
    let text = object
        .resource
        .span()
        .map(|span| span.of(object.source.text));
    let text = text.unwrap_or_default();
    let mut words = [
        "calico",
        "canal",
        "tigera",
        "cnx",
        &options.names.etcd.secret,
    ]
    .into_iter();
    !words.any(|word| text.contains(word))
}

/// The folder in which all containers find the Secret's files, where they agree
/// on one.
fn etcd_folder(objects: &[Object<'_, '_>], secret: &str) -> Option<String> {
    let mut found: Option<String> = None;
    for object in objects {
        let resource = &object.resource;
        let Some(pod) = pod(resource) else { continue };
        let tree = resource.tree;
        let text = |at: &Route| tree.text_at(at).ok().flatten();
        let items = |at: &Route| {
            let id = tree.find(at).ok().flatten();
            id.and_then(|id| tree.items_len(id)).unwrap_or(0)
        };
        let volumes = pod.key("volumes");
        let ours = |at: &Route| text(&at.keys(&["secret", "secretName"])) == Some(secret);
        let volume = (0..items(&volumes)).map(|n| volumes.index(n)).find(ours);
        let Some(name) = volume.and_then(|at| text(&at.key("name"))) else {
            continue;
        };
        for container in containers(resource, &pod).unwrap_or_default() {
            let mounts = container.at.key("volumeMounts");
            for at in (0..items(&mounts)).map(|n| mounts.index(n)) {
                if text(&at.key("name")) != Some(name) {
                    continue;
                }
                let folder = text(&at.key("mountPath")).unwrap_or_default();
                let folder = folder.trim_end_matches('/');
                if folder.is_empty() || found.as_ref().is_some_and(|other| other != folder) {
                    return None;
                }
                found = Some(folder.to_owned());
            }
        }
    }
    found
}
