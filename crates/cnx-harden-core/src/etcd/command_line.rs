//! Flags of a program that is called with them: etcdctl, which writes flannel's
//! configuration in Canal's manifests; Kubernetes' API servers, and flannel.

use yaml_splice::{InsertAt, Op, Route, Wanted};

use super::client::Client;
use super::files::FileOf;
use crate::finding::{Code, Finding};
use crate::names::EtcdNames;
use crate::transform::{Edit, Outcome, Target, Transform};

/// Uncomments a flag. For programs that are configured by flags alone, a missing flag
/// is inserted after the endpoints.
///
/// ```text
///   - "etcdctl"                                        - "etcdctl"
///   # - "--cert-file=/calico-secrets/etcd-cert"   ->   - "--cert-file=/calico-secrets/etcd-cert"
///   - "set"                                            - "set"
/// ```
pub(super) struct Flag<'m> {
    pub(super) names: &'m EtcdNames,
    pub(super) client: &'m Client<'m>,
    pub(super) file: FileOf,
    pub(super) flag: &'static str,
    /// The argument with the endpoints, where what is missing is inserted.
    pub(super) behind: Option<&'m Route>,
}

/// Where a flag is.
enum Found {
    Live { number: usize, list: &'static str },
    Commented { list: &'static str },
}

impl Flag<'_> {
    fn text(&self) -> String {
        format!("{}={}", self.flag, self.names.path(self.file))
    }

    /// Whether the flag is there, live or commented out.
    pub(super) fn is_mentioned(&self, target: &Target<'_, '_>) -> Result<bool, yaml_splice::Error> {
        Ok(self.find(target)?.is_some())
    }

    /// A flag that is no argument of its own; it may stand in a command line.
    fn insert(&self) -> Outcome {
        let piece = self.client.piece(self.file);
        let (true, None) = (self.client.family.in_arguments, &piece.told) else {
            return Outcome::AlreadyHardened;
        };
        let step = self.behind.and_then(|at| at.steps().last());
        let list = self.behind.and_then(Route::parent);
        let insert =
            |(list, step)| Op::insert_item(list, self.text()).at_place(InsertAt::After(step));
        match list.zip(step.cloned()) {
            Some(behind) => Outcome::Change(vec![insert(behind)]),
            None => Outcome::AlreadyHardened,
        }
    }

    fn find(&self, target: &Target<'_, '_>) -> Result<Option<Found>, yaml_splice::Error> {
        let tree = target.resource.tree();
        for list in ["command", "args"] {
            let at = self.client.program.container.at.key(list);
            let items = tree.find(&at)?.and_then(|id| tree.items_len(id));
            for number in 0..items.unwrap_or(0) {
                let text = tree.text_at(&at.index(number))?.unwrap_or_default();
                let rest = text.strip_prefix(self.flag);
                if rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('=')) {
                    return Ok(Some(Found::Live { number, list }));
                }
            }
            let wanted = Wanted::Text(self.text());
            if tree.find_commented(&at, &wanted)?.is_some() {
                return Ok(Some(Found::Commented { list }));
            }
        }
        Ok(None)
    }
}

impl Transform for Flag<'_> {
    fn edit(&self) -> Edit {
        Edit::CommandLine
    }

    fn part(&self) -> Option<String> {
        Some(format!(
            "{} of {}",
            self.flag, self.client.program.container.name
        ))
    }

    fn plan(&self, target: &Target<'_, '_>) -> Result<Outcome, Finding> {
        let tree = target.resource.tree();
        let yaml = |error| target.yaml(&error);
        let container = &self.client.program.container.at;
        let path = self.names.path(self.file);
        match self.find(target).map_err(yaml)? {
            None => Ok(self.insert()),
            Some(Found::Commented { list }) => Ok(Outcome::Change(vec![Op::uncomment(
                container.key(list),
                Wanted::Text(self.text()),
            )])),
            Some(Found::Live { number, list }) => {
                let at = container.key(list).index(number);
                let next = container.key(list).index(number + 1);
                let text = tree.text_at(&at).map_err(yaml)?.unwrap_or_default();
                let value = match text.split_once('=') {
                    Some((_, value)) => Some(value),
                    None => tree.text_at(&next).map_err(yaml)?,
                };
                if value == Some(&path) {
                    return Ok(Outcome::AlreadyHardened);
                }
                let flag = self.flag;
                let message = format!("{flag} is another path, and the Secret's file is {path}");
                let help = "correct the flag, or remove it: the variable is written instead";
                Err(target.conflict(Code::PathMismatch, &at, message, help))
            }
        }
    }
}
