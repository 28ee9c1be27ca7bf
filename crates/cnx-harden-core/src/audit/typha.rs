//! Typha and Felix, as their containers' environment has them.

use cnx_certs::Identity;
use yaml_splice::Route;

use super::scene::{Object, Scene};
use super::value::State;
use crate::edits::is_workload;
use crate::kube_apiserver::other_product;

/// One end of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Typha,
    Felix,
}

impl Side {
    /// Its workloads.
    const fn workloads(self) -> &'static [&'static str] {
        match self {
            Self::Typha => &["calico-typha"],
            Self::Felix => &["calico-node", "canal", "canal-node"],
        }
    }

    const fn container(self) -> &'static str {
        match self {
            Self::Typha => "calico-typha",
            Self::Felix => "calico-node",
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
        let read = |object| Self::read(object, side);
        scene.objects.iter().filter_map(read).collect()
    }

    fn read(object: &'s Object<'a, 't>, side: Side) -> Option<Self> {
        let id = &object.resource.id;
        let managed = id.namespace.as_deref().and_then(other_product);
        let named = side.workloads().contains(&id.name.as_str());
        if !is_workload(&id.kind) || !named || managed.is_some() {
            return None;
        }
        let containers = &["spec", "template", "spec", "containers"];
        let containers = object.resource.route(containers);
        let container = containers.item("name", side.container());
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

    /// Whether the two may be one cluster's.
    pub(super) fn meets(&self, other: &Peer<'_, '_, '_>) -> bool {
        self.object.same_namespace(other.object)
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

/// The ConfigMaps in which nothing is told of a Typha.
pub(super) fn offs<'s, 'a, 't>(scene: &'s Scene<'a, 't>) -> Vec<&'s Object<'a, 't>> {
    let off = |config: &&Object<'_, '_>| {
        let name = config.resource.text(&["data", "typha_service_name"]);
        let name = name.ok().flatten();
        name.is_some_and(|name| name.eq_ignore_ascii_case("none"))
    };
    scene.of("ConfigMap").filter(off).collect()
}

/// Whether a Typha is switched off: no replicas, or a ConfigMap of those.
pub(super) fn is_off(offs: &[&Object<'_, '_>], typha: &Object<'_, '_>) -> bool {
    let replicas = typha.resource.text(&["spec", "replicas"]).ok().flatten();
    replicas == Some("0") || offs.iter().any(|config| config.same_namespace(typha))
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
