//! `tests/reading.yaml`: what the API for reading finds, with aliases, merge keys and
//! tags, and what kubectl finds.

use serde_json::{Map, Value as Json};
use yaml_splice::{Error, NodeId, Route, Tree, documents};

use crate::kubectl::{kubectl, same};

#[derive(serde::Deserialize)]
struct Row {
    yaml: String,
    #[serde(default)]
    is: Json,
    error: Option<String>,
    kubectl: Option<Json>,
}

fn rows() -> Vec<Row> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reading.yaml");
    let rows: Vec<Row> = serde_yaml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert!(rows.len() > 50, "{}", rows.len());
    rows
}

/// What a program finds that looks at each key and item by its route.
fn json(tree: &Tree<'_>, at: &Route, id: NodeId) -> Result<Json, Error> {
    let child = |route: Route| -> Result<Json, Error> {
        let id = tree.find(&route)?.unwrap();
        json(tree, &route, id)
    };
    if tree.is_null(id) {
        return Ok(Json::Null);
    }
    if let Some(len) = tree.items_len(id) {
        let items = (0..len).map(|n| child(at.index(n)));
        return items.collect::<Result<_, _>>().map(Json::Array);
    }
    let Some(text) = tree.text(id) else {
        let keys = tree.keys(id).into_iter();
        let entries = keys.map(|key| Ok((key.to_owned(), child(at.key(key))?)));
        return entries.collect::<Result<Map<_, _>, _>>().map(Json::Object);
    };
    let typed = tree.boolean(id).map(Json::from);
    let typed = typed.or_else(|| tree.integer(id).map(Json::from));
    Ok(typed.unwrap_or_else(|| text.into()))
}

fn read(text: &str) -> Result<Json, Error> {
    let tree = documents(text).next().unwrap().parse()?;
    let at = Route::root().key("v");
    let id = tree.find(&at)?.unwrap();
    let read = tree.read(id);
    let json = json(&tree, &at, id);
    assert_eq!(read.is_ok(), json.is_ok(), "{text}");
    json
}

#[test]
fn routes_lead_to_what_kubernetes_reads() {
    let mut wrong = Vec::new();
    for row in rows() {
        let got = read(&row.yaml).map_err(|error| error.to_string());
        let wanted = row.error.map_or(Ok(row.is), Err);
        if got != wanted {
            wrong.push(format!(
                "{:?}\n  got    {got:?}\n  wanted {wanted:?}",
                row.yaml
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The table's own values are not guessed either.
#[test]
fn kubectl_finds_what_the_table_says() {
    let Some(kubectl) = kubectl() else { return };
    let rows = rows();
    let head = "apiVersion: v1\nkind: Case\nmetadata: {name: case}\n";
    let texts: Vec<_> = rows
        .iter()
        .map(|row| format!("{head}{}\n", row.yaml))
        .collect();
    let mut wrong = Vec::new();
    for (row, read) in rows.into_iter().zip(crate::kubectl::read(&kubectl, &texts)) {
        let got = read.ok().map(|objects| objects[0]["v"].clone());
        let wanted = row
            .kubectl
            .or_else(|| row.error.is_none().then_some(row.is));
        let equal = match (&got, &wanted) {
            (Some(got), Some(wanted)) => same(got, wanted),
            (got, wanted) => got.is_none() && wanted.is_none(),
        };
        if !equal {
            wrong.push(format!(
                "{:?}\n  kubectl {got:?}\n  table   {wanted:?}",
                row.yaml
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The whole value in one call is what the routes lead to.
#[test]
fn values_are_what_routes_lead_to() {
    for row in rows().into_iter().filter(|row| row.error.is_none()) {
        let tree = documents(&row.yaml).next().unwrap().parse().unwrap();
        let at = Route::root().key("v");
        let value = tree.read(tree.find(&at).unwrap().unwrap()).unwrap();
        assert_eq!(of(&value), row.is, "{:?}", row.yaml);
    }
}

fn of(value: &yaml_splice::Value) -> Json {
    use yaml_splice::Value;
    let key = |key: &Value| key.as_text().unwrap().to_owned();
    match value {
        Value::Sequence(items) => items.iter().map(of).collect(),
        Value::Mapping(entries) => {
            let entries = entries.iter().map(|(k, value)| (key(k), of(value)));
            Json::Object(entries.collect())
        }
        value if value.is_null() => Json::Null,
        value => {
            let typed = value.as_bool().map(Json::from);
            let typed = typed.or_else(|| value.as_integer().map(Json::from));
            typed.unwrap_or_else(|| value.as_text().unwrap().into())
        }
    }
}

/// Ten mappings that merge the one before them twice stand for a thousand: a search
/// that follows each would not come to an end with forty.
#[test]
fn merge_keys_that_multiply_are_searched_once() {
    let mut text = "a0: &a0 {k: 1}\n".to_owned();
    for n in 1..16 {
        let from = n - 1;
        text += &format!("a{n}: &a{n} {{<<: [*a{from}, *a{from}]}}\n");
    }
    let tree = documents(&text).next().unwrap().parse().unwrap();
    for _ in 0..2000 {
        let at = Route::root().key("a15");
        assert_eq!(tree.find(&at.key("none")).unwrap(), None);
        assert_eq!(tree.text_at(&at.key("k")).unwrap(), Some("1"));
        assert_eq!(tree.keys(tree.find(&at).unwrap().unwrap()), ["k"]);
    }
}

/// In flow style and in block style: an error, whatever the depth.
#[test]
fn collections_that_are_nested_too_deep_are_refused() {
    let flow = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    let block = |depth: usize| "- ".repeat(depth) + "a";
    for text in [
        flow(100_000),
        block(100_000),
        flow(yaml_splice::MAX_DEPTH + 1),
    ] {
        let error = documents(&text).next().unwrap().parse().unwrap_err();
        assert_eq!(error.kind, yaml_splice::ErrorKind::TooDeep);
    }
    let deepest = flow(yaml_splice::MAX_DEPTH);
    assert!(documents(&deepest).next().unwrap().parse().is_ok());
}
