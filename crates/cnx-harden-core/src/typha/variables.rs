//! The variables of either side.

use yaml_splice::{Op, Route};

use super::wiring::Wire;
use crate::edits::{EnvValue, EnvVar, Other};
use crate::finding::Finding;
use crate::identity::AcceptedIdentity;
use crate::transform::{Edit, Outcome, Target, Transform};

/// How a side says a name that it accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Naming {
    /// It does not.
    Nothing,
    /// By a variable with a value.
    Here,
    /// By an object that the container refers to.
    Told(String),
}

fn set_text(
    target: &Target<'_, '_>,
    container: &Route,
    name: &str,
    text: &str,
) -> Result<Vec<Op>, Finding> {
    let value = EnvValue::Text(text.to_owned());
    let variable = EnvVar {
        name,
        value: &value,
        other: Other::Set,
    };
    Ok(match variable.plan(target, container)? {
        Outcome::Change(ops) => ops,
        Outcome::AlreadyHardened => Vec::new(),
    })
}

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
    pub(super) identity: &'p AcceptedIdentity,
    /// How those of `names` are said now.
    pub(super) said: [Naming; 2],
}

impl Transform for Variables<'_> {
    fn edit(&self) -> Edit {
        self.edit
    }

    fn plan(&self, target: &Target<'_, '_>) -> Result<Outcome, Finding> {
        let mut all = Vec::new();
        let mut set = |name: &str, text: &str| {
            all.extend(set_text(target, self.container, name, text)?);
            Ok(())
        };
        for wire in self.wires.iter().filter(|wire| !wire.is_told) {
            set(wire.variable, &wire.path)?;
        }
        let wanted = [self.identity.common_name(), self.identity.uri_san()];
        let names = self.names.iter().zip(wanted).zip(&self.said);
        for ((name, wanted), said) in names.clone() {
            match wanted {
                // An object that the container refers to says just this.
                Some(wanted) if *said == Naming::Told(wanted.as_str().to_owned()) => {}
                Some(wanted) => set(name, wanted.as_str())?,
                None => {}
            }
        }
        for ((name, wanted), said) in names {
            let at = self.container.key("env").item("name", *name);
            match (wanted, said) {
                (None, Naming::Here) => all.push(Op::remove(at)),
                // An empty one goes before what stands elsewhere.
                (None, Naming::Told(_)) => {
                    all.extend(set_text(target, self.container, name, "")?);
                }
                _ => {}
            }
        }
        Ok(match all.is_empty() {
            true => Outcome::AlreadyHardened,
            false => Outcome::Change(all),
        })
    }
}
