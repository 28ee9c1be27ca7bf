//! A config and the text that it is from.

use cnx_certs::{Help, UnixTime};
use std::collections::BTreeMap;

use yaml_splice::{Content, NodeId, Route, Span, Tree, documents};

use super::read::{Read, read};
use super::resolve::resolve;
use super::{API_VERSION, Config, Connection, KIND, Materials, ResolvedConfig};
use crate::channel::Channel;
use crate::finding::{Code, Error, Finding};
use crate::place::Place;
use crate::source::Source;

/// A config that was read from a text: what is wrong with it has a line and a
/// column there.
#[derive(Clone, Debug)]
pub struct ConfigText {
    config: Config,
    places: Places,
    /// What is wrong with the text, and was passed over.
    mistakes: Vec<Finding>,
}

impl ConfigText {
    /// Reads a config from a text of its own.
    ///
    /// # Errors
    ///
    /// Where it is not YAML, or not a config: with the place, and for a name that
    /// is not known with the one that was probably meant. All mistakes are reported at once.
    pub fn parse(source: Source<'_>) -> Result<Self, Error> {
        Self::parse_leniently(source)?.strict()
    }

    fn strict(self) -> Result<Self, Error> {
        match self.mistakes.is_empty() {
            true => Ok(self),
            false => Err(Error {
                findings: self.mistakes,
            }),
        }
    }

    /// The same, where mistakes in fields wait for what [`resolve`](Self::resolve) finds, so
    /// that all is reported at once.
    ///
    /// # Errors
    ///
    /// Where nothing can be made of the text.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use cnx_harden_core::{Source, config::{ConfigText, Loaded, Materials}};
    /// # use std::time::Duration;
    /// struct Nothing;
    /// impl Materials for Nothing {
    ///     fn file(&self, path: &str) -> Result<Loaded, String> { Err(format!("no {path}")) }
    ///     fn variable(&self, name: &str) -> Result<Loaded, String> { Err(format!("no {name}")) }
    /// }
    /// let text = "\
    /// apiVersion: cnx-harden.dev/v1alpha1
    /// kind: Hardening
    /// spec:
    ///   apiServer: {caFile: ca.crt, certFile: tls.crt, keyfile: tls.key}
    ///   checks: {expiresWithin: soon}
    /// ";
    /// # let now = cnx_certs::UnixTime::since_unix_epoch(Duration::ZERO);
    /// let source = Source { name: "hardening.yaml", text };
    /// let error = ConfigText::parse_leniently(source)?.resolve(&Nothing, now).unwrap_err();
    /// let messages: Vec<_> = error.findings.iter().map(|f| f.message.as_str()).collect();
    /// assert_eq!(messages, [
    ///     "no ca.crt",
    ///     "no tls.crt",
    ///     "there is no field \"keyfile\"",
    ///     "not a span of time such as 30d, 6months or 1year",
    /// ]);
    /// # Ok(()) }
    /// ```
    pub fn parse_leniently(source: Source<'_>) -> Result<Self, Error> {
        let yaml = |error: yaml_splice::Error| Error::from(Finding::yaml(&source, &error));
        let parsed = documents(source.text).map(|document| document.parse());
        let trees = parsed.collect::<Result<Vec<_>, _>>().map_err(yaml)?;
        let mut found = Vec::new();
        for tree in &trees {
            let root = tree.find(&Route::root()).map_err(yaml)?;
            let root = root.filter(|root| !tree.is_null(*root));
            found.extend(root.map(|root| (tree, root)));
        }
        match found.as_slice() {
            [(tree, root)] => Self::of_leniently(source, tree, *root),
            [] => Err(wrong(
                source,
                Span::at(0),
                "there is no config here",
                A_CONFIG,
            )),
            [_, (second, root), ..] => {
                let message = "a second document begins here";
                let help = "a config is one document: leave one of them";
                Err(wrong(source, second.span(*root), message, help))
            }
        }
    }

    /// Reads a config from a node of a document, as a KRM function has it.
    ///
    /// # Errors
    ///
    /// As [`parse`](Self::parse).
    pub fn of(source: Source<'_>, tree: &Tree<'_>, id: NodeId) -> Result<Self, Error> {
        Self::of_leniently(source, tree, id)?.strict()
    }

    /// The same, where mistakes wait for what [`resolve`](Self::resolve) finds.
    pub(crate) fn of_leniently(
        source: Source<'_>,
        tree: &Tree<'_>,
        id: NodeId,
    ) -> Result<Self, Error> {
        // Another kind's fields are not ours to complain of.
        for (key, wanted) in [("kind", KIND), ("apiVersion", API_VERSION)] {
            let field = field(tree, id, key);
            if let Some(field) = field.filter(|field| tree.text(*field) != Some(wanted)) {
                let message = format!("this is not a config: its {key} is not {wanted}");
                return Err(wrong(source, tree.span(field), &message, A_CONFIG));
            }
        }
        let Read { value, errors } = read::<Config>(tree, id);
        let mistakes = errors.into_iter().map(|error| {
            let span = tree.span(error.node.unwrap_or(id));
            let whole = if error.node == Some(id) {
                A_CONFIG
            } else {
                "add it"
            };
            let help = error.help.as_deref().unwrap_or(whole);
            mistake(source, span, &error.message, help)
        });
        let empty = empty_names(tree, id).into_iter().map(|empty| {
            let help = "write the name, or leave the field out for the vendor's";
            mistake(source, tree.span(empty), "a name is empty", help)
        });
        let mut mistakes: Vec<_> = mistakes.chain(empty).collect();
        mistakes.sort_by_key(|mistake| (mistake.place.line, mistake.place.column));
        let Some(config) = value else {
            return Err(Error { findings: mistakes });
        };
        let places = Places::of(source, tree, id);
        Ok(Self {
            config,
            places,
            mistakes,
        })
    }

