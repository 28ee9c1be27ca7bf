//! What the connections' own plans still have to do: as long as something is left,
//! a connection is not at its goal, whatever else its files look like.

use std::collections::HashMap;

use yaml_splice::Route;

use super::Verdict;
use super::model::State;
use crate::channel::Channel;
use crate::finding::{Code, Severity};
use crate::inventory::{Inventory, ObjectId};
use crate::judge::Judged;
use crate::survey::{Credentials, Piece, Program};

/// What is left to do: the first thing of each part of each object, by connection.
#[derive(Default)]
pub(super) struct Left(HashMap<(Channel, ObjectId, Part), Todo>);

/// A part of an object.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Part {
    /// All of it.
    Whole,
    /// What is in none of its containers.
    Outside,
    /// The container that begins here.
    Container(usize),
}

/// One thing that is left to do.
#[derive(Clone)]
struct Todo {
    /// The place among all others.
    number: usize,
    /// Why the connection is not at its goal.
    reason: String,
    state: State,
}

impl Left {
    pub(super) fn of(inventory: &Inventory<'_>, judged: &[Judged]) -> Self {
        let mut left = Self::default();
        for Judged { channel, plan } in judged {
            let mut add = |object: ObjectId, at: usize, state: State, reason: String| {
                let pod = inventory.object(object).and_then(|o| o.pod.as_ref());
                let container = pod.and_then(|pod| pod.container_at(at));
                let part = container.map_or(Part::Outside, |span| Part::Container(span.start));
                let number = left.0.len();
                for part in [Part::Whole, part] {
                    let known = left.0.entry((*channel, object, part));
                    known.or_insert_with(|| Todo {
                        number,
                        reason: reason.clone(),
                        state,
                    });
                }
            };
            for edit in &plan.edits.planned {
                let report = &edit.report;
                let what = report.part.as_deref();
                let what = what.unwrap_or_else(|| report.edit.title());
                let id = &report.resource;
                for op in &edit.ops {
                    let at = nearest(inventory, edit.object, op.target());
                    let reason = format!("{what} is still to be set in {} {}", id.kind, id.name);
                    add(edit.object, at, State::Unknown, reason);
                }
            }
            // An object that is not in the input may be in the cluster.
            for addition in &plan.edits.additions {
                let (id, beside) = (&addition.id, addition.beside);
                let reason = format!("{} {} is not in these manifests", id.kind, id.name);
                add(beside, 0, State::Unknown, reason);
            }
            let errors = plan
                .findings
                .iter()
                .filter(|f| f.severity == Severity::Error);
            for finding in errors.filter(|f| f.code != Code::MissingObject) {
                let at = finding.place.input.zip(finding.place.span);
                let object = at.and_then(|(file, at)| inventory.object_at(file, at.start));
                if let (Some((_, at)), Some(object)) = (at, object) {
                    let reason = format!("{} [{}]", finding.message, finding.code);
                    add(object, at.start, State::Broken, reason);
                }
            }
        }
        left
    }

    /// The verdict on a connection that is at its goal by its files: another one, where
    /// something is left to do at one of its `objects`, or in its container.
    pub(super) fn lower(
        &self,
        channel: Channel,
        verdict: Verdict,
        program: Option<&Program<'_>>,
        credentials: &[Credentials],
        objects: &[ObjectId],
    ) -> Verdict {
        let goal = match channel.is_mutual() {
            true => State::Mutual,
            false => State::Verified,
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
        let of = |object: ObjectId, part: Part| self.0.get(&(channel, object, part));
        let own = program.map(|program| (program.object, program.container.span.start));
        let mut todos = all.chain(own.map(|(own, _)| own)).filter_map(|object| {
            match own.filter(|(own, _)| *own == object) {
                Some((_, start)) => {
                    let parts = [Part::Outside, Part::Container(start)].into_iter();
                    let todos = parts.filter_map(|part| of(object, part));
                    todos.min_by_key(|todo| todo.number)
                }
                None => of(object, Part::Whole),
            }
        });
        match todos.next() {
            Some(todo) => Verdict::new(todo.state, todo.reason.clone()),
            None => verdict,
        }
    }
}

/// Where a field begins, or what is there of the way to it.
fn nearest(inventory: &Inventory<'_>, object: ObjectId, route: Route) -> usize {
    let tree = inventory
        .object(object)
        .and_then(|o| inventory.tree(o.place));
    let mut route = Some(route);
    while let (Some(at), Some(tree)) = (&route, tree) {
        if let Ok(Some(id)) = tree.find(at) {
            return tree.span(id).start;
        }
        route = at.parent();
    }
    0
}
