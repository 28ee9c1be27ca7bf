//! The inputs, parsed once for all channels, and the objects in them.

use yaml_splice::{Document, Span, Tree, documents};

use crate::finding::{Code, Finding};
use crate::plan::Plan;
use crate::resource::{Resource, resources};
use crate::source::Source;

/// An input, with the documents that can hold an object of some channel.
pub(crate) struct File<'t> {
    pub(crate) source: Source<'t>,
    pub(crate) trees: Vec<Tree<'t>>,
    /// Documents that cannot be read and have none of the names, and why.
    pub(crate) unread: Vec<(&'t str, Finding)>,
}

/// A document that was parsed: the numbers of its file, and of its tree there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) file: usize,
    pub(crate) tree: usize,
}

/// An object that a channel is about, with the role that it has there.
pub(crate) struct Object<'a, 't, R> {
    pub(crate) place: Place,
    pub(crate) source: Source<'t>,
    pub(crate) role: R,
    /// The namespace that it is matched up by.
    pub(crate) namespace: Option<String>,
    pub(crate) resource: Resource<'a, 't>,
}

impl<'t> File<'t> {
    /// Parses the documents that can hold one of the objects, each once.
    pub(crate) fn read(
        source: &Source<'t>,
        needles: &[&str],
        hints: &[&str],
        findings: &mut Vec<Finding>,
    ) -> Self {
        let mut trees = Vec::new();
        let mut unread = Vec::new();
        let has = |text: &str, all: &[&str]| all.iter().any(|needle| text.contains(needle));
        for document in documents(source.text) {
            let text = document.text();
            let named = has(text, needles);
            // An escape in a quoted scalar can spell any name.
            if !named && !has(text, hints) && !text.contains('\\') {
                continue;
            }
            let read = Document::parse(&document);
            match read.and_then(|tree| resources(&tree).map(drop).map(|()| tree)) {
                Ok(tree) => trees.push(tree),
                Err(error) if named => findings.push(Finding::yaml(source, &error)),
                Err(error) => unread.push((text, Finding::yaml(source, &error))),
            }
        }
        Self {
            source: *source,
            trees,
            unread,
        }
    }
}

/// The objects that have a role, in the order of the texts. The role says also
/// by which namespace the object is matched up.
pub(crate) fn select<'a, 't, R>(
    files: &'a [File<'t>],
    plan: &mut Plan,
    role: impl Fn(&Resource<'a, 't>) -> Result<Option<(R, Option<String>)>, yaml_splice::Error>,
) -> Vec<Object<'a, 't, R>> {
    let mut found = Vec::new();
    for (file, File { source, trees, .. }) in files.iter().enumerate() {
        for (number, tree) in trees.iter().enumerate() {
            // Whether they can be listed was asked when the file was read.
            for resource in resources(tree).unwrap_or_default() {
                match role(&resource) {
                    Ok(None) => {}
                    Ok(Some((role, namespace))) => found.push(Object {
                        place: Place { file, tree: number },
                        source: *source,
                        role,
                        namespace,
                        resource,
                    }),
                    Err(error) => plan.yaml(source, &error),
                }
            }
        }
    }
    found
}

impl<R> Object<'_, '_, R> {
    /// Where the object starts in its source.
    pub(crate) fn span(&self) -> Span {
        self.resource.span().unwrap_or(Span::at(0))
    }

    /// A finding about this object.
    pub(crate) fn finding(
        &self,
        code: Code,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Finding {
        Finding::new(code, &self.source, self.span(), message, help).about(&self.resource.id)
    }

    /// That another object belongs to this one, and is not there.
    pub(crate) fn missing(&self, what: &str, help: &str) -> Finding {
        let message = format!("{what} belongs to this object and is not in the input");
        self.finding(Code::MissingObject, message, help)
    }

    /// Whether both are in one namespace. An object without a namespace goes
    /// wherever kubectl puts it.
    pub(crate) fn same_namespace<S>(&self, other: &Object<'_, '_, S>) -> bool {
        match (&self.namespace, &other.namespace) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        }
    }
}
