//! The ConfigMap and the Secrets that carry the files.

use yaml_splice::Value;

use super::match_up::{Found, Held};
use super::wiring::Carrier;
use crate::edits::{self, set_config_data, set_secret_data};
use crate::finding::{Code, Finding};
use crate::inventory::Inventory;
use crate::material::{CaBundle, Certificate, PrivateKey};
use crate::objects::Place;
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
        if let Carrier::Secret(_) = self.carrier {
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
pub(super) struct Carried<'o, 'a, 't, 'm> {
    pub(super) beside: &'o Found<'a, 't>,
    pub(super) carrier: Carrier,
    pub(super) key: String,
    pub(super) edit: Edit,
    pub(super) content: Content<'m>,
}

/// Puts the files into the carriers of the run, and adds the carriers that it
/// lacks. Returns the workloads whose files change.
pub(super) fn fill(
    carried: &[Carried<'_, '_, '_, '_>],
    held: &[&Held<'_, '_>],
    inventory: &Inventory<'_>,
    plan: &mut Plan,
) -> Vec<Place> {
    let mut changed = Vec::new();
    let mut done: Vec<&Carrier> = Vec::new();
    for Carried {
        beside, carrier, ..
    } in carried
    {
        if done.contains(&carrier) {
            continue;
        }
        done.push(carrier);
        let readers = carried.iter().filter(|other| other.carrier == *carrier);
        let mut files: Vec<CarriedFile<'_>> = Vec::new();
        for reader in readers.clone() {
            let file = CarriedFile {
                edit: reader.edit,
                carrier,
                key: &reader.key,
                content: reader.content,
            };
            match files.iter().find(|other| other.key == file.key) {
                None => files.push(file),
                Some(other) if other.content == file.content => {}
                Some(_) => {
                    let (kind, name, key) = (carrier.kind(), carrier.name(), file.key);
                    plan.find([reader.beside.finding(
                        Code::WiringConflict,
                        format!("{key} of the {kind} {name} would have to be two files"),
                        "give each file a name of its own",
                    )]);
                }
            }
        }
        let name = carrier.name();
        let mut is_changed = false;
        let mut there = false;
        for object in held.iter().filter(|o| o.role == *carrier) {
            if !object.same_namespace(beside) {
                continue;
            }
            there = true;
            for file in &files {
                let field = object.resource.route(&["data"]).key(file.key);
                match file.content {
                    Content::Ca(ca) => plan.warn_of_ca(object, &field, ca),
                    Content::Key(_) => plan.hide(object, &field),
                    Content::Certificate(_) => {}
                }
                is_changed |= plan.edit(object, file);
            }
        }
        if there {
        } else if let Some(why) = inventory.unreadable_with(name) {
            // It may be the carrier, and would then be there twice.
            plan.find([why]);
        } else {
            let namespace = beside.namespace.as_deref();
            let (id, value) = new_object(namespace, carrier, &files);
            let edits: Vec<_> = files.iter().map(|file| file.edit).collect();
            plan.add(beside, &id, value, &edits);
            is_changed = true;
        }
        if is_changed {
            changed.extend(readers.map(|reader| reader.beside.place));
        }
    }
    changed
}

/// A carrier as a new object with these files of it.
fn new_object(
    namespace: Option<&str>,
    carrier: &Carrier,
    files: &[CarriedFile<'_>],
) -> (ResourceId, Value) {
    let id = ResourceId {
        api_version: "v1".to_owned(),
        kind: carrier.kind().to_owned(),
        namespace: namespace.map(str::to_owned),
        name: carrier.name().to_owned(),
    };
    let value = match carrier {
        Carrier::ConfigMap(name) => {
            let data: Vec<_> = files
                .iter()
                .map(|f| (f.key, f.content.text_over("")))
                .collect();
            let data: Vec<_> = data.iter().map(|(k, v)| (*k, v.as_str())).collect();
            edits::config_map(namespace, name, &data)
        }
        Carrier::Secret(name) => {
            let data: Vec<_> = files
                .iter()
                .map(|f| (f.key, f.content.base64_over("")))
                .collect();
            let data: Vec<_> = data.iter().map(|(k, v)| (*k, v.as_str())).collect();
            edits::secret(namespace, name, &data)
        }
    };
    (id, value)
}
