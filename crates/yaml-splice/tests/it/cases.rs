//! `tests/data/*/`: `before.yaml` and the operations in `ops.yaml` give
//! `after.yaml`, byte for byte, or the error in `error.txt`.
//!
//! `UPDATE_CASES=1` writes the results of cases that have none yet.

use std::path::Path;

use serde_yaml::Value as Data;
use yaml_splice::{InsertAt, Op, Route, Step, Value, Wanted, documents};

#[test]
fn each_case_gives_its_text_or_its_error() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let mut failures = Vec::new();
    let mut count = 0;
    for case in std::fs::read_dir(folder).unwrap() {
        let case = case.unwrap().path();
        count += 1;
        let read = |name: &str| std::fs::read_to_string(case.join(name)).ok();
        let before = read("before.yaml").unwrap();
        let ops = ops(&read("ops.yaml").unwrap());
        let number = read("document").map_or(0, |n| n.trim().parse().unwrap());
        let document = documents(&before).nth(number).unwrap();
        let result = document.parse().and_then(|tree| tree.edit(&ops));
        let got = result.map(|edited| edited.text).map_err(|e| e.to_string());
        let new = read("after.yaml").is_none() && read("error.txt").is_none();
        if new && std::env::var_os("UPDATE_CASES").is_some() {
            let write = |name: &str, text: &str| std::fs::write(case.join(name), text).unwrap();
            match &got {
                Ok(text) => write("after.yaml", text),
                Err(error) => write("error.txt", &format!("{error}\n")),
            }
        }
        let wanted = match (read("after.yaml"), read("error.txt")) {
            (Some(after), None) => Ok(after),
            (None, Some(error)) => Err(error.trim().to_owned()),
            _ => panic!("{}: after.yaml or error.txt", case.display()),
        };
        if got != wanted {
            failures.push(format!(
                "{}:\n  got    {got:?}\n  wanted {wanted:?}",
                case.display()
            ));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(count > 50, "{count}");
}

fn ops(text: &str) -> Vec<Op> {
    let list: Vec<Data> = serde_yaml::from_str(text).unwrap();
    list.iter().map(op).collect()
}

fn op(data: &Data) -> Op {
    let text = |key: &str| data.get(key).map(|v| v.as_str().unwrap().to_owned());
    let route = |key: &str| data.get(key).map(route);
    if let Some(at) = route("set") {
        return match data.get("text") {
            Some(text) => Op::set(at, text.as_str().unwrap()),
            None => Op::set(at, value(data.get("value").unwrap())),
        };
    }
    if let Some(at) = route("remove") {
        return Op::remove(at);
    }
    if let Some(parent) = route("uncomment") {
        let wanted = match (text("key"), text("sequence"), text("item")) {
            (Some(key), ..) => Wanted::Entry(key),
            (_, Some(key), _) => Wanted::Sequence(key),
            (.., Some(item)) => Wanted::Text(item),
            _ => Wanted::Item {
                field: text("field").unwrap(),
                value: text("value").unwrap(),
            },
        };
        return Op::Uncomment {
            parent,
            wanted,
            set: data.get("text").or(data.get("with")).map(value),
        };
    }
    if let Some(at) = route("rename") {
        return Op::rename_key(at, text("to").unwrap());
    }
    let value = value(data.get("value").unwrap());
    let op = match (route("insert"), route("append")) {
        (Some(parent), _) => Op::insert_entry(parent, text("key").unwrap(), value),
        (_, Some(parent)) => Op::insert_item(parent, value),
        _ => panic!("unknown operation {data:?}"),
    };
    let sibling = |key: &str| data.get(key).map(step);
    if let Some(step) = sibling("before") {
        op.at_place(InsertAt::Before(step))
    } else if let Some(step) = sibling("after") {
        op.at_place(InsertAt::After(step))
    } else if let Some(index) = data.get("index") {
        op.at_place(InsertAt::Index(
            usize::try_from(index.as_u64().unwrap()).unwrap(),
        ))
    } else if data.get("first").is_some() {
        op.at_place(InsertAt::First)
    } else {
        op
    }
}

fn route(steps: &Data) -> Route {
    let steps = steps.as_sequence().unwrap().iter();
    steps.fold(Route::root(), |route, data| route.step(step(data)))
}

/// A number, a key, or `{field: value}`.
fn step(data: &Data) -> Step {
    match data {
        Data::Number(index) => Step::Index(usize::try_from(index.as_u64().unwrap()).unwrap()),
        Data::String(key) => Step::Key(key.clone()),
        Data::Mapping(item) => {
            let (field, value) = item.iter().next().unwrap();
            Step::Item {
                field: field.as_str().unwrap().into(),
                value: value.as_str().unwrap().into(),
            }
        }
        other => panic!("{other:?}"),
    }
}

fn value(data: &Data) -> Value {
    match data {
        Data::Mapping(map) => {
            Value::mapping(map.iter().map(|(k, v)| (k.as_str().unwrap(), value(v))))
        }
        Data::Sequence(items) => Value::Sequence(items.iter().map(value).collect()),
        Data::String(text) => Value::string(text.clone()),
        Data::Bool(value) => Value::from(*value),
        Data::Null => Value::null(),
        Data::Number(number) => match number.as_i64() {
            Some(integer) => Value::from(integer),
            None => Value::from(number.as_f64().unwrap()),
        },
        other => panic!("{other:?}"),
    }
}
