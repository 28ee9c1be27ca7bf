//! The objects of all inputs, each document parsed once.

use cnx_certs::Severity;
use yaml_splice::{Document, documents};

use super::options::AuditOptions;
use super::rule::Report;
use crate::kube_apiserver::other_product;
use crate::objects::{self, File, Place};
use crate::resource::resources;
use crate::source::Source;

/// An object of the inputs, in the namespace that it says.
pub(super) type Object<'a, 't> = objects::Object<'a, 't, ()>;

/// What the rules look at.
pub(super) struct Scene<'a, 't> {
    pub(super) files: &'a [File<'t>],
    pub(super) objects: Vec<Object<'a, 't>>,
    pub(super) options: &'a AuditOptions,
}

/// What a document has if one of the rules can say something of it: parts of
/// the objects' names, and how keys and their base64 begin.
const NEEDLES: [&str; 14] = [
    "APIService",
    "APIServer",
    "Installation",
    "calico",
    "canal",
    "cnx-",
    "ETCD",
    "etcd_",
    "PRIVATE KEY",
    "projectcalico",
    "tigera",
    "TYPHA",
    // Of `-----BEGIN `, and of the base64 of that.
    "LS0tLS1CRUdJTi",
    "TFMwdExTMUNSVWRKVG",
];

/// What a document has that is about the objects of a channel, though it cannot
/// be read.
const OBJECTS: [&str; 6] = [
    "kind: APIService",
    "cnx-apiserver",
    "calico-etcd-secrets",
    "cnx-manager",
    "calico-typha",
    "v3.projectcalico.org",
];

/// Parses the documents that a rule can say something of.
pub(super) fn read<'t>(
    sources: &[Source<'t>],
    options: &AuditOptions,
    report: &mut Report<'_>,
) -> Vec<File<'t>> {
    let names = &options.names;
    let own = [
        &names.group,
        &names.apiserver_secret,
        &names.etcd_secret,
        &names.typha_ca,
        &names.typha_secret,
        &names.felix_secret,
        &names.manager_secret,
    ];
    let one = |(number, source): (usize, &Source<'t>)| {
        let mut trees = Vec::new();
        for document in documents(source.text) {
            let text = document.text();
            let holds = |needle: &str| text.contains(needle);
            let wanted = NEEDLES.iter().any(|n| holds(n)) || own.iter().any(|n| holds(n));
            // An escape in a quoted scalar can spell any name.
            if !wanted && !holds("\\") {
                continue;
            }
            let named = OBJECTS.iter().any(|n| holds(n)) || own.iter().any(|n| holds(n));
            let read = Document::parse(&document);
            match read.and_then(|tree| resources(&tree).map(drop).map(|()| tree)) {
                Ok(tree) => trees.push(tree),
                Err(error) if named => {
                    report.yaml(number, Severity::Error, source.text, &error);
                }
                Err(_) => {}
            }
        }
        File {
            source: *source,
            trees,
        }
    };
    sources.iter().enumerate().map(one).collect()
}

impl<'a, 't> Scene<'a, 't> {
    pub(super) fn new(files: &'a [File<'t>], options: &'a AuditOptions) -> Self {
        let mut found = Vec::new();
        for (file, File { source, trees }) in files.iter().enumerate() {
            for (number, tree) in trees.iter().enumerate() {
                for resource in resources(tree).unwrap_or_default() {
                    found.push(Object {
                        place: Place { file, tree: number },
                        source: *source,
                        role: (),
                        namespace: resource.id.namespace.clone(),
                        resource,
                    });
                }
            }
        }
        Self {
            files,
            objects: found,
            options,
        }
    }

    /// The objects of a kind.
    pub(super) fn of<'s>(&'s self, kind: &'static str) -> impl Iterator<Item = &'s Object<'a, 't>> {
        self.objects
            .iter()
            .filter(move |o| o.resource.id.kind == kind)
    }
}

impl Scene<'_, '_> {
    /// Whether an APIService is that of CNX, which `apply` hardens.
    pub(super) fn is_ours(&self, service: &Object<'_, '_>) -> bool {
        let text = |keys: &[&str]| service.resource.text(keys).ok().flatten();
        let by_name = service.resource.id.name.split_once('.');
        let group = text(&["spec", "group"]).or(by_name.map(|(_, group)| group));
        let namespace = text(&["spec", "service", "namespace"]).unwrap_or_default();
        group == Some(&self.options.names.group) && other_product(namespace).is_none()
    }
}

/// Whether an object of that kind is Kubernetes' own.
pub(super) fn is_api_service(object: &Object<'_, '_>) -> bool {
    let version = &object.resource.id.api_version;
    version.starts_with("apiregistration.k8s.io/")
}
