//! Where etcd is: `etcd_endpoints` of the ConfigMap, or a container's variable
//! that says it by itself.

use cnx_certs::{Setting, help};
use yaml_splice::{Op, Route, Wanted};

use super::endpoints::{EndpointFault, Endpoints, Found};
use crate::edits::set_config_data;
use crate::finding::{Code, Finding};
use crate::resource::Resource;
use crate::transform::{Edit, Outcome, Target, Transform};

/// The ConfigMap's key.
pub(super) const FIELD: &str = "etcd_endpoints";

/// Writes `https://` for `http://`, or the endpoints that are given.
///
/// ```text
///   etcd_endpoints: "http://127.0.0.1:2379"   ->   etcd_endpoints: "https://127.0.0.1:2379"
/// ```
pub(super) struct ConfigEndpoints<'m> {
    pub(super) given: Option<&'m Endpoints>,
}

impl ConfigEndpoints<'_> {
    /// Whether the key is there; commented out it counts where endpoints are
    /// given, since nobody knows whether those in a comment are right.
    pub(super) fn are_mentioned(&self, resource: &Resource<'_, '_>) -> bool {
        let data = resource.route(&["data"]);
        let tree = resource.tree();
        let wanted = Wanted::Entry(FIELD.to_owned());
        // An error is one that the edit will tell.
        match (tree.find(&data.key(FIELD)), self.given) {
            (Ok(None), None) => false,
            (Ok(None), Some(_)) => !matches!(tree.find_commented(&data, &wanted), Ok(None)),
            _ => true,
        }
    }
}

impl Transform for ConfigEndpoints<'_> {
    fn edit(&self) -> Edit {
        Edit::EtcdEndpoints
    }

    fn plan(&self, target: &Target<'_, '_>) -> Result<Outcome, Finding> {
        let at = target.resource.route(&["data", FIELD]);
        let tree = target.resource.tree();
        let text = match tree.find(&at).map_err(|e| target.yaml(&e))? {
            None => "",
            // What is no scalar is told by the shared edit.
            Some(id) => match tree.text(id) {
                None => return set_config_data(target, FIELD, ""),
                Some(text) => text,
            },
        };
        match wanted(self.given, text, Found::read, target, &at)? {
            None => Ok(Outcome::AlreadyHardened),
            Some(text) => set_config_data(target, FIELD, &text),
        }
    }
}

/// The same, of one client: of a variable's `value`, of an argument, or of an entry that
/// `envFrom` brings.
pub(super) struct OwnEndpoints<'m> {
    pub(super) given: Option<&'m Endpoints>,
    /// The field.
    pub(super) at: Route,
    /// What stands before the endpoints in it: `--etcd-servers=`.
    pub(super) before: String,
    pub(super) edit: Edit,
    pub(super) part: String,
}

impl Transform for OwnEndpoints<'_> {
    fn edit(&self) -> Edit {
        self.edit
    }

    fn part(&self) -> Option<String> {
        Some(self.part.clone())
    }

    fn plan(&self, target: &Target<'_, '_>) -> Result<Outcome, Finding> {
        let text = target.resource.tree().text_at(&self.at);
        let text = text.map_err(|e| target.yaml(&e))?.unwrap_or_default();
        let text = text.strip_prefix(self.before.as_str()).unwrap_or(text);
        match wanted(self.given, text, Found::of_variable, target, &self.at)? {
            None => Ok(Outcome::AlreadyHardened),
            Some(text) => {
                let text = format!("{}{text}", self.before);
                Ok(Outcome::Change(vec![Op::set(self.at.clone(), text)]))
            }
        }
    }
}

/// What to write in place of `text`; none where it is right.
fn wanted(
    given: Option<&Endpoints>,
    text: &str,
    found: impl Fn(&str) -> Found,
    target: &Target<'_, '_>,
    at: &Route,
) -> Result<Option<String>, Finding> {
    if let Some(given) = given {
        let given = given.to_string();
        return Ok((given != text).then_some(given));
    }
    let setting = Setting::EtcdEndpoints;
    match found(text) {
        Found::Secure => Ok(None),
        Found::Insecure(secured) => Ok(Some(secured)),
        Found::Unset => {
            let message = match text.trim() {
                "" => "etcd's endpoints are not set",
                _ => "etcd's endpoints have a placeholder in them",
            };
            let help = help![
                "give etcd's endpoints with ",
                setting,
                ", or write them there"
            ];
            Err(target.conflict(Code::EndpointsUnset, at, message, help))
        }
        Found::Malformed(error) => {
            let code = match error.fault {
                EndpointFault::NoScheme => Code::EndpointScheme,
                _ => Code::EndpointMalformed,
            };
            let message = format!("etcd's endpoint {} {}", error.number, error.fault);
            let help = help![
                "write https://HOST:PORT, several with commas and nothing else between, or give \
                 them with ",
                setting
            ];
            Err(target.conflict(code, at, message, help))
        }
    }
}
