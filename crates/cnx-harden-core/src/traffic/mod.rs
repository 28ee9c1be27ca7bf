//! The connections that manifests make, and how each is secured: what a picture
//! is drawn of.
//!
//! A state is certain, or [`State::Unknown`]. What is in none of the inputs is
//! not guessed, however likely it is.

mod api_server;
mod certificates;
mod concern;
mod etcd;
mod left;
mod link;
mod manager;
mod model;
mod own;
mod query_server;
mod state;
mod typha;

pub use model::{Certificate, Connection, Lifetime, Link, Party, State, Traffic, Way};

use std::collections::HashSet;

use crate::place::Place;
use cnx_certs::{Policy, UnixTime};
use yaml_splice::Step;

use crate::audit::{AuditFinding, AuditOptions};
use crate::channel::Channel;
use crate::etcd::Client;
use crate::inventory::{At, Inventory, ObjectId};
use crate::judge::judge;
use crate::names::Names;
use crate::own::Connections;
use crate::source::Source;
use crate::survey::{self, ApiServer, Credentials, Manager, Pair, Program};
use left::Left;

/// What the traffic is derived with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrafficOptions {
    /// The time, and how long certificates should last.
    pub policy: Policy,
    /// Names of the objects, the vendor's by default.
    pub names: Names,
    /// The caller's own connections.
    pub own: Connections,
    /// The Manager's host names in the address bar of browsers, where known.
    pub manager_hosts: Vec<String>,
}

impl TrafficOptions {
    /// As of this time, with the vendor's names.
    #[must_use]
    pub fn at(now: UnixTime) -> Self {
        Self {
            policy: Policy::at(now),
            names: Names::default(),
            own: Connections::default(),
            manager_hosts: Vec::new(),
        }
    }

    /// The audit whose findings belong into the picture.
    #[must_use]
    pub fn audit(&self) -> AuditOptions {
        AuditOptions {
            #[cfg(feature = "certificates")]
            certificates: Some(self.policy),
            names: self.names.clone(),
            own: self.own.clone(),
            manager_hosts: self.manager_hosts.clone(),
            ..AuditOptions::default()
        }
    }
}

