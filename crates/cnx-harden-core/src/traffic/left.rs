//! What the connections' own plans still have to do: as long as something is left,
//! a connection is not at its goal, whatever else its files look like.

use std::collections::BTreeMap;

use yaml_splice::{Route, Span};

use super::Verdict;
use super::model::State;
use crate::channel::Channel;
use crate::finding::Code;
use crate::inventory::{At, Inventory, ObjectId};
use crate::judge::judge;
use crate::names::Names;
use crate::survey::{Credentials, Piece, Program};

/// What is left to do, by connection and object.
pub(super) struct Left(BTreeMap<(Channel, ObjectId), Vec<Todo>>);

/// One thing that is left to do.
struct Todo {
    /// Where, or beside what.
    span: Span,
    /// Why the connection is not at its goal.
    reason: String,
    state: State,
}

impl Left {
    pub(super) fn of(inventory: &Inventory<'_>, names: &Names) -> Self {
        let mut left: BTreeMap<_, Vec<Todo>> = BTreeMap::new();
        for judged in judge(inventory, names) {
            for (edit, op) in judged.unmet() {
                let what = match &edit.report.part {
                    Some(part) => part.as_str(),
                    None => edit.report.edit.title(),
                };
                let id = &edit.report.resource;
                let todo = Todo {
                    span: nearest(inventory, edit.object, op.target()),
                    reason: format!("{what} is still to be set in {} {}", id.kind, id.name),
                    state: State::Unknown,
                };
                left.entry((judged.channel, edit.object))
                    .or_default()
                    .push(todo);
            }
            // An object that is not in the input may be in the cluster.
            for add in &judged.plan.edits.additions {
                let id = &add.id;
                let todo = Todo {
                    span: nearest(inventory, add.beside, Route::root()),
                    reason: format!("{} {} is not in these manifests", id.kind, id.name),
                    state: State::Unknown,
                };
                let left = left.entry((judged.channel, add.beside)).or_default();
                left.push(todo);
            }
            let conflicts = judged.stops().filter(|f| f.code != Code::MissingObject);
            for finding in conflicts {
                let at = finding.place.input.zip(finding.place.span);
                let object = at.and_then(|(file, at)| inventory.object_at(file, at.start));
                let (Some((_, span)), Some(object)) = (at, object) else {
                    continue;
                };
                let todo = Todo {
                    span,
                    reason: format!("{} [{}]", finding.message, finding.code),
                    state: State::Broken,
                };
                left.entry((judged.channel, object)).or_default().push(todo);
            }
        }
        Self(left)
    }

    /// The verdict on a connection that is at its goal by its files: another one, where
    /// something is left to do at one of its `objects`, or in its container.
    pub(super) fn lower(
        &self,
        inventory: &Inventory<'_>,
        channel: Channel,
        verdict: Verdict,
        program: Option<&Program<'_>>,
        credentials: &[Credentials],
        objects: &[ObjectId],
    ) -> Verdict {
        let goal = match channel {
            Channel::Etcd | Channel::Typha => State::Mutual,
            _ => State::Verified,
        };
        if verdict.state != goal {
            return verdict;
        }
        if credentials.iter().any(Credentials::is_unchecked) {
            let reason = "certificates are not checked by this program";
            return Verdict::new(State::Unknown, reason);
        }
        let pieces = credentials.iter().flat_map(Credentials::pieces);
        let told = |piece: &Piece| piece.told.as_ref().map(|at| at.object);
        let read = pieces
            .flat_map(|piece| [piece.object(), told(piece)])
            .flatten();
        let all = read.chain(objects.iter().copied());
        let own = program.map(|program| program.object);
        let mut todos = all.chain(own).flat_map(|object| {
            let todos = self.0.get(&(channel, object)).into_iter().flatten();
            todos.filter(move |todo| Some(object) != own || in_program(inventory, program, todo))
        });
        match todos.next() {
            Some(todo) => Verdict::new(todo.state, todo.reason.clone()),
            None => verdict,
        }
    }
}

/// Whether it is not in another container of the program's pod.
fn in_program(inventory: &Inventory<'_>, program: Option<&Program<'_>>, todo: &Todo) -> bool {
    let Some(program) = program else { return true };
    let holds = |route: &Route| {
        let at = At {
            object: program.object,
            route: route.clone(),
        };
        let extent = inventory.span(&at).map(|(_, span)| span);
        extent.is_some_and(|span| (span.start..=span.end).contains(&todo.span.start))
    };
    let mut others = program.pod.containers.iter();
    holds(&program.container.at) || !others.any(|container| holds(&container.at))
}

/// The extent of a field, or of what is there of the way to it.
fn nearest(inventory: &Inventory<'_>, object: ObjectId, route: Route) -> Span {
    let tree = inventory
        .object(object)
        .and_then(|o| inventory.tree(o.place));
    let mut route = Some(route);
    while let (Some(at), Some(tree)) = (&route, tree) {
        if let Ok(Some(id)) = tree.find(at) {
            return tree.span(id);
        }
        route = at.parent();
    }
    Span::at(0)
}
