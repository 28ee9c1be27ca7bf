//! Typha and Felix, as their containers' environment has them.

use std::collections::BTreeSet;

use cnx_certs::Identity;
use yaml_splice::Route;

use super::scene::{Object, Scene};
use super::value::State;
use crate::edits::is_workload;
use crate::kube_apiserver::other_product;
use crate::names::TyphaNames;

/// One end of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Typha,
    Felix,
}

impl Side {
    /// Its workloads.
    fn workloads(self, names: &TyphaNames) -> &[String] {
        match self {
            Self::Typha => std::slice::from_ref(&names.deployment),
            Self::Felix => &names.daemon_sets,
        }
    }

    fn container(self, names: &TyphaNames) -> &str {
        match self {
            Self::Typha => &names.container,
            Self::Felix => &names.node_container,
        }
    }

    /// What it is called.
    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Typha => "Typha",
            Self::Felix => "Felix",
        }
    }

    pub(super) const fn other(self) -> Self {
        match self {
            Self::Typha => Self::Felix,
            Self::Felix => Self::Typha,
        }
    }

    /// The variables of its files: the CA's, the certificate's and the key's.
    pub(super) const fn files(self) -> [&'static str; 3] {
        match self {
            Self::Typha => [
                "TYPHA_CAFILE",
                "TYPHA_SERVERCERTFILE",
                "TYPHA_SERVERKEYFILE",
            ],
            Self::Felix => [
                "FELIX_TYPHACAFILE",
                "FELIX_TYPHACERTFILE",
                "FELIX_TYPHAKEYFILE",
            ],
        }
    }

    /// The variables of the Common Name and the URI SAN that it expects.
    pub(super) const fn names(self) -> [&'static str; 2] {
        match self {
            Self::Typha => ["TYPHA_CLIENTCN", "TYPHA_CLIENTURISAN"],
            Self::Felix => ["FELIX_TYPHACN", "FELIX_TYPHAURISAN"],
        }
    }
}

/// What a container says by a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// Nothing, or `none`, which counts as that.
    Nothing,
    /// A text.
    Text(String),
    /// Something that stands elsewhere (`valueFrom`).
    Elsewhere,
}

/// The container of a side.
pub(super) struct Peer<'s, 'a, 't> {
    pub(super) side: Side,
    pub(super) object: &'s Object<'a, 't>,
    pub(super) container: Route,
    /// Whether it takes variables from objects that may not be in the inputs.
    pub(super) is_open: bool,
    /// Whether it has any of the five.
    pub(super) has_tls: bool,
}

impl<'s, 'a, 't> Peer<'s, 'a, 't> {
    /// All containers of a side.
    pub(super) fn all(scene: &'s Scene<'a, 't>, side: Side) -> Vec<Self> {
        let names = &scene.options.names.typha;
        let read = |object| Self::read(object, side, names);
        scene.objects.iter().filter_map(read).collect()
    }

    fn read(object: &'s Object<'a, 't>, side: Side, names: &TyphaNames) -> Option<Self> {
        let id = &object.resource.id;
        let managed = id.namespace.as_deref().and_then(other_product);
        let named = side.workloads(names).contains(&id.name);
        if !is_workload(&id.kind) || !named || managed.is_some() {
            return None;
        }
        let containers = &["spec", "template", "spec", "containers"];
        let containers = object.resource.route(containers);
        let container = containers.item("name", side.container(names));
        let tree = object.resource.tree;
        tree.find(&container).ok().flatten()?;
        let is_open = !matches!(tree.find(&container.key("envFrom")), Ok(None));
        let mut peer = Self {
            side,
            object,
            container,
            is_open,
            has_tls: false,
        };
        peer.has_tls = !peer.set(&side.files()).is_empty() || !peer.set(&side.names()).is_empty();
        Some(peer)
    }

    /// The route to a variable.
    pub(super) fn at(&self, variable: &str) -> Route {
        self.container.key("env").item("name", variable)
    }

    /// What it says by a variable.
    pub(super) fn said(&self, variable: &str) -> Said {
        let at = self.at(variable);
        let tree = self.object.resource.tree;
        match tree.find(&at) {
            Ok(None) => return Said::Nothing,
            Ok(Some(_)) => {}
            Err(_) => return Said::Elsewhere,
        }
        if !matches!(tree.find(&at.key("valueFrom")), Ok(None)) {
            return Said::Elsewhere;
        }
        let text = tree
            .text_at(&at.key("value"))
            .ok()
            .flatten()
            .unwrap_or_default();
        match text.is_empty() || text.eq_ignore_ascii_case("none") {
            true => Said::Nothing,
            false => Said::Text(text.to_owned()),
        }
    }

