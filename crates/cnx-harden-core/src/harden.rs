//! A run: from texts to texts, all or nothing.

use yaml_splice::{Document, Op, Span, TextEdit, Tree, Value, documents, insert_document};

use crate::finding::{Code, Error, Finding, Severity};
use crate::kube_apiserver::{KubeApiserver, MissingSecret, Role, other_product};
use crate::redact::{MARK, OLD_MARK, redact};
use crate::report::{EditOutcome, EditReport, FileReport, Report};
use crate::resource::{Resource, ResourceId, resources};
use crate::source::{Output, Source};
use crate::transform::{Edit, Outcome, Target};

/// What to harden: a channel is asked for by giving its material.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hardening {
    /// Between kube-apiserver and the CNX API server.
    pub api_server: Option<KubeApiserver>,
}

/// What a run gives.
#[derive(Clone, PartialEq, Eq)]
pub struct Run {
    /// One for each source, in their order, changed or not.
    pub outputs: Vec<Output>,
    /// What was done.
    pub report: Report,
    /// Values of private keys, with what a redacted text shows for them.
    secrets: Vec<(zeroize::Zeroizing<String>, &'static str)>,
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
}

/// Makes the edits that `hardening` asks for in all of `sources`, which are
/// planned together: the objects may be spread over them.
///
/// Sources without any of the objects come out as they went in.
///
/// # Errors
///
/// Every conflict and every missing object of the run, and nothing else: there
/// are no outputs then.
pub fn harden(sources: &[Source<'_>], hardening: &Hardening) -> Result<Run, Error> {
    let mut findings = Vec::new();
    let mut run = Run {
        outputs: Vec::new(),
        report: Report::default(),
        secrets: Vec::new(),
    };
    let Some(channel) = &hardening.api_server else {
        for source in sources {
            run.push(source, source.text.to_owned(), Vec::new());
        }
        return Ok(run);
    };
    let needles = channel.selectors.needles();
    let mut files = Vec::new();
    for source in sources {
        let trees = parse(source, &needles, &mut findings);
        files.push(File {
            source: *source,
            trees,
        });
    }
    let mut found = Vec::new();
    for (number, file) in files.iter().enumerate() {
        file.select(number, channel, &mut found, &mut findings);
    }
    let added = Objects(&mut found).settle(channel, &files, &mut findings, &mut run.report);
    for (number, file) in files.iter().enumerate() {
        let targets = found.iter().filter(|object| object.file == number);
        let add = added.iter().filter(|add| add.file == number);
        match file.edit(channel, targets, add, &mut run.secrets) {
            Ok((text, edits)) => run.push(&file.source, text, edits),
            Err(mut errors) => findings.append(&mut errors),
        }
    }
    let key = channel.key.to_base64();
    run.secrets.retain(|(old, _)| **old != *key);
    run.secrets.insert(0, (key, MARK));
    if findings.is_empty() {
        return Ok(run);
    }
    drop_consequences(&mut findings);
    let order = |f: &Finding| sources.iter().position(|source| source.name == f.file);
    findings.sort_by_key(|f| (order(f), f.line, f.column));
    findings.dedup();
    Err(Error { findings })
}

/// What only follows from another error would send the reader the wrong way: an
/// object may be in a document that could not be read, and a manifest whose
/// volume is something else needs no Secret.
fn drop_consequences(findings: &mut Vec<Finding>) {
    let unread = findings.iter().any(|f| f.code == Code::NotYaml);
    let conflicts = findings.iter().filter(|f| f.code == Code::VolumeConflict);
    let files: Vec<_> = conflicts.map(|f| f.file.clone()).collect();
    let follows = |f: &Finding| unread || files.contains(&f.file);
    findings.retain(|f| f.code != Code::MissingObject || !follows(f));
}

impl Run {
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

/// The documents that can hold one of the objects, parsed once.
fn parse<'t>(source: &Source<'t>, needles: &[&str], findings: &mut Vec<Finding>) -> Vec<Tree<'t>> {
    let mut trees = Vec::new();
    let named = |text: &str| needles.iter().any(|needle| text.contains(needle));
    if !named(source.text) && !source.text.contains('\\') {
        return trees;
    }
    for document in documents(source.text) {
        let text = document.text();
        let named = named(text);
        // An escape in a quoted scalar can spell any name.
        if !named && !text.contains('\\') {
            continue;
        }
        match Document::parse(&document) {
            Ok(tree) if named || resources(&tree).is_ok() => trees.push(tree),
            Err(error) if named => findings.push(Finding::yaml(source, &error)),
            _ => {}
        }
    }
    trees
}

struct File<'t> {
    source: Source<'t>,
    trees: Vec<Tree<'t>>,
}

