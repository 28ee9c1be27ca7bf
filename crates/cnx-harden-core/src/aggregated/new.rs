//! What is missing of the way to a server's files, as edits.

use yaml_splice::{Op, Route, Value};

use crate::edits::{self, PodVolume};
use crate::finding::Finding;
use crate::transform::{Outcome, Target};

pub(super) struct NewMount {
    pub(super) volume: String,
    pub(super) folder: String,
}

pub(super) struct NewVolume {
    pub(super) name: String,
    pub(super) secret: String,
    /// Key and file, where they are not of the same name.
    pub(super) items: Vec<(String, String)>,
}

pub(super) struct NewItems {
    pub(super) volume: Route,
    /// Whether the volume has `items` already.
    pub(super) there: bool,
    pub(super) items: Vec<(String, String)>,
}

impl NewVolume {
    /// Adds the volume, or uncomments it.
    pub(super) fn plan(&self, target: &Target<'_, '_>, pod: &Route) -> Result<Outcome, Finding> {
        if self.items.is_empty() {
            let volume = PodVolume {
                name: &self.name,
                source: edits::VolumeSource::Secret(&self.secret),
                mode: None,
                help: &"correct the commented-out volume, or remove its lines".into(),
            };
            return volume.plan(target, pod);
        }
        let secret = [
            ("secretName", Value::string(&self.secret)),
            ("items", items(&self.items)),
        ];
        let volume = [
            ("name", Value::string(&self.name)),
            ("secret", Value::mapping(secret)),
        ];
        let op = Op::insert_item(pod.key("volumes"), Value::mapping(volume));
        Ok(Outcome::Change(vec![op]))
    }
}

impl NewItems {
    /// Adds what the volume's items lack, or the items.
    pub(super) fn outcome(&self) -> Outcome {
        let secret = self.volume.key("secret");
        Outcome::Change(match self.there {
            false => vec![Op::insert_entry(secret, "items", items(&self.items))],
            true => {
                let items = self.items.iter().map(item);
                let items = items.map(|item| Op::insert_item(secret.key("items"), item));
                items.collect()
            }
        })
    }
}

fn items(items: &[(String, String)]) -> Value {
    Value::Sequence(items.iter().map(item).collect())
}

fn item((key, path): &(String, String)) -> Value {
    Value::mapping([("key", Value::string(key)), ("path", Value::string(path))])
}

pub(super) fn pairs(keys: [&str; 2], files: [&str; 2]) -> Vec<(String, String)> {
    let pairs = keys.into_iter().zip(files);
    pairs
        .map(|(key, file)| (key.to_owned(), file.to_owned()))
        .collect()
}
