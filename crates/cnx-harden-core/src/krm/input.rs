//! The list that comes in.

use std::collections::BTreeMap;

use yaml_splice::{Content, NodeId, Route, Span, Tree, documents};

use crate::config::ConfigText;
use crate::finding::{Code, Error, Finding};
use crate::place::Place;
use crate::resource::{Resource, ResourceId, resources};
use crate::source::Source;

const VERSIONS: [&str; 2] = ["config.kubernetes.io/v1", "config.kubernetes.io/v1beta1"];
const KIND: &str = "ResourceList";

/// A list that was read.
pub(super) struct Input<'t> {
    source: Source<'t>,
    tree: Tree<'t>,
    /// Whether it is a `ResourceList`, which has a place for results.
    pub(super) takes_results: bool,
}

/// Where an object is kept, as the host's annotations say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) path: String,
    pub(super) index: Option<String>,
}

impl<'t> Input<'t> {
    /// Reads the one document of `source`.
    pub(super) fn read(source: Source<'t>) -> Result<Self, Error> {
        let yaml = |error: yaml_splice::Error| Error::from(Finding::yaml(&source, &error));
        let mut found = None;
        for document in documents(source.text) {
            let tree = document.parse().map_err(yaml)?;
            let Some(root) = tree.find(&Route::root()).map_err(yaml)? else {
                continue;
            };
            let span = tree.span(root);
            if found.replace(tree).is_some() {
                return Err(other(source, span, "a second document begins here"));
            }
        }
        let Some(tree) = found else {
            return Err(other(source, Span::at(0), "there is nothing on stdin"));
        };
        let text = |key: &str| tree.text_at(&Route::root().key(key)).map_err(yaml);
        let (kind, version) = (text("kind")?, text("apiVersion")?);
        let takes_results = kind == Some(KIND);
        let span = |key: &str| {
            let node = tree.find(&Route::root().key(key)).ok().flatten();
            node.map_or(Span::at(0), |node| tree.span(node))
        };
        if takes_results && !version.is_some_and(|version| VERSIONS.contains(&version)) {
            let message = "a ResourceList of another version than v1 and v1beta1";
            return Err(other(source, span("apiVersion"), message));
        }
        if !kind.is_some_and(|kind| kind.ends_with("List")) {
            return Err(other(source, span("kind"), "this is not a ResourceList"));
        }
        Ok(Self {
            source,
            tree,
            takes_results,
        })
    }

    /// The `functionConfig`, where there is one.
    pub(super) fn config(&self) -> Result<Option<ConfigText>, Error> {
        let at = Route::root().key("functionConfig");
        let found = self.takes_results.then(|| self.tree.find(&at)).transpose();
        let found = found.map_err(|error| Finding::yaml(&self.source, &error))?;
        let node = found.flatten().filter(|node| !self.is_nothing(*node));
        let config = node.map(|node| ConfigText::of_leniently(self.source, &self.tree, node));
        config.transpose()
    }

    /// Hosts write an empty mapping for no config.
    fn is_nothing(&self, node: NodeId) -> bool {
        match self.tree.content(node) {
            Content::Mapping(entries) => entries.is_empty(),
            _ => self.tree.is_null(node),
        }
    }

    /// Something that is wrong with the list as a whole.
    pub(super) fn wrong(&self, message: &str, help: &str) -> Finding {
        let place = Place::new(&self.source, Span::at(0));
        Finding::new(Code::InvalidConfig, place, message, help)
    }

    /// What the list is called in findings.
    pub(super) const fn name(&self) -> &str {
        self.source.name
    }

    /// The files that the items are from, as far as they say so.
    pub(super) fn kept(&self) -> BTreeMap<ResourceId, Kept> {
        let annotation = |item: &Resource<'_, '_>, names: [&str; 2]| {
            let at = item.route(&["metadata", "annotations"]);
            let mut texts = names.iter().filter_map(|name| {
                let text = item.tree().text_at(&at.key(*name)).ok().flatten();
                text.map(str::to_owned)
            });
            texts.next()
        };
        let items = resources(&self.tree).unwrap_or_default().into_iter();
        let kept = items.filter_map(|item| {
            let path = annotation(&item, PATH)?;
            let index = annotation(&item, INDEX);
            Some((item.id, Kept { path, index }))
        });
        kept.collect()
    }
}

const PATH: [&str; 2] = [
    "internal.config.kubernetes.io/path",
    "config.kubernetes.io/path",
];
const INDEX: [&str; 2] = [
    "internal.config.kubernetes.io/index",
    "config.kubernetes.io/index",
];

fn other(source: Source<'_>, span: Span, message: &str) -> Error {
    let help = "let the host call the function, or give manifests to cnx-harden apply -";
    Finding::new(
        Code::NotResourceList,
        Place::new(&source, span),
        message,
        help,
    )
    .into()
}
