//! Which of the channel's objects belong together, and which are missing.

use cnx_certs::{Setting, help};
use std::collections::{HashMap, HashSet};

use super::{KubeApiserver, MissingSecret, Role};
use crate::finding::Code;
use crate::inventory::{Inventory, Near, ObjectKey};
use crate::names::managed;
use crate::objects::Object;
use crate::plan::Plan;
use crate::pods::WORKLOADS;

type Found<'a, 't> = Object<'a, 't, Role>;

/// Whether the object is an operator's or open-source Calico's, which are left
/// alone; of an APIService it is told.
pub(super) fn is_other_product(object: &Found<'_, '_>, plan: &mut Plan) -> bool {
    let Some(reason) = object.namespace.as_deref().and_then(managed) else {
        return false;
    };
    if object.role == Role::ApiService {
        let message = format!("not a CNX manifest's APIService: {reason}");
        let help = "nothing was changed here";
        plan.find([object.finding(Code::OtherProduct, message, help).info()]);
    }
    true
}

/// Finds the Secret and the workload of each APIService, and leaves in `objects`
/// what belongs to one. What is missing becomes an error, or a Secret to add.
pub(super) fn match_up(
    objects: &mut Vec<Found<'_, '_>>,
    channel: &KubeApiserver,
    inventory: &Inventory<'_>,
    plan: &mut Plan,
) {
    let names = &channel.names;
    let services: Vec<_> = objects
        .iter()
        .filter(|o| o.role == Role::ApiService)
        .collect();
    let workloads = objects.iter().filter(|o| o.role == Role::Workload);
    let pods: HashMap<_, _> = workloads.map(|o| (o.namespace.as_deref(), o)).collect();
    for service in &services {
        let there = |kind: &str, name: &str| {
            let namespace = service.namespace.as_deref();
            inventory.near_in(service.number, namespace, kind, name) != Near::None
        };
        let namespace = service.namespace.as_deref().unwrap_or("kube-system");
        let mut workloads = WORKLOADS.iter();
        let workload = workloads.any(|kind| there(kind, &names.deployment));
        if !workload {
            let what = format!("Deployment {} in namespace {namespace}", names.deployment);
            let setting = Setting::ApiServerDeployment;
            let help = help!["give its file too, or its name with ", setting];
            plan.find([service.missing(&what, help)]);
        }
        if there("Secret", &names.secret) {
            continue;
        }
        if channel.missing_secret == MissingSecret::Add && workload {
            let id = ObjectKey::secret(&names.secret);
            let pod = pods.get(&Some(namespace)).or_else(|| pods.get(&None));
            let beside = pod.copied().unwrap_or(service);
            plan.add(beside, Some(namespace), &id, &channel.files());
            continue;
        }
        let what = format!("Secret {} in namespace {namespace}", names.secret);
        let help = help![
            "give its file too, or its name with ",
            Setting::ApiServerSecret,
            ", or let it be added with ",
            Setting::AddSecret,
        ];
        plan.find([service.missing(&what, help)]);
    }
    if services.is_empty() {
        let what = format!("an APIService of group {}", names.group);
        let help = "give the file with the APIService too";
        plan.find(objects.iter().map(|object| object.missing(&what, help)));
        return;
    }
    // Of the same name in another namespace: not one of the objects.
    let namespaces = services.iter().map(|service| service.namespace.clone());
    let namespaces: HashSet<Option<String>> = namespaces.collect();
    objects.retain(|object| match &object.namespace {
        None => true,
        some => namespaces.contains(&None) || namespaces.contains(some),
    });
}
