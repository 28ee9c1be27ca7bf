//! The values that Secrets, ConfigMaps, APIServices and webhooks hold, decoded.

use cnx_certs::{Help, HelpPart, help};
use std::collections::HashSet;
use std::fmt;

use yaml_splice::{NodeId, Route, Step};
use zeroize::Zeroizing;

use crate::details::Details;
use crate::finding::{Code, Finding, Severity};
use crate::inventory::{At, Inventory, ObjectId, PassedBy, is_open};
use crate::material::decode;
use crate::place::Place;
use crate::resource::ResourceId;
use crate::source::Source;
use crate::survey::webhooks;

/// The kinds that hold files for others.
const KINDS: [&str; 3] = ["Secret", "ConfigMap", "APIService"];

/// A value of an object, as the programs of the cluster get it. It may be a
/// private key: it is erased from memory when dropped, and not in `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Held {
    /// The object.
    pub resource: ResourceId,
    /// Which of its fields, such as `data.etcd-ca`.
    pub field: String,
    /// Where the value is.
    pub place: Place,
    /// The object's number.
    pub(crate) object: ObjectId,
    /// To the value.
    pub(crate) route: Route,
    pub(crate) key: String,
    bytes: Zeroizing<Vec<u8>>,
}

impl Held {
    /// The bytes: without the base64 of a Secret or of `caBundle`.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Where it stands.
    pub(crate) fn at(&self) -> At {
        At {
            object: self.object,
            route: self.route.clone(),
        }
    }

    /// Whether there is nothing, or words that ask to be replaced, encoded or not.
    pub(crate) fn is_open(&self, inventory: &Inventory<'_>) -> bool {
        let source = self
            .place
            .input
            .and_then(|input| inventory.sources.get(input));
        let written = source.zip(self.place.span);
        let written = written.map_or("", |(source, span)| span.of(source.text));
        // Of a key's text there would be a copy that is not erased.
        let asks = std::str::from_utf8(&self.bytes).is_ok_and(is_open);
        is_open(written.trim_matches(['"', '\''])) || asks
    }

    /// A finding at this value, on values that belong to it.
    pub(crate) fn finding(&self, severity: Severity, message: String, help: Help) -> Finding {
        Finding {
            code: Code::MissingValue,
            severity,
            allowed: false,
            resource: Some(self.resource.clone()),
            place: Box::new(self.place.clone()),
            details: Box::new(Details {
                key: Some(self.key.clone()),
                ..Details::default()
            }),
            message,
            help,
        }
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held")
            .field("resource", &self.resource)
            .field("field", &self.field)
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}

/// All values of the Secrets, ConfigMaps and APIServices in `sources`, and the
/// `caBundle` of each webhook and conversion, in the order of the texts, with what could
/// not be read of them.
///
/// ```
/// use cnx_harden_core::{Source, held};
/// let text = "{kind: Secret, metadata: {name: s}, data: {a: aGVsbG8=}, stringData: {b: plain}}\n";
/// let (values, findings) = held(&[Source { name: "-", text }]);
/// assert_eq!((values[0].bytes(), values[1].bytes()), (&b"hello"[..], &b"plain"[..]));
/// assert!(findings.is_empty());
/// ```
#[must_use]
pub fn held(sources: &[Source<'_>]) -> (Vec<Held>, Vec<Finding>) {
    let inventory = Inventory::read(sources);
    let (mut values, mut findings) = (Vec::new(), Vec::new());
    for (id, object) in inventory.objects() {
        for (client, node) in webhooks(&inventory, id) {
            let Some(bundle) = node.get(CA_BUNDLE) else {
                continue;
            };
            let route = client.key(CA_BUNDLE);
            let field = route.strip_prefix(&object.root).unwrap_or_default();
            let read = take(&inventory, id, route, field.to_string(), bundle.id, true);
            match read {
                // What cert-manager is to write is published as a line break, say.
                Ok(held) => values.extend(held.filter(|held| !held.is_open(&inventory))),
                Err(finding) => findings.push(finding),
            }
        }
        if !KINDS.contains(&object.id.kind.as_str()) {
            continue;
        }
        let (mut new, wrong) = all(&inventory, id);
        values.append(&mut new);
        findings.extend(wrong.into_iter().map(|(_, finding)| finding));
    }
    findings.extend(unread(&inventory));
    (values, findings)
}

/// What could not be read and may hold a value.
pub(crate) fn unread(inventory: &Inventory<'_>) -> impl Iterator<Item = Finding> {
    inventory.passed.iter().filter_map(|passed| {
        let (PassedBy::Template(error) | PassedBy::Unreadable(error)) = &passed.why else {
            return None;
        };
        let kind = KINDS.iter().any(|kind| passed.text.contains(kind));
        (kind || passed.text.contains('\\')).then(|| inventory.yaml(passed.file, error))
    })
}

/// How many fields of an object that cannot be read are told.
const MOST: usize = 5;

/// What is wrong with a field.
pub(crate) type Wrong = (At, Finding);

/// The values of one object. What a later field holds wins over an earlier one:
/// `stringData` over `data`.
pub(crate) fn all(inventory: &Inventory<'_>, id: ObjectId) -> (Vec<Held>, Vec<Wrong>) {
    let (mut values, mut findings): (Vec<Held>, Vec<Wrong>) = (Vec::new(), Vec::new());
    let Some(object) = inventory.object(id) else {
        return (values, findings);
    };
    let Some(tree) = inventory.tree(object.place) else {
        return (values, findings);
    };
    if let Some(error) = &object.unreadable {
        let at = At {
            object: id,
            route: object.root.clone(),
        };
        findings.push((at, inventory.yaml(object.place.file, error)));
        return (values, findings);
    }
    for (field, encoded) in fields(&object.id.kind) {
        let parent = match tree.find(&object.root.key(*field)) {
            Ok(Some(id)) => id,
            Ok(None) => continue,
            Err(error) => {
                let at = At {
                    object: id,
                    route: object.root.key(*field),
                };
                findings.push((
                    at,
                    inventory.yaml(object.place.file, &error).about(&object.id),
                ));
                continue;
            }
        };
        let entries = tree.entries_of(parent);
        let certain: HashSet<&str> = entries.iter().map(|(key, _)| *key).collect();
        let wanted = |key: &&str| *field != "spec" || *key == CA_BUNDLE;
        // What is there twice is an error, of which a few are enough.
        let uncertain = tree
            .keys(parent)
            .into_iter()
            .filter(|key| !certain.contains(key));
        let uncertain = uncertain.filter(wanted).take(MOST);
        let uncertain = uncertain.map(|key| (key, read(inventory, id, field, key, *encoded)));
        let values_of = entries.iter().filter(|(key, _)| wanted(key));
        let values_of = values_of
            .map(|(key, node)| (*key, of_field(inventory, id, field, key, *node, *encoded)));
        for (key, held) in values_of.chain(uncertain) {
            match held {
                Ok(Some(held)) => values.push(held),
                Ok(None) => {}
                Err(finding) => {
                    let route = object.root.key(*field).key(key);
                    findings.push((At { object: id, route }, finding));
                }
            }
        }
    }
    if fields(&object.id.kind).len() > 1 {
        let mut seen = HashSet::new();
        let mut kept: Vec<_> = values.into_iter().rev().collect();
        kept.retain(|held| seen.insert(held.key.clone()));
        kept.reverse();
        values = kept;
    }
    (values, findings)
}

/// The value of a key of a Secret, a ConfigMap or an APIService's spec; none where
/// there is no such key.
pub(crate) fn value(
    inventory: &Inventory<'_>,
    id: ObjectId,
    key: &str,
) -> Result<Option<Held>, Finding> {
    let kind = inventory.object(id).map_or("", |o| o.id.kind.as_str());
    for (field, encoded) in fields(kind).iter().rev() {
        if let Some(held) = read(inventory, id, field, key, *encoded)? {
            return Ok(Some(held));
        }
    }
    Ok(None)
}

/// What an APIService's server is verified with.
pub(crate) const CA_BUNDLE: &str = "caBundle";

/// The fields of a kind that hold values, and whether those are base64; the last one
/// wins.
fn fields(kind: &str) -> &'static [(&'static str, bool)] {
    match kind {
        "Secret" => &[("data", true), ("stringData", false)],
        "ConfigMap" => &[("data", false), ("binaryData", true)],
        _ => &[("spec", true)],
    }
}

