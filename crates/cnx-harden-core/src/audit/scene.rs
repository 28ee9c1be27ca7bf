//! The objects of all inputs, each document parsed once.

use yaml_splice::{Route, Span};

use super::gap::{self, Gap, Gaps};
use super::options::AuditOptions;
use super::place;
use super::rule::Report;
use super::value::State;
use crate::aggregated::OPEN_SOURCE;
use crate::channel::Channel;
use crate::inventory::{Inventory, Node};
use crate::names::{Names, managed};
use crate::objects;
use crate::resource::ResourceId;
use crate::survey::{self, ApiServer, Credentials};
use crate::typha::{End, ends};

/// An object of the inputs, in the namespace that it says.
pub(super) type Object<'a, 't> = objects::Object<'a, 't, ()>;

/// What the rules look at.
pub(super) struct Scene<'a, 't> {
    pub(super) inventory: &'a Inventory<'t>,
    pub(super) objects: Vec<Object<'a, 't>>,
    /// Typha's and Felix's workloads.
    pub(super) ends: Vec<End<'a, 't>>,
    /// The APIServices' servers.
    pub(super) api_servers: Vec<ApiServer<'a>>,
    /// The Secrets of CNX's that none of them reads.
    pub(super) secrets: Vec<Credentials>,
    pub(super) gaps: Gaps,
    pub(super) options: &'a AuditOptions,
    /// The numbers of the objects that carry a channel's files.
    carriers: Vec<(usize, Channel)>,
}

/// What else a document holds that is about a connection: APIServices of any API are
/// looked at, and this client of etcd.
const OTHERS: [&str; 2] = ["APIService", "calico-kube-controllers"];

/// Reports the documents that cannot be read.
pub(super) fn tell_unread(
    inventory: &Inventory<'_>,
    options: &AuditOptions,
    report: &mut Report<'_>,
) {
    for unread in inventory.unread() {
        let names = options.names.needles().chain(OTHERS);
        if let Some(finding) = inventory.tell(unread, names) {
            report.unread(finding);
        }
    }
}

impl<'a, 't> Scene<'a, 't> {
    pub(super) fn new(inventory: &'a Inventory<'t>, options: &'a AuditOptions) -> Self {
        let objects = inventory.objects();
        let found: Vec<_> = objects
            .filter_map(|(number, _)| Object::of(inventory, number, ()))
            .collect();
        let gaps = gap::find(inventory, &found, options);
        let carriers = found.iter().enumerate().filter_map(|(number, object)| {
            let channel = carried(&object.resource.id, &options.names)?;
            Some((number, channel))
        });
        let (ends, _) = ends(inventory, &options.names.typha);
        let (api_servers, secrets) = survey::api_servers(inventory, &options.names);
        Self {
            inventory,
            ends,
            api_servers,
            secrets,
            carriers: carriers.collect(),
            objects: found,
            gaps,
            options,
        }
    }

    /// The gaps. Those between Typha and Felix are told as an exchange.
    pub(super) fn gaps(&self) -> impl Iterator<Item = &Gap> {
        let gaps = self.gaps.gaps.iter();
        gaps.filter(|gap| gap.channel != Channel::Typha)
    }

    /// The gaps of an object.
    pub(super) fn gaps_of(&self, object: &Object<'a, 't>) -> impl Iterator<Item = &Gap> {
        let number = self.objects.iter().position(|o| std::ptr::eq(o, object));
        self.gaps().filter(move |gap| Some(gap.object) == number)
    }

    /// The name of the Secret that the volume of a gap is of.
    pub(super) fn secret(&self, gap: &Gap) -> &str {
        match gap.channel {
            Channel::Etcd => &self.options.names.etcd.secret,
            _ => &self.options.names.api_server.secret,
        }
    }