/// One of the page's objects.
struct Object<'a, 't> {
    file: usize,
    tree: usize,
    role: Role,
    /// For an APIService that of `spec.service`.
    namespace: Option<String>,
    resource: Resource<'a, 't>,
}

/// A Secret that is to be added.
struct Addition {
    file: usize,
    tree: usize,
    /// The list that the APIService is an item of.
    list: Option<yaml_splice::Route>,
    namespace: String,
}

impl<'t> File<'t> {
    fn select<'a>(
        &'a self,
        file: usize,
        channel: &KubeApiserver,
        found: &mut Vec<Object<'a, 't>>,
        findings: &mut Vec<Finding>,
    ) {
        for (number, tree) in self.trees.iter().enumerate() {
            let resources = match resources(tree) {
                Ok(resources) => resources,
                Err(error) => {
                    findings.push(Finding::yaml(&self.source, &error));
                    continue;
                }
            };
            for resource in resources {
                let role = channel.selectors.role(&resource);
                let role = role.and_then(|role| {
                    let Some(role) = role else { return Ok(None) };
                    let namespace = match role {
                        Role::ApiService => resource.text(&["spec", "service", "namespace"])?,
                        _ => resource.id.namespace.as_deref(),
                    };
                    Ok(Some((role, namespace.map(str::to_owned))))
                });
                match role {
                    Ok(None) => {}
                    Ok(Some((role, namespace))) => found.push(Object {
                        file,
                        tree: number,
                        role,
                        namespace,
                        resource,
                    }),
                    Err(error) => findings.push(Finding::yaml(&self.source, &error)),
                }
            }
        }
    }

    /// The text with the edits made, and the report of them.
    fn edit<'o>(
        &self,
        channel: &KubeApiserver,
        targets: impl Iterator<Item = &'o Object<'o, 't>> + Clone,
        additions: impl Iterator<Item = &'o Addition> + Clone,
        secrets: &mut Vec<(zeroize::Zeroizing<String>, &'static str)>,
    ) -> Result<(String, Vec<EditReport>), Vec<Finding>>
    where
        't: 'o,
    {
        let mut errors = Vec::new();
        let mut reports = Vec::new();
        let mut text_edit = TextEdit::default();
        for (number, tree) in self.trees.iter().enumerate() {
            let mut ops = Vec::new();
            for object in targets.clone().filter(|object| object.tree == number) {
                let target = Target {
                    resource: &object.resource,
                    source: self.source,
                };
                if let Some(old) = old_key(object) {
                    secrets.push((old, OLD_MARK));
                }
                for transform in channel.transforms(object.role) {
                    match transform.plan(&target) {
                        Err(error) => errors.push(error),
                        Ok(outcome) => {
                            let (outcome, new) = match outcome {
                                Outcome::Change(ops) => (EditOutcome::Changed, ops),
                                Outcome::AlreadyHardened => {
                                    (EditOutcome::AlreadyHardened, Vec::new())
                                }
                            };
                            reports.push(report(transform.edit(), object, &self.source, outcome));
                            new.into_iter().for_each(|op| push_op(&mut ops, op));
                        }
                    }
                }
            }
            for add in additions.clone().filter(|add| add.tree == number) {
                if let Some(parent) = add.list.clone() {
                    let value = channel.secret(&add.namespace);
                    ops.push(Op::AppendItem { parent, value });
                }
            }
            if ops.is_empty() || !errors.is_empty() {
                continue;
            }
            match tree.edit(&ops) {
                Ok(edit) => text_edit.append(edit),
                Err(error) => errors.push(Finding::yaml(&self.source, &error)),
            }
        }
        for add in additions {
            let id = ResourceId {
                api_version: "v1".to_owned(),
                kind: "Secret".to_owned(),
                namespace: Some(add.namespace.clone()),
                name: channel.selectors.secret.clone(),
            };
            let line = self.source.text.lines().count();
            for edit in [Edit::ApiserverKey, Edit::ApiserverCrt] {
                let resource = id.clone();
                let outcome = EditOutcome::Added;
                reports.push(EditReport {
                    edit,
                    resource,
                    line,
                    outcome,
                });
            }
            if add.list.is_none() {
                match insert_document(self.source.text, &channel.secret(&add.namespace)) {
                    Ok(edit) => text_edit.append(edit),
                    Err(error) => errors.push(Finding::yaml(&self.source, &error)),
                }
            }
        }
        if errors.is_empty() {
            Ok((text_edit.apply(self.source.text), reports))
        } else {
            Err(errors)
        }
    }
}