/// Derives the connections that `sources` make. The `findings` are those of an
/// [audit](crate::audit::audit) of the same sources; each goes to the connections
/// that it concerns.
///
/// ```
/// use cnx_harden_core::traffic::{Link, State, TrafficOptions, traffic};
/// use cnx_harden_core::{Source, audit::audit};
/// let text = "\
/// apiVersion: apiregistration.k8s.io/v1
/// kind: APIService
/// metadata: {name: v3.projectcalico.org}
/// spec:
///   group: projectcalico.org
///   service: {name: cnx-api, namespace: kube-system}
///   insecureSkipTLSVerify: true
/// ";
/// let now = cnx_certs::UnixTime::since_unix_epoch(std::time::Duration::from_secs(1_767_225_600));
/// let options = TrafficOptions::at(now);
/// let sources = [Source { name: "cnx.yaml", text }];
/// let traffic = traffic(&sources, &options, &audit(&sources, &options.audit()).findings);
/// let connection = traffic.connection(Link::KubeApiserverApiServer).unwrap();
/// assert_eq!(connection.state, State::NotVerified);
/// assert_eq!(connection.ways[0].place.to_string(), "cnx.yaml:7");
/// assert_eq!(connection.findings.len(), 1);
/// assert_eq!(traffic.present().count(), 1);
/// assert_eq!(traffic.as_of(), "2026-01-01T00:00:00Z");
/// ```
#[must_use]
pub fn traffic(
    sources: &[Source<'_>],
    options: &TrafficOptions,
    findings: &[AuditFinding],
) -> Traffic {
    run(&Inventory::read(sources), options, findings)
}

/// The same, of what is read already.
pub(crate) fn run(
    inventory: &Inventory<'_>,
    options: &TrafficOptions,
    findings: &[AuditFinding],
) -> Traffic {
    let names = &options.names;
    let judged = judge(inventory, names, &options.own);
    let mut draft = Draft {
        inventory,
        options,
        api_servers: survey::api_servers(inventory, names).0,
        clients: crate::etcd::clients(inventory, &names.etcd).clients,
        servers: etcd::Servers::of(inventory),
        pairs: survey::pairs(inventory, &names.typha).0,
        // The Secret alone is drawn as it is made by hand.
        managers: match survey::managers(inventory, &names.manager, &options.manager_hosts) {
            (managers, alone) if managers.is_empty() => alone,
            (managers, _) => managers,
        },
        left: Left::of(inventory, &judged),
        connections: Link::ALL.map(Connection::new).into(),
        shown: HashSet::new(),
    };
    api_server::draw(&mut draft);
    query_server::draw(&mut draft);
    etcd::draw(&mut draft);
    typha::draw(&mut draft);
    manager::draw(&mut draft);
    own::draw(&mut draft, &judged);
    let others = concern::assign(&mut draft, findings);
    Traffic {
        as_of: rfc3339(options.policy.now),
        files: inventory
            .sources
            .iter()
            .map(|s| s.name.to_owned())
            .collect(),
        connections: draft.connections,
        findings: others,
    }
}

/// The picture while it is drawn.
struct Draft<'d, 't> {
    inventory: &'d Inventory<'t>,
    options: &'d TrafficOptions,
    api_servers: Vec<ApiServer<'d>>,
    clients: Vec<Client<'d>>,
    servers: etcd::Servers,
    pairs: Vec<Pair<'d>>,
    managers: Vec<Manager<'d>>,
    left: Left,
    connections: Vec<Connection>,
    shown: HashSet<(Link, Certificate)>,
}

impl Draft<'_, '_> {
    /// A place of the inputs.
    fn place(&self, at: &At) -> Place {
        self.inventory.place_at(at)
    }

    /// The place of what says a setting: the variable, where its value stands there.
    fn place_of(&self, at: &At) -> Place {
        let object = self.inventory.object(at.object);
        let is_pod = object.is_some_and(|object| object.pod.is_some());
        let is_value = at.route.steps().last() == Some(&Step::Key("value".to_owned()));
        match at.route.parent().filter(|_| is_pod && is_value) {
            Some(route) => self.place(&At {
                route,
                ..at.clone()
            }),
            None => self.place(at),
        }
    }

    /// The verdict, or a lower one where the connection's plan has something left to do.
    fn lower(
        &self,
        channel: Channel,
        verdict: Verdict,
        program: Option<&Program<'_>>,
        credentials: &[Credentials],
        objects: &[ObjectId],
    ) -> Verdict {
        let left = &self.left;
        left.lower(channel, verdict, program, credentials, objects)
    }

    /// A container, for people.
    fn what(&self, program: &Program<'_>) -> String {
        program.what(self.inventory)
    }

    fn connection(&mut self, link: Link) -> Option<&mut Connection> {
        self.connections.iter_mut().find(|c| c.link == link)
    }

    /// Adds a way of a connection, with the certificates on it.
    fn way(&mut self, link: Link, way: Way, certificates: Vec<Certificate>) {
        let mut connections = self.connections.iter_mut();
        let Some(connection) = connections.find(|c| c.link == link) else {
            return;
        };
        connection.state = connection.state.min(way.state);
        connection.ways.push(way);
        for certificate in certificates {
            if self.shown.insert((link, certificate.clone())) {
                connection.certificates.push(certificate);
            }
        }
    }
}

/// A state and the reason for it.
struct Verdict {
    state: State,
    reason: String,
}

impl Verdict {
    fn new(state: State, reason: impl Into<String>) -> Self {
        Self {
            state,
            reason: reason.into(),
        }
    }

    fn way(self, what: impl Into<String>, place: Place) -> Way {
        Way {
            what: what.into(),
            state: self.state,
            reason: self.reason,
            place,
        }
    }
}

/// A time as RFC 3339 has it, in UTC.
fn rfc3339(time: UnixTime) -> String {
    let seconds = time.as_secs();
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    // Howard Hinnant's civil_from_days, for days since 1970 alone.
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = (shifted_month + 2) % 12 + 1;
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (rest / 3_600, rest / 60 % 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (seconds, date) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_798_761_599, "2026-12-31T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            let time = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
            assert_eq!(rfc3339(time), date);
        }
    }
}
