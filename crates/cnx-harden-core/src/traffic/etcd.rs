//! The clients of etcd, each container by itself.

use std::collections::BTreeMap;

use super::certificates::read;
use super::model::{Certificate, Link, Party, State};
use super::{Draft, Verdict};
use crate::channel::Channel;
use crate::etcd::{self, Client, EndpointFault, Found};
use crate::inventory::{At, Inventory, ObjectId, Said};
use crate::place::Place;
use crate::survey::Piece;

pub(super) fn draw(draft: &mut Draft<'_, '_>) {
    let mut ways = Vec::new();
    for client in &draft.clients {
        let (verdict, place) = judge(draft, client);
        let credentials = std::slice::from_ref(&client.credentials);
        let told = client.endpoints.at().map(|at| at.object);
        let (program, told) = (Some(&client.program), told.as_slice());
        let verdict = draft.lower(Channel::Etcd, verdict, program, credentials, told);
        let certificates = match verdict.state {
            State::Mutual | State::Verified | State::Broken => certificates(draft, client),
            _ => Vec::new(),
        };
        let way = verdict.way(draft.what(&client.program), place);
        ways.push((client.link(), way, certificates));
    }
    for (link, way, certificates) in ways {
        draft.way(link, way, certificates);
    }
}

impl Client<'_> {
    /// The connection that it makes.
    pub(super) fn link(&self) -> Link {
        Link::to_etcd(self.party())
    }

    /// Whose program it is, by the vendor's names.
    fn party(&self) -> Party {
        match self.program.container.name.as_str() {
            "cnx-apiserver" => Party::ApiServer,
            "cnx-queryserver" => Party::QueryServer,
            "calico-node" | "install-cni" | "upgrade-ipam" => Party::CalicoNode,
            "calico-typha" => Party::Typha,
            "calico-kube-controllers" | "calico-policy-controller" => Party::KubeControllers,
            name if name.contains("federation-controller") => Party::KubeControllers,
            "calicoctl" | "calicoq" => Party::Calicoctl,
            _ if self.installer => Party::CalicoNode,
            _ => Party::Others,
        }
    }
}

fn judge(draft: &Draft<'_, '_>, client: &Client<'_>) -> (Verdict, Place) {
    let unknown = |reason: String| Verdict::new(State::Unknown, reason);
    let whole = || draft.place(&client.program.at());
    let place = |at: &At| draft.place_of(at);
    match &client.endpoints {
        Said::Nothing if client.discovery.is_some() => {
            (unknown("etcd is found by DNS records".to_owned()), whole())
        }
        Said::Nothing => (unknown("it is not said where etcd is".to_owned()), whole()),
        Said::Elsewhere(object, at) => (
            unknown(format!(
                "etcd's endpoints are in {object}, which is not in these manifests"
            )),
            place(at),
        ),
        Said::Unclear(at) => (
            unknown("where etcd is is not to be told from these manifests".to_owned()),
            place(at),
        ),
        Said::Text(text, at) => {
            let own = at.object == client.program.object;
            let found = if own {
                Found::of_variable(text)
            } else {
                Found::read(text)
            };
            let verdict = match found {
                // That it is plain is certain, whatever stands behind the scheme.
                Found::Unset if text.contains("http://") => {
                    Verdict::new(State::Plain, "etcd's endpoints are http://")
                }
                Found::Insecure(_) => Verdict::new(State::Plain, "etcd's endpoints are http://"),
                Found::Unset => unknown("etcd's endpoints are a placeholder".to_owned()),
                Found::Malformed(error) => match error.fault {
                    EndpointFault::NoScheme => {
                        unknown("etcd's endpoints have no scheme".to_owned())
                    }
                    fault => {
                        let reason = format!("etcd's endpoint {} {fault}", error.number);
                        Verdict::new(State::Broken, reason)
                    }
                },
                Found::Secure => secure(draft, client),
            };
            (verdict, place(at))
        }
    }
}

