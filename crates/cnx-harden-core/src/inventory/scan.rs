//! Finds the objects of all inputs: each document that can matter is parsed once.

use std::collections::{BTreeSet, HashMap};
use std::sync::OnceLock;

use yaml_splice::{NodeId, Route, Span, Tree, documents};

use super::lines::Lines;
use super::node::Node;
use super::pod::Pod;
use super::said::At;
use super::serving::Labelled;
use super::unread::Others;
use crate::pods;
use crate::resource::{Resource, ResourceId, can_spell_any_name, resources};
use crate::source::Source;

/// The kinds that a connection can be about. A document without one of these words
/// holds none of its objects, unless it can spell any name.
pub(super) const KINDS: [&str; 18] = [
    "APIService",
    "Certificate",
    "ConfigMap",
    "CronJob",
    "CustomResourceDefinition",
    "DaemonSet",
    "Deployment",
    "Installation",
    "APIServer",
    "Job",
    "List",
    "Pod",
    "ReplicaSet",
    "ReplicationController",
    "Secret",
    "Service",
    "StatefulSet",
    "WebhookConfiguration",
];

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
    pub(crate) documents: Vec<Vec<Document<'t>>>,
    objects: Vec<Object>,
    by_name: HashMap<(String, String), Named>,
    /// Where each set of objects begins, and behind the last one.
    segments: Vec<ObjectId>,
    /// Of each source, once somebody asks for a position in it.
    pub(super) lines: Vec<OnceLock<Lines>>,
    /// What was not read, and why.
    pub(crate) passed: Vec<Passed<'t>>,
    /// What those of other kinds are, once somebody asks.
    pub(super) others: OnceLock<Others>,
    /// The workloads by the labels of their pods, once somebody asks.
    pub(super) labelled: OnceLock<Labelled>,
}

/// The objects of one kind and name.
#[derive(Default)]
struct Named {
    all: Vec<ObjectId>,
    /// By the namespace that they say.
    by_namespace: HashMap<Option<String>, Vec<ObjectId>>,
    files: BTreeSet<usize>,
}

/// A document that was read.
pub(crate) struct Document<'t> {
    pub(crate) tree: Tree<'t>,
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
    pub(crate) node: Option<NodeId>,
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

impl<'t> Inventory<'t> {
    /// Reads `sources`.
    pub(crate) fn read(sources: &[Source<'t>]) -> Self {
        let mut inventory = Self {
            sources: sources.to_vec(),
            documents: Vec::with_capacity(sources.len()),
            objects: Vec::new(),
            by_name: HashMap::new(),
            segments: Vec::new(),
            lines: sources.iter().map(|_| OnceLock::new()).collect(),
            passed: Vec::new(),
            others: OnceLock::new(),
            labelled: OnceLock::new(),
        };
        for (file, source) in sources.iter().enumerate() {
            inventory.documents.push(Vec::new());
            for document in documents(source.text) {
                inventory.add(file, &document);
            }
        }
        inventory.segments = super::near::segments(&inventory.objects);
        for (number, object) in inventory.objects.iter().enumerate() {
            let name = (object.id.kind.clone(), object.id.name.clone());
            let named = inventory.by_name.entry(name).or_default();
            let namespace = object.id.namespace.clone();
            let number = ObjectId(number);
            named.all.push(number);
            named
                .by_namespace
                .entry(namespace)
                .or_default()
                .push(number);
            named.files.insert(object.place.file);
        }
        inventory
    }

    fn add(&mut self, file: usize, document: &yaml_splice::Document<'t>) {
        let text = document.text();
        let mut pass = |why| {
            self.passed.push(Passed {
                file,
                document: *document,
                text,
                why,
            });
        };
        if !KINDS.iter().any(|kind| text.contains(kind)) && !can_spell_any_name(text) {
            pass(PassedBy::Unrelated);
            return;
        }
        #[cfg(test)]
        PARSED.with(|parsed| parsed.set(parsed.get() + 1));
        let read = document.parse();
        let read = read.and_then(|tree| Ok((objects_of(&tree)?, tree)));
        let (found, tree) = match read {
            Ok(read) => read,
            Err(error) if text.contains("{{") => return pass(PassedBy::Template(error)),
            Err(error) => return pass(PassedBy::Unreadable(error)),
        };
        let Some(documents) = self.documents.get_mut(file) else {
            return;
        };
        let place = Place {
            file,
            tree: documents.len(),
        };
        self.objects
            .extend(found.into_iter().map(|object| Object { place, ..object }));
        documents.push(Document { tree });
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
        let extent = |object: &Object| {
            let tree = self.tree(object.place);
            let span = tree.zip(object.node).map(|(tree, node)| tree.span(node));
            span.unwrap_or(Span::at(0))
        };
        // They are in the order of the inputs, and of each input's text.
        let before = |object: &Object| (object.place.file, extent(object).start) <= (file, offset);
        let number = self.objects.partition_point(before).checked_sub(1)?;
        let object = self.objects.get(number)?;
        let inside = object.place.file == file && offset <= extent(object).end;
        inside.then_some(ObjectId(number))
    }

    /// The objects of this kind and name, in the order of the inputs.
    pub(crate) fn named(&self, kind: &str, name: &str) -> &[ObjectId] {
        self.by(kind, name).map_or(&[], |named| &named.all)
    }

    /// Those of them that are in this namespace, and those that may be.
    pub(super) fn named_in(
        &self,
        kind: &str,
        name: &str,
        namespace: Option<&str>,
    ) -> [&[ObjectId]; 2] {
        let named = self.by(kind, name);
        let of = |namespace: Option<String>| {
            let found = named.and_then(|named| named.by_namespace.get(&namespace));
            found.map_or(&[][..], Vec::as_slice)
        };
        match namespace {
            Some(namespace) => [of(Some(namespace.to_owned())), of(None)],
            None => [named.map_or(&[][..], |named| &named.all), &[]],
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
    pub(super) fn files_with(&self, kind: &str, name: &str) -> &BTreeSet<usize> {
        static NONE: BTreeSet<usize> = BTreeSet::new();
        self.by(kind, name).map_or(&NONE, |named| &named.files)
    }

    fn by(&self, kind: &str, name: &str) -> Option<&Named> {
        self.by_name.get(&(kind.to_owned(), name.to_owned()))
    }

    /// The file and the extent of a field; of the object where it has no such field.
    pub(crate) fn span(&self, at: &At) -> Option<(usize, Span)> {
        let object = self.object(at.object)?;
        let tree = self.tree(object.place)?;
        let node = tree.find(&at.route).ok().flatten().or(object.node)?;
        Some((object.place.file, tree.span(node)))
    }

    /// The document at `place`.
    pub(crate) fn tree(&self, place: Place) -> Option<&Tree<'t>> {
        let documents = self.documents.get(place.file)?;
        documents.get(place.tree).map(|document| &document.tree)
    }

    /// The object as what edits are planned on.
    pub(crate) fn resource(&self, id: ObjectId) -> Option<Resource<'_, 't>> {
        let object = self.object(id)?;
        Some(Resource {
            tree: self.tree(object.place)?,
            root: object.root.clone(),
            id: object.id.clone(),
            unreadable: object.unreadable.clone(),
        })
    }

    /// The object's node.
    pub(crate) fn node(&self, id: ObjectId) -> Option<Node<'_, 't>> {
        let object = self.object(id)?;
        Some(Node::new(self.tree(object.place)?, object.node?))
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

#[cfg(test)]
thread_local! {
    /// How many documents were parsed on this thread.
    pub(crate) static PARSED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
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
