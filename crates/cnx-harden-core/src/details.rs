//! What a finding is about, as data.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use yaml_splice::{Route, Step, Tree};

/// What a finding names, for programs: never a value that may be secret.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Details {
    /// The container, or init container.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub container: Option<String>,
    /// The container's variable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variable: Option<String>,
    /// The pod's volume.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume: Option<String>,
    /// The key of a Secret or a ConfigMap.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// What a certificate says, and what it should.
    #[serde(flatten)]
    pub certificate: cnx_certs::Details,
}

impl Details {
    /// Whether there is nothing to tell.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What a route leads through.
    pub(crate) fn of(tree: &Tree<'_>, route: &Route) -> Self {
        let mut details = Self::default();
        let mut at = Route::root();
        let mut steps = route.steps().iter().peekable();
        while let Some(step) = steps.next() {
            at = at.step(step.clone());
            let (Step::Key(field), Some(next)) = (step, steps.peek()) else {
                continue;
            };
            let name = || match next {
                Step::Item { field, value } if field == "name" => Some(value.clone()),
                _ => {
                    let name = tree.text_at(&at.step((*next).clone()).key("name"));
                    name.ok().flatten().map(str::to_owned)
                }
            };
            match (field.as_str(), next) {
                ("containers" | "initContainers", _) => details.container = name(),
                ("env", _) => details.variable = name(),
                ("volumes", _) => details.volume = name(),
                ("data" | "stringData" | "binaryData", Step::Key(key)) => {
                    details.key = Some(key.clone());
                }
                _ => {}
            }
        }
        details
    }
}

impl From<cnx_certs::Details> for Details {
    fn from(certificate: cnx_certs::Details) -> Self {
        Self {
            certificate,
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_tells_what_it_leads_through() {
        let text = "spec: {containers: [{name: a}, {name: b, env: [{name: CA, value: x}]}]}\n";
        let tree = yaml_splice::documents(text)
            .next()
            .unwrap()
            .parse()
            .unwrap();
        let containers = Route::root().keys(&["spec", "containers"]);
        let by_number = containers.index(1).key("env").index(0).key("value");
        let by_name = containers.item("name", "b").key("env").item("name", "CA");
        for route in [by_number, by_name] {
            let details = Details::of(&tree, &route);
            let names = (details.container.as_deref(), details.variable.as_deref());
            assert_eq!(names, (Some("b"), Some("CA")), "{route}");
        }
        assert!(Details::of(&tree, &containers).is_empty());
        let key = Details::of(&tree, &Route::root().keys(&["data", "etcd-ca"])).key;
        assert_eq!(key.as_deref(), Some("etcd-ca"));
    }
}
