//! What a pod template says: containers, their variables, arguments and mounts, and
//! the pod's volumes.

use cnx_certs::shown;
use yaml_splice::{Route, Span};

use super::node::Node;
use super::rights::{Mode, Runner, has_files_group};
use crate::resource::ResourceId;

/// The kind and the name of an object that another one refers to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ObjectKey {
    pub(crate) kind: &'static str,
    pub(crate) name: String,
}

impl ObjectKey {
    pub(crate) fn config_map(name: &str) -> Self {
        let (kind, name) = ("ConfigMap", name.to_owned());
        Self { kind, name }
    }

    pub(crate) fn secret(name: &str) -> Self {
        let (kind, name) = ("Secret", name.to_owned());
        Self { kind, name }
    }

    /// The same of an object that carries files.
    pub(crate) fn of(id: &ResourceId) -> Self {
        match id.kind.as_str() {
            "Secret" => Self::secret(&id.name),
            _ => Self::config_map(&id.name),
        }
    }
}

impl std::fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", shown(self.kind), shown(&self.name))
    }
}

/// A pod, or the template of pods.
#[derive(Clone, Debug)]
pub(crate) struct Pod {
    /// The pod's `spec`.
    pub(crate) at: Route,
    pub(crate) containers: Vec<Container>,
    pub(crate) volumes: Vec<Volume>,
    /// The extents of the containers, in the text's order.
    extents: Vec<Span>,
    /// Who its containers run as, unless they say otherwise.
    pub(super) runner: Runner,
    /// Whether they are members of the group that files belong to.
    pub(super) has_files_group: bool,
}

/// A container, or an init container.
#[derive(Clone, Debug)]
pub(crate) struct Container {
    pub(crate) at: Route,
    pub(crate) span: Span,
    pub(crate) name: String,
    pub(crate) image: Option<String>,
    pub(crate) init: bool,
    pub(crate) variables: Vec<Variable>,
    pub(crate) env_from: Vec<EnvFrom>,
    /// `command` and `args`, with the route to each.
    pub(crate) arguments: Vec<(Route, String)>,
    pub(crate) mounts: Vec<Mount>,
    pub(super) runner: Runner,
}

/// An environment variable.
#[derive(Clone, Debug)]
pub(crate) struct Variable {
    pub(crate) at: Route,
    pub(crate) name: String,
    pub(crate) source: Source,
}

/// Where a variable has its value from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// `value`, empty where there is none.
    Text(String),
    /// A key of a ConfigMap or Secret.
    Key(ObjectKey, String),
    /// A field of the pod, or what is not known.
    Other,
}

/// All keys of an object as variables.
#[derive(Clone, Debug)]
pub(crate) struct EnvFrom {
    pub(crate) at: Route,
    pub(crate) object: ObjectKey,
    pub(crate) prefix: String,
}

/// A mount of a volume.
#[derive(Clone, Debug)]
pub(crate) struct Mount {
    pub(crate) at: Route,
    pub(crate) path: String,
    pub(crate) volume: String,
    pub(crate) sub_path: Option<String>,
    pub(crate) sub_path_expr: bool,
}

/// A volume.
#[derive(Clone, Debug)]
pub(crate) struct Volume {
    pub(crate) at: Route,
    pub(crate) name: String,
    pub(crate) source: VolumeSource,
}

/// What a volume consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum VolumeSource {
    /// A Secret or ConfigMap.
    Object(Files),
    /// Several of them in one folder.
    Projected(Vec<Files>),
    /// A folder or file of the host.
    Host(String),
    /// A folder that is empty when the pod starts.
    Empty,
    /// A source of another kind: its field's name, or nothing.
    Other(String),
}

/// The files that an object's keys make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Files {
    pub(crate) object: ObjectKey,
    /// Key and path of each file; none where each key is a file of its name.
    pub(crate) items: Option<Vec<(String, String)>>,
    pub(crate) mode: Mode,
}

impl Pod {
    /// Reads the pod spec `spec`, to which `at` leads.
    pub(super) fn read(spec: Node<'_, '_>, at: Route) -> Self {
        let mut containers = Vec::new();
        for (list, init) in [("initContainers", true), ("containers", false)] {
            let items = spec.items_of(list).into_iter().enumerate();
            containers.extend(
                items.map(|(number, item)| Container::read(item, at.key(list).index(number), init)),
            );
        }
        let volumes = spec.items_of("volumes").into_iter().enumerate();
        let volumes =
            volumes.map(|(number, item)| Volume::read(item, at.key("volumes").index(number)));
        let mut extents: Vec<_> = containers.iter().map(|c| c.span).collect();
        extents.sort_unstable_by_key(|span| span.start);
        Self {
            extents,
            runner: Runner::read(spec),
            has_files_group: has_files_group(spec),
            containers,
            volumes: volumes.collect(),
            at,
        }
    }

    /// The volume of this name.
    pub(crate) fn volume(&self, name: &str) -> Option<&Volume> {
        self.volumes.iter().find(|volume| volume.name == name)
    }

    /// The extent of the container that this place of the text is in.
    pub(crate) fn container_at(&self, offset: usize) -> Option<Span> {
        let number = self.extents.partition_point(|span| span.start <= offset);
        let span = *self.extents.get(number.checked_sub(1)?)?;
        (offset <= span.end).then_some(span)
    }

    /// The container of this name.
    pub(crate) fn container(&self, name: &str) -> Option<&Container> {
        self.containers
            .iter()
            .find(|container| container.name == name)
    }
}

