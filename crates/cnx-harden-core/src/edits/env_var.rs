//! A container's environment variable.

use yaml_splice::{Op, Route, Value, Wanted};

use crate::finding::{Code, Finding};
use crate::transform::{Outcome, Target};

/// What a variable is set to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum EnvValue {
    /// A text.
    Text(String),
    /// A ConfigMap's entry.
    ConfigMapKey {
        /// The ConfigMap.
        name: String,
        /// The entry's key.
        key: String,
    },
}

impl EnvValue {
    fn entry(&self) -> (&'static str, Value) {
        match self {
            Self::Text(text) => ("value", Value::string(text)),
            Self::ConfigMapKey { name, key } => {
                let reference =
                    Value::mapping([("name", Value::string(name)), ("key", Value::string(key))]);
                let from = Value::mapping([("configMapKeyRef", reference)]);
                ("valueFrom", from)
            }
        }
    }

    /// Whether an `env` item has this value.
    fn is_of(&self, item: &Value) -> bool {
        match self {
            Self::Text(text) => item.get("value").and_then(Value::as_text) == Some(text),
            Self::ConfigMapKey { name, key } => {
                let reference = item.get("valueFrom").and_then(|v| v.get("configMapKeyRef"));
                let field = |key| reference.and_then(|r| r.get(key)).and_then(Value::as_text);
                field("name") == Some(name) && field("key") == Some(key)
            }
        }
    }
}

/// What to do where the variable is live and has another value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Other {
    /// Set it. A value that comes from elsewhere (`valueFrom`) is a conflict.
    Set,
    /// Keep it: its owner knows.
    Keep,
}

/// The variable that a container is to have.
///
/// ```text
///     # - name: ETCD_CA_CERT_FILE           - name: ETCD_CA_CERT_FILE
///     #   valueFrom:                          valueFrom:
///     #     configMapKeyRef:         ->         configMapKeyRef:
///     #       name: calico-config                 name: calico-config
///     #       key: etcd_ca                        key: etcd_ca
/// ```
#[derive(Clone, Copy, Debug)]
pub(crate) struct EnvVar<'m> {
    /// Its name.
    pub(crate) name: &'m str,
    /// Its value.
    pub(crate) value: &'m EnvValue,
    /// What to do about another value.
    pub(crate) other: Other,
}

impl EnvVar<'_> {
    /// Plans the variable of the container at `container`.
    pub(crate) fn plan(
        &self,
        target: &Target<'_, '_>,
        container: &Route,
    ) -> Result<Outcome, Finding> {
        let tree = target.resource.tree();
        let yaml = |error| target.yaml(&error);
        let name = self.name;
        let env = container.key("env");
        let at = env.item("name", name);
        if let Some(id) = tree.find(&at).map_err(yaml)? {
            return self.live(target, &at, &tree.read(id).map_err(yaml)?);
        }
        let wanted = Wanted::Item {
            field: "name".into(),
            value: name.to_owned(),
        };
        if let Some(commented) = tree.find_commented(&env, &wanted).map_err(yaml)? {
            let known = ["name", "value", "valueFrom"];
            if let Some(key) = super::unknown_key(&commented.value, &known) {
                return Err(target.conflict(
                    Code::UnexpectedValue,
                    &env,
                    format!("the commented-out variable {name} would have a field {key:?}"),
                    "move that line away from the variable's lines, if it is a remark",
                ));
            }
            if self.other != Other::Keep && !self.value.is_of(&commented.value) {
                return Err(target.conflict(
                    Code::UnexpectedValue,
                    &env,
                    format!("the variable {name} is commented out, with another value"),
                    "correct the value in the comment, or remove the comment",
                ));
            }
            return Ok(Outcome::Change(vec![Op::uncomment(env, wanted)]));
        }
        let value = Value::mapping([("name", Value::string(name)), self.value.entry()]);
        Ok(Outcome::Change(vec![Op::insert_item(env, value)]))
    }

    fn live(&self, target: &Target<'_, '_>, at: &Route, item: &Value) -> Result<Outcome, Finding> {
        let name = self.name;
        if self.value.is_of(item) {
            return Ok(Outcome::AlreadyHardened);
        }
        let conflict = |help: &str| {
            let message = format!("the variable {name} has another value");
            target.conflict(Code::UnexpectedValue, at, message, help)
        };
        match (self.other, self.value) {
            (Other::Keep, _) => Ok(Outcome::AlreadyHardened),
            (Other::Set, EnvValue::Text(text)) => {
                let from = item.get("valueFrom").is_some_and(|from| !from.is_null());
                match item.get("value") {
                    _ if from => Err(conflict("remove its valueFrom, then run this again")),
                    Some(value) if value.as_text().is_some() => {
                        Ok(Outcome::Change(vec![Op::set(at.key("value"), text)]))
                    }
                    Some(_) => Err(conflict("remove the variable, then run this again")),
                    None => Ok(Outcome::Change(vec![Op::insert_entry(
                        at.clone(),
                        "value",
                        text,
                    )])),
                }
            }
            (Other::Set, EnvValue::ConfigMapKey { .. }) => {
                Err(conflict("remove the variable, then run this again"))
            }
        }
    }
}