fn read(
    inventory: &Inventory<'_>,
    id: ObjectId,
    field: &str,
    key: &str,
    encoded: bool,
) -> Result<Option<Held>, Finding> {
    let Some(object) = inventory.object(id) else {
        return Ok(None);
    };
    let Some(tree) = inventory.tree(object.place) else {
        return Ok(None);
    };
    let found = tree.find(&object.root.key(field).key(key));
    let yaml = |error| inventory.yaml(object.place.file, &error).about(&object.id);
    match found.map_err(yaml)? {
        Some(node) => of_field(inventory, id, field, key, node, encoded),
        None => Ok(None),
    }
}

/// The same, of a value that was found.
fn of_field(
    inventory: &Inventory<'_>,
    id: ObjectId,
    field: &str,
    key: &str,
    node: NodeId,
    encoded: bool,
) -> Result<Option<Held>, Finding> {
    let Some(object) = inventory.object(id) else {
        return Ok(None);
    };
    let route = object.root.key(field).key(key);
    take(
        inventory,
        id,
        route,
        format!("{field}.{key}"),
        node,
        encoded,
    )
}

/// The value at `route`, which is called `field`.
fn take(
    inventory: &Inventory<'_>,
    id: ObjectId,
    route: Route,
    field: String,
    node: NodeId,
    encoded: bool,
) -> Result<Option<Held>, Finding> {
    let Some(object) = inventory.object(id) else {
        return Ok(None);
    };
    let key = match route.steps().last() {
        Some(Step::Key(key)) => key.clone(),
        _ => String::new(),
    };
    let (file, resource) = (object.place.file, &object.id);
    let tree = inventory.tree(object.place);
    let Some(tree) = tree else {
        return Ok(None);
    };
    if tree.is_null(node) {
        return Ok(None);
    }
    let Some(text) = tree.text(node) else {
        return Ok(None);
    };
    let bytes = if encoded {
        decode(text).ok_or_else(|| {
            let message = format!("the value of {key} is not base64");
            let at = At {
                object: id,
                route: route.clone(),
            };
            inventory.finding(Code::NotBase64, &at, message, through_base64())
        })?
    } else {
        text.as_bytes().to_vec()
    };
    let span = tree.span(node);
    Ok(Some(Held {
        resource: resource.clone(),
        field,
        place: inventory.place(file, span).with_route(route.clone()),
        object: id,
        route,
        key,
        bytes: Zeroizing::new(bytes),
    }))
}

/// How a file becomes a value.
pub(crate) fn through_base64() -> Help {
    help![
        "give the whole PEM file through `base64 -w0`, once; `",
        HelpPart::Apply(&[]),
        "` does that"
    ]
}
