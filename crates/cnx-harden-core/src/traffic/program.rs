//! Containers: their variables, mounts, and what they are as clients of etcd.

use yaml_splice::{Route, Span, Value};

use super::model::Place;
use super::read::{Seen, Text, spot};
use crate::edits;
use crate::etcd::{Family, FileOf, Pod};
use crate::names::Names;
use crate::resource::{Resource, ResourceId};
use crate::wired::near;

/// A container.
#[derive(Debug)]
pub(super) struct Program {
    /// The workload.
    pub(super) id: ResourceId,
    pub(super) input: usize,
    /// Its name.
    pub(super) name: String,
    /// Where it begins.
    pub(super) place: Place,
    /// Its variables for etcd and Typha, in their order.
    pub(super) variables: Vec<(String, Setting)>,
    /// Which of them are keys of ConfigMaps.
    references: Vec<Reference>,
    /// Where its volumes are mounted, each with the Secret that it is.
    pub(super) mounts: Vec<(String, Option<String>)>,
    /// The workload's `replicas`.
    pub(super) replicas: Option<i64>,
    /// What it is as a client of etcd, with each kind of names.
    pub(super) etcd: Vec<Client>,
}

/// A container as a client of etcd.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) family: &'static Family,
    /// Whether it installs the CNI plugin.
    pub(super) installer: bool,
}

/// A variable whose value is that of a ConfigMap's key.
#[derive(Debug)]
struct Reference {
    /// The number of the variable.
    variable: usize,
    name: String,
    key: String,
}

/// What a variable is set to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Setting {
    /// Nothing, or an empty text.
    Unset,
    /// A text, and where it is.
    Text(String, Place),
    /// The value of an object that is not in the input: its kind and name.
    Elsewhere(String, Place),
}

impl Setting {
    pub(super) const fn is_set(&self) -> bool {
        matches!(self, Self::Text(..))
    }

    /// As Felix and Typha read it: `none` is nothing.
    pub(super) fn unless_none(self) -> Self {
        match self {
            Self::Text(text, _) if text.eq_ignore_ascii_case("none") => Self::Unset,
            other => other,
        }
    }
}

impl Program {
    /// What a variable is set to. Of two with one name the later one counts.
    pub(super) fn variable(&self, name: &str) -> Setting {
        let mut named = self.variables.iter().rev().filter(|(n, _)| n == name);
        named.next().map_or(Setting::Unset, |(_, s)| s.clone())
    }

    /// The files' paths: CA, key, certificate.
    pub(super) fn files(&self, client: &Client) -> [Setting; 3] {
        FileOf::ALL.map(|file| self.variable(client.family.variable(file)))
    }

    /// For people.
    pub(super) fn what(&self) -> String {
        format!("{} {}, container {}", self.id.kind, self.id.name, self.name)
    }
}

/// Whether it takes a value from a ConfigMap that was not seen yet.
pub(super) fn is_open(seen: &Seen, program: &Program) -> bool {
    let namespace = program.id.namespace.as_deref();
    program.references.iter().any(|reference| {
        let found = seen.object(program.input, namespace, "ConfigMap", &reference.name);
        found.is_none()
    })
}

/// Looks up what ConfigMaps hold.
pub(super) fn resolve(seen: &Seen, program: &mut Program) {
    let (input, namespace) = (program.input, program.id.namespace.as_deref());
    for Reference {
        variable,
        name,
        key,
    } in &program.references
    {
        let Some((_, setting)) = program.variables.get_mut(*variable) else {
            continue;
        };
        let held = near(&seen.values, input, namespace, ("ConfigMap", name, key));
        if let Some(held) = held {
            *setting = Setting::of(&String::from_utf8_lossy(held.bytes()), spot(held));
        } else if seen.object(input, namespace, "ConfigMap", name).is_some() {
            *setting = Setting::Unset;
        }
    }
}

