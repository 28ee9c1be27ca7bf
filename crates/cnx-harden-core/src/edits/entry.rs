//! Entries of a mapping: of a spec, of a Secret's or a ConfigMap's `data`.

use yaml_splice::{Op, Route, Wanted};

use crate::finding::{Code, Finding};
use crate::inventory::is_open;
use crate::transform::{Outcome, Target};

/// Gives `key` of the mapping `parent` this text.
///
/// ```text
///   #caBundle:            ->      caBundle: LS0t…
///   caBundle: "old" # x   ->      caBundle: "LS0t…" # x
/// ```
pub(crate) fn set_entry(
    target: &Target<'_, '_>,
    parent: &Route,
    key: &str,
    text: &str,
) -> Result<Outcome, Finding> {
    // Go's decoder skips line breaks inside of base64.
    let same = |old: &str| {
        let old = old.chars().filter(|c| !matches!(c, '\n' | '\r'));
        old.eq(text.chars())
    };
    set(target, parent, key, text, same)
}

/// Gives `key` of a Secret's `data` this base64.
///
/// ```text
/// data:                          data:
///   #apiserver.key:      ->        apiserver.key: LS0tLS1CRUdJTi…
/// ```
pub(crate) fn set_secret_data(
    target: &Target<'_, '_>,
    key: &str,
    base64: &str,
) -> Result<Outcome, Finding> {
    let resource = target.resource;
    let string_data = resource.route(&["stringData"]).key(key);
    let found = resource.tree().find(&string_data);
    if let Some(id) = found.map_err(|e| target.yaml(&e))? {
        let set = resource.tree().text(id).is_some_and(|text| !is_open(text));
        if base64.is_empty() && set {
            return Ok(Outcome::AlreadyHardened);
        }
        return Err(target.conflict(
            Code::StringDataConflict,
            &string_data,
            format!("stringData has {key}, which would win over data"),
            format!("remove {key} from stringData; it is set in data as base64"),
        ));
    }
    in_data(target, key, base64, set_entry)
}

/// Gives `key` of a ConfigMap's `data` this text.
///
/// ```text
///   etcd_ca: ""   # "/calico-secrets/etcd-ca"
///   etcd_ca: "/calico-secrets/etcd-ca"   # "/calico-secrets/etcd-ca"
/// ```
pub(crate) fn set_config_data(
    target: &Target<'_, '_>,
    key: &str,
    text: &str,
) -> Result<Outcome, Finding> {
    in_data(target, key, text, |target, data, key, text| {
        set(target, data, key, text, |old| old == text)
    })
}

fn in_data(
    target: &Target<'_, '_>,
    key: &str,
    text: &str,
    set: impl Fn(&Target<'_, '_>, &Route, &str, &str) -> Result<Outcome, Finding>,
) -> Result<Outcome, Finding> {
    let data = target.resource.route(&["data"]);
    set(target, &data, key, text)
}

fn set(
    target: &Target<'_, '_>,
    parent: &Route,
    key: &str,
    text: &str,
    same: impl Fn(&str) -> bool,
) -> Result<Outcome, Finding> {
    let tree = target.resource.tree();
    let at = parent.key(key);
    let yaml = |error| target.yaml(&error);
    let text = text.to_owned();
    if let Some(id) = tree.find(&at).map_err(yaml)? {
        let Some(old) = tree.text(id) else {
            return Err(target.conflict(
                Code::UnexpectedValue,
                &at,
                format!("{key} is not a scalar"),
                "remove the entry, then run this again",
            ));
        };
        // Without material, a value that is set will do.
        let fits = match text.is_empty() {
            true => !is_open(old),
            false => same(old),
        };
        return Ok(match fits {
            true => Outcome::AlreadyHardened,
            false => Outcome::Change(vec![Op::set(at, text)]),
        });
    }
    let wanted = Wanted::Entry(key.to_owned());
    let commented = tree.find_commented(parent, &wanted).map_err(yaml)?;
    let parent = parent.clone();
    Ok(Outcome::Change(vec![match commented {
        Some(_) => Op::uncomment_as(parent, wanted, text),
        None => Op::insert_entry(parent, key, text),
    }]))
}
