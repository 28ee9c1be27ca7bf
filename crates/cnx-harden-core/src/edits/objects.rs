//! Objects as values, for those that a run adds.

use yaml_splice::Value;

/// A Secret of type Opaque. Its data is base64. Without a namespace it goes where
/// kubectl puts it, as the object does that it is for.
pub(crate) fn secret(namespace: Option<&str>, name: &str, data: &[(&str, &str)]) -> Value {
    let head = [
        ("apiVersion", Value::string("v1")),
        ("kind", Value::string("Secret")),
        ("type", Value::string("Opaque")),
    ];
    object(head.to_vec(), namespace, name, data)
}

/// A ConfigMap.
pub(crate) fn config_map(namespace: Option<&str>, name: &str, data: &[(&str, &str)]) -> Value {
    let head = [
        ("apiVersion", Value::string("v1")),
        ("kind", Value::string("ConfigMap")),
    ];
    object(head.to_vec(), namespace, name, data)
}

fn object(
    mut entries: Vec<(&str, Value)>,
    namespace: Option<&str>,
    name: &str,
    data: &[(&str, &str)],
) -> Value {
    let mut metadata = vec![("name", Value::string(name))];
    metadata.extend(namespace.map(|namespace| ("namespace", Value::string(namespace))));
    entries.push(("metadata", Value::mapping(metadata)));
    let data = data.iter().map(|(key, text)| (*key, Value::string(*text)));
    entries.push(("data", Value::mapping(data)));
    Value::mapping(entries)
}