/// The containers of a workload or pod.
pub(super) fn read(
    text: &Text<'_>,
    resource: &Resource<'_, '_>,
    names: &Names,
) -> Result<Vec<Program>, yaml_splice::Error> {
    let Some(pod) = edits::pod(resource) else {
        return Ok(Vec::new());
    };
    let reader = Reader { text, resource };
    let tree = resource.tree;
    let volumes = reader.value(&pod.key("volumes"))?;
    let clients = Pod::read(resource, &names.etcd)?;
    let clients = clients.map_or_else(Vec::new, |pod| pod.clients);
    let replicas = resource.integer(&["spec", "replicas"])?;
    let mut programs = Vec::new();
    for container in edits::containers(resource, &pod)? {
        let span = tree.find(&container.at)?.map(|id| tree.span(id));
        let of = clients.iter().filter(|c| c.container == container);
        let etcd = of.map(|client| Client {
            family: client.family,
            installer: client.installer,
        });
        let (variables, references) = reader.variables(&container.at)?;
        programs.push(Program {
            id: resource.id.clone(),
            input: text.input.number,
            place: reader.place(span),
            variables,
            references,
            mounts: reader.mounts(&container.at, &volumes)?,
            replicas,
            etcd: etcd.collect(),
            name: container.name,
        });
    }
    Ok(programs)
}

/// Those for etcd and Typha, and which of them refer to ConfigMaps.
type Variables = (Vec<(String, Setting)>, Vec<Reference>);

struct Reader<'r, 'a, 't> {
    text: &'r Text<'r>,
    resource: &'r Resource<'a, 't>,
}

impl Reader<'_, '_, '_> {
    fn variables(&self, container: &Route) -> Result<Variables, yaml_splice::Error> {
        let tree = self.resource.tree;
        let env = container.key("env");
        let items = tree.find(&env)?.and_then(|id| tree.items_len(id));
        let mut variables = Vec::new();
        let mut references = Vec::new();
        for number in 0..items.unwrap_or(0) {
            let at = env.index(number);
            let Some(name) = tree.text_at(&at.key("name"))? else {
                continue;
            };
            if !name.contains("ETCD") && !name.contains("TYPHA") {
                continue;
            }
            let span = tree.find(&at)?.map(|id| tree.span(id));
            let item = self.value(&at)?;
            if let Some((name, key)) = reference(&item, "configMapKeyRef") {
                references.push(Reference {
                    variable: variables.len(),
                    name,
                    key,
                });
            }
            variables.push((name.to_owned(), setting(&item, self.place(span))));
        }
        Ok((variables, references))
    }

    /// The paths at which the container has its volumes.
    fn mounts(
        &self,
        container: &Route,
        volumes: &Value,
    ) -> Result<Vec<(String, Option<String>)>, yaml_splice::Error> {
        let Value::Sequence(mounts) = self.value(&container.key("volumeMounts"))? else {
            return Ok(Vec::new());
        };
        let text =
            |item: &Value, key: &str| item.get(key).and_then(Value::as_text).map(str::to_owned);
        let secret = |name: &str| {
            let Value::Sequence(volumes) = volumes else {
                return None;
            };
            let volume = volumes
                .iter()
                .find(|volume| text(volume, "name").as_deref() == Some(name))?;
            text(volume.get("secret")?, "secretName")
        };
        let mounts = mounts.iter().filter_map(|mount| {
            let name = text(mount, "name")?;
            Some((text(mount, "mountPath")?, secret(&name)))
        });
        Ok(mounts.collect())
    }

    fn value(&self, route: &Route) -> Result<Value, yaml_splice::Error> {
        let tree = self.resource.tree;
        let found = tree.find(route)?;
        found.map_or(Ok(Value::null()), |id| tree.read(id))
    }

    fn place(&self, span: Option<Span>) -> Place {
        self.text.place(span.unwrap_or(Span::at(0)))
    }
}

/// What an `env` item says.
fn setting(item: &Value, place: Place) -> Setting {
    if let Some(value) = item.get("value").and_then(Value::as_text) {
        return Setting::of(value, place);
    }
    let elsewhere = [("ConfigMap", "configMapKeyRef"), ("Secret", "secretKeyRef")];
    let mut found = elsewhere.iter().filter_map(|(kind, field)| {
        let (name, _) = reference(item, field)?;
        Some(format!("{kind} {name}"))
    });
    let found = found.next();
    found.map_or(Setting::Unset, |object| Setting::Elsewhere(object, place))
}

/// The object and the key that a value is taken from.
fn reference(item: &Value, field: &str) -> Option<(String, String)> {
    let reference = item.get("valueFrom")?.get(field)?;
    let text = |key: &str| reference.get(key)?.as_text().map(str::to_owned);
    text("name").zip(text("key"))
}