/// A client whose endpoints are `https://`.
fn secure(draft: &Draft<'_, '_>, client: &Client<'_>) -> Verdict {
    let credentials = &client.credentials;
    let pieces = credentials.pieces();
    let [ca, certificate, key] = pieces.map(Piece::is_told);
    if client.family.is_called() && !(ca || certificate || key) {
        let reason = "whether its program is called with the files is not looked at";
        return Verdict::new(State::Unknown, reason);
    }
    if let Some(reason) = pieces.iter().find_map(|piece| piece.unknown()) {
        return Verdict::new(State::Unknown, reason);
    }
    let state = match (ca, key, certificate) {
        (_, true, false) => {
            return Verdict::new(State::Broken, "a client key without its certificate");
        }
        (_, false, true) => {
            return Verdict::new(State::Broken, "a client certificate without its key");
        }
        (false, ..) => {
            let reason = "no CA: etcd is verified by the image's roots, which are not in manifests";
            return Verdict::new(State::Unknown, reason);
        }
        (true, false, false) => State::Verified,
        (true, true, true) => State::Mutual,
    };
    let broken = pieces
        .iter()
        .find_map(|piece| piece.broken(draft.inventory));
    if let Some(reason) = broken.or_else(|| credentials.fault(&draft.options.policy)) {
        return Verdict::new(State::Broken, reason);
    }
    if let Some(server) = plain_server(draft, client) {
        let reason = format!("{server} in these manifests is an etcd that listens without TLS");
        return Verdict::new(State::Broken, reason);
    }
    let reason = match state {
        State::Mutual => "it verifies etcd by the CA, and presents a client certificate",
        _ => "it verifies etcd by the CA, and presents no certificate",
    };
    Verdict::new(state, reason)
}

/// An etcd beside the client that has no TLS at the port that the client speaks to.
fn plain_server(draft: &Draft<'_, '_>, client: &Client<'_>) -> Option<String> {
    let own = draft.inventory.object(client.program.object)?;
    let endpoints = [client.endpoints.text()?.to_owned()];
    let mut servers = draft.servers.near(own.id.namespace.as_deref());
    servers.find_map(|(server, ports)| {
        let id = &draft.inventory.object(*server)?.id;
        let spoken_to = etcd::is_spoken_to(ports, &endpoints);
        spoken_to.then(|| format!("{} {}", id.kind, id.name))
    })
}

fn certificates(draft: &Draft<'_, '_>, client: &Client<'_>) -> Vec<Certificate> {
    let policy = &draft.options.policy;
    let credentials = &client.credentials;
    let mut certificates = read(credentials.ca(), "CA that etcd is verified with", policy);
    certificates.extend(read(credentials.certificate(), "presented to etcd", policy));
    certificates
}

/// An etcd, and the ports at which it listens without TLS.
type Server = (ObjectId, Vec<String>);

/// Each etcd without TLS, by its namespace.
pub(super) struct Servers(BTreeMap<Option<String>, Vec<Server>>);

impl Servers {
    pub(super) fn of(inventory: &Inventory<'_>) -> Self {
        let mut servers: BTreeMap<_, Vec<Server>> = BTreeMap::new();
        for (id, object) in inventory.objects().filter(|(_, o)| o.pod.is_some()) {
            let ports = object.pod.iter().flat_map(etcd::insecure_ports);
            let ports: Vec<_> = ports.collect();
            if !ports.is_empty() {
                let namespace = object.id.namespace.clone();
                servers.entry(namespace).or_default().push((id, ports));
            }
        }
        Self(servers)
    }

    /// Those of a namespace, and those that say none; all of them for none.
    fn near(&self, namespace: Option<&str>) -> impl Iterator<Item = &Server> {
        let own = namespace.and_then(|own| self.0.get(&Some(own.to_owned())));
        let anywhere = namespace.and_then(|_| self.0.get(&None));
        let all = self.0.values().filter(move |_| namespace.is_none());
        own.into_iter().chain(anywhere).chain(all).flatten()
    }
}
