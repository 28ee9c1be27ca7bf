//! How pods come to use new certificates: they read them when they start, and
//! do not start again when a Secret changes.

use std::fmt;

use cnx_certs::shell_word;
use schemars::JsonSchema;
use serde::Serialize;
use yaml_splice::Op;

use crate::channel::Channel;
use crate::finding::{Code, Finding};
use crate::material::Certificate;
use crate::resource::{Resource, ResourceId};
use crate::transform::{Edit, Outcome, Target, Transform};

/// Puts the hash of the certificate on the pod template, so that another
/// certificate makes another template, which Kubernetes rolls out.
///
/// ```text
///   template:                      template:
///     metadata:                      metadata:
///       labels:                        labels:
///         k8s-app: x        ->           k8s-app: x
///                                      annotations:
///                                        cnx-harden.dev/typha-certificate-sha256: 9f86d0…
/// ```
///
/// One that is there is kept true, asked for or not.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RolloutAnnotation<'m> {
    pub(crate) channel: Channel,
    pub(crate) certificate: &'m Certificate,
}

const METADATA: [&str; 3] = ["spec", "template", "metadata"];

impl RolloutAnnotation<'_> {
    fn key(&self) -> String {
        format!("cnx-harden.dev/{}-certificate-sha256", self.channel)
    }

    /// Whether a workload's pods are replaced when its template changes. A Job's template
    /// cannot change at all.
    pub(crate) fn is_for(resource: &Resource<'_, '_>) -> bool {
        !matches!(resource.id.kind.as_str(), "Job" | "CronJob" | "Pod")
    }

    /// Whether the workload has the annotation, with whatever value.
    pub(crate) fn is_there(&self, resource: &Resource<'_, '_>) -> bool {
        let at = resource.route(&METADATA).key("annotations").key(self.key());
        matches!(resource.tree().find(&at), Ok(Some(_)))
    }
}

impl Transform for RolloutAnnotation<'_> {
    fn edit(&self) -> Edit {
        Edit::RolloutAnnotation
    }

    fn plan(&self, target: &Target<'_, '_>) -> Result<Outcome, Finding> {
        let tree = target.resource.tree();
        let yaml = |error| target.yaml(&error);
        let (key, text) = (self.key(), self.certificate.sha256());
        let template = target.resource.route(&["spec", "template"]);
        let metadata = template.key("metadata");
        let annotations = metadata.key("annotations");
        let at = annotations.key(&key);
        if let Some(id) = tree.find(&at).map_err(yaml)? {
            return match tree.text(id) {
                Some(old) if old == text || self.certificate.is_any() => {
                    Ok(Outcome::AlreadyHardened)
                }
                Some(_) => Ok(Outcome::Change(vec![Op::set(at, text)])),
                None => Err(target.conflict(
                    Code::UnexpectedValue,
                    &at,
                    format!("the annotation {key} is not a scalar"),
                    "remove the annotation, then run this again",
                )),
            };
        }
        let op = Op::insert_entry(annotations, key, text);
        Ok(Outcome::Change(vec![op]))
    }
}

/// How the pods of a workload are replaced.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum RestartStep {
    /// `kubectl rollout restart`, which Deployments, DaemonSets and StatefulSets have.
    Rollout,
    /// Its pods are deleted, and it makes new ones: of a ReplicaSet, a
    /// ReplicationController, and of what is updated on deletion only. The selector
    /// of its pods, as `kubectl delete pods -l` takes it.
    DeletePods(String),
    /// It is deleted before the manifest is applied: a Job's pod template and a Pod
    /// cannot be changed.
    DeleteFirst,
}

/// A workload whose pods have to be replaced by hand, since they would go on
/// with the certificates that they have read.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Restart {
    /// Its kind, as kubectl takes it.
    pub kind: String,
    /// Its namespace, where it says one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
    /// What is to be done.
    pub step: RestartStep,
}

impl Restart {
    /// What becomes of a workload's pods, where the files that they read change or
    /// its template does; nothing where they are replaced without a hand.
    pub(crate) fn of(resource: &Resource<'_, '_>, files: bool, template: bool) -> Option<Self> {
        let ResourceId {
            kind,
            namespace,
            name,
            ..
        } = &resource.id;
        let step = match kind.as_str() {
            // Its next pods are new ones.
            "CronJob" => return None,
            // One that was run has read its files.
            "Job" => template.then_some(RestartStep::DeleteFirst),
            "Pod" => (files || template).then_some(RestartStep::DeleteFirst),
            "Deployment" => (files && !template).then_some(RestartStep::Rollout),
            "DaemonSet" | "StatefulSet" if !is_on_delete(resource) => {
                (files && !template).then_some(RestartStep::Rollout)
            }
            _ => (files || template).then(|| RestartStep::DeletePods(selector(resource))),
        };
        Some(Self {
            kind: kind.to_ascii_lowercase(),
            namespace: namespace.clone(),
            name: name.clone(),
            step: step?,
        })
    }

    /// A workload that is in the cluster alone, of a kind that can be restarted.
    pub(crate) fn in_cluster(id: &ResourceId) -> Self {
        Self {
            kind: id.kind.to_ascii_lowercase(),
            namespace: id.namespace.clone(),
            name: id.name.clone(),
            step: RestartStep::Rollout,
        }
    }

    /// Whether it is done before the manifests are applied.
    #[must_use]
    pub fn is_first(&self) -> bool {
        self.step == RestartStep::DeleteFirst
    }
}

/// Whether pods stay until somebody deletes them: what the first versions of these
/// kinds did unless told otherwise.
fn is_on_delete(resource: &Resource<'_, '_>) -> bool {
    let strategy = resource.text(&["spec", "updateStrategy", "type"]);
    let id = &resource.id;
    match strategy.ok().flatten() {
        Some(strategy) => strategy == "OnDelete",
        None => matches!(
            (id.kind.as_str(), id.api_version.as_str()),
            ("DaemonSet", "extensions/v1beta1") | ("StatefulSet", "apps/v1beta1")
        ),
    }
}

/// The labels of the workload's pods, as `kubectl -l` takes them.
fn selector(resource: &Resource<'_, '_>) -> String {
    let of = |keys: &[&str]| {
        let tree = resource.tree();
        let labels = resource.find(keys).ok().flatten()?;
        let entries = tree.entries_of(labels).into_iter();
        let labels =
            entries.filter_map(|(key, value)| Some(format!("{key}={}", tree.text(value)?)));
        let labels = labels.collect::<Vec<_>>().join(",");
        (!labels.is_empty()).then_some(labels)
    };
    let own: &[&str] = match resource.id.kind.as_str() {
        "ReplicationController" => &["spec", "selector"],
        _ => &["spec", "selector", "matchLabels"],
    };
    let labels = of(own).or_else(|| of(&["spec", "template", "metadata", "labels"]));
    labels.unwrap_or_default()
}

/// The command.
impl fmt::Display for Restart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("kubectl ")?;
        if let Some(namespace) = &self.namespace {
            write!(f, "-n {} ", shell_word(namespace))?;
        }
        let object = || shell_word(&format!("{}/{}", self.kind, self.name));
        match &self.step {
            RestartStep::Rollout => write!(f, "rollout restart {}", object()),
            RestartStep::DeletePods(selector) => {
                write!(f, "delete pods -l {}", shell_word(selector))
            }
            RestartStep::DeleteFirst => write!(f, "delete --ignore-not-found {}", object()),
        }
    }
}
