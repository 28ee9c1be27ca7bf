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
pub(crate) struct InsecureSkipTlsVerify;

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
        let tree = target.resource.tree();
        match tree.boolean(id) {
            _ if tree.is_null(id) => Ok(Outcome::AlreadyHardened),
            Some(false) => Ok(Outcome::AlreadyHardened),
            Some(true) => Ok(Outcome::Change(vec![Op::remove(at)])),
            None => Err(target.conflict(
                Code::UnexpectedValue,
                &at,
                "insecureSkipTLSVerify is neither true nor false",
                "remove the line, or write `true` there",
            )),
        }
    }
}
