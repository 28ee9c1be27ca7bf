//! What the manifests' objects say of connections, taken out of the texts.

use yaml_splice::{Position, Route, Span, Value};

use super::model::Place;
use crate::edits::{self, POD_KINDS};
use crate::etcd::{FileOf, Pod, Selectors};
use crate::resource::{Resource, ResourceId};
use crate::source::Source;
use crate::wired::{Held, each, held, near};

/// All that the traffic is derived from.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// The values of Secrets, ConfigMaps and APIServices.
    pub(super) values: Vec<Held>,
    /// All objects of the kinds that count.
    pub(super) objects: Vec<Object>,
    /// The APIServices.
    pub(super) services: Vec<Service>,
    /// The containers.
    pub(super) programs: Vec<Program>,
}

/// An object, and where it begins.
#[derive(Debug)]
pub(super) struct Object {
    pub(super) id: ResourceId,
    pub(super) place: Place,
    pub(super) input: usize,
}

/// An APIService.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) id: ResourceId,
    pub(super) place: Place,
    pub(super) input: usize,
    pub(super) group: Option<String>,
    /// Name and namespace of `spec.service`.
    pub(super) service: Option<(String, String)>,
    /// Where `insecureSkipTLSVerify` is true.
    pub(super) insecure: Option<Place>,
    /// Where there is a `caBundle`, whatever it is.
    pub(super) bundle: Option<Place>,
}

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
    /// Its variables, in their order.
    pub(super) variables: Vec<(String, Setting)>,
    /// Where its volumes are mounted, each with the Secret that it is.
    pub(super) mounts: Vec<(String, Option<String>)>,
    /// The workload's `replicas`.
    pub(super) replicas: Option<(String, Place)>,
    /// What it is as a client of etcd, with each kind of names.
    pub(super) etcd: Vec<Client>,
}

/// A container's settings for etcd.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) endpoints: Setting,
    /// The files' paths: CA, key, certificate.
    pub(super) files: [Setting; 3],
    pub(super) installer: bool,
    /// Whether its program may be told the files by flags.
    pub(super) flags: bool,
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

    /// For people.
    pub(super) fn what(&self) -> String {
        format!("{} {}, container {}", self.id.kind, self.id.name, self.name)
    }
}

impl Seen {
    pub(super) fn read(sources: &[Source<'_>]) -> Self {
        let (values, _) = held(sources);
        let mut seen = Self {
            values,
            ..Self::default()
        };
        let mut kinds = vec!["APIService", "Secret", "ConfigMap", "Service"];
        kinds.extend(POD_KINDS);
        // First all objects: whether one is in the input matters to variables.
        each(sources, &kinds, &mut |input, resource| {
            seen.objects.push(Object {
                id: resource.id.clone(),
                place: place(&input.source, resource.span().unwrap_or(Span::at(0))),
                input: input.number,
            });
            if resource.id.kind == "APIService" {
                let service = service(input.number, &input.source, resource);
                seen.services.extend(service);
            }
        });
        let mut programs = Vec::new();
        each(sources, &POD_KINDS, &mut |input, resource| {
            let reader = Reader {
                seen: &seen,
                input: input.number,
                source: input.source,
                resource,
            };
            // What cannot be read with certainty is not drawn; `check` says why.
            programs.extend(reader.programs().unwrap_or_default());
        });
        seen.programs = programs;
        seen
    }

    /// The object of this kind and name that goes with one of `input`.
    pub(super) fn object(
        &self,
        input: usize,
        namespace: Option<&str>,
        kind: &str,
        name: &str,
    ) -> Option<&Object> {
        let same = |object: &&Object| match (object.id.namespace.as_deref(), namespace) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        };
        let named = |object: &&Object| object.id.kind == kind && object.id.name == name;
        let mut all = self.objects.iter().filter(named).filter(same);
        let own = all.clone().find(|object| object.input == input);
        own.or_else(|| all.next())
    }
}

fn place(source: &Source<'_>, span: Span) -> Place {
    let Position { line, column } = Position::of(source.text, span.start);
    Place {
        file: source.name.to_owned(),
        line,
        column,
    }
}

fn service(input: usize, source: &Source<'_>, resource: &Resource<'_, '_>) -> Option<Service> {
    let text = |keys: &[&str]| resource.text(keys).ok().flatten().map(str::to_owned);
    let spot = |keys: &[&str]| {
        let id = resource.find(keys).ok().flatten()?;
        let set = !resource.tree.is_null(id) && resource.tree.text(id) != Some("");
        // An empty value has no place of its own in a flow mapping.
        set.then(|| place(source, resource.tree.span(id)))
    };
    let skip = ["spec", "insecureSkipTLSVerify"];
    let is_skipped = text(&skip).is_some_and(|text| text.eq_ignore_ascii_case("true"));
    let name = text(&["spec", "service", "name"]);
    let namespace = text(&["spec", "service", "namespace"]);
    let by_name = resource.id.name.split_once('.').map(|(_, g)| g.to_owned());
    Some(Service {
        id: resource.id.clone(),
        place: place(source, resource.span().ok()?),
        input,
        group: text(&["spec", "group"]).or(by_name),
        service: name.zip(namespace),
        insecure: spot(&skip).filter(|_| is_skipped),
        bundle: spot(&["spec", "caBundle"]),
    })
}

