//! Edit 2: `caBundle` of the APIService.

use yaml_splice::{Op, Value, Wanted};

use crate::finding::{Code, Finding};
use crate::material::CaBundle as Pem;
use crate::transform::{Edit, Outcome, Target, Transform};

/// Uncomments `caBundle:` and sets it to the base64 of the CA's PEM.
///
/// ```text
///   #caBundle:      ->      caBundle: LS0tLS1CRUdJTi…
/// ```
///
/// Another value that is there is replaced (rotation); where neither the field
/// nor its comment is there, it is added behind the last field of `spec`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaBundle<'m> {
    /// The CA's certificates.
    pub ca: &'m Pem,
}

impl Transform for CaBundle<'_> {
    fn edit(&self) -> Edit {
        Edit::CaBundle
    }

    fn plan(&self, target: &Target<'_, '_>) -> Result<Outcome, Finding> {
        let spec = target.resource.route(&["spec"]);
        let service = target.resource.find(&["spec", "service"]);
        let service = service.map_err(|e| target.yaml(&e))?;
        if service.is_none_or(|id| target.resource.tree.is_null(id)) {
            // apiregistration/validation: without a service, no caBundle.
            return Err(target.conflict(
                Code::UnexpectedValue,
                &spec,
                "the APIService has no spec.service, and may not have a caBundle then",
                "name the API server's Service in spec.service",
            ));
        }
        super::set_entry(target, &spec, "caBundle", &self.ca.to_base64())
    }
}

/// The value that `key` is to get, whichever way it can get it.
pub(super) fn set_entry(
    target: &Target<'_, '_>,
    parent: &yaml_splice::Route,
    key: &str,
    text: &str,
) -> Result<Outcome, Finding> {
    let tree = target.resource.tree;
    let at = parent.key(key);
    let yaml = |error| target.yaml(&error);
    let text = text.to_owned();
    if let Some(id) = tree.find(&at).map_err(yaml)? {
        let Some(old) = tree.text(id) else {
            return Err(target.conflict(
                Code::UnexpectedValue,
                &at,
                format!("{key} is not a scalar"),
                "remove the entry, then run this again",
            ));
        };
        // Go's decoder skips line breaks inside of base64.
        let same = old
            .chars()
            .filter(|c| !matches!(c, '\n' | '\r'))
            .eq(text.chars());
        return Ok(if same {
            Outcome::AlreadyHardened
        } else {
            Outcome::Change(vec![Op::SetScalar { at, text }])
        });
    }
    let wanted = Wanted::Entry(key.to_owned());
    let commented = tree.find_commented(parent, &wanted).map_err(yaml)?;
    let parent = parent.clone();
    Ok(Outcome::Change(vec![match commented {
        Some(_) => Op::Uncomment {
            parent,
            wanted,
            set: Some(text),
        },
        None => Op::InsertEntry {
            parent,
            key: key.to_owned(),
            value: Value::string(text),
        },
    }]))
}