    /// The APIServices.
    pub(super) fn api_services(&self) -> impl Iterator<Item = ApiService<'_, 'a, 't>> {
        let of = |object| ApiService::read(object, &self.options.names.api_server.group);
        self.of("APIService").filter_map(of)
    }

    /// The Secrets and ConfigMaps that carry a channel's files.
    pub(super) fn carriers(&self) -> impl Iterator<Item = (&Object<'a, 't>, Channel)> {
        let carriers = self.carriers.iter();
        carriers.filter_map(|(number, channel)| Some((self.objects.get(*number)?, *channel)))
    }

    /// Whether the object of this number carries a channel's files.
    pub(super) fn is_carrier(&self, number: usize) -> bool {
        let found = self
            .carriers
            .binary_search_by_key(&number, |(number, _)| *number);
        found.is_ok()
    }

    /// How many objects one of the connections looked at is about.
    pub(super) fn about(&self) -> usize {
        let wants = |channel: &Channel| self.options.wants(Some(*channel));
        let about = self.objects.iter().enumerate().filter(|(number, object)| {
            let carried = self.carriers.binary_search_by_key(number, |(n, _)| *n);
            let carried = carried.ok().and_then(|at| self.carriers.get(at));
            let planned = self.gaps.about.get(number);
            let service = object.resource.id.kind == "APIService";
            carried.is_some_and(|(_, channel)| wants(channel))
                || planned.is_some_and(|channels| channels.iter().any(wants))
                || (service && wants(&Channel::KubeApiserver))
        });
        about.count()
    }

    /// The objects of a kind.
    pub(super) fn of<'s>(&'s self, kind: &'static str) -> impl Iterator<Item = &'s Object<'a, 't>> {
        self.objects
            .iter()
            .filter(move |o| o.resource.id.kind == kind)
    }
}

/// Which channel's files an object carries.
fn carried(id: &ResourceId, names: &Names) -> Option<Channel> {
    if id.namespace.as_deref().and_then(managed).is_some() {
        return None;
    }
    names.carried(&id.kind, &id.name)
}

impl<'a, 't> Object<'a, 't> {
    /// The entries of the mapping at `at`.
    pub(super) fn entries(&self, at: &Route) -> impl Iterator<Item = (&'a str, Node<'a, 't>)> {
        let tree = self.resource.tree();
        let id = tree.find(at).ok().flatten();
        id.into_iter()
            .flat_map(move |id| Node::new(tree, id).entries())
    }

    /// Where to point at for the object as a whole: its kind.
    pub(super) fn head(&self) -> Span {
        let kind = self.resource.route(&["kind"]);
        let found = place::point_at(self.resource.tree(), &kind);
        found.unwrap_or_else(|| place::first_line(self.source.text, self.span()))
    }
}

/// An APIService, of whichever API.
pub(super) struct ApiService<'s, 'a, 't> {
    pub(super) object: &'s Object<'a, 't>,
    /// Whether it is that of CNX, which `apply` hardens.
    pub(super) ours: bool,
    /// Whether another product takes care of it.
    pub(super) managed: bool,
}

impl<'s, 'a, 't> ApiService<'s, 'a, 't> {
    pub(super) const INSECURE: &'static str = "insecureSkipTLSVerify";
    pub(super) const CA_BUNDLE: &'static str = "caBundle";

    fn read(object: &'s Object<'a, 't>, group: &str) -> Option<Self> {
        let id = &object.resource.id;
        let text = |keys: &[&str]| object.resource.text(keys).ok().flatten();
        if !id.api_version.starts_with("apiregistration.k8s.io/") {
            return None;
        }
        let by_name = id.name.split_once('.').map(|(_, group)| group);
        let calico = text(&["spec", "group"]).or(by_name) == Some(group);
        let namespace = text(&["spec", "service", "namespace"]).unwrap_or_default();
        let others = calico && managed(namespace).is_some();
        Some(Self {
            object,
            ours: calico && !others,
            managed: others && namespace != OPEN_SOURCE,
        })
    }

    /// The route to a field of its spec.
    pub(super) fn route(&self, field: &str) -> Route {
        self.object.resource.route(&["spec", field])
    }

    pub(super) fn is_insecure(&self) -> bool {
        let keys = ["spec", Self::INSECURE];
        matches!(self.object.resource.boolean(&keys), Ok(Some(true)))
    }

    /// Whether `insecureSkipTLSVerify` is there and no boolean: Kubernetes rejects it.
    pub(super) fn is_neither_true_nor_false(&self) -> bool {
        let resource = &self.object.resource;
        let found = resource.find(&["spec", Self::INSECURE]).ok().flatten();
        let tree = resource.tree();
        found.is_some_and(|id| !tree.is_null(id) && tree.boolean(id).is_none())
    }

    /// Whether it has a caBundle, a placeholder not excepted.
    pub(super) fn has_ca_bundle(&self) -> bool {
        State::at(self.object, &self.route(Self::CA_BUNDLE)) != State::Unset
    }

    /// Whether it has a server of its own. Without one, kube-apiserver serves it.
    pub(super) fn has_service(&self) -> bool {
        let at = self.route("service");
        let found = self.object.resource.tree().find(&at).ok().flatten();
        found.is_some_and(|id| !self.object.resource.tree().is_null(id))
    }
}
