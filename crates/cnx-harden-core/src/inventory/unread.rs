//! What was not read: documents of other kinds, and those that cannot be read.

use cnx_certs::{Help, HelpPart, Severity, help};
use std::collections::BTreeSet;

use yaml_splice::{Error, ErrorKind, Tree};

use super::scan::{Inventory, Passed, PassedBy};
use super::words::KINDS;
use crate::finding::Finding;
use crate::parallel;
use crate::reading::{PassedDocument, Reading, Why};

/// What to do with a template.
fn render() -> Help {
    let text = "if it is a template, render it first: helm template CHART";
    help![text, HelpPart::Piped]
}
/// What to do with other text that is not YAML, and holds none of the objects.
const CORRECT: &str = "correct the YAML at this place, or leave the file out";

/// A kind of which no object is one of a connection: it tells what some of them are.
const DEFINITION: &str = "CustomResourceDefinition";

/// The documents that name no kind that a connection is about.
#[derive(Clone, Default)]
pub(super) struct Others {
    /// Those that are YAML, and not empty.
    count: usize,
    /// The inputs of which one of them is a Kubernetes object.
    with_objects: Vec<usize>,
    /// The number in `passed` and the error of each that is not YAML.
    broken: Vec<(usize, Error)>,
}

impl Others {
    /// Counts a document, which is YAML, and not empty.
    pub(super) fn add(&mut self, file: usize, is_object: bool) {
        self.count += 1;
        if is_object && self.with_objects.last() != Some(&file) {
            self.with_objects.push(file);
        }
    }
}

/// A document that cannot be read.
#[derive(Clone, Copy)]
pub(crate) struct Unread<'a, 't> {
    pub(crate) passed: &'a Passed<'t>,
    pub(crate) error: &'a Error,
    pub(crate) template: bool,
}

impl Unread<'_, '_> {
    /// Whether it certainly holds an object of one of `names`. A template never does:
    /// what its values are is not known.
    pub(crate) fn holds<'n>(&self, names: impl Iterator<Item = &'n str>) -> bool {
        !self.template && certainly_holds(self.passed.text, names)
    }
}

impl<'t> Inventory<'t> {
    /// The documents that cannot be read, whatever they hold: those that name a kind
    /// of the connections first.
    pub(crate) fn unread(&self) -> impl Iterator<Item = Unread<'_, 't>> {
        let known = self.passed.iter().filter_map(|passed| {
            let (error, template) = match &passed.why {
                PassedBy::Template(error) => (error, true),
                PassedBy::Unreadable(error) => (error, false),
                PassedBy::Unrelated => return None,
            };
            Some(Unread {
                passed,
                error,
                template,
            })
        });
        let others = self.others().broken.iter().filter_map(|(number, error)| {
            let passed = self.passed.get(*number)?;
            let template = passed.text.contains("{{");
            Some(Unread {
                passed,
                error,
                template,
            })
        });
        known.chain(others)
    }

    /// What is to be said of each document that cannot be read: an error if it
    /// certainly holds an object of one of `names`.
    pub(crate) fn unreadable(&self, names: &[&str]) -> impl Iterator<Item = Finding> {
        let told = move |unread| self.tell(unread, names.iter().copied());
        self.unread().filter_map(told)
    }

    /// What is to be said of a document that cannot be read.
    pub(crate) fn tell<'n>(
        &self,
        unread: Unread<'_, 't>,
        names: impl Iterator<Item = &'n str>,
    ) -> Option<Finding> {
        let finding = self.yaml(unread.passed.file, unread.error);
        if unread.holds(names) {
            return Some(finding);
        }
        let help = match unread.template {
            true => render(),
            false => CORRECT.into(),
        };
        Some(Finding {
            severity: Severity::Warning,
            help,
            ..finding
        })
    }

    /// The error of the first document that could not be read, may hold `name`, and is
    /// no template.
    pub(crate) fn unreadable_with(&self, name: &str) -> Option<Finding> {
        let mut known = self.passed.iter().filter(|p| p.text.contains(name));
        known.find_map(|passed| match &passed.why {
            PassedBy::Unreadable(error) => Some(self.yaml(passed.file, error)),
            PassedBy::Template(_) | PassedBy::Unrelated => None,
        })
    }

    /// What was read, and what was passed by.
    pub(crate) fn reading(&self) -> Reading {
        let others = self.others();
        let objects = self.objects().map(|(_, object)| object);
        let objects = objects.filter(|object| !object.id.kind.is_empty());
        let unread = self.unread().map(|unread| unread.passed.file);
        let mut with_objects: BTreeSet<usize> = objects.map(|o| o.place.file).collect();
        with_objects.extend(unread.chain(others.with_objects.iter().copied()));
        let sources = self.sources.iter().enumerate();
        let without = sources.filter(|(file, _)| !with_objects.contains(file));
        let passed = self.unread().filter_map(|unread| {
            let why = match unread {
                Unread { template: true, .. } => Why::Template,
                Unread { error, .. } if is_syntax(error) => Why::NotYaml,
                Unread { .. } => Why::Uncertain,
            };
            Some(PassedDocument {
                file: self.sources.get(unread.passed.file)?.name.to_owned(),
                line: unread.error.position.line,
                column: unread.error.position.column,
                why,
                message: unread.error.kind.to_string(),
            })
        });
        Reading {
            files: self.sources.len(),
            documents: self.documents.iter().map(Vec::len).sum(),
            other_kinds: others.count,
            passed: passed.collect(),
            without_objects: without.map(|(_, source)| source.name.to_owned()).collect(),
        }
    }

    /// Each document of another kind, parsed once.
    fn others(&self) -> &Others {
        self.others.get_or_init(|| {
            let mut others = self.skimmed.clone();
            let passed = self.passed.iter().enumerate();
            let unrelated: Vec<_> = passed
                .filter(|(_, passed)| passed.why == PassedBy::Unrelated)
                .collect();
            let kinds = parallel::map(&unrelated, |(_, passed)| Other::of(&passed.document));
            for ((number, passed), kind) in unrelated.into_iter().zip(kinds) {
                match kind {
                    Other::Empty => {}
                    Other::Yaml { is_object } => others.add(passed.file, is_object),
                    Other::Broken(error) => others.broken.push((number, error)),
                }
            }
            others
        })
    }
}

