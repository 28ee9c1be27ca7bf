//! What one channel is about to do: collected here, made by the run.

mod edits;
mod facts;
mod file;
mod secrets;

pub(crate) use edits::{Addition, Edits, PlannedEdit};
pub(crate) use facts::{Facts, ServerFacts};
pub(crate) use file::{Content, FileEdit, carrier};
pub(crate) use secrets::{Hidden, Secrets};

use cnx_certs::{HelpPart, Setting, help};
use yaml_splice::{Op, Route};

use crate::channel::Channel;
use crate::finding::{Code, Finding, Severity};
use crate::inventory::{Inventory, ObjectId};
use crate::material::{CaBundle, Certificate, decoded};
use crate::objects::Object;
use crate::report::{EditOutcome, EditReport};
use crate::resource::{Resource, ResourceId};
use crate::rollout::RolloutAnnotation;
use crate::transform::{Edit, Outcome, Transform};

/// What a channel plans, over all files.
pub(crate) struct Plan {
    channel: Channel,
    /// What becomes of the texts.
    pub(crate) edits: Edits,
    /// The keys that are not to be shown.
    pub(crate) secrets: Secrets,
    /// What was learned of the connection on the way.
    pub(crate) facts: Facts,
    /// What is wrong, and what is worth knowing.
    pub(crate) findings: Vec<Finding>,
    /// Whether pod templates get an annotation by which new certificates roll out.
    pub(crate) rollout_annotation: bool,
}

impl Plan {
    pub(crate) fn new(channel: Channel) -> Self {
        Self {
            channel,
            edits: Edits::default(),
            secrets: Secrets::default(),
            facts: Facts::default(),
            findings: Vec::new(),
            rollout_annotation: false,
        }
    }

    /// The objects that have a role, in the order of the texts. The role says also
    /// by which namespace the object is matched up.
    pub(crate) fn select<'a, 't, R>(
        &mut self,
        inventory: &'a Inventory<'t>,
        mut role: impl FnMut(
            ObjectId,
            &Resource<'a, 't>,
        ) -> Result<Option<(R, Option<String>)>, yaml_splice::Error>,
    ) -> Vec<Object<'a, 't, R>> {
        let mut found = Vec::new();
        for (number, _) in inventory.objects() {
            let Some(object) = Object::of(inventory, number, ()) else {
                continue;
            };
            match role(number, &object.resource) {
                Ok(None) => {}
                Ok(Some((role, namespace))) => found.push(Object {
                    place: object.place,
                    source: object.source,
                    origin: object.origin,
                    number,
                    role,
                    namespace,
                    resource: object.resource,
                }),
                Err(error) => self.find([object.origin.yaml(&error)]),
            }
        }
        found
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
                self.edits.refused.push(object.place);
                self.findings.push(error);
                return false;
            }
        };
        let line = object.origin.position(object.span().start).line;
        let field = ops.first().map(|op| field(op, &object.resource.root));
        self.edits.planned.push(PlannedEdit {
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
        let asked = self.rollout_annotation && RolloutAnnotation::is_for(&workload.resource);
        if asked || annotation.is_there(&workload.resource) {
            self.edit(workload, &annotation);
        }
        self.facts.rolls_out(workload.number, files_change);
        self.find(workload.origin.unreadable_files(workload.number));
    }

    /// The private key that `object` holds at `field` now: not to be shown.
    fn hide<R>(&mut self, object: &Object<'_, '_, R>, field: &Route) {
        let tree = object.resource.tree();
        if let Ok(Some(id)) = tree.find(field) {
            // As it is written.
            self.secrets.hide(tree.span(id).of(tree.source()));
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
        let Ok(Some(old)) = object.resource.tree().text_at(field) else {
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
            format!(
                "{field} drops a CA that is trusted now; certificates it issued will be rejected"
            ),
            help![
                "to keep connections up, apply with ",
                Setting::CaOverlap,
                " first, restart the pods, and only then apply without it; ",
                HelpPart::Explain("ca-replaced"),
                " has the order"
            ],
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