/// The key that the Secret holds now.
fn old_key(object: &Object<'_, '_>) -> Option<zeroize::Zeroizing<String>> {
    if object.role != Role::Secret {
        return None;
    }
    let field = object
        .resource
        .route(&["data", crate::kube_apiserver::ApiserverKey::FIELD]);
    let id = object.resource.tree.find(&field).ok()??;
    // As it is written, and not a placeholder that is short enough to be anywhere.
    let text = object
        .resource
        .tree
        .span(id)
        .of(object.resource.tree.source());
    let text = text.trim_matches(['"', '\'']);
    (text.len() >= 16 && !text.starts_with('<')).then(|| zeroize::Zeroizing::new(text.to_owned()))
}

fn report(
    edit: Edit,
    object: &Object<'_, '_>,
    source: &Source<'_>,
    outcome: EditOutcome,
) -> EditReport {
    let span = object.resource.span().unwrap_or(Span::at(0));
    EditReport {
        edit,
        resource: object.resource.id.clone(),
        line: yaml_splice::Position::of(source.text, span.start).line,
        outcome,
    }
}

/// Adds an operation. Two that insert the same mapping become one: both halves
/// of a Secret without `data` bring it.
fn push_op(ops: &mut Vec<Op>, new: Op) {
    if let Op::InsertEntry {
        parent,
        key,
        value: Value::Mapping(more),
    } = &new
    {
        for op in ops.iter_mut() {
            if let Op::InsertEntry {
                parent: p,
                key: k,
                value: Value::Mapping(entries),
            } = op
                && (&*p, &*k) == (parent, key)
            {
                entries.extend(more.iter().cloned());
                return;
            }
        }
    }
    ops.push(new);
}

/// All objects of the run.
struct Objects<'o, 'a, 't>(&'o mut Vec<Object<'a, 't>>);

