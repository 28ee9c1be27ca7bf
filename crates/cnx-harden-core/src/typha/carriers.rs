//! The ConfigMap and the Secrets that carry the files.

use std::collections::{BTreeMap, BTreeSet};

use yaml_splice::Value;

use super::role::End;
use super::wiring::Carrier;
use crate::edits::{self, set_config_data, set_secret_data};
use crate::finding::{Code, Finding};
use crate::inventory::Place;
use crate::inventory::{Inventory, ObjectId};
use crate::material::{CaBundle, Certificate, PrivateKey};
use crate::objects::Object;
use crate::plan::Plan;
use crate::resource::ResourceId;
use crate::transform::{Edit, Outcome, Target, Transform};

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content<'m> {
    Ca(&'m CaBundle),
    Certificate(&'m Certificate),
    Key(&'m PrivateKey),
}

impl Content<'_> {
    /// As a Secret holds it in the place of `old`.
    fn base64_over(self, old: &str) -> zeroize::Zeroizing<String> {
        match self {
            Self::Ca(ca) => ca.base64_over(old).into(),
            Self::Certificate(certificate) => certificate.to_base64().into(),
            Self::Key(key) => key.to_base64(),
        }
    }

    /// As a ConfigMap holds it in the place of `old`. A key never gets into one.
    fn text_over(self, old: &str) -> String {
        match self {
            Self::Ca(ca) => ca.text_over(old),
            Self::Certificate(_) | Self::Key(_) => String::new(),
        }
    }
}

/// Sets a file of a ConfigMap or a Secret.
///
/// ```text
/// kind: ConfigMap            kind: ConfigMap
/// data:                      data:
///   typhaca.crt: |    ->       typhaca.crt: |
///     <replace …>                -----BEGIN CERTIFICATE-----
///                                …
/// kind: Secret               kind: Secret
/// data:               ->     data:
///   typha.crt: <…>             typha.crt: LS0tLS1CRUdJTi…
/// ```
#[derive(Clone, Copy, Debug)]
struct CarriedFile<'m> {
    edit: Edit,
    carrier: &'m Carrier,
    key: &'m str,
    content: Content<'m>,
}

impl Transform for CarriedFile<'_> {
    fn edit(&self) -> Edit {
        self.edit
    }

    fn plan(&self, target: &Target<'_, '_>) -> Result<Outcome, Finding> {
        let key = self.key;
        let old = target.resource.text(&["data", key]);
        let old = old.map_err(|e| target.yaml(&e))?.unwrap_or_default();
        if self.carrier.kind == "Secret" {
            return set_secret_data(target, key, &self.content.base64_over(old));
        }
        let binary = target.resource.route(&["binaryData"]).key(key);
        let found = target.resource.tree.find(&binary);
        if found.map_err(|e| target.yaml(&e))?.is_some() {
            return Err(target.conflict(
                Code::UnexpectedValue,
                &binary,
                format!("binaryData has {key}, which cannot be in data as well"),
                format!("remove {key} from binaryData"),
            ));
        }
        set_config_data(target, key, &self.content.text_over(old))
    }
}

/// A file of a carrier, with the workload that reads it.
pub(super) struct Carried<'o, 'i, 't, 'm> {
    pub(super) beside: &'o End<'i, 't>,
    pub(super) carrier: Carrier,
    pub(super) key: String,
    pub(super) edit: Edit,
    pub(super) content: Content<'m>,
}

/// Puts the files into the carriers of the run, and adds the carriers that it
/// lacks. Returns the workloads whose files change.
pub(super) fn fill(
    carried: &[Carried<'_, '_, '_, '_>],
    inventory: &Inventory<'_>,
    plan: &mut Plan,
) -> BTreeSet<Place> {
    let mut changed = BTreeSet::new();
    let mut by_carrier: BTreeMap<&Carrier, Vec<&Carried<'_, '_, '_, '_>>> = BTreeMap::new();
    // In the order in which the sides read them.
    let mut order = Vec::new();
    for reader in carried {
        let readers = by_carrier.entry(&reader.carrier).or_default();
        if readers.is_empty() {
            order.push(&reader.carrier);
        }
        readers.push(reader);
    }
    for carrier in order {
        let readers = by_carrier.get(carrier).map_or(&[][..], Vec::as_slice);
        let Some(first) = readers.first() else {
            continue;
        };
        let files = files(carrier, readers, plan);
        let near = |reader: &&Carried<'_, '_, '_, '_>| {
            let near = inventory.near(reader.beside.number, carrier.kind, &carrier.name);
            near.all()
        };
        let objects: BTreeSet<ObjectId> = readers.iter().flat_map(near).collect();
        let mut is_changed = false;
        for object in &objects {
            let Some(object) = Object::of(inventory, *object, ()) else {
                continue;
            };
            for file in &files {
                let field = object.resource.route(&["data"]).key(file.key);
                match file.content {
                    Content::Ca(ca) => plan.warn_of_ca(&object, &field, ca),
                    Content::Key(_) => plan.hide(&object, &field),
                    Content::Certificate(_) => {}
                }
                is_changed |= plan.edit(&object, file);
            }
        }
        if !objects.is_empty() {
        } else if let Some(why) = inventory.unreadable_with(&carrier.name) {
            // It may be the carrier, and would then be there twice.
            plan.find([why]);
        } else {
            let namespace = first.beside.namespace.as_deref();
            let (id, value) = new_object(namespace, carrier, &files);
            let edits: Vec<_> = files.iter().map(|file| file.edit).collect();
            plan.add(first.beside, &id, value, &edits);
            is_changed = true;
        }
        if is_changed {
            changed.extend(readers.iter().map(|reader| reader.beside.place));
        }
    }
    changed
}

/// The files of a carrier, each once.
fn files<'c, 'm>(
    carrier: &'c Carrier,
    readers: &[&'c Carried<'_, '_, '_, 'm>],
    plan: &mut Plan,
) -> Vec<CarriedFile<'c>>
where
    'm: 'c,
{
    let mut files: BTreeMap<&str, usize> = BTreeMap::new();
    let mut found: Vec<CarriedFile<'_>> = Vec::new();
    for reader in readers {
        let file = CarriedFile {
            edit: reader.edit,
            carrier,
            key: &reader.key,
            content: reader.content,
        };
        let number = *files.entry(&reader.key).or_insert(found.len());
        match found.get(number) {
            None => found.push(file),
            Some(other) if other.content == file.content => {}
            Some(_) => {
                let key = file.key;
                plan.find([reader.beside.finding(
                    Code::WiringConflict,
                    format!("{key} of the {carrier} would have to be two files"),
                    "give each file a name of its own",
                )]);
            }
        }
    }
    found
}

/// A carrier as a new object with these files of it.
fn new_object(
    namespace: Option<&str>,
    carrier: &Carrier,
    files: &[CarriedFile<'_>],
) -> (ResourceId, Value) {
    let id = ResourceId {
        api_version: "v1".to_owned(),
        kind: carrier.kind.to_owned(),
        namespace: namespace.map(str::to_owned),
        name: carrier.name.clone(),
    };
    let name = &carrier.name;
    let text = |file: &CarriedFile<'_>| match carrier.kind {
        "Secret" => file.content.base64_over(""),
        _ => file.content.text_over("").into(),
    };
    let data: Vec<_> = files.iter().map(|file| (file.key, text(file))).collect();
    let data: Vec<_> = data.iter().map(|(k, v)| (*k, v.as_str())).collect();
    let value = match carrier.kind {
        "Secret" => edits::secret(namespace, name, &data),
        _ => edits::config_map(namespace, name, &data),
    };
    (id, value)
}
