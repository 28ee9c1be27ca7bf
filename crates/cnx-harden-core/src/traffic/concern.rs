//! Which connections a finding concerns.

use cnx_certs::Severity;

use super::Draft;
use super::model::{Link, Party, Place, State, Way};
use super::{etcd, typha};
use crate::audit::AuditFinding;
use crate::channel::Channel;
use crate::finding::{Code, Finding};

/// Hands each finding to its connections. Returns those that have none.
///
/// An error of a channel makes a connection that looks verified a broken one: the
/// picture never says better of it than `check` does.
pub(super) fn assign(draft: &mut Draft<'_>, findings: &[AuditFinding]) -> Vec<Finding> {
    let mut others = Vec::new();
    for found in findings {
        let links = links(draft, found);
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
        place: Place {
            file: finding.file.clone(),
            line: finding.line,
            column: finding.column,
        },
    }
}

fn links(draft: &Draft<'_>, found: &AuditFinding) -> Vec<Link> {
    let channel = found.channel.or_else(|| by_object(draft, &found.finding));
    let links = match channel {
        Some(Channel::KubeApiserver) => vec![Link::KubeApiserverApiServer],
        Some(Channel::Manager) => vec![Link::BrowserManager],
        // A Felix that is told of no Typha is no end of the connection.
        Some(Channel::Typha) if is_alone(draft, &found.finding) => Vec::new(),
        Some(Channel::Typha) => vec![Link::CalicoNodeTypha],
        Some(Channel::Etcd) => clients(draft, &found.finding),
        None => Vec::new(),
    };
    let there = |link: &Link| {
        let mut all = draft.connections.iter();
        all.any(|c| c.link == *link && c.state != State::Absent)
    };
    links.into_iter().filter(there).collect()
}

/// Whether it is about a Felix that is told of no Typha.
fn is_alone(draft: &Draft<'_>, finding: &Finding) -> bool {
    let mut felix = draft.seen.programs.iter().filter(|program| {
        program.name == draft.options.names.typha.node_container
            && program.place.file == finding.file
            && Some(&program.id) == finding.resource.as_ref()
    });
    felix.next().is_some_and(|felix| !typha::connects(felix))
}

/// The channel of an object that carries the files of one alone.
fn by_object(draft: &Draft<'_>, finding: &Finding) -> Option<Channel> {
    let names = &draft.options.names;
    let object = finding.resource.as_ref()?;
    match object.kind.as_str() {
        "APIService" => {
            let mut services = draft.seen.services.iter();
            let ours = services.any(|service| {
                service.id == *object && service.group.as_ref() == Some(&names.api_server.group)
            });
            ours.then_some(Channel::KubeApiserver)
        }
        kind => names.carried(kind, &object.name),
    }
}

/// The clients of etcd that a finding concerns: the container that it is in, or
/// else the workload; all of them where it is in what they share.
fn clients(draft: &Draft<'_>, finding: &Finding) -> Vec<Link> {
    let of = finding.resource.as_ref();
    let own = draft
        .seen
        .programs
        .iter()
        .filter(|program| program.place.file == finding.file && Some(&program.id) == of);
    let before = own.clone().filter(|p| p.place.line <= finding.line);
    // Containers stand one behind the other: the last that begins before it.
    let container = before.max_by_key(|program| program.place.line);
    let programs: Vec<_> = match container {
        Some(program) if !program.etcd.is_empty() => vec![program],
        _ => own.filter(|program| !program.etcd.is_empty()).collect(),
    };
    if programs.is_empty() {
        let all = Link::ALL.into_iter();
        return all.filter(|link| link.ends().1 == Party::Etcd).collect();
    }
    let links = programs.iter().map(|p| Link::to_etcd(etcd::party(p)));
    let mut links: Vec<_> = links.collect();
    links.sort_unstable();
    links.dedup();
    links
}