    /// Those of these variables that say something.
    pub(super) fn set(&self, variables: &[&'static str]) -> Vec<&'static str> {
        let set = |name: &&&'static str| self.said(name) != Said::Nothing;
        variables.iter().filter(set).copied().collect()
    }

    /// What it expects of the other side; none where that stands elsewhere.
    pub(super) fn expects(&self) -> Option<Identity> {
        let [common_name, uri_san] = self.side.names();
        let read = |variable| match self.said(variable) {
            Said::Nothing => Some(None),
            Said::Text(text) => Some(Some(text)),
            Said::Elsewhere => None,
        };
        Some(Identity {
            common_name: read(common_name)?,
            uri_san: read(uri_san)?,
        })
    }
}

/// Both sides, as far as the inputs have them.
pub(super) struct Peers<'s, 'a, 't> {
    pub(super) typhas: Vec<Peer<'s, 'a, 't>>,
    pub(super) nodes: Vec<Peer<'s, 'a, 't>>,
    /// The inputs that have both.
    whole: BTreeSet<usize>,
}

impl<'s, 'a, 't> Peers<'s, 'a, 't> {
    pub(super) fn of(scene: &'s Scene<'a, 't>) -> Self {
        let typhas = Peer::all(scene, Side::Typha);
        let nodes = Peer::all(scene, Side::Felix);
        let files = |peers: &[Peer<'_, '_, '_>]| -> BTreeSet<usize> {
            peers.iter().map(|peer| peer.object.place.file).collect()
        };
        Self {
            whole: &files(&typhas) & &files(&nodes),
            typhas,
            nodes,
        }
    }

    /// The containers of a side.
    pub(super) fn on(&self, side: Side) -> &[Peer<'s, 'a, 't>] {
        match side {
            Side::Typha => &self.typhas,
            Side::Felix => &self.nodes,
        }
    }

    /// Those of the other side that talk to `peer`: of the same input, or of
    /// another one, where neither has both. Two whole manifests are two sets.
    pub(super) fn facing<'p>(
        &'p self,
        peer: &'p Peer<'_, '_, '_>,
    ) -> impl Iterator<Item = &'p Peer<'s, 'a, 't>> {
        let file = peer.object.place.file;
        self.on(peer.side.other()).iter().filter(move |other| {
            let there = other.object.place.file;
            let apart = !self.whole.contains(&file) && !self.whole.contains(&there);
            (file == there || apart) && other.object.same_namespace(peer.object)
        })
    }
}

/// What the side expects of the one whose Secret `carrier` is; nothing where the
/// inputs don't say it.
pub(super) fn expected(scene: &Scene<'_, '_>, side: Side, carrier: &Object<'_, '_>) -> Identity {
    let mut peers = Peer::all(scene, side);
    peers.retain(|peer| peer.object.same_namespace(carrier));
    // That of its own input, where both are in several.
    peers.sort_by_key(|peer| peer.object.place.file != carrier.place.file);
    peers.first().and_then(Peer::expects).unwrap_or_default()
}

/// The ConfigMaps that say by which Service nodes find a Typha.
pub(super) fn told<'s, 'a, 't>(scene: &'s Scene<'a, 't>) -> Vec<&'s Object<'a, 't>> {
    let tells = |config: &&Object<'_, '_>| service_name(config).is_some();
    scene.of("ConfigMap").filter(tells).collect()
}

fn service_name<'o>(config: &'o Object<'_, '_>) -> Option<&'o str> {
    let name = config.resource.text(&["data", "typha_service_name"]);
    name.ok().flatten()
}

/// Whether a Typha is switched off: it has no replicas, or nodes are told of none:
/// in its own input, or in others where it has no such ConfigMap.
pub(super) fn is_off(told: &[&Object<'_, '_>], typha: &Object<'_, '_>) -> bool {
    let replicas = typha.resource.integer(&["spec", "replicas"]);
    let near = told
        .iter()
        .copied()
        .filter(|config| config.same_namespace(typha));
    let (own, others): (Vec<&Object<'_, '_>>, Vec<_>) =
        near.partition(|config| config.place.file == typha.place.file);
    let told = if own.is_empty() { others } else { own };
    let none = |name: &str| name.eq_ignore_ascii_case("none");
    matches!(replicas, Ok(Some(0))) || told.iter().any(|c| service_name(c).is_some_and(none))
}

/// The state of a value of a carrier, and where it stands.
pub(super) fn carried(carrier: &Object<'_, '_>, key: &str) -> (State, Route) {
    let fields = ["data", "stringData", "binaryData"];
    let routes = fields.map(|field| carrier.resource.route(&[field]).key(key));
    let set = routes
        .iter()
        .find(|at| State::at(carrier, at) != State::Unset);
    let [data, ..] = &routes;
    let at = set.unwrap_or(data);
    (State::at(carrier, at), at.clone())
}
