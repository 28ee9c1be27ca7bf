//! Edit 1: remove `insecureSkipTLSVerify: true` from the APIService.

use yaml_splice::Op;

use crate::finding::{Code, Finding};
use crate::transform::{Edit, Outcome, Target, Transform};

/// Removes `insecureSkipTLSVerify: true`, with its line.
///
/// ```text
///   version: v3                              version: v3
///   insecureSkipTLSVerify: true      ->      #caBundle:
///   #caBundle:
/// ```
///
/// It stands or falls with edit 2: Kubernetes rejects the field beside a
/// `caBundle` (kube-aggregator, `apiregistration/validation`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InsecureSkipTlsVerify;

impl Transform for InsecureSkipTlsVerify {
    fn edit(&self) -> Edit {
        Edit::InsecureSkipTlsVerify
    }

    fn plan(&self, target: &Target<'_, '_>) -> Result<Outcome, Finding> {
        let keys = ["spec", "insecureSkipTLSVerify"];
        let at = target.resource.route(&keys);
        let Some(id) = target.resource.find(&keys).map_err(|e| target.yaml(&e))? else {
            return Ok(Outcome::AlreadyHardened);
        };
        let value = target.resource.tree.value(id);
        match value.as_text() {
            _ if value.is_null() => Ok(Outcome::AlreadyHardened),
            Some("false" | "False" | "FALSE") => Ok(Outcome::AlreadyHardened),
            Some("true" | "True" | "TRUE") => Ok(Outcome::Change(vec![Op::remove(at)])),
            _ => Err(target.conflict(
                Code::UnexpectedValue,
                &at,
                "insecureSkipTLSVerify is neither true nor false",
                "remove the line, or write `true` there",
            )),
        }
    }
}
