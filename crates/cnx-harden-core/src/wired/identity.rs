//! Whom Typha and Felix expect at the other end, from their environment.

use cnx_certs::Identity;
use yaml_splice::Error;

use super::held::{Input, each};
use crate::finding::Finding;
use crate::names::TyphaNames;
use crate::resource::Resource;
use crate::source::Source;

/// What both sides say.
#[derive(Clone, Default)]
pub(super) struct Identities {
    /// Of Typha's certificate, said by Felix.
    pub(super) server: Identity,
    /// Of Felix's certificate, said by Typha.
    pub(super) client: Identity,
}

/// What each input says, by its number.
pub(super) struct Said(Vec<(usize, Identities)>);

impl Said {
    pub(super) fn read(
        sources: &[Source<'_>],
        names: &TyphaNames,
        findings: &mut Vec<Finding>,
    ) -> Self {
        // Where each side says it: its container, and the variables.
        let felix = [&names.node_container, "FELIX_TYPHACN", "FELIX_TYPHAURISAN"];
        let typha = [&names.container, "TYPHA_CLIENTCN", "TYPHA_CLIENTURISAN"];
        let mut said: Vec<(usize, Identities)> = Vec::new();
        let look = &mut |input: Input<'_>, workload: &Resource<'_, '_>| {
            let mut found = Identities::default();
            for (side, of) in [(&mut found.server, felix), (&mut found.client, typha)] {
                let [container, cn, uri] = of;
                let cn = variable(workload, container, cn);
                let uri = variable(workload, container, uri);
                match (cn, uri) {
                    (Ok(common_name), Ok(uri_san)) => {
                        *side = Identity {
                            common_name,
                            uri_san,
                        };
                    }
                    (Err(error), _) | (_, Err(error)) => {
                        findings.push(Finding::yaml(&input.source, &error).about(&workload.id));
                    }
                }
            }
            said.push((input.number, found));
        };
        // What cannot be parsed has been told by those who look for the values.
        each(sources, &["DaemonSet", "Deployment"], look);
        Self(said)
    }

    /// What is said in this input, or else in another one.
    pub(super) fn near(&self, input: usize) -> Identities {
        let one = |side: fn(&Identities) -> &Identity| {
            let set = |(_, said): &&(usize, Identities)| *side(said) != Identity::default();
            let own = self
                .0
                .iter()
                .filter(set)
                .find(|(number, _)| *number == input);
            let found = own.or_else(|| self.0.iter().find(set));
            found.map_or_else(Identity::default, |(_, said)| side(said).clone())
        };
        Identities {
            server: one(|said| &said.server),
            client: one(|said| &said.client),
        }
    }
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
