//! Finds the objects of all inputs: each document that can matter is parsed once.

use std::sync::OnceLock;

use yaml_splice::{NodeId, Route, Skimmed, Span, Tree, documents};

use super::lines::Lines;
use super::names::ByName;
use super::near::Twins;
use super::node::Node;
use super::pod::Pod;
use super::said::At;
use super::serving::Labelled;
use super::unread::Others;
use super::words::Words;
use crate::lazy::{self, LazyTree};
use crate::parallel;
use crate::pods;
use crate::resource::{Nodes, Resource, ResourceId, resources};
use crate::source::Source;

/// So many documents are read at once.
const AT_ONCE: usize = 4096;

/// A document that was parsed: the numbers of its file, and of its tree there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) file: usize,
    pub(crate) tree: usize,
}

/// What the inputs hold.
pub(crate) struct Inventory<'t> {
    pub(crate) sources: Vec<Source<'t>>,
    /// The documents that were read, for each source in its order.
    pub(crate) documents: Vec<Vec<LazyTree<'t>>>,
    objects: Vec<Object>,
    by_name: ByName,
    /// Where each set of objects begins, and behind the last one.
    segments: Vec<ObjectId>,
    /// Of each source, once somebody asks for a position in it.
    pub(super) lines: Vec<OnceLock<Lines>>,
    /// What was not read, and why.
    pub(crate) passed: Vec<Passed<'t>>,
    /// What the documents of other kinds are that were skimmed.
    pub(super) skimmed: Others,
    /// What those of other kinds are, once somebody asks.
    pub(super) others: OnceLock<Others>,
    /// The workloads by the labels of their pods, once somebody asks.
    pub(super) labelled: OnceLock<Labelled>,
}

/// The number of an object in its inventory, in the order of the inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ObjectId(pub(crate) usize);

/// A Kubernetes object.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    pub(crate) place: Place,
    /// From its document's root: not empty for an item of a list.
    pub(crate) root: Route,
    /// None for the document's own root too, which needs no search.
    node: Option<NodeId>,
    pub(crate) id: ResourceId,
    /// Why its names cannot be read with certainty; those are empty then.
    pub(crate) unreadable: Option<yaml_splice::Error>,
    /// The pod or pod template, for the kinds that have one.
    pub(crate) pod: Option<Pod>,
}

/// A document that was not read.
pub(crate) struct Passed<'t> {
    pub(crate) file: usize,
    pub(crate) document: yaml_splice::Document<'t>,
    pub(crate) text: &'t str,
    pub(crate) why: PassedBy,
}

/// Why a document was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PassedBy {
    /// It is a template: YAML only once it is rendered.
    Template(yaml_splice::Error),
    /// It is not YAML, or cannot be read with certainty.
    Unreadable(yaml_splice::Error),
    /// It names no kind that a connection is about.
    Unrelated,
}

impl Drop for Inventory<'_> {
    /// Dropping many documents on one thread takes a fifth of a run.
    fn drop(&mut self) {
        parallel::drop_all(std::mem::take(&mut self.documents));
    }
}

