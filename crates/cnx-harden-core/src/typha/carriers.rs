//! The ConfigMap and the Secrets that carry the files.

use std::collections::{BTreeMap, BTreeSet};

use super::role::End;
use crate::finding::Code;
use crate::inventory::Place;
use crate::inventory::{Inventory, ObjectId, ObjectKey};
use crate::objects::Object;
use crate::plan::{Content, FileEdit, Plan};
use crate::transform::Edit;

/// A file of a carrier, with the workload that reads it.
pub(super) struct Carried<'o, 'i, 't, 'm> {
    pub(super) beside: &'o End<'i, 't>,
    pub(super) carrier: ObjectKey,
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
    let mut by_carrier: BTreeMap<&ObjectKey, Vec<&Carried<'_, '_, '_, '_>>> = BTreeMap::new();
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
                is_changed |= plan.fill(&object, file);
            }
        }
        if !objects.is_empty() {
        } else if let Some(why) = inventory.unreadable_with(&carrier.name) {
            // It may be the carrier, and would then be there twice.
            plan.find([why]);
        } else {
            let namespace = first.beside.namespace.as_deref();
            plan.add(first.beside, namespace, carrier, &files);
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
    carrier: &'c ObjectKey,
    readers: &[&'c Carried<'_, '_, '_, 'm>],
    plan: &mut Plan,
) -> Vec<FileEdit<'c>>
where
    'm: 'c,
{
    let mut files: BTreeMap<&str, usize> = BTreeMap::new();
    let mut found: Vec<FileEdit<'_>> = Vec::new();
    for reader in readers {
        let file = FileEdit {
            edit: reader.edit,
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
