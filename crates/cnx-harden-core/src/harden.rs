//! A run: from texts to texts, all or nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use cnx_certs::Severity;
use yaml_splice::{Op, Route, StreamEdit, join};
use zeroize::Zeroizing;

use crate::aggregated::ApiServices;
use crate::certificates::{CertificateChecks, Presented, check_presented};
use crate::channel::{Channel, connections};
use crate::connection::Harden;
use crate::etcd::Etcd;
use crate::finding::{Code, Error, Finding};
use crate::inventory::{At, Inventory, ObjectId, Place};
use crate::kube_apiserver::KubeApiserver;
use crate::manager::Manager;
use crate::material::CaBundle;
use crate::names::Names;
use crate::own::Connections;
use crate::parallel;
use crate::plan::{Addition, Hidden, Plan, PlannedEdit, Secrets};
use crate::redact::redact;
use crate::report::{ChannelReport, EditReport, FileReport, Report};
use crate::resource::Resource;
use crate::rollout::Restart;
use crate::source::{Output, Source};
use crate::typha::Typha;

/// What to harden: a channel is asked for by giving its material.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hardening {
    /// Between kube-apiserver and the CNX API server.
    pub api_server: Option<KubeApiserver>,
    /// Between kube-apiserver and other aggregated API servers.
    pub api_services: Option<ApiServices>,
    /// Between etcd and all that talks to it.
    pub etcd: Option<Etcd>,
    /// Between Felix and Typha.
    pub typha: Option<Typha>,
    /// Between browsers and the CNX Manager.
    pub manager: Option<Manager>,
    /// The caller's own connections.
    pub own: Connections,
    /// Puts an annotation with the certificate's hash on the pod templates, so
    /// that a new certificate rolls out by itself.
    pub rollout_annotation: bool,
    /// How the material is checked before anything is written; none where the
    /// caller has done that.
    pub certificate_checks: Option<CertificateChecks>,
}

impl Hardening {
    /// Keeps the CAs that the manifests have now, behind each channel's new ones:
    /// see [`CaBundle::keeping_old`].
    #[must_use]
    pub fn keeping_old_cas(mut self) -> Self {
        let keep = |ca: &mut CaBundle| *ca = ca.clone().keeping_old();
        self.api_server.iter_mut().for_each(|c| keep(&mut c.ca));
        self.api_services
            .iter_mut()
            .flat_map(ApiServices::cas)
            .for_each(keep);
        self.etcd.iter_mut().for_each(|c| keep(&mut c.ca));
        self.typha.iter_mut().for_each(|c| keep(&mut c.ca));
        self
    }
}

macro_rules! hardening {
    ($($title:literal: $kind:ident, $field:ident, mutual: $mutual:literal;)*) => {
        impl Hardening {
            /// The channels that are asked for, in the page's order, the caller's own behind
            /// them.
            fn channels(&self) -> Vec<&dyn Harden> {
                let vendors = [$(self.$field.as_ref().map(|c| c as &dyn Harden),)*];
                let others = self.api_services.as_ref().map(|c| c as &dyn Harden);
                let all = vendors.into_iter().flatten().chain(others);
                let mut all: Vec<_> = all.collect();
                // Other API servers are of the first channel, behind the vendor's.
                all.sort_by_key(|c| c.channel());
                all.extend(self.own.iter().map(|c| c as &dyn Harden));
                all
            }

            /// What a document holds if it is about one of the objects.
            pub(crate) fn needles(&self) -> Vec<&str> {
                let channels = self.channels().into_iter();
                channels.flat_map(|channel| channel.needles()).collect()
            }

            /// What the objects are called; those of a channel that is not asked for as the
            /// vendor calls them.
            #[must_use]
            pub fn names(&self) -> Names {
                let mut names = Names::default();
                $(if let Some(channel) = &self.$field {
                    names.$field = channel.names.clone();
                })*
                if let Some(asked) = self.api_services.iter().find_map(|c| c.asked.first()) {
                    names.api_service = asked.names.clone();
                }
                names
            }

            /// The same on objects of these names.
            #[must_use]
            pub fn with_names(mut self, names: Names) -> Self {
                let old = self.names().api_service;
                let asked = self.api_services.iter_mut().flat_map(|c| &mut c.asked);
                asked.for_each(|asked| asked.names.adopt(&old, &names.api_service));
                $(if let Some(channel) = &mut self.$field {
                    channel.names = names.$field;
                })*
                self
            }
        }
    };
}

