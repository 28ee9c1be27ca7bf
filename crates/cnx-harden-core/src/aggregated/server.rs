//! An aggregated API server: the container that its APIServices lead to.

use cnx_certs::{Help, Setting, help};
use yaml_splice::Route;

use super::told::{Told, told};
use crate::finding::{Code, Finding};
use crate::inventory::{Container, Inventory, Lost, Near, ObjectId, Pod, Said, ServiceRef, Trail};
use crate::names::ApiServiceNames;
use crate::objects::Object;
use crate::profile::Profile;

/// The namespace of open-source Calico's API server: no operator makes its certificate.
pub(crate) const OPEN_SOURCE: &str = "calico-apiserver";

/// The container that serves, in its pod.
pub(super) struct Server<'a, 't> {
    pub(super) inventory: &'a Inventory<'t>,
    pub(super) workload: Object<'a, 't, ()>,
    pub(super) pod: &'a Pod,
    pub(super) container: &'a Container,
    pub(super) namespace: String,
    /// What new objects are called.
    pub(super) names: ApiServiceNames,
    pub(super) profile: Option<Profile>,
}

impl Server<'_, '_> {
    /// What a flag of the container is.
    pub(super) fn flag(&self, name: &str) -> Said {
        let object = self.workload.number;
        self.inventory.flag(object, self.container, name)
    }

    /// Where a path in the container leads.
    pub(super) fn follow(&self, path: &str) -> Trail {
        let object = self.workload.number;
        self.inventory
            .follow(object, self.pod, self.container, path)
    }

    /// Whether the manifest tells it of a certificate and of its key already.
    pub(super) fn is_told(&self) -> bool {
        let (object, profile) = (self.workload.number, self.profile.as_ref());
        match told(self.inventory, object, self.pod, self.container, profile) {
            Told::Flags(flags) => flags.iter().all(|said| said.text().is_some()),
            Told::Paths(_) => true,
            Told::SelfMade | Told::Unclear => false,
        }
    }

    pub(super) fn is_secret(&self, id: ObjectId) -> bool {
        let object = self.inventory.object(id);
        object.is_some_and(|object| object.id.kind == "Secret")
    }

    /// The Secret of this name that belongs to the workload.
    pub(super) fn secret(&self, name: &str) -> Option<ObjectId> {
        let near =
            self.inventory
                .near_in(self.workload.number, Some(&self.namespace), "Secret", name);
        near.all().first().copied()
    }

    /// A conflict at a field of the workload.
    pub(super) fn conflict(
        &self,
        code: Code,
        at: &Route,
        message: impl Into<String>,
        help: impl Into<Help>,
    ) -> Finding {
        self.workload.target().conflict(code, at, message, help)
    }
}

/// What an APIService says of its server; an error, where that is not enough.
pub(super) fn service_ref(api_service: &Object<'_, '_, ()>) -> Result<ServiceRef, Finding> {
    let resource = &api_service.resource;
    let target = api_service.target();
    let yaml = |error| target.yaml(&error);
    let text = |key: &str| {
        let found = resource.text(&["spec", "service", key]).map_err(yaml)?;
        Ok(found.filter(|text| !text.is_empty()).map(str::to_owned))
    };
    let port = resource.integer(&["spec", "service", "port"]);
    match (text("namespace")?, text("name")?) {
        (Some(namespace), Some(name)) => Ok(ServiceRef {
            namespace,
            name,
            port: port.map_err(yaml)?.unwrap_or(443),
        }),
        _ => Err(target.conflict(
            Code::UnexpectedValue,
            &resource.route(&["spec", "service"]),
            "the APIService names no Service, or not its namespace: its API is served by \
             kube-apiserver itself, or by nobody",
            "name the server's Service in spec.service, or leave this APIService out",
        )),
    }
}

