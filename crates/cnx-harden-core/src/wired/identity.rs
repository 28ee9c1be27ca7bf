//! Whom Typha and Felix expect at the other end, from their environment.

use cnx_certs::Identity;
use yaml_splice::Error;

use super::held::each;
use crate::finding::Finding;
use crate::resource::Resource;
use crate::source::Source;

/// What both sides say.
#[derive(Default)]
pub(super) struct Identities {
    /// Of Typha's certificate, said by Felix.
    pub(super) server: Identity,
    /// Of Felix's certificate, said by Typha.
    pub(super) client: Identity,
}

/// Where each side says it: its container, and the variables.
const FELIX: [&str; 3] = ["calico-node", "FELIX_TYPHACN", "FELIX_TYPHAURISAN"];
const TYPHA: [&str; 3] = ["calico-typha", "TYPHA_CLIENTCN", "TYPHA_CLIENTURISAN"];

pub(super) fn read(sources: &[Source<'_>], findings: &mut Vec<Finding>) -> Identities {
    let mut found = Identities::default();
    each(
        sources,
        &["DaemonSet", "Deployment"],
        &mut |input, workload| {
            for (side, of) in [(&mut found.server, FELIX), (&mut found.client, TYPHA)] {
                let [container, cn, uri] = of;
                match (
                    variable(workload, container, cn),
                    variable(workload, container, uri),
                ) {
                    (Ok(cn), Ok(uri)) => {
                        side.common_name = side.common_name.take().or(cn);
                        side.uri_san = side.uri_san.take().or(uri);
                    }
                    (Err(error), _) | (_, Err(error)) => {
                        findings.push(Finding::yaml(&input.source, &error).about(&workload.id));
                    }
                }
            }
        },
    );
    found
}

/// The value of a variable; `none` counts as unset (Felix's and Typha's
/// `config_params.go`).
fn variable(
    workload: &Resource<'_, '_>,
    container: &str,
    name: &str,
) -> Result<Option<String>, Error> {
    let containers = workload.route(&["spec", "template", "spec", "containers"]);
    let variable = containers
        .item("name", container)
        .key("env")
        .item("name", name)
        .key("value");
    let value = workload.tree.text_at(&variable)?;
    let set = value.filter(|value| !value.is_empty() && !value.eq_ignore_ascii_case("none"));
    Ok(set.map(str::to_owned))
}
