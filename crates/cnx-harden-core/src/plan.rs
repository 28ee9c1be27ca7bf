//! What one channel is about to do: collected here, made by the run.

use std::collections::{BTreeSet, HashMap, HashSet};

use yaml_splice::{Op, Route, Value};
use zeroize::Zeroizing;

use crate::channel::Channel;
use crate::finding::{Code, Finding, Severity};
use crate::inventory::ObjectId;
use crate::material::Certificate;
use crate::material::{CaBundle, decoded};
use crate::objects::{Object, Place};
use crate::redact::OLD_MARK;
use crate::report::{EditOutcome, EditReport};
use crate::resource::ResourceId;
use crate::rollout::{Restart, RolloutAnnotation};
use crate::transform::{Edit, Outcome, Transform};
use crate::typha::Peers;

/// Values of private keys, with what a redacted text shows for them.
pub(crate) type Secrets = Vec<(Zeroizing<String>, &'static str)>;

/// What a channel plans, over all files.
pub(crate) struct Plan {
    channel: Channel,
    /// The operations of documents, with their reports.
    pub(crate) edits: Vec<PlannedEdit>,
    /// Objects that are to be added.
    pub(crate) additions: Vec<Addition>,
    /// Keys that come into the texts.
    pub(crate) new_keys: Vec<Zeroizing<String>>,
    /// Keys that are in the texts now.
    pub(crate) old_keys: Secrets,
    /// What is wrong, and what is worth knowing.
    pub(crate) findings: Vec<Finding>,
    /// The names by which the channel's servers are asked for.
    pub(crate) server_names: Vec<String>,
    /// Documents about which there is an error: they are not edited.
    pub(crate) refused: Vec<Place>,
    /// What the two sides of a connection ask each other's certificates for.
    pub(crate) peers: Vec<Peers>,
    /// Workloads that have to be restarted, in this order.
    pub(crate) restarts: Vec<Restart>,
    /// Objects of programs that are not the vendor's, and that do what its own do:
    /// others talk to etcd too, by variables of the same names.
    pub(crate) foreign: BTreeSet<ObjectId>,
    /// `restarts`, to look into.
    restarting: HashSet<Restart>,
    /// The numbers of `additions`, by their file and name.
    added: HashMap<(usize, ResourceId), Vec<usize>>,
    /// Whether pod templates get an annotation by which new certificates roll out.
    pub(crate) rollout_annotation: bool,
}

/// One edit of one object.
pub(crate) struct PlannedEdit {
    pub(crate) place: Place,
    pub(crate) object: ObjectId,
    pub(crate) ops: Vec<Op>,
    pub(crate) report: EditReport,
}

/// An object that is to be added: as a document behind a file's last one, or to
/// the list that the object beside it is an item of.
pub(crate) struct Addition {
    pub(crate) place: Place,
    pub(crate) beside: ObjectId,
    pub(crate) id: ResourceId,
    pub(crate) list: Option<Route>,
    pub(crate) value: Value,
    pub(crate) reports: Vec<EditReport>,
}

impl Plan {
    pub(crate) fn new(channel: Channel) -> Self {
        Self {
            channel,
            edits: Vec::new(),
            additions: Vec::new(),
            new_keys: Vec::new(),
            old_keys: Vec::new(),
            findings: Vec::new(),
            server_names: Vec::new(),
            refused: Vec::new(),
            peers: Vec::new(),
            restarts: Vec::new(),
            foreign: BTreeSet::new(),
            restarting: HashSet::new(),
            added: HashMap::new(),
            rollout_annotation: false,
        }
    }

    /// Plans an edit of `object`. Returns whether it changes anything.
    pub(crate) fn edit<R>(
        &mut self,
        object: &Object<'_, '_, R>,
        transform: &dyn Transform,
    ) -> bool {
        let target = object.target();
        let (outcome, ops) = match transform.plan(&target) {
            Ok(Outcome::Change(ops)) => (EditOutcome::Changed, ops),
            Ok(Outcome::AlreadyHardened) => (EditOutcome::AlreadyHardened, Vec::new()),
            Err(error) => {
                self.refused.push(object.place);
                self.findings.push(error);
                return false;
            }
        };
        let line = object.origin.position(object.span().start).line;
        let field = ops.first().map(|op| field(op, &object.resource.root));
        self.edits.push(PlannedEdit {
            place: object.place,
            object: object.number,
            ops,
            report: EditReport {
                part: transform.part(),
                field,
                ..self.report(transform.edit(), &object.resource.id, line, outcome)
            },
        });
        outcome == EditOutcome::Changed
    }

    /// Says that a workload presents `certificate`, and whether the files that it
    /// reads change: pods go on with the old ones until they are replaced, by an
    /// annotation that changes too, or by a restart.
    pub(crate) fn roll_out<R>(
        &mut self,
        workload: &Object<'_, '_, R>,
        certificate: &Certificate,
        files_change: bool,
    ) {
        let annotation = RolloutAnnotation {
            channel: self.channel,
            certificate,
        };
        let wanted = self.rollout_annotation || annotation.is_there(&workload.resource);
        let rolls = wanted && self.edit(workload, &annotation);
        let restart = Restart::of(&workload.resource.id);
        if files_change && !rolls && self.restarting.insert(restart.clone()) {
            self.restarts.push(restart);
        }
    }

    /// Plans a new object, of the edits that it makes unnecessary, beside an
    /// object that is there. Asked for twice, it is added once.
    pub(crate) fn add<R>(
        &mut self,
        beside: &Object<'_, '_, R>,
        id: &ResourceId,
        value: Value,
        edits: &[Edit],
    ) {
        let added = (beside.place.file, id.clone());
        let added = self.added.entry(added).or_default();
        let mut known = added
            .iter()
            .filter_map(|number| self.additions.get(*number));
        if known.any(|addition| addition.value == value) {
            return;
        }
        added.push(self.additions.len());
        let line = beside.origin.lines();
        let report = |edit: &Edit| self.report(*edit, id, line, EditOutcome::Added);
        self.additions.push(Addition {
            place: beside.place,
            beside: beside.number,
            id: id.clone(),
            list: beside.resource.root.parent(),
            value,
            reports: edits.iter().map(report).collect(),
        });
    }

    /// The private key that `object` holds at `field` now: not to be shown.
    pub(crate) fn hide<R>(&mut self, object: &Object<'_, '_, R>, field: &Route) {
        let tree = object.resource.tree;
        let Ok(Some(id)) = tree.find(field) else {
            return;
        };
        // As it is written, and not a placeholder that is short enough to be anywhere.
        let text = tree.span(id).of(tree.source()).trim_matches(['"', '\'']);
        if text.len() >= 16 && !text.starts_with('<') {
            let text = Zeroizing::new(text.to_owned());
            self.old_keys.push((text, OLD_MARK));
        }
    }

    /// Tells that `ca` takes away CAs that `object` trusts now, if it does. Its
    /// field is base64, unless the object is a ConfigMap.
    pub(crate) fn warn_of_ca<R>(
        &mut self,
        object: &Object<'_, '_, R>,
        field: &Route,
        ca: &CaBundle,
    ) {
        let Ok(Some(old)) = object.resource.tree.text_at(field) else {
            return;
        };
        let old = match object.resource.id.kind.as_str() {
            "ConfigMap" => old.as_bytes().to_vec(),
            _ => decoded(old),
        };
        if !ca.takes_away(&old) {
            return;
        }
        let mut finding = object.finding(
            Code::CaReplaced,
            format!("{field} loses a CA: what still presents a certificate of it is refused"),
            "to keep connections up, apply with --ca-overlap first, restart the pods, and only then \
             apply without it; `cnx-harden explain ca-replaced` has the order",
        );
        finding.severity = Severity::Warning;
        self.findings.push(finding);
    }

    /// Something that was found in a file, an error or not.
    pub(crate) fn find(&mut self, finding: impl IntoIterator<Item = Finding>) {
        self.findings.extend(finding);
    }

    fn report(
        &self,
        edit: Edit,
        resource: &ResourceId,
        line: usize,
        outcome: EditOutcome,
    ) -> EditReport {
        EditReport {
            channel: self.channel,
            edit,
            part: None,
            resource: resource.clone(),
            field: None,
            line,
            outcome,
        }
    }
}

/// What an operation changes, as seen from the object at `root`.
fn field(op: &Op, root: &Route) -> String {
    let field = op.target().strip_prefix(root).unwrap_or_default();
    field.to_string()
}
