//! The variables by which a container finds the files.

use yaml_splice::{Op, Value, Wanted};

use super::client::Client;
use super::files::FileOf;
use crate::edits::{EnvVar, Other};
use crate::finding::{Code, Finding};
use crate::names::EtcdNames;
use crate::transform::{Edit, Outcome, Target, Transform};

/// Uncomments a variable, or inserts it behind the others.
///
/// ```text
///     # - name: ETCD_CA_CERT_FILE           - name: ETCD_CA_CERT_FILE
///     #   valueFrom:                          valueFrom:
///     #     configMapKeyRef:         ->         configMapKeyRef:
///     #       name: calico-config                 name: calico-config
///     #       key: etcd_ca                        key: etcd_ca
/// ```
///
/// A variable that is there stays, if it names the Secret's file: by the
/// ConfigMap's key, or by its path.
pub(super) struct Variable<'m> {
    pub(super) names: &'m EtcdNames,
    pub(super) client: &'m Client<'m>,
    pub(super) file: FileOf,
}

impl Variable<'_> {
    const fn name(&self) -> &'static str {
        self.client.family.variable(self.file)
    }

    /// Whether the variable is there, live or commented out.
    pub(super) fn is_mentioned(&self, target: &Target<'_, '_>) -> Result<bool, yaml_splice::Error> {
        let env = self.client.program.container.at.key("env");
        let tree = target.resource.tree();
        let live = tree.find(&env.item("name", self.name()))?;
        Ok(live.is_some() || tree.find_commented(&env, &self.wanted())?.is_some())
    }

    fn wanted(&self) -> Wanted {
        Wanted::Item {
            field: "name".to_owned(),
            value: self.name().to_owned(),
        }
    }

    /// What is to be done with an item that has the variable's name.
    fn judge(&self, item: &Value) -> Verdict {
        let key = self.file.config_key();
        let path = self.names.path(self.file);
        let name = self.name();
        if let Some(value) = item.get("value").and_then(Value::as_text) {
            return match value {
                "" => Verdict::Empty,
                value if value == path => Verdict::Right,
                _ => Verdict::Wrong(
                    Code::PathMismatch,
                    format!("{name} is another path, and the Secret's file is {path}"),
                ),
            };
        }
        let from = item.get("valueFrom");
        let reference = from.and_then(|from| from.get("configMapKeyRef"));
        match reference
            .and_then(|r| r.get("key"))
            .and_then(Value::as_text)
        {
            Some(found) if found == key => Verdict::Right,
            Some(_) => Verdict::Wrong(
                Code::VariableMismatch,
                format!("{name} takes another entry of the ConfigMap than {key}"),
            ),
            None => Verdict::Wrong(
                Code::VariableMismatch,
                format!("{name} is neither a path nor an entry of a ConfigMap"),
            ),
        }
    }
}

enum Verdict {
    Right,
    Empty,
    Wrong(Code, String),
}

impl Transform for Variable<'_> {
    fn edit(&self) -> Edit {
        Edit::Environment
    }

    fn part(&self) -> Option<String> {
        Some(format!(
            "{} of {}",
            self.name(),
            self.client.program.container.name
        ))
    }

    fn plan(&self, target: &Target<'_, '_>) -> Result<Outcome, Finding> {
        let tree = target.resource.tree();
        let yaml = |error| target.yaml(&error);
        let env = self.client.program.container.at.key("env");
        let at = env.item("name", self.name());
        let live = tree.find(&at).map_err(yaml)?.map(|id| tree.read(id));
        let live = live.transpose().map_err(yaml)?;
        let commented = match live {
            Some(_) => None,
            None => tree.find_commented(&env, &self.wanted()).map_err(yaml)?,
        };
        let (item, place) = match (&live, &commented) {
            (Some(item), _) => (Some(item), &at),
            (None, Some(commented)) => (Some(&commented.value), &env),
            (None, None) => (None, &env),
        };
        match (item.map(|item| self.judge(item)), live.is_some()) {
            (Some(Verdict::Wrong(code, message)), _) => {
                let help = "correct it, or remove it so that it is written anew";
                return Err(target.conflict(code, place, message, help));
            }
            (Some(Verdict::Empty), true) => {
                return Ok(Outcome::Change(vec![Op::set(
                    at.key("value"),
                    self.names.path(self.file),
                )]));
            }
            (Some(Verdict::Empty), false) => {
                let message = format!("{} is commented out with an empty value", self.name());
                let help = "remove the comment, so that the variable is written anew";
                return Err(target.conflict(Code::UnexpectedValue, place, message, help));
            }
            _ => {}
        }
        let variable = EnvVar {
            name: self.name(),
            value: &self.client.value(self.file, self.names),
            other: Other::Keep,
        };
        variable.plan(target, &self.client.program.container.at)
    }
}
