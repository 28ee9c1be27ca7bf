//! `tests/data/*/`: `before.yaml` and the operations in `ops.yaml` give
//! `after.yaml`, byte for byte, or the error in `error.txt`.

use std::path::Path;

use serde_yaml::Value as Data;
use yaml_splice::{Op, Route, Value, Wanted, documents};

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
        let wanted = match (read("after.yaml"), read("error.txt")) {
            (Some(after), None) => Ok(after),
            (None, Some(error)) => Err(error.trim().to_owned()),
            _ => panic!("{}: after.yaml or error.txt", case.display()),
        };
        let got = result.map(|edited| edited.text).map_err(|e| e.to_string());
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
        return Op::SetScalar {
            at,
            text: text("text").unwrap(),
        };
    }
    if let Some(at) = route("remove") {
        return Op::RemoveEntry { at };
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
            set: text("text"),
        };
    }
    let value = value(data.get("value").unwrap());
    match (route("insert"), route("append")) {
        (Some(parent), _) => Op::InsertEntry {
            parent,
            key: text("key").unwrap(),
            value,
        },
        (_, Some(parent)) => Op::AppendItem { parent, value },
        _ => panic!("unknown operation {data:?}"),
    }
}

fn route(steps: &Data) -> Route {
    let steps = steps.as_sequence().unwrap().iter();
    steps.fold(Route::root(), |route, step| match step.as_u64() {
        Some(index) => route.index(usize::try_from(index).unwrap()),
        None => route.key(step.as_str().unwrap()),
    })
}

fn value(data: &Data) -> Value {
    match data {
        Data::Mapping(map) => {
            Value::mapping(map.iter().map(|(k, v)| (k.as_str().unwrap(), value(v))))
        }
        Data::Sequence(items) => Value::Sequence(items.iter().map(value).collect()),
        Data::String(text) => Value::string(text.clone()),
        other => panic!("{other:?}"),
    }
}
