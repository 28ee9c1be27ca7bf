//! What a container's environment variable is.

use yaml_splice::Route;

use super::Near;
use super::pod::{Container, ObjectKey, Source};
use super::scan::{Inventory, ObjectId};

/// A field of an object.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct At {
    pub(crate) object: ObjectId,
    pub(crate) route: Route,
}

/// What a variable is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    /// Nothing: it is missing, or empty.
    Nothing,
    /// A text, and where it stands.
    Text(String, At),
    /// What is in an object that is not in the input; where it is referred to.
    Elsewhere(ObjectKey, At),
    /// What cannot be told: a field of the pod, or two objects that fit.
    Unclear(At),
}

impl Said {
    /// Nothing also where it is `none`, as Felix and Typha take it.
    pub(crate) fn unless_none(self) -> Self {
        match self {
            Self::Text(text, _) if text.eq_ignore_ascii_case("none") => Self::Nothing,
            other => other,
        }
    }

    /// Where it stands, or is referred to.
    pub(crate) const fn at(&self) -> Option<&At> {
        match self {
            Self::Nothing => None,
            Self::Text(_, at) | Self::Elsewhere(_, at) | Self::Unclear(at) => Some(at),
        }
    }

    /// The text.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text, _) => Some(text),
            _ => None,
        }
    }
}

impl Inventory<'_> {
    /// What the variable `name` of a container of `object` is: as `env` says it, or
    /// `envFrom`, of which the last one wins.
    pub(crate) fn said(&self, object: ObjectId, container: &Container, name: &str) -> Said {
        match self.unexpanded(object, container, name) {
            // Of the values in objects nothing is replaced.
            Said::Text(text, at) if at.object == object && text.contains("$(") => {
                Said::Text(self.expanded(object, container, &text), at)
            }
            other => other,
        }
    }

    /// The same, with references to other variables as they are written.
    pub(super) fn unexpanded(&self, object: ObjectId, container: &Container, name: &str) -> Said {
        if let Some(variable) = container.variable(name) {
            let at = At {
                object,
                route: variable.at.clone(),
            };
            return match &variable.source {
                Source::Text(text) if text.is_empty() => Said::Nothing,
                Source::Text(text) => Said::Text(text.clone(), at_value(at)),
                Source::Key(key, field) => self.said_by(object, key, field, at),
                Source::Other => Said::Unclear(at),
            };
        }
        for from in container.env_from.iter().rev() {
            let Some(field) = name.strip_prefix(from.prefix.as_str()) else {
                continue;
            };
            let at = At {
                object,
                route: from.at.clone(),
            };
            match self.said_by(object, &from.object, field, at) {
                // That an object outside of the input has this key, nothing says.
                Said::Nothing | Said::Elsewhere(..) => {}
                found => return found,
            }
        }
        Said::Nothing
    }

    fn said_by(&self, object: ObjectId, key: &ObjectKey, field: &str, at: At) -> Said {
        match self.near(object, key.kind, &key.name) {
            Near::None => Said::Elsewhere(key.clone(), at),
            Near::One(found) => self.said_in(found, field),
            // One without the key is not meant, and several that say the same are as
            // good as one.
            Near::Several(found) => {
                let has = |id: &&ObjectId| self.value(**id, field).is_some();
                let meant = found.iter().filter(has);
                let mut said = meant.map(|id| self.said_in(*id, field));
                let first = said.next().unwrap_or(Said::Nothing);
                match said.all(|other| other.text() == first.text()) {
                    true => first,
                    false => Said::Unclear(at),
                }
            }
        }
    }

    fn said_in(&self, object: ObjectId, field: &str) -> Said {
        match self.value(object, field) {
            Some((text, route)) if !text.trim().is_empty() => {
                Said::Text(text, At { object, route })
            }
            _ => Said::Nothing,
        }
    }
}

fn at_value(at: At) -> At {
    At {
        route: at.route.key("value"),
        ..at
    }
}
