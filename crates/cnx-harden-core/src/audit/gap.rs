//! What `apply` would still have to do: the channels' own plans, made without
//! material. What is right to `apply` is right to the audit, and the other way
//! round.

use std::collections::{BTreeSet, HashMap, HashSet};

use yaml_splice::{Op, Route, Span};

use super::options::AuditOptions;
use super::place;
use super::rules::is_endpoint;
use super::scene::Object;
use crate::channel::Channel;
use crate::finding::{Code, Finding, Severity};
use crate::inventory::{Inventory, ObjectId};
use crate::judge::{Judged, judge};
use crate::plan::PlannedEdit;
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
    /// All that the connection lacks, this edit among it, where that is edits of one
    /// document that are safe by themselves: without the others, one alone breaks what works.
    pub(super) fix: Vec<Op>,
    /// Where to point at.
    pub(super) span: Span,
    /// Whether it is of a program that is not the vendor's.
    pub(super) foreign: bool,
}

/// Something that the channel's plan says of an object.
pub(super) struct Remark {
    pub(super) channel: Channel,
    pub(super) finding: Finding,
    /// As of a gap.
    pub(super) foreign: bool,
}

/// An object that `apply` would add, and that may be in the cluster.
pub(super) struct Missing {
    pub(super) channel: Channel,
    pub(super) beside: ObjectId,
    pub(super) name: String,
}

/// What the plans come to.
#[derive(Default)]
pub(super) struct Gaps {
    pub(super) missing: Vec<Missing>,
    /// The connections on which `apply` would stop.
    pub(super) stopped: BTreeSet<Channel>,
    pub(super) gaps: Vec<Gap>,
    pub(super) remarks: Vec<Remark>,
    /// The numbers of the objects that the plans are about, and whose plans.
    pub(super) about: HashMap<usize, BTreeSet<Channel>>,
}

impl Gap {
    /// Whether it stands in a comment.
    pub(super) const fn is_commented_out(&self) -> bool {
        matches!(self.op, Op::Uncomment { .. })
    }

    /// An error is one of the vendor's programs. Of another's it is known that it talks
    /// without TLS, and not what it needs.
    pub(super) fn severity(&self) -> Severity {
        match self.foreign {
            true if is_endpoint(self) => Severity::Warning,
            true => Severity::Info,
            false => Severity::Error,
        }
    }

    /// How much it says of a program, the most first: where etcd is, where a file is,
    /// and how it gets there.
    fn rank(&self) -> u8 {
        match self.edit {
            _ if is_endpoint(self) => 0,
            Edit::Environment | Edit::CommandLine => 1,
            _ => 2,
        }
    }

    /// The field that the edit is about.
    pub(super) fn route(&self) -> Route {
        self.op.target()
    }
}

/// Judges the connections.
pub(super) fn find(
    inventory: &Inventory<'_>,
    objects: &[Object<'_, '_>],
    options: &AuditOptions,
) -> Gaps {
    let mut found = Gaps::default();
    for judged in judge(inventory, &options.names, &options.own) {
        found.take(&judged, inventory, objects);
    }
    // Of another's program the first thing is enough.
    let mut first: HashMap<usize, u8> = HashMap::new();
    for gap in found.gaps.iter().filter(|gap| gap.foreign) {
        let rank = first.entry(gap.object).or_insert(u8::MAX);
        *rank = gap.rank().min(*rank);
    }
    let is_first = |gap: &Gap| {
        first
            .get(&gap.object)
            .is_none_or(|rank| gap.rank() == *rank)
    };
    found.gaps.retain(|gap| !gap.foreign || is_first(gap));
    found
}

/// The edits that are all that a connection lacks; none where it needs material, objects or
/// decisions, or where they are in several documents, which no reader changes together.
fn whole(judged: &Judged) -> Vec<Op> {
    let edits = &judged.plan.edits;
    let mut lacking = edits.planned.iter().filter(|edit| !edit.ops.is_empty());
    let mut places = lacking.clone().map(|edit| edit.place);
    let first = places.next();
    let safe = judged.stops().next().is_none()
        && edits.additions.is_empty()
        && places.all(|place| Some(place) == first)
        && lacking.all(|edit| edit.report.edit.is_safe_without_material());
    match safe {
        true => judged.unmet().map(|(_, op)| op.clone()).collect(),
        false => Vec::new(),
    }
}

impl Gaps {
    fn take(&mut self, judged: &Judged, inventory: &Inventory<'_>, objects: &[Object<'_, '_>]) {
        let channel = judged.channel;
        if judged.stops().next().is_some() {
            self.stopped.insert(channel);
        }
        let fix = whole(judged);
        for edit in &judged.plan.edits.planned {
            self.about.entry(edit.object.0).or_default().insert(channel);
        }
        for (PlannedEdit { object, report, .. }, op) in judged.unmet() {
            let number = object.0;
            let Some(object) = objects.get(number) else {
                continue;
            };
            let span = place::point_at_op(object.resource.tree(), op);
            self.gaps.push(Gap {
                channel,
                edit: report.edit,
                part: report.part.clone(),
                object: number,
                span: span.unwrap_or_else(|| object.head()),
                op: op.clone(),
                fix: fix.clone(),
                foreign: judged.plan.facts.foreign.contains(&ObjectId(number)),
            });
        }
        self.missing
            .extend(judged.plan.edits.additions.iter().map(|add| Missing {
                channel,
                beside: add.beside,
                name: add.id.name.clone(),
            }));
        let unmet = judged
            .unmet()
            .filter(|(edit, _)| edit.report.edit == Edit::Volume);
        let without_volume: HashSet<usize> = unmet.map(|(edit, _)| edit.object.0).collect();
        for finding in &judged.plan.findings {
            // What is in none of the inputs may be in the cluster.
            // Of files where nothing is mounted their own rule has more to say.
            let told = [
                Code::MissingObject,
                Code::AssumedObject,
                Code::UnmountedFile,
            ];
            if told.contains(&finding.code) {
                continue;
            }
            let object = finding.place.input.zip(finding.place.span);
            let object = object.and_then(|(input, at)| inventory.object_at(input, at.start));
            // A volume that is still a comment is read by nobody.
            let unread = object.is_some_and(|object| without_volume.contains(&object.0));
            if finding.code == Code::SecretFileMode && unread {
                continue;
            }
            // All of a line that is left is shown.
            let mut finding = finding.clone();
            let text = finding
                .place
                .input
                .and_then(|input| inventory.sources.get(input));
            finding.place.span = finding
                .place
                .span
                .zip(text)
                .map(|(at, source)| place::rest_of_line(source.text, at.start));
            self.remarks.push(Remark {
                channel,
                finding,
                foreign: object.is_some_and(|object| judged.plan.facts.foreign.contains(&object)),
            });
        }
    }
}