connections!(hardening);

/// What a run gives.
#[derive(Clone, PartialEq, Eq)]
pub struct Run {
    /// One for each source, in their order, changed or not.
    pub outputs: Vec<Output>,
    /// What was done.
    pub report: Report,
    secrets: Hidden,
}

// `secrets` are not to be seen.
impl std::fmt::Debug for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Run")
            .field("outputs", &self.outputs)
            .field("report", &self.report)
            .finish_non_exhaustive()
    }
}

impl Run {
    /// The outputs' texts as one stream of documents, as for stdout.
    ///
    /// # Errors
    ///
    /// A finding about the output that nothing can be written behind without a change
    /// of its values.
    pub fn joined(&self) -> Result<Zeroizing<String>, Error> {
        let texts: Vec<_> = self.outputs.iter().map(|o| o.text.as_str()).collect();
        join(&texts).map(Zeroizing::new).map_err(|error| {
            let output = self.outputs.get(error.text);
            let finding = output.map(|output| {
                let (name, text) = (output.name.as_str(), output.text.as_str());
                Finding::yaml(&Source { name, text }, &error.error)
            });
            Error {
                findings: finding.into_iter().collect(),
            }
        })
    }

    /// A source's or an output's text, with private keys replaced by a mark:
    /// what may be shown in a diff. It has the same lines.
    #[must_use]
    pub fn redacted(&self, text: &str) -> String {
        let secrets: Vec<_> = self
            .secrets
            .iter()
            .map(|(s, mark)| (s.as_str(), *mark))
            .collect();
        redact(text, &secrets)
    }

    fn push(&mut self, source: &Source<'_>, text: String, edits: Vec<EditReport>) {
        let changed = text != source.text;
        self.report.files.push(FileReport {
            file: source.name.to_owned(),
            changed,
            edits,
        });
        self.outputs.push(Output {
            name: source.name.to_owned(),
            text,
            changed,
        });
    }
}

