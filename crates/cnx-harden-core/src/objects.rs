//! Which objects of the inputs belong together, and which are missing.

use yaml_splice::{Document, Route, Span, Tree, documents};

use crate::finding::{Code, Finding, Severity};
use crate::kube_apiserver::{KubeApiserver, MissingSecret, Role, other_product};
use crate::resource::{Resource, resources};
use crate::source::Source;

/// An input, with the documents that can hold one of the objects.
pub(crate) struct File<'t> {
    pub(crate) source: Source<'t>,
    pub(crate) trees: Vec<Tree<'t>>,
}

/// One of the page's objects.
pub(crate) struct Object<'a, 't> {
    pub(crate) file: usize,
    pub(crate) tree: usize,
    pub(crate) role: Role,
    /// For an APIService that of `spec.service`.
    pub(crate) namespace: Option<String>,
    pub(crate) resource: Resource<'a, 't>,
}

/// A Secret that is to be added.
pub(crate) struct Addition {
    pub(crate) file: usize,
    pub(crate) tree: usize,
    /// The list that the APIService is an item of.
    pub(crate) list: Option<Route>,
    pub(crate) namespace: String,
}

impl<'t> File<'t> {
    /// Parses the documents that can hold one of the objects, each once.
    pub(crate) fn read(source: &Source<'t>, needles: &[&str], findings: &mut Vec<Finding>) -> Self {
        let mut trees = Vec::new();
        let named = |text: &str| needles.iter().any(|needle| text.contains(needle));
        for document in documents(source.text) {
            let text = document.text();
            let named = named(text);
            // An escape in a quoted scalar can spell any name.
            if !named && !text.contains('\\') {
                continue;
            }
            match Document::parse(&document) {
                Ok(tree) if named || resources(&tree).is_ok() => trees.push(tree),
                Err(error) if named => findings.push(Finding::yaml(source, &error)),
                _ => {}
            }
        }
        Self {
            source: *source,
            trees,
        }
    }

    /// The page's objects in this input.
    pub(crate) fn select<'a>(
        &'a self,
        file: usize,
        channel: &KubeApiserver,
        found: &mut Vec<Object<'a, 't>>,
        findings: &mut Vec<Finding>,
    ) {
        for (number, tree) in self.trees.iter().enumerate() {
            let resources = match resources(tree) {
                Ok(resources) => resources,
                Err(error) => {
                    findings.push(Finding::yaml(&self.source, &error));
                    continue;
                }
            };
            for resource in resources {
                let role = channel.selectors.role(&resource);
                let role = role.and_then(|role| {
                    let Some(role) = role else { return Ok(None) };
                    let namespace = match role {
                        Role::ApiService => resource.text(&["spec", "service", "namespace"])?,
                        _ => resource.id.namespace.as_deref(),
                    };
                    Ok(Some((role, namespace.map(str::to_owned))))
                });
                match role {
                    Ok(None) => {}
                    Ok(Some((role, namespace))) => found.push(Object {
                        file,
                        tree: number,
                        role,
                        namespace,
                        resource,
                    }),
                    Err(error) => findings.push(Finding::yaml(&self.source, &error)),
                }
            }
        }
    }
}

impl Object<'_, '_> {
    /// Where the object starts in its source.
    pub(crate) fn span(&self) -> Span {
        self.resource.span().unwrap_or(Span::at(0))
    }

    /// Whether the object is an operator's or open-source Calico's, which are
    /// left alone; of an APIService it is told.
    pub(crate) fn other_product(&self, files: &[File<'_>]) -> Option<Option<Finding>> {
        let reason = self.namespace.as_deref().and_then(other_product)?;
        let source = files.get(self.file)?.source;
        let told = (self.role == Role::ApiService).then(|| {
            let message = format!("not a CNX manifest's APIService: {reason}");
            let help = "nothing was changed here";
            let mut finding = Finding::new(Code::OtherProduct, &source, self.span(), message, help);
            finding.severity = Severity::Info;
            finding.about(&self.resource.id)
        });
        Some(told)
    }

    fn missing(&self, files: &[File<'_>], what: &str, help: &str) -> Option<Finding> {
        let source = files.get(self.file)?.source;
        let message = format!("{what} belongs to this object and is not in the input");
        let finding = Finding::new(Code::MissingObject, &source, self.span(), message, help);
        Some(finding.about(&self.resource.id))
    }

    /// An object without a namespace goes wherever kubectl puts it.
    fn same_namespace(&self, other: &Self) -> bool {
        match (&self.namespace, &other.namespace) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        }
    }
}

/// Finds the Secret and the workload of each APIService, and leaves in `objects`
/// what belongs to one. What is missing becomes an error, or a Secret to add.
pub(crate) fn match_up(
    objects: &mut Vec<Object<'_, '_>>,
    channel: &KubeApiserver,
    files: &[File<'_>],
    findings: &mut Vec<Finding>,
) -> Vec<Addition> {
    let names = &channel.selectors;
    let services: Vec<_> = objects
        .iter()
        .filter(|o| o.role == Role::ApiService)
        .collect();
    let mut added: Vec<Addition> = Vec::new();
    for service in &services {
        // Another file's object counts unless that file has an APIService of its
        // own: two whole manifests in one run are two sets.
        let holds_service = |file: usize| services.iter().any(|other| other.file == file);
        let there = |role: Role| {
            objects.iter().any(|object| {
                let near = object.file == service.file || !holds_service(object.file);
                object.role == role && near && object.same_namespace(service)
            })
        };
        let namespace = service.namespace.as_deref().unwrap_or("kube-system");
        let workload = there(Role::Workload);
        if !workload {
            let what = format!("Deployment {} in namespace {namespace}", names.workload);
            let help = "give its file too, or its name with --apiserver-deployment";
            findings.extend(service.missing(files, &what, help));
        }
        if there(Role::Secret) {
            continue;
        }
        if channel.missing_secret == MissingSecret::Add && workload {
            let same = |a: &Addition| a.file == service.file && a.namespace == namespace;
            if !added.iter().any(same) {
                added.push(Addition {
                    file: service.file,
                    tree: service.tree,
                    list: service.resource.root.parent(),
                    namespace: namespace.to_owned(),
                });
            }
            continue;
        }
        let what = format!("Secret {} in namespace {namespace}", names.secret);
        let help = "give its file too, or its name with --apiserver-secret, or let it be added \
                    with --add-secret";
        findings.extend(service.missing(files, &what, help));
    }
    if services.is_empty() {
        let what = format!("an APIService of group {}", names.group);
        let help = "give the file with the APIService too";
        findings.extend(objects.iter().filter_map(|o| o.missing(files, &what, help)));
        return added;
    }
    // Of the same name in another namespace: not one of the objects.
    let namespaces: Vec<_> = services
        .iter()
        .map(|service| service.namespace.clone())
        .collect();
    objects.retain(|object| {
        let mut namespaces = namespaces.iter();
        object.namespace.is_none() || namespaces.any(|n| n.is_none() || *n == object.namespace)
    });
    added
}
