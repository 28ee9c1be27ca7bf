//! Edits of any text, with a model of them on JSON that shares no code with ours.

use serde_json::Value as Json;
use yaml_splice::{
    Content, ErrorKind, InsertAt as At, NodeId, Op, Resolved, Route, StreamEdit, Tree, Value,
    documents,
};

use crate::kubectl::{flat, json};

/// The changes that are tried, one a round.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Change {
    Set,
    SetCollection,
    Remove,
    Rename,
    Insert,
    InsertFirst,
    Append,
    Prepend,
}

pub(crate) const CHANGES: [Change; 8] = [
    Change::Set,
    Change::SetCollection,
    Change::Remove,
    Change::Rename,
    Change::Insert,
    Change::InsertFirst,
    Change::Append,
    Change::Prepend,
];

/// A text with one edit made in each document that allows one, and the objects
/// that it holds then.
#[derive(Debug)]
pub(crate) struct Edited {
    pub(crate) text: String,
    pub(crate) objects: Vec<Json>,
    /// How many edits there are in it.
    pub(crate) count: usize,
    /// The edits that ended as an internal error.
    pub(crate) faults: Vec<String>,
}

/// A step of a path in JSON.
#[derive(Clone, Debug)]
enum Step {
    Key(String),
    Index(usize),
}

/// A node that an edit may go to.
struct InsertAt {
    route: Route,
    path: Vec<Step>,
    id: NodeId,
}

/// Edits each document of a text that is read without an error. `pick` chooses
/// the nodes.
pub(crate) fn edit(text: &str, change: Change, pick: usize) -> Edited {
    let parsed = documents(text).map(|document| document.parse().unwrap());
    let trees: Vec<_> = parsed.collect();
    let mut stream = StreamEdit::new(text);
    let (mut objects, mut count, mut faults) = (Vec::new(), 0, Vec::new());
    for tree in &trees {
        let mut object = json(&tree.resolve_document().unwrap());
        let places = places(tree);
        for attempt in 0..places.len().min(8) {
            let place = &places[(pick + attempt * 7) % places.len()];
            let Some((op, changed)) = operation(tree, place, change, &object) else {
                continue;
            };
            match tree.edit(std::slice::from_ref(&op)) {
                Ok(edited) => {
                    let lost = || hashes(&edited.text) < hashes(text);
                    if keeps_comments(tree, place, change) && lost() {
                        let after = edited.text;
                        faults.push(format!("{}: a comment is lost: {after:?}", place.route));
                    }
                    stream.edit(tree, &[op]).unwrap();
                    object = changed;
                    count += 1;
                    break;
                }
                Err(error) if matches!(error.kind, ErrorKind::Verification(_)) => {
                    faults.push(format!("{}: {error}", place.route));
                    break;
                }
                Err(_) => {}
            }
        }
        objects.extend(flat(object));
    }
    let text = match stream.finish() {
        Ok(edited) => edited.text,
        Err(error) => {
            faults.push(format!("all edits together: {error}"));
            count = 0;
            text.to_owned()
        }
    };
    Edited {
        text,
        objects,
        count,
        faults,
    }
}

fn hashes(text: &str) -> usize {
    text.matches('#').count()
}

/// Whether the change takes nothing away that may hold a `#`.
fn keeps_comments(tree: &Tree<'_>, place: &InsertAt, change: Change) -> bool {
    match change {
        Change::Set | Change::SetCollection => {
            let scalar = matches!(tree.content(place.id), Content::Scalar { .. });
            scalar && hashes(tree.span(place.id).of(tree.source())) == 0
        }
        Change::Rename => hashes(&place.route.to_string()) == 0,
        Change::Remove => false,
        _ => true,
    }
}

