//! Which Typha and which calico-nodes talk to each other.

use super::role::Role;
use super::wiring::Carrier;
use crate::edits::containers;
use crate::finding::Code;
use crate::names::TyphaNames;
use crate::objects::Object;
use crate::plan::Plan;

pub(super) type Found<'a, 't> = Object<'a, 't, Role>;
pub(super) type Held<'a, 't> = Object<'a, 't, Carrier>;

/// A Typha, and the calico-nodes that connect to it.
pub(super) struct Set<'o, 'a, 't> {
    pub(super) typha: &'o Found<'a, 't>,
    pub(super) nodes: Vec<&'o Found<'a, 't>>,
}

/// Finds the calico-nodes of each Typha. A side alone is an error: it would be
/// cut off from the other.
///
/// The other side may be in another file, unless that has a Typha or a
/// calico-node of its own: two whole manifests in one run are two sets.
pub(super) fn match_up<'o, 'a, 't>(
    objects: &'o [Found<'a, 't>],
    held: &[Held<'_, '_>],
    names: &TyphaNames,
    plan: &mut Plan,
) -> Vec<Set<'o, 'a, 't>> {
    let of = |role: Role| objects.iter().filter(move |object| object.role == role);
    let whole = |file: usize| {
        let there = |role| of(role).any(|object| object.place.file == file);
        there(Role::Typha) && there(Role::Node)
    };
    let near = |one: &Found<'_, '_>, other: &Found<'_, '_>| {
        let (one_file, other_file) = (one.place.file, other.place.file);
        let apart = !whole(one_file) && !whole(other_file);
        one.same_namespace(other) && (one_file == other_file || apart)
    };
    let mut sets = Vec::new();
    for typha in of(Role::Typha) {
        let nodes: Vec<_> = of(Role::Node).filter(|node| near(typha, node)).collect();
        if nodes.is_empty() {
            let namespace = typha.namespace.as_deref().unwrap_or("kube-system");
            let what = format!(
                "DaemonSet {} in namespace {namespace}",
                names.daemon_sets.join(" or ")
            );
            let help = "with TLS, Typha takes TLS only: give the file with calico-node too, so \
                        that both sides change together";
            plan.find([typha.missing(&what, help)]);
            continue;
        }
        sets.push(Set { typha, nodes });
    }
    let held: Vec<_> = held.iter().collect();
    for node in of(Role::Node) {
        if of(Role::Typha).any(|typha| near(typha, node)) || !connects(node, &held) {
            continue;
        }
        let namespace = node.namespace.as_deref().unwrap_or("kube-system");
        let what = format!("Deployment {} in namespace {namespace}", names.deployment);
        let help = "with TLS, Felix connects by TLS only: give the file with Typha too, so that \
                    both sides change together";
        plan.find([node.missing(&what, help)]);
    }
    sets
}

/// Whether calico-node is told of a Typha. Where that is said elsewhere, outside
/// of the run, it may be.
fn connects(node: &Found<'_, '_>, held: &[&Held<'_, '_>]) -> bool {
    let names = ["FELIX_TYPHAADDR", "FELIX_TYPHACAFILE"];
    let said = |name: &str| variable(node, held, name);
    match said("FELIX_TYPHAK8SSERVICENAME") {
        Said::Nothing => names.iter().any(|name| said(name) != Said::Nothing),
        Said::Text(_) | Said::Elsewhere => true,
    }
}

/// What a variable of any container says.
#[derive(Debug, PartialEq, Eq)]
enum Said {
    /// It is not there, or empty, or `none`.
    Nothing,
    Text(String),
    /// In an object that is not in the run.
    Elsewhere,
}

fn variable(node: &Found<'_, '_>, held: &[&Held<'_, '_>], name: &str) -> Said {
    let resource = &node.resource;
    let tree = resource.tree;
    let text = |route: &yaml_splice::Route| tree.text_at(route).ok().flatten();
    let pod = crate::edits::pod(resource).unwrap_or_else(yaml_splice::Route::root);
    for container in containers(resource, &pod).unwrap_or_default() {
        let at = container.at.key("env").item("name", name);
        if !matches!(tree.find(&at), Ok(Some(_))) {
            continue;
        }
        let from = at.key("valueFrom");
        let of = |text: &str| match text.is_empty() || text.eq_ignore_ascii_case("none") {
            true => Said::Nothing,
            false => Said::Text(text.to_owned()),
        };
        if !matches!(tree.find(&from), Ok(Some(_))) {
            return of(text(&at.key("value")).unwrap_or_default());
        }
        let reference = from.key("configMapKeyRef");
        let (Some(map), Some(key)) = (text(&reference.key("name")), text(&reference.key("key")))
        else {
            return Said::Elsewhere;
        };
        let carrier = Carrier::ConfigMap(map.to_owned());
        let mut maps: Vec<_> = held.iter().filter(|map| map.role == carrier).collect();
        // The file's own first.
        maps.sort_by_key(|map| map.place.file != node.place.file);
        let found = maps.first().filter(|map| map.same_namespace(node));
        return match found.map(|map| map.resource.text(&["data", key])) {
            Some(Ok(text)) => of(text.unwrap_or_default()),
            Some(Err(_)) | None => Said::Elsewhere,
        };
    }
    Said::Nothing
}

impl Set<'_, '_, '_> {
    /// The files that the set's workloads are in.
    pub(super) fn files(&self) -> Vec<usize> {
        let nodes = self.nodes.iter().map(|node| node.place.file);
        std::iter::once(self.typha.place.file)
            .chain(nodes)
            .collect()
    }

    /// Says so if Typha is switched off: then nothing connects to it, and what
    /// changes has no effect before it is switched on. Returns whether it is.
    pub(super) fn tell_if_off(&self, held: &[&Held<'_, '_>], plan: &mut Plan) -> bool {
        let typha = self.typha;
        let replicas = typha.resource.integer(&["spec", "replicas"]);
        let none = matches!(replicas, Ok(Some(0)));
        let unnamed = self.nodes.iter().all(|node| !connects_by_name(node, held));
        let message = match (none, unnamed) {
            (false, false) => return false,
            (true, false) => "Typha is off: it has 0 replicas",
            (false, true) => "Typha is off: calico-node is told of no Typha (typha_service_name)",
            (true, true) => {
                "Typha is off: it has 0 replicas, and calico-node is told of no Typha \
                 (typha_service_name)"
            }
        };
        let help = "both sides are hardened all the same, and use TLS as soon as Typha is \
                    switched on";
        let finding = typha.finding(Code::TyphaOff, message, help);
        plan.find([finding.info()]);
        true
    }
}

/// As published manifests do it. Those that leave it out find Typha otherwise.
fn connects_by_name(node: &Found<'_, '_>, held: &[&Held<'_, '_>]) -> bool {
    let name = "FELIX_TYPHAK8SSERVICENAME";
    variable(node, held, name) != Said::Nothing
        || variable(node, held, "FELIX_TYPHAADDR") != Said::Nothing
        || !says(node, name)
}

/// Whether a container has the variable, whatever its value.
fn says(node: &Found<'_, '_>, name: &str) -> bool {
    let pod = crate::edits::pod(&node.resource).unwrap_or_else(yaml_splice::Route::root);
    let containers = containers(&node.resource, &pod).unwrap_or_default();
    containers.iter().any(|container| {
        let at = container.at.key("env").item("name", name);
        matches!(node.resource.tree.find(&at), Ok(Some(_)))
    })
}
