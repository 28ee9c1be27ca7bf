//! Which container serves an APIService: APIService → Service → selector → workload →
//! container.

use std::collections::HashMap;

use super::near::{Anchor, Near};
use super::node::Node;
use super::pod::{Container, Pod};
use super::scan::{Inventory, ObjectId};

/// Where an APIService says that its server is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ServiceRef {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) port: i64,
}

/// The container that serves an APIService.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Serving {
    pub(crate) workload: ObjectId,
    /// Its number in the pod.
    pub(crate) container: usize,
}

/// What is known of the server already, and need not be followed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Known<'n> {
    pub(crate) workload: Option<&'n str>,
    pub(crate) container: Option<&'n str>,
}

/// Where and why the way to the server breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Lost {
    /// The Service is not in the input.
    NoService,
    /// Several Services fit.
    SeveralServices(ObjectId),
    /// The Service selects no pods by itself.
    NoSelector(ObjectId),
    /// No workload in the input has the labels.
    NoWorkload(ObjectId),
    /// Several workloads have the labels.
    SeveralWorkloads(ObjectId, usize),
    /// The workload that was named is not in the input, or there are several.
    NotNamed,
    /// It has no container of the name, or none that is certainly the one.
    NoContainer(ObjectId),
}

/// The workloads of each namespace by each label of their pods.
pub(super) type Labelled = HashMap<(Option<String>, [String; 2]), Vec<ObjectId>>;

/// The kinds whose pods a Service sends requests to.
const SERVING: [&str; 6] = [
    "DaemonSet",
    "Deployment",
    "Pod",
    "ReplicaSet",
    "ReplicationController",
    "StatefulSet",
];

/// Options of `k8s.io/apiserver`: a container with one of them is an API server.
const OPTIONS: [&str; 6] = [
    "--secure-port",
    "--cert-dir",
    "--etcd-servers",
    "--authentication-kubeconfig",
    "--authorization-kubeconfig",
    "--requestheader-client-ca-file",
];

/// The annotations by which something in the cluster writes a caBundle: cert-manager's,
/// OpenShift's and others', by a part of their names.
const INJECTORS: [&str; 5] = [
    "cert-manager.io/inject-",
    "certmanager.k8s.io/inject-",
    "inject-cabundle",
    "inject-ca",
    "ca-injector",
];

