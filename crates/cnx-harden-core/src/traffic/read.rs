//! What the manifests' objects say of connections, taken out of the texts. Each
//! document is parsed once, and only where it can say something.

use yaml_splice::{Document, Position, Span, documents};

use super::model::Place;
use super::program::{self, Program, Setting};
use crate::edits::POD_KINDS;
use crate::names::Names;
use crate::resource::{Resource, ResourceId, can_spell_any_name, resources};
use crate::source::Source;
use crate::wired::{Held, Input, held_by};

/// What a document has if it is about one of the connections: parts of the
/// names of objects, keys and variables.
const NEEDLES: [&str; 9] = [
    "calico",
    "canal",
    "cnx-",
    "ETCD",
    "etcd",
    "projectcalico",
    "tigera",
    "TYPHA",
    "typha",
];

/// All that the traffic is derived from.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// The values of Secrets, ConfigMaps and APIServices.
    pub(super) values: Vec<Held>,
    /// Those objects themselves.
    pub(super) objects: Vec<Object>,
    /// The APIServices.
    pub(super) services: Vec<Service>,
    /// The containers.
    pub(super) programs: Vec<Program>,
}

/// An object, and where it begins.
#[derive(Debug)]
pub(super) struct Object {
    pub(super) id: ResourceId,
    pub(super) place: Place,
    pub(super) input: usize,
}

/// An APIService.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) id: ResourceId,
    pub(super) place: Place,
    pub(super) input: usize,
    pub(super) group: Option<String>,
    /// Name and namespace of `spec.service`.
    pub(super) service: Option<(String, String)>,
    /// Where `insecureSkipTLSVerify` is true.
    pub(super) insecure: Option<Place>,
    /// Where there is a `caBundle`, whatever it is.
    pub(super) bundle: Option<Place>,
}

/// An input whose lines are known, so that places in it are found fast.
pub(super) struct Text<'s> {
    pub(super) input: Input<'s>,
    /// Where each line begins.
    lines: Vec<usize>,
}

impl<'s> Text<'s> {
    fn new(number: usize, source: &Source<'s>) -> Self {
        let newlines = source.text.match_indices('\n').map(|(at, _)| at + 1);
        let input = Input {
            number,
            source: *source,
        };
        Self {
            input,
            lines: std::iter::once(0).chain(newlines).collect(),
        }
    }

    pub(super) fn place(&self, span: Span) -> Place {
        let before = self.lines.partition_point(|start| *start <= span.start);
        let start = before.checked_sub(1).and_then(|n| self.lines.get(n));
        let start = start.copied().unwrap_or(0);
        let line = self.input.source.text.get(start..).unwrap_or_default();
        Place {
            file: self.input.source.name.to_owned(),
            line: before.max(1),
            column: Position::of(line, span.start.saturating_sub(start)).column,
        }
    }
}

impl Seen {
    pub(super) fn read(sources: &[Source<'_>], names: &Names) -> Self {
        let own: Vec<_> = names.needles().collect();
        let can_say = |text: &str| {
            let named = NEEDLES.iter().any(|needle| text.contains(needle));
            let own = own.iter().any(|name| text.contains(name));
            named || own || can_spell_any_name(text)
        };
        let texts = sources.iter().enumerate();
        let texts: Vec<_> = texts.map(|(number, s)| Text::new(number, s)).collect();
        let mut seen = Self::default();
        for text in &texts {
            seen.add(text, names, &can_say);
        }
        if seen.programs.iter().any(|p| program::is_open(&seen, p)) {
            // A variable takes its value from a ConfigMap of any name.
            let others = |text: &str| text.contains("ConfigMap") && !can_say(text);
            for text in &texts {
                seen.add(text, names, &others);
            }
        }
        let mut programs = std::mem::take(&mut seen.programs);
        for program in &mut programs {
            program::resolve(&seen, program);
        }
        seen.programs = programs;
        seen
    }

    /// Adds the objects of the documents that are wanted. What cannot be read is
    /// not drawn; `check` says why.
    fn add(&mut self, text: &Text<'_>, names: &Names, wanted: &dyn Fn(&str) -> bool) {
        for document in documents(text.input.source.text) {
            if !wanted(document.text()) {
                continue;
            }
            let Ok(tree) = Document::parse(&document) else {
                continue;
            };
            for resource in resources(&tree).unwrap_or_default() {
                self.add_object(text, names, &resource);
            }
        }
    }

    fn add_object(&mut self, text: &Text<'_>, names: &Names, resource: &Resource<'_, '_>) {
        let kind = resource.id.kind.as_str();
        if POD_KINDS.contains(&kind) {
            let programs = program::read(text, resource, names);
            self.programs.extend(programs.unwrap_or_default());
        }
        if !["APIService", "Secret", "ConfigMap"].contains(&kind) {
            return;
        }
        let (mut values, _) = held_by(text.input, resource);
        self.values.append(&mut values);
        self.objects.push(Object {
            id: resource.id.clone(),
            place: text.place(resource.span().unwrap_or(Span::at(0))),
            input: text.input.number,
        });
        if kind == "APIService" {
            self.services.extend(service(text, resource));
        }
    }

    /// The object of this kind and name that goes with one of `input`.
    pub(super) fn object(
        &self,
        input: usize,
        namespace: Option<&str>,
        kind: &str,
        name: &str,
    ) -> Option<&Object> {
        let same = |object: &&Object| match (object.id.namespace.as_deref(), namespace) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        };
        let named = |object: &&Object| object.id.kind == kind && object.id.name == name;
        let mut all = self.objects.iter().filter(named).filter(same);
        let own = all.clone().find(|object| object.input == input);
        own.or_else(|| all.next())
    }
}

fn service(text: &Text<'_>, resource: &Resource<'_, '_>) -> Option<Service> {
    let read = |keys: &[&str]| resource.text(keys).ok().flatten().map(str::to_owned);
    let spot = |keys: &[&str]| {
        let id = resource.find(keys).ok().flatten()?;
        let set = !resource.tree.is_null(id) && resource.tree.text(id) != Some("");
        set.then(|| text.place(resource.tree.span(id)))
    };
    let skip = ["spec", "insecureSkipTLSVerify"];
    let is_skipped = matches!(resource.boolean(&skip), Ok(Some(true)));
    let name = read(&["spec", "service", "name"]);
    let namespace = read(&["spec", "service", "namespace"]);
    let by_name = resource.id.name.split_once('.').map(|(_, g)| g.to_owned());
    Some(Service {
        id: resource.id.clone(),
        place: text.place(resource.span().ok()?),
        input: text.input.number,
        group: read(&["spec", "group"]).or(by_name),
        service: name.zip(namespace),
        insecure: spot(&skip).filter(|_| is_skipped),
        bundle: spot(&["spec", "caBundle"]),
    })
}

/// Where a value is.
pub(super) fn spot(held: &Held) -> Place {
    Place {
        file: held.file.clone(),
        line: held.line,
        column: held.column,
    }
}

impl Setting {
    /// The text of a value, without blanks around it.
    pub(super) fn of(text: &str, place: Place) -> Self {
        match text.trim() {
            "" => Self::Unset,
            text => Self::Text(text.to_owned(), place),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_those_of_the_text() {
        let text = "\u{feff}a: é!\r\n\nb:\n  - c";
        let source = Source { name: "-", text };
        let lines = Text::new(0, &source);
        for offset in (0..=text.len()).filter(|at| text.is_char_boundary(*at)) {
            let Position { line, column } = Position::of(text, offset);
            let place = lines.place(Span::at(offset));
            assert_eq!((place.line, place.column), (line, column), "{offset}");
        }
    }
}