impl Objects<'_, '_, '_> {
    /// Leaves the objects that belong to an APIService of this product, and says
    /// what is missing. Returns the Secrets that are to be added.
    fn settle(
        self,
        channel: &KubeApiserver,
        files: &[File<'_>],
        findings: &mut Vec<Finding>,
        report: &mut Report,
    ) -> Vec<Addition> {
        let source = |file: usize| files.get(file).map(|file| file.source);
        // An operator's APIService is told of, and left alone.
        self.0.retain(|object| {
            let product = object.namespace.as_deref().and_then(other_product);
            let (Some(reason), Some(source)) = (product, source(object.file)) else {
                return true;
            };
            if object.role == Role::ApiService {
                let span = object.resource.span().unwrap_or(Span::at(0));
                let message = format!("not a CNX manifest's APIService: {reason}");
                let help = "nothing was changed here";
                let mut finding = Finding::new(Code::OtherProduct, &source, span, message, help);
                finding.severity = Severity::Info;
                report.findings.push(finding.about(&object.resource.id));
            }
            false
        });
        let objects = &*self.0;
        let of = |role: Role| objects.iter().filter(move |object| object.role == role);
        let holds_service = |file: usize| of(Role::ApiService).any(|object| object.file == file);
        let mut added: Vec<Addition> = Vec::new();
        let mut missing = |object: &Object<'_, '_>, what: String, help: String| {
            if let Some(source) = source(object.file) {
                let span = object.resource.span().unwrap_or(Span::at(0));
                let message = format!("{what} belongs to this object and is not in the input");
                let finding = Finding::new(Code::MissingObject, &source, span, message, help);
                findings.push(finding.about(&object.resource.id));
            }
        };
        let names = &channel.selectors;
        for service in of(Role::ApiService) {
            // Another file's object counts unless that file has an APIService of
            // its own: two whole manifests in one run are two sets.
            let there = |role: Role| {
                of(role).any(|object| {
                    let near = object.file == service.file || !holds_service(object.file);
                    near && same_namespace(object, service)
                })
            };
            let namespace = service.namespace.as_deref().unwrap_or("kube-system");
            let workload = there(Role::Workload);
            if !workload {
                missing(
                    service,
                    format!("Deployment {} in namespace {namespace}", names.workload),
                    "give its file too, or its name with --apiserver-deployment".to_owned(),
                );
            }
            if there(Role::Secret) {
                continue;
            }
            if channel.missing_secret == MissingSecret::Add && workload {
                let root = &service.resource.root;
                let list = root.steps().split_last().map(|(_, steps)| {
                    steps
                        .iter()
                        .fold(yaml_splice::Route::root(), |route, step| match step {
                            yaml_splice::Step::Key(key) => route.key(key),
                            yaml_splice::Step::Index(index) => route.index(*index),
                            yaml_splice::Step::Item { field, value } => route.item(field, value),
                        })
                });
                let addition = Addition {
                    file: service.file,
                    tree: service.tree,
                    list,
                    namespace: namespace.to_owned(),
                };
                let same =
                    |a: &Addition| (a.file, &a.namespace) == (addition.file, &addition.namespace);
                if !added.iter().any(same) {
                    added.push(addition);
                }
                continue;
            }
            missing(
                service,
                format!("Secret {} in namespace {namespace}", names.secret),
                "give its file too, or its name with --apiserver-secret, or let it be added with \
                 --add-secret"
                    .to_owned(),
            );
        }
        let mut lonely = Vec::new();
        for (number, object) in objects.iter().enumerate() {
            if object.role == Role::ApiService {
                continue;
            }
            let mut services = of(Role::ApiService);
            if services.any(|service| same_namespace(object, service)) {
                continue;
            }
            if of(Role::ApiService).next().is_some() {
                // Of the same name in another namespace: not one of the objects.
                lonely.push(number);
                continue;
            }
            missing(
                object,
                format!("an APIService of group {}", names.group),
                "give the file with the APIService too".to_owned(),
            );
        }
        let mut number = 0;
        self.0.retain(|_| {
            number += 1;
            !lonely.contains(&(number - 1))
        });
        added
    }
}

/// An object without a namespace goes wherever kubectl puts it.
fn same_namespace(object: &Object<'_, '_>, service: &Object<'_, '_>) -> bool {
    match (&object.namespace, &service.namespace) {
        (Some(object), Some(service)) => object == service,
        _ => true,
    }
}