impl Container {
    fn read(node: Node<'_, '_>, at: Route, init: bool) -> Self {
        let owned = |node: Node<'_, '_>, keys: &[&str]| node.text_at(keys).map(str::to_owned);
        let variables = node.items_of("env").into_iter().enumerate();
        let variables = variables.filter_map(|(number, item)| {
            Some(Variable {
                at: at.key("env").index(number),
                name: owned(item, &["name"])?,
                source: Source::read(item),
            })
        });
        let env_from = node.items_of("envFrom").into_iter().enumerate();
        let env_from = env_from.filter_map(|(number, item)| {
            let config_map = owned(item, &["configMapRef", "name"]).map(|n| ("ConfigMap", n));
            let secret = owned(item, &["secretRef", "name"]).map(|n| ("Secret", n));
            let (kind, name) = config_map.or(secret)?;
            Some(EnvFrom {
                at: at.key("envFrom").index(number),
                object: ObjectKey { kind, name },
                prefix: owned(item, &["prefix"]).unwrap_or_default(),
            })
        });
        let mut arguments = Vec::new();
        for list in ["command", "args"] {
            let items = node.items_of(list).into_iter().enumerate();
            arguments.extend(items.filter_map(|(number, item)| {
                Some((at.key(list).index(number), item.text()?.to_owned()))
            }));
        }
        let mounts = node.items_of("volumeMounts").into_iter().enumerate();
        let mounts = mounts.filter_map(|(number, item)| {
            let sub = owned(item, &["subPath"]).filter(|sub| !sub.is_empty());
            Some(Mount {
                at: at.key("volumeMounts").index(number),
                path: owned(item, &["mountPath"])?,
                volume: owned(item, &["name"]).unwrap_or_default(),
                sub_path: sub.map(|sub| sub.trim_matches('/').to_owned()),
                sub_path_expr: item.get("subPathExpr").is_some_and(Node::is_set),
            })
        });
        Self {
            name: owned(node, &["name"]).unwrap_or_default(),
            image: owned(node, &["image"]),
            init,
            variables: variables.collect(),
            env_from: env_from.collect(),
            arguments,
            mounts: mounts.collect(),
            runner: Runner::read(node),
            span: node.tree.span(node.id),
            at,
        }
    }

    /// The variable of this name. Of two, Kubernetes takes the last.
    pub(crate) fn variable(&self, name: &str) -> Option<&Variable> {
        self.variables
            .iter()
            .rev()
            .find(|variable| variable.name == name)
    }
}

impl Source {
    fn read(item: Node<'_, '_>) -> Self {
        let from = item.get("valueFrom").filter(|from| from.is_set());
        let Some(from) = from else {
            return Self::Text(item.text_at(&["value"]).unwrap_or_default().to_owned());
        };
        for (field, kind) in [("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")] {
            if let Some(reference) = from.get(field)
                && let (Some(name), Some(key)) =
                    (reference.text_at(&["name"]), reference.text_at(&["key"]))
            {
                let name = name.to_owned();
                return Self::Key(ObjectKey { kind, name }, key.to_owned());
            }
        }
        Self::Other
    }
}

impl Volume {
    fn read(node: Node<'_, '_>, at: Route) -> Self {
        Self {
            name: node.text_at(&["name"]).unwrap_or_default().to_owned(),
            source: VolumeSource::read(node),
            at,
        }
    }
}

impl VolumeSource {
    fn read(node: Node<'_, '_>) -> Self {
        let projected = node.at(&["projected", "sources"]);
        if let Some(sources) = projected {
            // The mode is one for all of them.
            let mode = Mode::read(node.at(&["projected", "defaultMode"]));
            let files = sources.items().filter_map(|item| Files::read(item, "name"));
            return Self::Projected(files.map(|files| Files { mode, ..files }).collect());
        }
        if let Some(files) = Files::read(node, "secretName") {
            return Self::Object(files);
        }
        if let Some(path) = node.text_at(&["hostPath", "path"]) {
            return Self::Host(path.to_owned());
        }
        if node.get("emptyDir").is_some() {
            return Self::Empty;
        }
        let others = [
            "csi",
            "downwardAPI",
            "nfs",
            "persistentVolumeClaim",
            "secret",
            "configMap",
        ];
        let found = others.into_iter().find(|field| node.get(field).is_some());
        Self::Other(found.unwrap_or_default().to_owned())
    }
}

impl Files {
    /// Whether they are those of the Secret of this name.
    pub(crate) fn is_secret(&self, name: &str) -> bool {
        (self.object.kind, self.object.name.as_str()) == ("Secret", name)
    }

    /// `secret_name`: what the field is called that names a Secret.
    fn read(node: Node<'_, '_>, secret_name: &str) -> Option<Self> {
        let secret = node
            .get("secret")
            .map(|source| (source, "Secret", secret_name));
        let config_map = node
            .get("configMap")
            .map(|source| (source, "ConfigMap", "name"));
        let (source, kind, field) = secret.or(config_map)?;
        let items = source.get("items").filter(|items| items.is_set());
        let items = items.map(|items| {
            let item = |item: Node<'_, '_>| {
                let text = |key| item.text_at(&[key]).map(str::to_owned);
                text("key").zip(text("path"))
            };
            items.items().filter_map(item).collect()
        });
        let name = source.text_at(&[field])?.to_owned();
        Some(Self {
            object: ObjectKey { kind, name },
            items,
            mode: Mode::read(source.get("defaultMode")),
        })
    }
}