/// What a document of another kind is.
enum Other {
    Empty,
    Yaml { is_object: bool },
    Broken(Error),
}

impl Other {
    fn of(document: &yaml_splice::Document<'_>) -> Self {
        match document.parse() {
            Ok(tree) if is_empty(&tree) => Self::Empty,
            Ok(tree) => Self::Yaml {
                is_object: is_object(&tree),
            },
            Err(error) if is_syntax(&error) => Self::Broken(error),
            // It is YAML, and nobody needs to know more of it.
            Err(_) => Self::Yaml { is_object: false },
        }
    }
}

fn is_syntax(error: &Error) -> bool {
    matches!(error.kind, ErrorKind::Syntax(_))
}

fn is_empty(tree: &Tree<'_>) -> bool {
    tree.root().is_none_or(|root| tree.is_null(root))
}

/// Whether the document says what every Kubernetes object does.
fn is_object(tree: &Tree<'_>) -> bool {
    let has = |key: &str| {
        let value = tree.root().and_then(|root| tree.get(root, key).ok());
        value.flatten().is_some()
    };
    has("kind") && has("apiVersion")
}

/// Whether a text that cannot be read certainly holds an object of one of `names`:
/// it says the kind of one, and the name as a whole word. Comments do not count.
pub(crate) fn certainly_holds<'n>(text: &str, mut names: impl Iterator<Item = &'n str>) -> bool {
    let comment = |line: &&str| !line.trim_start().starts_with('#');
    let lines: Vec<&str> = text.lines().filter(comment).collect();
    let text = lines.join("\n");
    says_kind(&text) && names.any(|name| has_word(&text, name))
}

/// Whether the value of a key `kind`, in whatever style, is one of an object's.
fn says_kind(text: &str) -> bool {
    let quotes = ['"', '\''];
    text.match_indices("kind").any(|(at, key)| {
        let before = text.get(..at).unwrap_or_default();
        let behind = text.get(at + key.len()..).unwrap_or_default();
        let behind = behind.trim_start_matches(quotes).trim_start();
        let Some(value) = behind.strip_prefix(':') else {
            return false;
        };
        let value = value.trim_start().trim_start_matches(quotes);
        let end = value.find(|c: char| !c.is_alphanumeric());
        let value = value.get(..end.unwrap_or(value.len())).unwrap_or_default();
        !before.ends_with(is_of_word) && value != DEFINITION && KINDS.contains(&value)
    })
}

/// Whether the text has the word. A dot may stand before it, `v3.` of an APIService,
/// and the dashes of a flag.
fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text.get(..at).unwrap_or_default();
        let before = before.strip_suffix("--").unwrap_or(before);
        let behind = text.get(at + word.len()..).unwrap_or_default();
        !before.ends_with(is_of_word) && !behind.starts_with(is_of_word)
    })
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '-' || c == '_'
}

#[cfg(test)]
mod tests {
    use super::certainly_holds;

    #[test]
    fn what_certainly_holds_an_object() {
        let holds =
            |text: &str| certainly_holds(text, ["calico-node", "ETCD_ENDPOINTS"].into_iter());
        let yes = [
            "kind: DaemonSet\nmetadata:\n\tname: calico-node\n",
            "{\"kind\" :\"DaemonSet\", \"metadata\": {\"name\":\"calico-node\"",
            "- kind: 'Deployment'\n  env: [{name: ETCD_ENDPOINTS, value: x]\n",
        ];
        for text in yes {
            assert!(holds(text), "{text}");
        }
        let no = [
            "DaemonSet calico-node\n",
            "kind: NetworkPolicy\nname: calico-node\n",
            "kind: DaemonSet\nname: calico-node-windows\n",
            "kind: DaemonSet\nname: my-calico-node\n",
            "kind: DaemonSet\n# name: calico-node\n",
            "# kind: DaemonSet\nname: calico-node\n",
            "unkind: DaemonSet\nname: calico-node\n",
            "kind: Pod\ntext: checks of etcd, ETCD_ENDPOINTS_V2 and such\n",
        ];
        for text in no {
            assert!(!holds(text), "{text}");
        }
    }
}