    /// The same without these connections, as with `spec.except`.
    #[must_use]
    pub fn leaving_out(mut self, channels: &[Channel]) -> Self {
        let connections = channels
            .iter()
            .filter_map(|channel| Connection::of(*channel));
        self.config.spec.except.extend(connections);
        self
    }

    /// The config.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// Reads the material, as of `now`, and makes the config into what a run takes.
    ///
    /// # Errors
    ///
    /// All that is wrong, at once: mistakes in the text, what is not given or given twice, what can't be
    /// read, names that aren't any.
    pub fn resolve(
        &self,
        materials: &dyn Materials,
        now: UnixTime,
    ) -> Result<ResolvedConfig, Error> {
        resolve(&self.config, &self.places, &self.mistakes, materials, now)
    }
}

fn field(tree: &Tree<'_>, id: NodeId, name: &str) -> Option<NodeId> {
    let Content::Mapping(entries) = tree.content(id) else {
        return None;
    };
    let mut entries = entries.iter();
    let entry = entries.find(|(key, _)| tree.text(*key) == Some(name));
    entry.map(|(_, value)| *value)
}

/// The objects' names that are there and empty: an object without a name is none, and
/// flags refuse such a name too.
fn empty_names(tree: &Tree<'_>, id: NodeId) -> Vec<NodeId> {
    let values = |id| {
        let entries = tree.entries_of(id).into_iter();
        entries.map(|(_, value)| value)
    };
    let connections = field(tree, id, "spec").into_iter().flat_map(values);
    let connections = connections.flat_map(|id| tree.items_of(id).chain([id]));
    let names = connections.filter_map(|connection| field(tree, connection, "names"));
    let names = names.flat_map(values);
    let names = names.flat_map(|name| tree.items_of(name).chain([name]));
    let is_empty = |name: &NodeId| tree.text(*name) == Some("") && !tree.is_null(*name);
    names.filter(is_empty).collect()
}

fn mistake(source: Source<'_>, span: Span, message: &str, help: &str) -> Finding {
    let place = Place::new(&source, span);
    Finding::new(Code::InvalidConfig, place, message, help)
}

fn wrong(source: Source<'_>, span: Span, message: &str, help: &str) -> Error {
    mistake(source, span, message, help).into()
}

impl Config {
    /// [`ConfigText::resolve`] for a config that is from no text.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn resolve(
        &self,
        materials: &dyn Materials,
        now: UnixTime,
    ) -> Result<ResolvedConfig, Error> {
        resolve(self, &Places::new("(config)"), &[], materials, now)
    }
}

const A_CONFIG: &str = "a config has apiVersion: cnx-harden.dev/v1alpha1, kind: Hardening and a \
                        spec with apiServer, etcd, typha or manager";

/// Where the fields of a config stand in its text. It holds no value of it.
#[derive(Clone, Debug)]
pub(super) struct Places {
    file: String,
    fields: BTreeMap<String, Place>,
}

impl Places {
    pub(super) fn new(file: &str) -> Self {
        let (file, fields) = (file.to_owned(), BTreeMap::new());
        Self { file, fields }
    }

    fn of(source: Source<'_>, tree: &Tree<'_>, root: NodeId) -> Self {
        let mut places = Self::new(source.name);
        let mut open = vec![(String::new(), root, root)];
        while let Some((field, key, value)) = open.pop() {
            let place = Place::new(&source, tree.span(key));
            places.fields.insert(field.clone(), place);
            // It may hold any number of annotations, and is never complained of.
            if field == "metadata" {
                continue;
            }
            if let Content::Mapping(entries) = tree.content(value) {
                for (key, value) in entries {
                    if let Some(name) = tree.text(key) {
                        open.push((join(&field, name), key, value));
                    }
                }
            }
            for (number, item) in tree.items_of(value).enumerate() {
                open.push((join(&field, &number.to_string()), item, item));
            }
        }
        places
    }

    /// What the config is called.
    pub(super) fn file(&self) -> &str {
        &self.file
    }

    /// Something wrong with a field, or with what should be in it.
    pub(super) fn wrong(
        &self,
        field: &str,
        message: impl Into<String>,
        help: impl Into<Help>,
    ) -> Finding {
        let mut near = field;
        let place = loop {
            match (self.fields.get(near), near.rsplit_once('.')) {
                (Some(place), _) => break place.clone(),
                (None, Some((parent, _))) => near = parent,
                (None, None) if near.is_empty() => break Place::line(self.file(), 1),
                (None, None) => near = "",
            }
        };
        Finding::new(Code::InvalidConfig, place, message, help)
    }
}

/// The name of a field inside of another.
pub(super) fn join(field: &str, name: &str) -> String {
    match field {
        "" => name.to_owned(),
        _ => format!("{field}.{name}"),
    }
}
