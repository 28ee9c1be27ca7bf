//! The variables of either side.

use yaml_splice::{Op, Route};

use super::identity::Identity;
use super::wiring::Wire;
use crate::edits::{EnvValue, EnvVar, Other};
use crate::finding::Finding;
use crate::transform::{Edit, Outcome, Target, Transform};

/// Sets the five variables of a side: three files, and the names that the
/// other side's certificate may have.
///
/// ```text
///   - name: TYPHA_HEALTHENABLED          - name: TYPHA_HEALTHENABLED
///     value: "true"                        value: "true"
///                                 ->     - name: TYPHA_CAFILE
///                                          value: /calico-typha-ca/typhaca.crt
///                                        - name: TYPHA_SERVERCERTFILE
///                                          value: /calico-typha-certs/typha.crt
///                                        - name: TYPHA_SERVERKEYFILE
///                                          value: /calico-typha-certs/typha.key
///                                        - name: TYPHA_CLIENTCN
///                                          value: typha-client
/// ```
///
/// With one of them, Typha and Felix want all three files and a name
/// (projectcalico/calico, `typha/pkg/config` and `felix/config`). Either name
/// will do where both are set, so one that is not asked for is taken out.
#[derive(Debug)]
pub(super) struct Variables<'p> {
    pub(super) edit: Edit,
    pub(super) container: &'p Route,
    pub(super) wires: &'p [Wire; 3],
    /// The variables of the Common Name and of the URI.
    pub(super) names: [&'static str; 2],
    pub(super) identity: &'p Identity,
    /// Those of `names` that are set now.
    pub(super) set: [bool; 2],
}

impl Transform for Variables<'_> {
    fn edit(&self) -> Edit {
        self.edit
    }

    fn plan(&self, target: &Target<'_, '_>) -> Result<Outcome, Finding> {
        let mut all = Vec::new();
        let mut set = |name: &str, text: &str| {
            let value = EnvValue::Text(text.to_owned());
            let variable = EnvVar {
                name,
                value: &value,
                other: Other::Set,
            };
            if let Outcome::Change(ops) = variable.plan(target, self.container)? {
                all.extend(ops);
            }
            Ok(())
        };
        for wire in self.wires {
            set(wire.variable, &wire.path)?;
        }
        let wanted = [self.identity.common_name(), self.identity.uri_san()];
        for (name, wanted) in self.names.iter().zip(wanted) {
            if let Some(wanted) = wanted {
                set(name, wanted.as_str())?;
            }
        }
        for ((name, wanted), is_set) in self.names.iter().zip(wanted).zip(self.set) {
            if wanted.is_none() && is_set {
                let at = self.container.key("env").item("name", *name);
                all.push(Op::remove(at));
            }
        }
        Ok(match all.is_empty() {
            true => Outcome::AlreadyHardened,
            false => Outcome::Change(all),
        })
    }
}