/// Makes the edits that `hardening` asks for in all of `sources`, which are
/// planned together: the objects may be spread over them.
///
/// Sources without any of the objects come out as they went in.
///
/// # Errors
///
/// Every conflict, every missing object and every certificate that would not
/// work, and nothing else: there are no outputs then.
pub fn harden(sources: &[Source<'_>], hardening: &Hardening) -> Result<Run, Error> {
    run(&Inventory::read(sources), hardening)
}

/// The same, of what is read already.
pub(crate) fn run(inventory: &Inventory<'_>, hardening: &Hardening) -> Result<Run, Error> {
    let sources = &inventory.sources;
    let channels = hardening.channels();
    let needles = hardening.needles();
    let unreadable = inventory.unreadable(&needles);
    let (mut errors, passed): (Vec<Finding>, Vec<Finding>) =
        unreadable.partition(|finding| finding.severity == Severity::Error);
    let mut plans = Vec::with_capacity(channels.len());
    for channel in &channels {
        let mut plan = Plan::new(channel.channel());
        plan.rollout_annotation = hardening.rollout_annotation;
        channel.plan(inventory, &mut plan);
        plans.push(plan);
    }
    let mut run = Run {
        outputs: Vec::new(),
        report: Report {
            findings: passed,
            reading: inventory.reading(),
            ..Report::default()
        },
        secrets: Secrets::all(plans.iter_mut().map(|plan| &mut plan.secrets)),
    };
    let mut findings = Vec::new();
    if let Some(checks) = &hardening.certificate_checks {
        let pairs = channels.iter().zip(&plans);
        let presented = pairs.flat_map(|(channel, plan)| channel.presented(plan));
        findings = check_presented(&presented.collect::<Vec<Presented<'_>>>(), checks);
    }
    for plan in &mut plans {
        run.report.peers.append(&mut plan.facts.peers);
        findings.append(&mut plan.findings);
    }
    for finding in findings {
        match finding.severity {
            Severity::Error => errors.push(finding),
            Severity::Warning | Severity::Info => run.report.findings.push(finding),
        }
    }
    let (restarts, off) = restarts(inventory, &plans);
    run.report.restarts = restarts;
    // What Typha's own words say already.
    let told = |off: &Finding| {
        let findings = run.report.findings.iter();
        let typha = findings.filter(|f| f.code == Code::TyphaOff);
        typha.map(|f| &f.resource).any(|id| *id == off.resource)
    };
    let off: Vec<_> = off.into_iter().filter(|off| !told(off)).collect();
    run.report.findings.extend(off);
    let todo = Todo::of(&plans);
    let files: Vec<_> = sources.iter().enumerate().collect();
    let edited = parallel::map(&files, |(file, source)| {
        inventory.edit(*file, source, &todo)
    });
    for (source, edited) in sources.iter().zip(edited) {
        match edited {
            Ok((text, edits)) => run.push(source, text, edits),
            Err(mut new) => errors.append(&mut new),
        }
    }
    if errors.is_empty() {
        run.report.channels = channel_reports(&channels, &run.report.files);
        return Ok(run);
    }
    drop_consequences(&mut errors);
    // What is in no source, a certificate, comes first.
    errors.sort_by(|a, b| {
        let order = |f: &Finding| f.place.input;
        let inputs = order(a).cmp(&order(b));
        inputs.then_with(|| a.place.position().cmp(&b.place.position()))
    });
    errors.dedup();
    Err(Error { findings: errors })
}

/// What is to be restarted, each workload once, where the last channel that needs it
/// wants it; and what is to be said of those that are switched off.
fn restarts(inventory: &Inventory<'_>, plans: &[Plan]) -> (Vec<Restart>, Vec<Finding>) {
    let mut templates = HashSet::new();
    for edit in plans.iter().flat_map(|plan| &plan.edits.planned) {
        let Some(object) = inventory.object(edit.object) else {
            continue;
        };
        let pod = object.pod.as_ref().map(|pod| &pod.at);
        // The template's metadata stands beside the pod's spec.
        let template = pod.and_then(Route::parent).unwrap_or_default();
        if edit
            .ops
            .iter()
            .any(|op| op.target().strip_prefix(&template).is_some())
        {
            templates.insert(edit.object);
        }
    }
    let workloads = plans.iter().flat_map(|plan| &plan.facts.workloads);
    let mut files: HashMap<ObjectId, bool> = HashMap::new();
    for (workload, changed) in workloads.clone() {
        *files.entry(*workload).or_default() |= changed;
    }
    let mut seen = HashSet::new();
    let (mut restarts, mut off) = (Vec::new(), Vec::new());
    let last_first = workloads.collect::<Vec<_>>().into_iter().rev();
    for (workload, _) in last_first.filter(|(workload, _)| seen.insert(*workload)) {
        let Some(resource) = inventory.resource(*workload) else {
            continue;
        };
        let files = files.get(workload).is_some_and(|changed| *changed);
        let template = templates.contains(workload);
        if resource.integer(&["spec", "replicas"]) == Ok(Some(0)) {
            if files || template {
                off.push(switched_off(inventory, *workload, &resource));
            }
            continue;
        }
        restarts.extend(Restart::of(&resource, files, template));
    }
    restarts.reverse();
    off.reverse();
    let elsewhere = plans.iter().flat_map(|plan| &plan.facts.elsewhere);
    restarts.extend(elsewhere.cloned());
    let mut known = HashSet::new();
    restarts.retain(|restart| known.insert(restart.clone()));
    (restarts, off)
}

fn switched_off(inventory: &Inventory<'_>, id: ObjectId, resource: &Resource<'_, '_>) -> Finding {
    let at = At {
        object: id,
        route: resource.route(&["spec", "replicas"]),
    };
    let message = "it was hardened while switched off: it has 0 replicas";
    let help = "set `replicas` when it is to run; its pods start with the new certificates";
    inventory
        .finding(Code::SwitchedOff, &at, message, help)
        .info()
}

/// What the run says of each channel.
fn channel_reports(channels: &[&dyn Harden], files: &[FileReport]) -> Vec<ChannelReport> {
    let report = |channel: &Channel| {
        let asked = channels.iter().any(|c| c.channel() == *channel);
        let edits = files.iter().flat_map(|file| &file.edits);
        ChannelReport::new(*channel, asked, edits.filter(|e| e.channel == *channel))
    };
    let own = channels.iter().map(|c| c.channel());
    let own: Vec<_> = own.filter(|c| !Channel::ALL.contains(c)).collect();
    Channel::ALL.iter().chain(&own).map(report).collect()
}

/// What only follows from another error would send the reader the wrong way: an
/// object may be in a document that could not be read, and a manifest whose
/// volume is something else needs no Secret.
fn drop_consequences(findings: &mut Vec<Finding>) {
    let unread = findings.iter().any(|f| f.code == Code::NotYaml);
    let conflicts = findings.iter().filter(|f| f.code == Code::VolumeConflict);
    let files: HashSet<_> = conflicts.map(|f| f.place.file.clone()).collect();
    let follows = |f: &Finding| unread || files.contains(&f.place.file);
    findings.retain(|f| f.code != Code::MissingObject || !follows(f));
}

/// What all plans have to do, by where it is.
struct Todo<'p> {
    edits: BTreeMap<Place, Vec<&'p PlannedEdit>>,
    /// By the file, in the order of the plans, each with the first object that uses it:
    /// what is added is applied before that.
    additions: BTreeMap<usize, Vec<(ObjectId, &'p Addition)>>,
    /// Those to a list, by its document.
    items: BTreeMap<Place, Vec<(ObjectId, &'p Addition)>>,
    refused: BTreeSet<Place>,
}

impl<'p> Todo<'p> {
    fn of(plans: &'p [Plan]) -> Self {
        let mut todo = Self {
            edits: BTreeMap::new(),
            additions: BTreeMap::new(),
            items: BTreeMap::new(),
            refused: BTreeSet::new(),
        };
        for plan in plans {
            for edit in &plan.edits.planned {
                todo.edits.entry(edit.place).or_default().push(edit);
            }
            for (user, add) in plan.edits.placed() {
                todo.additions
                    .entry(add.place.file)
                    .or_default()
                    .push((user, add));
                if add.list.is_some() {
                    todo.items.entry(add.place).or_default().push((user, add));
                }
            }
            todo.refused.extend(&plan.edits.refused);
        }
        todo
    }
}

impl Inventory<'_> {
    /// The text with all channels' edits made, and the report of them. All that
    /// is done to a file is one edit, written and proved once.
    fn edit(
        &self,
        file: usize,
        source: &Source<'_>,
        todo: &Todo<'_>,
    ) -> Result<(String, Vec<EditReport>), Vec<Finding>> {
        let mut errors = Vec::new();
        let mut reports = Vec::new();
        let mut stream = StreamEdit::new(source.text);
        let mut edits = Vec::new();
        let documents = self.documents.get(file).map_or(&[][..], Vec::as_slice);
        for (tree, document) in documents.iter().enumerate() {
            let place = Place { file, tree };
            let mut ops = Vec::new();
            for edit in todo.edits.get(&place).into_iter().flatten() {
                reports.push(edit.report.clone());
                ops.extend_from_slice(&edit.ops);
            }
            for (user, add) in todo.items.get(&place).into_iter().flatten() {
                let Some(parent) = add.list.clone() else {
                    continue;
                };
                let user = self.resource(*user).map(|user| user.root);
                let user = user.filter(|user| user.parent().as_ref() == Some(&parent));
                let step = user.as_ref().and_then(|user| user.steps().last());
                let before = step.cloned().map(yaml_splice::InsertAt::Before);
                let at = before.unwrap_or_default();
                ops.push(Op::insert_item(parent, add.value.clone()).at_place(at));
            }
            if ops.is_empty() || todo.refused.contains(&place) {
                continue;
            }
            edits.push((document.tree(), ops));
        }
        if let Err(wrong) = stream.edit_all(&edits) {
            errors.extend(wrong.iter().map(|error| self.yaml(file, error)));
        }
        for (user, add) in todo.additions.get(&file).into_iter().flatten() {
            reports.extend(add.reports.iter().cloned());
            if add.list.is_some() {
                continue;
            }
            let user = self.object(*user).and_then(|user| self.tree(user.place));
            let placed = user.is_some_and(|user| stream.insert_before(user, &add.value).is_ok());
            if !placed {
                let added = stream.add_document(&add.value).map(drop);
                errors.extend(added.err().map(|error| self.yaml(file, &error)));
            }
        }
        if errors.is_empty() {
            match stream.finish() {
                Ok(edited) => return Ok((edited.text, reports)),
                Err(error) => errors.push(self.yaml(file, &error)),
            }
        }
        Err(errors)
    }
}
