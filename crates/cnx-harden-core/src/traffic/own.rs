//! A caller's own connections: as its plan has them.

use std::collections::BTreeMap;

use yaml_splice::Route;

use super::model::{Connection, Link, State};
use super::{Draft, Verdict};
use crate::inventory::{At, ObjectId};
use crate::judge::Judged;

/// Draws each: an object that it asks something of is a way, verified where nothing is
/// left to do.
pub(super) fn draw(draft: &mut Draft<'_, '_>, judged: &[Judged]) {
    for own in draft.options.own.iter() {
        let (from, to) = own.ends();
        let name = own.name();
        let link = Link::Own { name, from, to };
        draft.connections.push(Connection::new(link));
        let Some(judged) = judged.iter().find(|j| Some(j.channel) == link.channel()) else {
            continue;
        };
        let mut unmet: BTreeMap<ObjectId, Option<(String, Route)>> = BTreeMap::new();
        for edit in &judged.plan.edits.planned {
            let what = edit.report.part.as_deref();
            let what = what.unwrap_or(edit.report.edit.title());
            let left = edit.ops.first().map(|op| (what.to_owned(), op.target()));
            let first = unmet.entry(edit.object).or_default();
            *first = first.take().or(left);
        }
        let conflict = judged.stops().next().map(|finding| finding.message.clone());
        for (object, left) in unmet {
            let id = draft
                .inventory
                .object(object)
                .map(|object| object.id.clone());
            let what = id.map_or_else(String::new, |id| format!("{} {}", id.kind, id.name));
            let root = draft
                .inventory
                .resource(object)
                .map(|resource| resource.root);
            let verdict = match (&conflict, left) {
                (Some(conflict), _) => Verdict::new(State::Broken, conflict.clone()),
                (None, Some((left, _))) => {
                    Verdict::new(State::NotVerified, format!("{left} is still to be set"))
                }
                (None, None) => Verdict::new(State::Verified, "all that it asks for is there"),
            };
            let route = root.unwrap_or_default();
            let place = draft.place(&At { object, route });
            draft.way(link, verdict.way(what, place), Vec::new());
        }
    }
}
