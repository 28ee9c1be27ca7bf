//! How pods come to use new certificates: they read them when they start, and
//! do not start again when a Secret changes.

use std::fmt;

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

    /// Whether the workload has the annotation, with whatever value.
    pub(crate) fn is_there(&self, resource: &Resource<'_, '_>) -> bool {
        let at = resource.route(&METADATA).key("annotations").key(self.key());
        matches!(resource.tree.find(&at), Ok(Some(_)))
    }
}

impl Transform for RolloutAnnotation<'_> {
    fn edit(&self) -> Edit {
        Edit::RolloutAnnotation
    }

    fn plan(&self, target: &Target<'_, '_>) -> Result<Outcome, Finding> {
        let tree = target.resource.tree;
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

/// A workload whose pods have to be replaced by hand, since they would go on
/// with the certificates that they have read.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct Restart {
    /// Its kind, as kubectl takes it.
    pub kind: String,
    /// Its namespace, where it says one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
}

impl Restart {
    pub(crate) fn of(id: &ResourceId) -> Self {
        Self {
            kind: id.kind.to_ascii_lowercase(),
            namespace: id.namespace.clone(),
            name: id.name.clone(),
        }
    }
}

/// The command.
impl fmt::Display for Restart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("kubectl ")?;
        if let Some(namespace) = &self.namespace {
            write!(f, "-n {namespace} ")?;
        }
        write!(f, "rollout restart {}/{}", self.kind, self.name)
    }
}
