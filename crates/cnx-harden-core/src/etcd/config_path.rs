//! The ConfigMap's `etcd_ca`, `etcd_cert` and `etcd_key`: where the files are.

use cnx_certs::{Help, Setting, help};
use yaml_splice::{Route, Tree};

use super::files::FileOf;
use crate::edits::set_config_data;
use crate::finding::{Code, Finding};
use crate::names::EtcdNames;
use crate::transform::{Edit, Outcome, Target, Transform};

/// Sets one of the three to the path that the comment behind it names.
///
/// ```text
///   etcd_ca: ""   # "/calico-secrets/etcd-ca"
///   etcd_ca: "/calico-secrets/etcd-ca"   # "/calico-secrets/etcd-ca"
/// ```
///
/// A path that is there already stays, if it is the Secret's file.
pub(super) struct ConfigPath<'m> {
    pub(super) names: &'m EtcdNames,
    pub(super) file: FileOf,
}

impl Transform for ConfigPath<'_> {
    fn edit(&self) -> Edit {
        self.file.config_edit()
    }

    fn plan(&self, target: &Target<'_, '_>) -> Result<Outcome, Finding> {
        let yaml = |error| target.yaml(&error);
        let key = self.file.config_key();
        let path = self.names.path(self.file);
        let at = target.resource.route(&["data", key]);
        let tree = target.resource.tree();
        let live = tree.text_at(&at).map_err(yaml)?.unwrap_or_default();
        let named = named_behind(tree, &at).map_err(yaml)?;
        let mismatch = |found: &str, help: Help| {
            let message = format!("{found}, and the Secret's file is {path}");
            Err(target.conflict(Code::PathMismatch, &at, message, help))
        };
        match (is_unset(live), named) {
            (false, _) if live != path => mismatch(
                &format!("{key} is another path"),
                help![
                    format!(
                        "empty the value, so that it is set to {path}; if the files really are \
                         elsewhere, give the folder with "
                    ),
                    Setting::EtcdMountPath,
                ],
            ),
            (true, Some(named)) if named != path => mismatch(
                &format!("the comment behind {key} names another path"),
                help![
                    "correct the comment or remove it; if the files really are there, give the \
                     folder with ",
                    Setting::EtcdMountPath,
                ],
            ),
            _ => set_config_data(target, key, &path),
        }
    }
}

/// Nothing, or a placeholder.
fn is_unset(text: &str) -> bool {
    let placeholder = text.starts_with('<') && text.ends_with('>');
    text.is_empty() || text == "null" || text == "~" || placeholder
}

/// The path in the comment on the line of the value at `at`.
fn named_behind<'t>(tree: &Tree<'t>, at: &Route) -> Result<Option<&'t str>, yaml_splice::Error> {
    let Some(id) = tree.find(at)? else {
        return Ok(None);
    };
    let behind = tree.source().get(tree.span(id).end..);
    let line = behind.and_then(|rest| rest.lines().next());
    let comment = line.and_then(|line| line.trim_start().strip_prefix('#'));
    let path = comment.map(|comment| comment.trim().trim_matches(['"', '\'']));
    Ok(path.filter(|path| path.starts_with('/') && !path.contains(char::is_whitespace)))
}
