//! Edit 2: `caBundle` of the APIService.

use crate::edits::set_entry;
use crate::finding::{Code, Finding};
use crate::material::CaBundle;
use crate::transform::{Edit, Outcome, Target, Transform};

/// Uncomments `caBundle:` and sets it to the base64 of the CA's PEM.
///
/// ```text
///   #caBundle:      ->      caBundle: LS0tLS1CRUdJTi…
/// ```
///
/// Another value that is there is replaced, or with
/// [`keeping_old`](CaBundle::keeping_old) added to, for a rotation of the CA; where neither the field
/// nor its comment is there, it is added behind the last field of `spec`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CaBundleField<'m> {
    /// The CA's certificates.
    pub(crate) ca: &'m CaBundle,
}

impl Transform for CaBundleField<'_> {
    fn edit(&self) -> Edit {
        Edit::CaBundle
    }

    fn plan(&self, target: &Target<'_, '_>) -> Result<Outcome, Finding> {
        let spec = target.resource.route(&["spec"]);
        let service = target.resource.find(&["spec", "service"]);
        let service = service.map_err(|e| target.yaml(&e))?;
        if service.is_none_or(|id| target.resource.tree().is_null(id)) {
            // apiregistration/validation: without a service, no caBundle.
            return Err(target.conflict(
                Code::UnexpectedValue,
                &spec,
                "the APIService has no spec.service, and may not have a caBundle then",
                "name the API server's Service in spec.service",
            ));
        }
        let old = target.resource.text(&["spec", "caBundle"]);
        let old = old.map_err(|e| target.yaml(&e))?.unwrap_or_default();
        set_entry(target, &spec, "caBundle", &self.ca.base64_over(old))
    }
}
