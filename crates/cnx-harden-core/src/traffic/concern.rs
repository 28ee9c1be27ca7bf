//! Which connections a finding concerns.

use std::collections::{BTreeMap, BTreeSet};

use cnx_certs::Severity;

use super::Draft;
use super::model::{Link, Party, State, Way};
use crate::audit::AuditFinding;
use crate::channel::Channel;
use crate::finding::{Code, Finding};
use crate::inventory::ObjectId;
use crate::pods::POD_KINDS;
use crate::survey::{Credentials, Piece, Program};

/// Hands each finding to its connections. Returns those that have none.
///
/// An error of a channel makes a connection that looks verified a broken one: the
/// picture never says better of it than `check` does.
pub(super) fn assign(draft: &mut Draft<'_, '_>, findings: &[AuditFinding]) -> Vec<Finding> {
    let readers = Readers::of(draft);
    let mut others = Vec::new();
    for found in findings {
        let links = links(draft, &readers, found);
        let is_error = found.finding.severity == Severity::Error && found.channel.is_some();
        for link in &links {
            let Some(connection) = draft.connection(*link) else {
                continue;
            };
            connection.findings.push(found.finding.clone());
            if is_error && stops(found.finding.code, connection.state) {
                connection.state = State::Broken;
                // Where there is just one way, it is that one.
                if let [only] = connection.ways.as_mut_slice() {
                    *only = way(&found.finding);
                } else {
                    connection.ways.push(way(&found.finding));
                }
            }
        }
        if links.is_empty() {
            others.push(found.finding.clone());
        }
    }
    for connection in &mut draft.connections {
        connection.findings.sort_by_key(|finding| finding.severity);
    }
    others
}

/// Whether a connection in this state does not come about with this error.
const fn stops(code: Code, state: State) -> bool {
    match code {
        // It works, and is more widely readable than it should be.
        Code::ExposedPrivateKey => false,
        // Without a client certificate etcd is verified nevertheless.
        Code::MissingVariable | Code::MissingValue => matches!(state, State::Mutual),
        _ => state.is_secured(),
    }
}

/// What a finding says of a connection that looks verified without it.
fn way(finding: &Finding) -> Way {
    let what = finding.resource.as_ref();
    Way {
        what: what.map_or_else(String::new, |id| format!("{} {}", id.kind, id.name)),
        state: State::Broken,
        reason: format!("{} [{}]", finding.message, finding.code),
        place: (*finding.place).clone(),
    }
}

/// Who reads which object.
struct Readers {
    /// The channel that an object's files, or settings, are of.
    channels: BTreeMap<ObjectId, Channel>,
    /// The connections to API servers that an object is of.
    api_servers: BTreeMap<ObjectId, Link>,
    /// The links of the clients of etcd that an object says something to, or is of.
    clients: BTreeMap<ObjectId, BTreeSet<Link>>,
    /// Those of the clients in the container that begins here.
    own: BTreeMap<(ObjectId, usize), BTreeSet<Link>>,
    /// The workloads that talk to Typha, or are one.
    typha: BTreeSet<ObjectId>,
}

impl Readers {
    fn of(draft: &Draft<'_, '_>) -> Self {
        let mut readers = Self {
            channels: BTreeMap::new(),
            api_servers: BTreeMap::new(),
            clients: BTreeMap::new(),
            own: BTreeMap::new(),
            typha: BTreeSet::new(),
        };
        for server in &draft.api_servers {
            let pieces = server.credentials.pieces().map(Piece::object);
            let objects = pieces.into_iter().flatten().chain([server.service]);
            for object in objects {
                let link = super::api_server::link(server);
                readers.api_servers.entry(object).or_insert(link);
            }
            readers
                .channels
                .insert(server.service, Channel::KubeApiserver);
            readers.read(Channel::KubeApiserver, &server.credentials);
        }
        for client in &draft.clients {
            let Program {
                object, container, ..
            } = client.program;
            let own = readers.own.entry((object, container.span.start));
            own.or_default().insert(client.link());
            readers.read(Channel::Etcd, &client.credentials);
            let told = client.credentials.pieces().map(|piece| piece.told.as_ref());
            let told = told.into_iter().flatten().chain(client.endpoints.at());
            let told = told.map(|at| at.object);
            let files = client.credentials.pieces().map(Piece::object);
            let all = told.chain(files.into_iter().flatten());
            for object in all.chain([client.program.object]) {
                readers
                    .clients
                    .entry(object)
                    .or_default()
                    .insert(client.link());
            }
        }
        for pair in &draft.pairs {
            let sides = pair.sides().map(|side| side.program.object);
            readers.typha.extend(sides);
            for credentials in &pair.credentials {
                readers.read(Channel::Typha, credentials);
            }
        }
        for manager in &draft.managers {
            readers.read(Channel::Manager, &manager.credentials);
        }
        readers
    }

