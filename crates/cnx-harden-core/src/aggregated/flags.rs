//! The flags of a server: `--tls-cert-file` and `--tls-private-key-file`.

use yaml_splice::{Op, Route, Wanted};

use super::layout::FLAGS;
use crate::finding::{Code, Finding};
use crate::inventory::Container;
use crate::transform::{Edit, Outcome, Target, Transform};

/// Adds the flags behind the other arguments, uncomments them, or gives them their
/// values.
///
/// ```text
///   args:                                 args:
///   - --cert-dir=/tmp               ->    - --cert-dir=/tmp
///   - --secure-port=10250                 - --secure-port=10250
///                                         - --tls-cert-file=/etc/serving-certs/tls.crt
///                                         - --tls-private-key-file=/etc/serving-certs/tls.key
/// ```
///
/// What has no `args` has its arguments behind `command`.
pub(super) struct Flags<'m> {
    pub(super) container: &'m Container,
    pub(super) paths: &'m [String; 2],
    /// Whether each is there, by itself or in a command line.
    pub(super) set: [bool; 2],
}

/// Programs that take their own command line apart.
const SHELLS: [&str; 5] = ["ash", "bash", "dash", "sh", "zsh"];

impl Flags<'_> {
    /// The flags that are missing, each with its value.
    fn missing(&self) -> impl Iterator<Item = (&'static str, String)> {
        let all = FLAGS.into_iter().zip(self.paths).zip(self.set);
        let missing = all.filter(|(_, set)| !set);
        missing.map(|((name, path), _)| (name, format!("{name}={path}")))
    }

    /// The argument that is the flag without a value.
    fn empty(&self, name: &str) -> Option<&Route> {
        let mut arguments = self.container.arguments.iter();
        let found = arguments.find(|(_, text)| {
            let value = text.strip_prefix(name);
            value.is_some_and(|value| value.is_empty() || value == "=")
        });
        found.map(|(route, _)| route)
    }

    /// Whether a shell runs the server.
    fn shell(&self) -> Option<&Route> {
        let [(_, program), (at, line), ..] = self.container.arguments.as_slice() else {
            return None;
        };
        let program = program.rsplit('/').next().unwrap_or_default();
        // `-c`, alone or with other letters: `-ec`.
        let letters = line.strip_prefix('-').filter(|rest| !rest.starts_with('-'));
        let runs = letters.is_some_and(|letters| letters.contains('c'));
        (SHELLS.contains(&program) && runs).then_some(at)
    }

    /// The list that a flag is added to.
    fn list(&self, target: &Target<'_, '_>) -> Result<Option<Route>, yaml_splice::Error> {
        let tree = target.resource.tree();
        for list in ["args", "command"] {
            let at = self.container.at.key(list);
            let items = tree.find(&at)?.and_then(|id| tree.items_len(id));
            if items.is_some_and(|items| items > 0) {
                return Ok(Some(at));
            }
        }
        Ok(None)
    }
}

impl Transform for Flags<'_> {
    fn edit(&self) -> Edit {
        Edit::Arguments
    }

    fn part(&self) -> Option<String> {
        Some(FLAGS.join(" "))
    }

    fn plan(&self, target: &Target<'_, '_>) -> Result<Outcome, Finding> {
        let tree = target.resource.tree();
        let yaml = |error| target.yaml(&error);
        let words: Vec<String> = self.missing().map(|(_, text)| text).collect();
        let refuse = |at: &Route, why: &str, help: String| {
            let message = format!("{} cannot be added: {why}", FLAGS.join(" and "));
            Err(target.conflict(Code::UnexpectedValue, at, message, help))
        };
        let mut ops = Vec::new();
        for (name, text) in self.missing() {
            if let Some(at) = self.empty(name) {
                ops.push(Op::set(at.clone(), text));
                continue;
            }
            if let Some(at) = self.shell() {
                let help = format!("add {} to its command line", words.join(" "));
                return refuse(at, "a shell runs the server", help);
            }
            let wanted = Wanted::Text(text.clone());
            let lists = ["args", "command"].map(|list| self.container.at.key(list));
            let mut commented = None;
            for at in lists {
                if tree.find_commented(&at, &wanted).map_err(yaml)?.is_some() {
                    commented.get_or_insert(at);
                }
            }
            match (commented, self.list(target).map_err(yaml)?) {
                (Some(at), _) => ops.push(Op::uncomment(at, wanted)),
                (None, Some(at)) => ops.push(Op::insert_item(at, text)),
                (None, None) => {
                    let why = "without args and command, its image says its arguments, which \
                               args would replace";
                    let help = "write the image's arguments out in args, then run this again";
                    return refuse(&self.container.at, why, help.to_owned());
                }
            }
        }
        Ok(match ops.is_empty() {
            true => Outcome::AlreadyHardened,
            false => Outcome::Change(ops),
        })
    }
}