impl<'t> Inventory<'t> {
    /// Reads `sources`.
    pub(crate) fn read(sources: &[Source<'t>]) -> Self {
        let mut inventory = Self {
            sources: sources.to_vec(),
            documents: Vec::with_capacity(sources.len()),
            objects: Vec::new(),
            by_name: ByName::default(),
            segments: Vec::new(),
            lines: sources.iter().map(|_| OnceLock::new()).collect(),
            passed: Vec::new(),
            skimmed: Others::default(),
            others: OnceLock::new(),
            labelled: OnceLock::new(),
        };
        inventory.documents.resize_with(sources.len(), Vec::new);
        let sources = sources.iter().enumerate();
        let mut all = sources.flat_map(|(file, source)| {
            let documents = documents(source.text);
            documents.map(move |document| (file, document))
        });
        loop {
            // Each is as much as is read at once on all threads.
            let some: Vec<_> = all.by_ref().take(AT_ONCE).collect();
            let found = parallel::map(&some, |(_, document)| Found::of(document));
            if some.is_empty() {
                break;
            }
            for ((file, document), found) in some.into_iter().zip(found) {
                inventory.add(file, document, found);
            }
        }
        inventory.segments = super::near::segments(&inventory.objects);
        inventory.by_name = ByName::of(&inventory.objects);
        inventory
    }

    fn add(&mut self, file: usize, document: yaml_splice::Document<'t>, found: Found<'t>) {
        match found {
            Found::Nothing => {}
            Found::Other { is_object } => self.skimmed.add(file, is_object),
            Found::Passed(why) => self.passed.push(Passed {
                file,
                document,
                text: document.text(),
                why,
            }),
            Found::Objects(objects, tree) => {
                let Some(documents) = self.documents.get_mut(file) else {
                    return;
                };
                let place = Place {
                    file,
                    tree: documents.len(),
                };
                let objects = objects.into_iter();
                self.objects
                    .extend(objects.map(|object| Object { place, ..object }));
                documents.push(tree);
            }
        }
    }

    /// The object of this number.
    pub(crate) fn object(&self, id: ObjectId) -> Option<&Object> {
        self.objects.get(id.0)
    }

    /// All objects, in the order of the inputs.
    pub(crate) fn objects(&self) -> impl Iterator<Item = (ObjectId, &Object)> {
        let objects = self.objects.iter().enumerate();
        objects.map(|(number, object)| (ObjectId(number), object))
    }

    /// The object that a place is in; none between two of them.
    pub(crate) fn object_at(&self, file: usize, offset: usize) -> Option<ObjectId> {
        // They are in the order of the inputs, and of each input's text.
        let before = |object: &Object| (object.place.file, self.start(object)) <= (file, offset);
        let behind = self.objects.partition_point(before);
        // Of what is not parsed, the start is that of the document's comments.
        let near = (1..=2).map(|back| behind.checked_sub(back));
        near.flatten().map(ObjectId).find(|id| {
            self.object(*id).is_some_and(|object| {
                let extent = self.extent(object);
                object.place.file == file && (extent.start..=extent.end).contains(&offset)
            })
        })
    }

    fn extent(&self, object: &Object) -> Span {
        let tree = self.tree(object.place);
        let span = tree.and_then(|tree| Some(tree.span(object.node_in(tree)?)));
        span.unwrap_or(Span::at(0))
    }

    /// Where an object starts, or its document, if that is not parsed.
    fn start(&self, object: &Object) -> usize {
        match self.document(object.place) {
            Some(lazy) if !lazy.is_parsed() => lazy.document().span().start,
            _ => self.extent(object).start,
        }
    }

    /// The objects of this kind and name, in the order of the inputs.
    pub(crate) fn named(&self, kind: &str, name: &str) -> &[ObjectId] {
        self.by_name.named(&self.objects, kind, name)
    }

    /// Those of them that are in this namespace, and those that may be.
    pub(super) fn named_in(
        &self,
        kind: &str,
        name: &str,
        namespace: Option<&str>,
    ) -> [&[ObjectId]; 2] {
        let of = |namespace| {
            let by_name = &self.by_name;
            by_name.named_in(&self.objects, kind, name, namespace)
        };
        match namespace {
            Some(_) => [of(namespace), of(None)],
            None => [self.named(kind, name), &[]],
        }
    }

    /// The objects from the first to behind the last one of the set that `id` is in.
    pub(super) fn segment(&self, id: ObjectId) -> std::ops::Range<ObjectId> {
        let behind = self.segments.partition_point(|start| *start <= id);
        let start = behind.checked_sub(1).and_then(|n| self.segments.get(n));
        let end = self.segments.get(behind).copied();
        start.copied().unwrap_or(ObjectId(0))..end.unwrap_or(ObjectId(self.objects.len()))
    }

    /// The files that hold an object of this kind and name.
    pub(super) fn files_with(&self, kind: &str, name: &str) -> Twins<'_> {
        Twins::Like(&self.objects, self.named(kind, name))
    }

    /// The file and the extent of a field; of the object where it has no such field.
    pub(crate) fn span(&self, at: &At) -> Option<(usize, Span)> {
        let object = self.object(at.object)?;
        let tree = self.tree(object.place)?;
        let node = tree.find(&at.route).ok().flatten();
        let node = node.or_else(|| object.node_in(tree))?;
        Some((object.place.file, tree.span(node)))
    }

    /// The document at `place`.
    pub(crate) fn tree(&self, place: Place) -> Option<&Tree<'t>> {
        self.document(place).map(LazyTree::tree)
    }

    fn document(&self, place: Place) -> Option<&LazyTree<'t>> {
        self.documents.get(place.file)?.get(place.tree)
    }

    /// The object as what edits are planned on.
    pub(crate) fn resource(&self, id: ObjectId) -> Option<Resource<'_, 't>> {
        let object = self.object(id)?;
        Some(Resource {
            document: Nodes::Lazy(self.document(object.place)?),
            root: object.root.clone(),
            id: object.id.clone(),
            unreadable: object.unreadable.clone(),
        })
    }

    /// The object's node.
    pub(crate) fn node(&self, id: ObjectId) -> Option<Node<'_, 't>> {
        let object = self.object(id)?;
        let tree = self.tree(object.place)?;
        Some(Node::new(tree, object.node_in(tree)?))
    }

    /// The labels of an object's pods.
    pub(crate) fn labels(&self, id: ObjectId) -> Option<Node<'_, 't>> {
        let node = self.node(id)?;
        let template = match self.object(id)?.id.kind.as_str() {
            "Pod" => node,
            "CronJob" => node.at(&["spec", "jobTemplate", "spec", "template"])?,
            _ => node.at(&["spec", "template"])?,
        };
        template.at(&["metadata", "labels"])
    }

    /// The key of a Secret or ConfigMap: the route to its value, and whether the
    /// value is set to more than a placeholder.
    pub(crate) fn entry(&self, id: ObjectId, key: &str) -> Option<(Route, bool)> {
        let object = self.object(id)?;
        let node = self.node(id)?;
        fields(&object.id.kind).iter().find_map(|(field, _)| {
            let value = node.at(&[field, key])?;
            let set = value.text().is_none_or(|text| !is_open(text)) && value.is_set();
            Some((object.root.key(*field).key(key), set))
        })
    }

    /// The text that a Secret or ConfigMap holds under `key`, decoded, and the route
    /// to it.
    pub(crate) fn value(&self, id: ObjectId, key: &str) -> Option<(String, Route)> {
        let object = self.object(id)?;
        let node = self.node(id)?;
        fields(&object.id.kind).iter().find_map(|(field, encoded)| {
            let text = node.text_at(&[field, key])?;
            let text = match encoded {
                true => String::from_utf8_lossy(&crate::material::decode(text)?).into_owned(),
                false => text.to_owned(),
            };
            Some((text, object.root.key(*field).key(key)))
        })
    }
}