/// The operation, and the document behind it; none if it does not fit there.
fn operation(
    tree: &Tree<'_>,
    place: &InsertAt,
    change: Change,
    before: &Json,
) -> Option<(Op, Json)> {
    let mut after = before.clone();
    let at = place.route.clone();
    let (last, parent) = place
        .path
        .split_last()
        .map_or((None, &[][..]), |(l, p)| (Some(l), p));
    let op = match (change, tree.content(place.id)) {
        // A document that is a scalar is no object.
        (Change::Set, Content::Scalar { .. }) if !place.path.is_empty() => {
            *find(&mut after, &place.path)? = "new text".into();
            Op::set(at, "new text")
        }
        (Change::SetCollection, _) if place.path.len() > 1 => {
            *find(&mut after, &place.path)? = serde_json::json!({"x": "1", "y": ["yes"]});
            Op::set(at, collection())
        }
        (Change::Remove, _) => {
            match (find(&mut after, parent)?, last?) {
                (Json::Object(map), Step::Key(key)) => drop(map.remove(key)?),
                (Json::Array(items), Step::Index(index)) => drop(items.remove(*index)),
                _ => return None,
            }
            Op::remove(at)
        }
        (Change::Rename, _) => {
            let (map, Step::Key(key)) = (find(&mut after, parent)?.as_object_mut()?, last?) else {
                return None;
            };
            let value = map.remove(key)?;
            map.insert("on".into(), value).is_none().then_some(())?;
            Op::rename_key(at, "on")
        }
        (Change::Insert | Change::InsertFirst, Content::Mapping(_)) => {
            let map = find(&mut after, &place.path)?.as_object_mut()?;
            let added = serde_json::json!({"x": "1", "y": ["yes"]});
            map.insert("added".into(), added).is_none().then_some(())?;
            let op = Op::insert_entry(at, "added", collection());
            if matches!(change, Change::Insert) {
                op
            } else {
                op.at_place(At::First)
            }
        }
        (Change::Append, Content::Sequence(_)) => {
            let items = find(&mut after, &place.path)?.as_array_mut()?;
            items.push(serde_json::json!({"x": "1", "y": ["yes"]}));
            Op::insert_item(at, collection())
        }
        (Change::Prepend, Content::Sequence(_)) => {
            find(&mut after, &place.path)?
                .as_array_mut()?
                .insert(0, "~".into());
            Op::insert_item(at, "~").at_place(At::First)
        }
        _ => return None,
    };
    Some((op, after))
}

fn collection() -> Value {
    let list = Value::Sequence(vec![Value::string("yes")]);
    Value::mapping([("x", Value::string("1")), ("y", list)])
}

fn find<'j>(json: &'j mut Json, path: &[Step]) -> Option<&'j mut Json> {
    path.iter().try_fold(json, |json, step| match step {
        Step::Key(key) => json.get_mut(key),
        Step::Index(index) => json.get_mut(*index),
    })
}

/// All nodes that a route leads to, without the names that make an object one.
fn places(tree: &Tree<'_>) -> Vec<InsertAt> {
    let mut places = Vec::new();
    if let Ok(Some(root)) = tree.find(&Route::root()) {
        let root = InsertAt {
            route: Route::root(),
            path: Vec::new(),
            id: root,
        };
        collect(tree, root, &mut places);
    }
    places
}

fn collect(tree: &Tree<'_>, at: InsertAt, places: &mut Vec<InsertAt>) {
    match tree.content(at.id) {
        Content::Sequence(items) => {
            for (index, id) in items.into_iter().enumerate() {
                let mut path = at.path.clone();
                path.push(Step::Index(index));
                collect(
                    tree,
                    InsertAt {
                        route: at.route.index(index),
                        path,
                        id,
                    },
                    places,
                );
            }
        }
        Content::Mapping(entries) => {
            for (key, id) in entries {
                let (Some(text), Ok(Some(resolved))) = (tree.text(key), tree.resolve_scalar(key))
                else {
                    continue;
                };
                let named = ["apiVersion", "kind", "metadata"].contains(&text);
                // A key that JSON writes in another way is not found by its text.
                let same = matches!(&resolved, Resolved::String(key) if key == text);
                if same && !(named && at.path.len() < 3) {
                    let mut path = at.path.clone();
                    path.push(Step::Key(text.to_owned()));
                    collect(
                        tree,
                        InsertAt {
                            route: at.route.key(text),
                            path,
                            id,
                        },
                        places,
                    );
                }
            }
        }
        _ => {}
    }
    places.push(at);
}
