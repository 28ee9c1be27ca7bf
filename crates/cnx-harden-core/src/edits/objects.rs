//! Objects as values, for those that a run adds.

use yaml_splice::Value;

/// A Secret of type Opaque. Its data is base64.
pub(crate) fn secret(namespace: &str, name: &str, data: &[(&str, &str)]) -> Value {
    let head = [
        ("apiVersion", Value::string("v1")),
        ("kind", Value::string("Secret")),
        ("type", Value::string("Opaque")),
    ];
    object(head.to_vec(), namespace, name, data)
}

/// A ConfigMap.
pub(crate) fn config_map(namespace: &str, name: &str, data: &[(&str, &str)]) -> Value {
    let head = [
        ("apiVersion", Value::string("v1")),
        ("kind", Value::string("ConfigMap")),
    ];
    object(head.to_vec(), namespace, name, data)
}

fn object(
    mut entries: Vec<(&str, Value)>,
    namespace: &str,
    name: &str,
    data: &[(&str, &str)],
) -> Value {
    let metadata = [
        ("name", Value::string(name)),
        ("namespace", Value::string(namespace)),
    ];
    entries.push(("metadata", Value::mapping(metadata)));
    let data = data.iter().map(|(key, text)| (*key, Value::string(*text)));
    entries.push(("data", Value::mapping(data)));
    Value::mapping(entries)
}
