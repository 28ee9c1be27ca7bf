//! The rules, one file for each.

use super::rule::{Report, Rule};
use super::scene::Scene;
use crate::channel::Channel;
use crate::finding::Code;

macro_rules! registry {
    ($($module:ident $rule:ident;)*) => {
        $(mod $module;)*

        /// All rules.
        static ALL: &[&dyn Rule] = &[$(&$module::$rule,)*];
    };
}

registry! {
    insecure_skip_tls_verify InsecureSkipTlsVerify;
}

/// What a rule is about.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RuleInfo {
    /// Its codes: the first is the rule's name.
    pub codes: Vec<Code>,
    /// The connection that it is about, where it is about one.
    pub channel: Option<Channel>,
    /// Whether `apply` puts right what it finds.
    pub fixable: bool,
}

/// The rules that an audit goes by.
pub fn rules() -> impl Iterator<Item = RuleInfo> {
    ALL.iter().map(|rule| RuleInfo {
        codes: rule.codes(),
        channel: rule.channel(),
        fixable: rule.fixable(),
    })
}

pub(super) fn all() -> impl Iterator<Item = &'static dyn Rule> {
    ALL.iter().copied()
}