struct Reader<'r, 'a, 't> {
    seen: &'r Seen,
    input: usize,
    source: Source<'r>,
    resource: &'r Resource<'a, 't>,
}

impl Reader<'_, '_, '_> {
    fn programs(&self) -> Result<Vec<Program>, yaml_splice::Error> {
        let Some(pod) = edits::pod(self.resource) else {
            return Ok(Vec::new());
        };
        let tree = self.resource.tree;
        let volumes = self.value(&pod.key("volumes"))?;
        let clients = Pod::read(self.resource, &Selectors::default())?;
        let clients = clients.map_or_else(Vec::new, |pod| pod.clients);
        let replicas = self.resource.find(&["spec", "replicas"])?;
        let replicas = replicas
            .and_then(|id| Some((tree.text(id)?.to_owned(), self.place(Some(tree.span(id))))));
        let mut programs = Vec::new();
        for container in edits::containers(self.resource, &pod)? {
            let span = tree.find(&container.at)?.map(|id| tree.span(id));
            let mut program = Program {
                id: self.resource.id.clone(),
                input: self.input,
                name: container.name.clone(),
                place: self.place(span),
                variables: self.variables(&container.at)?,
                mounts: self.mounts(&container.at, &volumes)?,
                replicas: replicas.clone(),
                etcd: Vec::new(),
            };
            let of = clients.iter().filter(|c| c.container == container);
            program.etcd = of
                .map(|client| Client {
                    endpoints: program.variable(client.family.endpoints),
                    files: FileOf::ALL.map(|f| program.variable(client.family.variable(f))),
                    installer: client.installer,
                    flags: client.family.flag(FileOf::Ca).is_some(),
                })
                .collect();
            programs.push(program);
        }
        Ok(programs)
    }

    fn variables(&self, container: &Route) -> Result<Vec<(String, Setting)>, yaml_splice::Error> {
        let tree = self.resource.tree;
        let env = container.key("env");
        let items = tree.find(&env)?.and_then(|id| tree.items_len(id));
        let mut variables = Vec::new();
        for number in 0..items.unwrap_or(0) {
            let at = env.index(number);
            let Some(name) = tree.text_at(&at.key("name"))? else {
                continue;
            };
            let span = tree.find(&at)?.map(|id| tree.span(id));
            variables.push((name.to_owned(), self.setting(&self.value(&at)?, span)));
        }
        Ok(variables)
    }

    fn setting(&self, item: &Value, span: Option<Span>) -> Setting {
        let text = |text: &str, place: Place| match text.trim() {
            "" => Setting::Unset,
            text => Setting::Text(text.to_owned(), place),
        };
        let from = item.get("valueFrom");
        let config_map = from.and_then(|from| from.get("configMapKeyRef"));
        let secret = from.and_then(|from| from.get("secretKeyRef"));
        let reference = config_map.or(secret);
        let field = |key: &str| reference.and_then(|r| r.get(key)).and_then(Value::as_text);
        match (
            item.get("value").and_then(Value::as_text),
            field("name"),
            field("key"),
        ) {
            (Some(value), ..) => text(value, self.place(span)),
            (None, Some(name), Some(key)) if config_map.is_some() => {
                let namespace = self.resource.id.namespace.as_deref();
                let wanted = ("ConfigMap", name, key);
                let held = near(&self.seen.values, self.input, namespace, wanted);
                match held {
                    Some(held) => text(&String::from_utf8_lossy(held.bytes()), spot(held)),
                    None => {
                        let there = self.seen.object(self.input, namespace, "ConfigMap", name);
                        let elsewhere =
                            Setting::Elsewhere(format!("ConfigMap {name}"), self.place(span));
                        there.map_or(elsewhere, |_| Setting::Unset)
                    }
                }
            }
            (None, Some(name), Some(_)) => {
                Setting::Elsewhere(format!("Secret {name}"), self.place(span))
            }
            _ => Setting::Unset,
        }
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
        Ok(tree
            .find(route)?
            .map_or_else(Value::null, |id| tree.value(id)))
    }

    fn place(&self, span: Option<Span>) -> Place {
        place(&self.source, span.unwrap_or(Span::at(0)))
    }
}

/// Where a value is.
pub(super) fn spot(held: &Held) -> Place {
    Place {
        file: held.file.clone(),
        line: held.line,
        column: held.column,
    }
}
