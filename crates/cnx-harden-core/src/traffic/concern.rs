//! Which connections a finding concerns.

use cnx_certs::Severity;

use super::Draft;
use super::model::{Link, State};
use crate::finding::{Code, Finding};

/// Hands each finding to its connections. Returns those that have none.
///
/// An error makes a connection that looks verified a broken one: the picture
/// never says better of it than `check` does.
pub(super) fn assign(draft: &mut Draft<'_>, findings: &[Finding]) -> Vec<Finding> {
    let mut others = Vec::new();
    for finding in findings {
        let links = links(draft, finding);
        for link in &links {
            let Some(connection) = draft.connection(*link) else {
                continue;
            };
            connection.findings.push(finding.clone());
            if finding.severity == Severity::Error && stops(finding.code) {
                connection.state = match connection.state {
                    State::Verified | State::Mutual => State::Broken,
                    other => other,
                };
            }
        }
        if links.is_empty() {
            others.push(finding.clone());
        }
    }
    others
}

/// Whether a connection with this error does not come about.
const fn stops(code: Code) -> bool {
    !matches!(code, Code::NotYaml | Code::CannotEdit)
}

fn links(draft: &Draft<'_>, finding: &Finding) -> Vec<Link> {
    let names = &draft.options.names;
    let Some(object) = &finding.resource else {
        return Vec::new();
    };
    let name = object.name.as_str();
    let there = |link: &Link| {
        let mut all = draft.connections.iter();
        all.any(|c| c.link == *link && c.state != State::Absent)
    };
    let to_etcd = || {
        Link::ALL
            .into_iter()
            .filter(|l| l.ends().1 == super::Party::Etcd)
    };
    let found: Vec<Link> = match object.kind.as_str() {
        "APIService" => vec![Link::KubeApiserverApiServer],
        "Secret" if name == names.apiserver_secret => vec![Link::KubeApiserverApiServer],
        "Secret" if name == names.manager_secret => vec![Link::BrowserManager],
        "Secret" if name == names.typha_secret || name == names.felix_secret => {
            vec![Link::CalicoNodeTypha]
        }
        "ConfigMap" if name == names.typha_ca => vec![Link::CalicoNodeTypha],
        "Secret" if name == names.etcd_secret => to_etcd().collect(),
        _ => Vec::new(),
    };
    found.into_iter().filter(there).collect()
}
