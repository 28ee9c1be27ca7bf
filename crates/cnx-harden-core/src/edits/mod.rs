//! Edits that several channels share. Each is planned from the object as it is:
//! what is live and right stays, what is live and wrong is set or is a conflict,
//! what is commented out is uncommented, and what is missing is inserted.

mod entry;
mod env_var;
mod volume;
mod volume_mount;

pub(crate) use entry::{set_config_data, set_entry, set_secret_data};
pub(crate) use env_var::{EnvValue, EnvVar, Other};
pub(crate) use volume::{PodVolume, VolumeSource};
pub(crate) use volume_mount::{Mount, same_folder};

use yaml_splice::{Op, Route, Value, Wanted};

use crate::finding::Finding;
use crate::transform::{Outcome, Target};

/// A key of a commented-out item that Kubernetes doesn't know: a word of prose
/// with a colon behind it, in the item's column.
fn unknown_key<'v>(item: &'v Value, known: &[&str]) -> Option<&'v str> {
    let Value::Mapping(entries) = item else {
        return None;
    };
    let mut keys = entries.iter().filter_map(|(key, _)| key.as_text());
    keys.find(|key| !known.contains(key))
}

/// Uncomments the sequence `key` of `holder`, whose key is commented out together
/// with its one item, if that is the wanted one.
fn uncomment_list(
    target: &Target<'_, '_>,
    holder: &Route,
    key: &str,
    wanted: impl Fn(&Value) -> bool,
) -> Result<Option<Outcome>, Finding> {
    let tree = target.resource.tree();
    let yaml = |error| target.yaml(&error);
    if tree.find(&holder.key(key)).map_err(yaml)?.is_some() {
        return Ok(None);
    }
    let sequence = Wanted::Sequence(key.to_owned());
    let found = tree.find_commented(holder, &sequence).map_err(yaml)?;
    let fits = found.is_some_and(|commented| match &commented.value {
        Value::Sequence(items) => matches!(items.as_slice(), [item] if wanted(item)),
        _ => false,
    });
    Ok(fits.then(|| Outcome::Change(vec![Op::uncomment(holder.clone(), sequence)])))
}