impl Inventory<'_> {
    /// The annotation by which something in the cluster writes the object's caBundle,
    /// with its value.
    pub(crate) fn injector(&self, id: ObjectId) -> Option<(&str, &str)> {
        let annotations = self.node(id)?.at(&["metadata", "annotations"])?;
        let mut set = annotations
            .entries()
            .filter_map(|(name, value)| Some((name, value.text()?)));
        set.find(|(name, value)| {
            let mut parts = INJECTORS.iter();
            !value.is_empty() && parts.any(|part| name.contains(part))
        })
    }

    /// The container that serves `api_service`, whose `spec.service` is `service`.
    pub(crate) fn serving(
        &self,
        api_service: ObjectId,
        service: &ServiceRef,
        known: Known<'_>,
    ) -> Result<Serving, Lost> {
        let namespace = Some(service.namespace.as_str());
        let found = self.near_in(api_service, namespace, "Service", &service.name);
        let workload = match known.workload {
            Some(name) => self.workload_named(api_service, namespace, name)?,
            None => match &found {
                Near::None => return Err(Lost::NoService),
                Near::Several(ids) => {
                    let first = ids.first().copied().unwrap_or(api_service);
                    return Err(Lost::SeveralServices(first));
                }
                Near::One(id) => self.selected(*id, namespace)?,
            },
        };
        let port = found
            .one()
            .and_then(|id| self.target_port(id, service.port));
        let container = self.container(workload, port, known.container);
        let container = container.ok_or(Lost::NoContainer(workload))?;
        Ok(Serving {
            workload,
            container,
        })
    }

    /// The files that an APIService, its Service and its server are in; none where one is
    /// read from elsewhere.
    pub(crate) fn serving_files(&self, api_service: ObjectId, workload: ObjectId) -> Vec<String> {
        let text = |key| {
            let node = self.node(api_service)?;
            node.text_at(&["spec", "service", key])
        };
        let service = text("name").map(|name| {
            let found = self.near_in(api_service, text("namespace"), "Service", name);
            found.one()
        });
        let objects = [Some(api_service), service.flatten(), Some(workload)];
        let files = objects.into_iter().flatten().filter_map(|id| {
            let file = self.object(id)?.place.file;
            self.sources.get(file).map(|source| source.name.to_owned())
        });
        let mut files: Vec<String> = files.collect();
        files.sort();
        files.dedup();
        match files.iter().any(|name| name == "-") {
            true => Vec::new(),
            false => files,
        }
    }

    /// The container, with its pod.
    pub(crate) fn served_by(&self, serving: Serving) -> Option<(&Pod, &Container)> {
        let pod = self.object(serving.workload)?.pod.as_ref()?;
        Some((pod, pod.containers.get(serving.container)?))
    }

    fn workload_named(
        &self,
        api_service: ObjectId,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<ObjectId, Lost> {
        let near = |kind: &&str| self.near_in(api_service, namespace, kind, name).all();
        let found: Vec<ObjectId> = SERVING.iter().flat_map(near).collect();
        match found.as_slice() {
            [one] => Ok(*one),
            _ => Err(Lost::NotNamed),
        }
    }

    /// The workload whose pods `service` selects.
    fn selected(&self, service: ObjectId, namespace: Option<&str>) -> Result<ObjectId, Lost> {
        let selector = self.node(service).and_then(|s| s.at(&["spec", "selector"]));
        let selector = selector.into_iter().flat_map(Node::entries);
        let wanted: Vec<(&str, Option<&str>)> =
            selector.map(|(key, value)| (key, value.text())).collect();
        if wanted.is_empty() {
            return Err(Lost::NoSelector(service));
        }
        let has_all = |id: &ObjectId| {
            let labels = self.labels(*id);
            let label = |key: &str| labels.and_then(|labels| labels.text_at(&[key]));
            wanted.iter().all(|(key, value)| label(key) == *value)
        };
        // The shortest of the lists: none is searched for longer than it must be.
        let within = |namespace: Option<&str>| -> Vec<ObjectId> {
            let lists = wanted.iter().map(|(key, value)| {
                let label = [*key, value.unwrap_or_default()].map(str::to_owned);
                let found = self.labelled().get(&(namespace.map(str::to_owned), label));
                found.map_or(&[][..], Vec::as_slice)
            });
            let shortest = lists.min_by_key(|list| list.len()).unwrap_or_default();
            shortest.iter().copied().filter(has_all).collect()
        };
        let exact = namespace.map_or_else(Vec::new, |own| within(Some(own)));
        let open = within(None);
        let name = self.object(service).map(|o| o.id.name.as_str());
        let anchor = Anchor {
            object: service,
            namespace,
            twins: self.files_with("Service", name.unwrap_or_default()),
        };
        let found = self.belonging(&anchor, [&exact, &open]);
        match found.as_slice() {
            [] => Err(Lost::NoWorkload(service)),
            [one] => Ok(*one),
            _ => match found
                .iter()
                .filter(|id| exact.contains(id))
                .collect::<Vec<_>>()[..]
            {
                [one] => Ok(*one),
                _ => Err(Lost::SeveralWorkloads(service, found.len())),
            },
        }
    }

    fn labelled(&self) -> &Labelled {
        self.labelled.get_or_init(|| {
            let mut labelled = Labelled::new();
            for (id, object) in self.objects() {
                if !SERVING.contains(&object.id.kind.as_str()) {
                    continue;
                }
                for (key, value) in self.labels(id).into_iter().flat_map(Node::entries) {
                    let label = [key, value.text().unwrap_or_default()].map(str::to_owned);
                    let namespace = object.id.namespace.clone();
                    labelled.entry((namespace, label)).or_default().push(id);
                }
            }
            labelled
        })
    }

    /// The `targetPort` behind a port of a Service, which is that port by default.
    fn target_port(&self, service: ObjectId, port: i64) -> Option<String> {
        let ports = self.node(service)?.get("spec")?.items_of("ports");
        let is_port = |node: &&Node<'_, '_>| {
            let number = node.get("port").and_then(Node::integer);
            number == Some(port)
        };
        let found = ports.iter().find(is_port)?;
        let target = found
            .text_at(&["targetPort"])
            .filter(|text| !text.is_empty());
        Some(target.map_or_else(|| port.to_string(), str::to_owned))
    }

    fn container(
        &self,
        workload: ObjectId,
        port: Option<String>,
        known: Option<&str>,
    ) -> Option<usize> {
        let object = self.object(workload)?;
        let containers = &object.pod.as_ref()?.containers;
        let running = containers.iter().enumerate().filter(|(_, c)| !c.init);
        let running: Vec<(usize, &Container)> = running.collect();
        let only = |fits: &dyn Fn(&Container) -> bool| {
            let mut found = running.iter().filter(|(_, container)| fits(container));
            match (found.next(), found.next()) {
                (Some((number, _)), None) => Some(*number),
                _ => None,
            }
        };
        if let Some(name) = known {
            return only(&|container| container.name == name);
        }
        if let [(number, _)] = running.as_slice() {
            return Some(*number);
        }
        let tree = self.tree(object.place)?;
        let listens = |container: &Container, port: &str| {
            let node = tree.find(&container.at).ok().flatten();
            let ports = node.map(|id| Node::new(tree, id).items_of("ports"));
            let mut ports = ports.into_iter().flatten();
            ports.any(|item| {
                let field = |key| item.text_at(&[key]);
                field("name") == Some(port) || field("containerPort") == Some(port)
            })
        };
        let says = |container: &Container, flag: &str| self.flag(workload, container, flag);
        let port = port.as_deref();
        let by_port = port.and_then(|port| only(&|container| listens(container, port)));
        by_port
            .or_else(|| {
                let port = port?;
                only(&|container| says(container, "--secure-port").text() == Some(port))
            })
            .or_else(|| {
                only(&|container| {
                    let mut options = OPTIONS.iter();
                    options.any(|flag| says(container, flag).text().is_some())
                })
            })
    }
}