/// What is in a document.
enum Found<'t> {
    Nothing,
    /// An object of another kind, or something else.
    Other {
        is_object: bool,
    },
    Passed(PassedBy),
    Objects(Vec<Object>, LazyTree<'t>),
}

impl<'t> Found<'t> {
    fn of(document: &yaml_splice::Document<'t>) -> Self {
        let text = document.text();
        let skimmed = lazy::skim(document);
        if !Words::may_matter(text) {
            return match skimmed {
                Some(skimmed) if skimmed.is_empty => Self::Nothing,
                Some(skimmed) => Self::Other {
                    is_object: skimmed.kind.and(skimmed.api_version).is_some(),
                },
                None => Self::Passed(PassedBy::Unrelated),
            };
        }
        if let Some(skimmed) = skimmed.filter(is_without_pods) {
            let objects = vec![Object::skimmed(&skimmed)];
            return Self::Objects(objects, LazyTree::skimmed(*document));
        }
        #[cfg(test)]
        lazy::count();
        let read = document.parse();
        match read.and_then(|tree| Ok((objects_of(&tree)?, tree))) {
            Ok((objects, tree)) => Self::Objects(objects, LazyTree::parsed(*document, tree)),
            Err(error) if text.contains("{{") => Self::Passed(PassedBy::Template(error)),
            Err(error) => Self::Passed(PassedBy::Unreadable(error)),
        }
    }
}

impl Object {
    /// The object that a document is as a whole.
    fn skimmed(skimmed: &Skimmed<'_>) -> Self {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Self {
            place: Place { file: 0, tree: 0 },
            root: Route::root(),
            node: None,
            id: ResourceId {
                api_version: owned(skimmed.api_version).unwrap_or_default(),
                kind: owned(skimmed.kind).unwrap_or_default(),
                namespace: owned(skimmed.namespace),
                name: owned(skimmed.name).unwrap_or_default(),
            },
            unreadable: None,
            pod: None,
        }
    }

    fn node_in(&self, tree: &Tree<'_>) -> Option<NodeId> {
        let root = || self.root.steps().is_empty().then(|| tree.root()).flatten();
        self.node.or_else(root)
    }
}

/// Whether nothing more of an object than its names has to be read.
fn is_without_pods(skimmed: &Skimmed<'_>) -> bool {
    let kind = skimmed.kind.unwrap_or_default();
    !pods::POD_KINDS.contains(&kind)
}

/// Where an object's keys stand, and whether their values are base64; the first one
/// wins.
fn fields(kind: &str) -> &'static [(&'static str, bool)] {
    match kind {
        "Secret" => &[("stringData", false), ("data", true)],
        _ => &[("data", false), ("binaryData", true)],
    }
}

/// Whether the text is missing, or asks to be replaced.
pub(crate) fn is_open(text: &str) -> bool {
    let text = text.trim();
    let asks = text.starts_with('<') && text.ends_with('>');
    let later = text.contains("${") || text.contains("{{") || text.starts_with("$(");
    text.is_empty() || asks || later
}

/// The objects of one document; their place is still to be set.
fn objects_of(tree: &Tree<'_>) -> Result<Vec<Object>, yaml_splice::Error> {
    let place = Place { file: 0, tree: 0 };
    let object = |resource: Resource<'_, '_>| {
        let node = tree.find(&resource.root)?;
        let pod = match (pods::pod(&resource), resource.unreadable.is_none()) {
            (Some(at), true) => tree
                .find(&at)?
                .map(|spec| Pod::read(Node::new(tree, spec), at)),
            _ => None,
        };
        Ok(Object {
            place,
            root: resource.root,
            node,
            id: resource.id,
            unreadable: resource.unreadable,
            pod,
        })
    };
    resources(tree)?.into_iter().map(object).collect()
}