/// Why the server of an APIService was not found, and what to do.
pub(super) fn lost<'t>(
    inventory: &Inventory<'t>,
    api_service: &Object<'_, 't, ()>,
    service: &ServiceRef,
    names: &ApiServiceNames,
    lost: &Lost,
) -> Finding {
    let of = |id: ObjectId| Object::of(inventory, id, ());
    let ServiceRef {
        namespace, name, ..
    } = service;
    let workload = || help!["name the workload with ", Setting::ApiServiceWorkload];
    let or_workload = |first: &str| {
        let first = format!("{first}, or name the workload with ");
        help![first, Setting::ApiServiceWorkload]
    };
    let (place, code, message, help) = match lost {
        Lost::NoService => (
            None,
            Code::MissingObject,
            format!("its Service {name} in namespace {namespace} is not in the input"),
            or_workload("give its file too"),
        ),
        Lost::SeveralServices(id) => (
            of(*id),
            Code::UnexpectedValue,
            format!(
                "several Services {name} could be that of {}",
                api_service.resource.id
            ),
            or_workload("leave out the files of the other ones"),
        ),
        Lost::NoSelector(id) => (
            of(*id),
            Code::UnexpectedValue,
            "the Service has no selector, so it does not say which pods serve the API".to_owned(),
            workload(),
        ),
        Lost::NoWorkload(id) => (
            of(*id),
            Code::MissingObject,
            "no workload in the input has pods with the labels that the Service selects".to_owned(),
            or_workload("give the workload's file too"),
        ),
        Lost::SeveralWorkloads(id, count) => (
            of(*id),
            Code::UnexpectedValue,
            format!("the Service selects the pods of {count} workloads"),
            workload(),
        ),
        Lost::NotNamed => (
            None,
            Code::MissingObject,
            format!(
                "there is not exactly one workload {} in namespace {namespace} in the input",
                names.workload
            ),
            help![
                "give its file too, or correct ",
                Setting::ApiServiceWorkload
            ],
        ),
        Lost::NoContainer(id) => (
            of(*id),
            Code::MissingContainer,
            match names.container.as_str() {
                "" => "none of its containers certainly has the Service's targetPort".to_owned(),
                name => format!("there is no container named {name}"),
            },
            help![
                "name the API server's container with ",
                Setting::ApiServiceContainer
            ],
        ),
    };
    place
        .as_ref()
        .unwrap_or(api_service)
        .finding(code, message, help)
}

/// Why a server is left alone: somebody else makes its certificate.
pub(crate) fn left_alone(
    inventory: &Inventory<'_>,
    api_service: ObjectId,
    namespace: &str,
    workload: Option<ObjectId>,
) -> Option<(&'static str, &'static str)> {
    let managed = crate::names::managed(namespace);
    if managed.is_some() && namespace != OPEN_SOURCE {
        return Some((
            "the Tigera operator makes and renews its certificate",
            "to bring your own, put it into Secret calico-apiserver-certs in namespace \
             tigera-operator",
        ));
    }
    let labelled = |id: ObjectId| {
        let node = inventory.node(id);
        let labels = node.and_then(|node| node.at(&["metadata", "labels"]));
        let mut names = labels.into_iter().flat_map(|labels| labels.entries());
        names.any(|(name, _)| name.starts_with("olm."))
    };
    let mounts = |id: ObjectId| {
        let pod = inventory.object(id).and_then(|object| object.pod.as_ref());
        pod.is_some_and(|pod| pod.volume("apiservice-cert").is_some())
    };
    let olm = labelled(api_service) || workload.is_some_and(|id| labelled(id) || mounts(id));
    olm.then_some((
        "the Operator Lifecycle Manager makes its certificate, mounts it and sets caBundle",
        "declare the API under apiservicedefinitions of the ClusterServiceVersion; nothing else is \
         to be done",
    ))
}

/// The certificate of cert-manager that fills a Secret.
pub(crate) fn issued_into(
    inventory: &Inventory<'_>,
    namespace: &str,
    secret: &str,
) -> Option<ObjectId> {
    let mut objects = inventory.objects();
    let found = objects.find(|(id, object)| {
        let node = inventory.node(*id);
        object.id.kind == "Certificate"
            && object.id.api_version.starts_with("cert-manager.io/")
            && object
                .id
                .namespace
                .as_deref()
                .is_none_or(|own| own == namespace)
            && node.and_then(|node| node.text_at(&["spec", "secretName"])) == Some(secret)
    });
    found.map(|(id, _)| id)
}

/// The Certificate `NAMESPACE/NAME` that an annotation names.
pub(crate) fn certificate_named(
    inventory: &Inventory<'_>,
    anchor: ObjectId,
    name: &str,
) -> Option<ObjectId> {
    let (namespace, name) = name.split_once('/')?;
    match inventory.near_in(anchor, Some(namespace), "Certificate", name) {
        Near::One(id) => Some(id),
        _ => None,
    }
}