    fn read(&mut self, channel: Channel, credentials: &Credentials) {
        for piece in credentials.pieces() {
            if let Some(object) = piece.object() {
                self.channels.entry(object).or_insert(channel);
            }
        }
    }
}

fn links(draft: &Draft<'_, '_>, readers: &Readers, found: &AuditFinding) -> Vec<Link> {
    let place = &found.finding.place;
    let object = place
        .input
        .zip(place.span)
        .filter(|_| found.finding.resource.is_some());
    let object = object.and_then(|(input, span)| draft.inventory.object_at(input, span.start));
    let channel = found.channel.or_else(|| {
        let id = found.finding.resource.as_ref()?;
        let read = object.and_then(|object| readers.channels.get(&object).copied());
        read.or_else(|| draft.options.names.carried(&id.kind, &id.name))
    });
    let links = match channel {
        Some(Channel::KubeApiserver) => {
            let link = object.and_then(|object| readers.api_servers.get(&object));
            vec![link.copied().unwrap_or(Link::KubeApiserverApiServer)]
        }
        Some(Channel::Manager) => vec![Link::BrowserManager],
        // A Felix that is told of no Typha is no end of the connection.
        Some(Channel::Typha) if is_alone(draft, readers, object) => Vec::new(),
        Some(Channel::Typha) => vec![Link::CalicoNodeTypha],
        Some(Channel::Etcd) => clients(draft, readers, object, found),
        Some(Channel::Own(_)) => {
            let own = draft.connections.iter().map(|c| c.link);
            own.filter(|link| link.channel() == channel).collect()
        }
        None => Vec::new(),
    };
    let there = |link: &Link| {
        let mut all = draft.connections.iter();
        all.any(|c| c.link == *link && c.state != State::Absent)
    };
    links.into_iter().filter(there).collect()
}

/// Whether it is a workload that is neither a Typha nor talks to one.
fn is_alone(draft: &Draft<'_, '_>, readers: &Readers, object: Option<ObjectId>) -> bool {
    let Some(object) = object else { return false };
    let kind = draft
        .inventory
        .object(object)
        .map(|object| object.id.kind.as_str());
    let is_pod = kind.is_some_and(|kind| POD_KINDS.contains(&kind));
    is_pod && !readers.typha.contains(&object)
}

/// The clients of etcd that a finding concerns: the container that it is in, or
/// else those that the object says something to; all of them where nobody reads it.
fn clients(
    draft: &Draft<'_, '_>,
    readers: &Readers,
    object: Option<ObjectId>,
    found: &AuditFinding,
) -> Vec<Link> {
    let inside = object.zip(found.finding.place.span).and_then(|(id, at)| {
        let pod = draft.inventory.object(id)?.pod.as_ref()?;
        readers.own.get(&(id, pod.container_at(at.start)?.start))
    });
    let read = object.and_then(|object| readers.clients.get(&object));
    match inside.or(read) {
        Some(links) => links.iter().copied().collect(),
        None => {
            let all = Link::ALL.into_iter();
            all.filter(|link| link.ends().1 == Party::Etcd).collect()
        }
    }
}
