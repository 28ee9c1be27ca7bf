//! A run: from texts to texts, all or nothing.

use yaml_splice::{Op, Position, Span, TextEdit, Value, insert_document};
use zeroize::Zeroizing;

use crate::finding::{Code, Error, Finding};
use crate::kube_apiserver::{ApiserverKey, KubeApiserver, Role};
use crate::objects::{Addition, File, Object, match_up};
use crate::redact::{MARK, OLD_MARK, redact};
use crate::report::{EditOutcome, EditReport, FileReport, Report};
use crate::resource::ResourceId;
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
    secrets: Vec<(Zeroizing<String>, &'static str)>,
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
    let read = |source| File::read(source, &needles, &mut findings);
    let files: Vec<_> = sources.iter().map(read).collect();
    let mut found = Vec::new();
    for (number, file) in files.iter().enumerate() {
        file.select(number, channel, &mut found, &mut findings);
    }
    found.retain(|object| match object.other_product(&files) {
        None => true,
        Some(told) => {
            run.report.findings.extend(told);
            false
        }
    });
    let added = match_up(&mut found, channel, &files, &mut findings);
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

impl<'t> File<'t> {
    /// The text with the edits made, and the report of them.
    fn edit<'o>(
        &self,
        channel: &KubeApiserver,
        targets: impl Iterator<Item = &'o Object<'o, 't>> + Clone,
        additions: impl Iterator<Item = &'o Addition> + Clone,
        secrets: &mut Vec<(Zeroizing<String>, &'static str)>,
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
fn old_key(object: &Object<'_, '_>) -> Option<Zeroizing<String>> {
    if object.role != Role::Secret {
        return None;
    }
    let field = object.resource.route(&["data", ApiserverKey::FIELD]);
    let id = object.resource.tree.find(&field).ok()??;
    // As it is written, and not a placeholder that is short enough to be anywhere.
    let text = object
        .resource
        .tree
        .span(id)
        .of(object.resource.tree.source());
    let text = text.trim_matches(['"', '\'']);
    (text.len() >= 16 && !text.starts_with('<')).then(|| Zeroizing::new(text.to_owned()))
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
        line: Position::of(source.text, span.start).line,
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
