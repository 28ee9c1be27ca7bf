//! Whom kube-apiserver asks: webhooks, and the conversions of CustomResourceDefinitions.

use yaml_splice::Route;

use crate::inventory::{Inventory, Node, ObjectId};

/// The `clientConfig` of each webhook of an object.
pub(crate) fn webhooks<'a, 't>(
    inventory: &'a Inventory<'t>,
    id: ObjectId,
) -> Vec<(Route, Node<'a, 't>)> {
    let Some((object, node)) = inventory.object(id).zip(inventory.node(id)) else {
        return Vec::new();
    };
    let root = &object.root;
    match object.id.kind.as_str() {
        "MutatingWebhookConfiguration" | "ValidatingWebhookConfiguration" => {
            let webhooks = node.items_of("webhooks").into_iter().enumerate();
            let clients = webhooks.filter_map(|(number, webhook)| {
                let at = root.key("webhooks").index(number).key("clientConfig");
                Some((at, webhook.get("clientConfig")?))
            });
            clients.collect()
        }
        "CustomResourceDefinition" => {
            let ways: [&[&str]; 2] = [
                &["spec", "conversion", "webhook", "clientConfig"],
                &["spec", "conversion", "webhookClientConfig"],
            ];
            let clients = ways.into_iter();
            clients
                .filter_map(|way| Some((root.keys(way), node.at(way)?)))
                .collect()
        }
        _ => Vec::new(),
    }
}
