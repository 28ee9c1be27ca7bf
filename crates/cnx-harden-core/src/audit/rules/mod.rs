//! The rules, one file for each.

use super::rule::{Report, Rule};
use super::scene::Scene;
use crate::channel::Channel;
use crate::finding::Code;

macro_rules! registry {
    ($($module:ident: $($rule:ident),*;)*) => {
        $(mod $module;)*

        /// All rules.
        static ALL: &[&dyn Rule] = &[$($(&$module::$rule,)*)*];
    };
}

registry! {
    insecure_skip_tls_verify: InsecureSkipTlsVerify;
    insecure_beside_ca_bundle: InsecureBesideCaBundle;
    missing_ca_bundle: MissingCaBundle;
    server_without_certificate: ServerWithoutCertificate;
    kubelet_insecure_tls: KubeletInsecureTls;
    webhook_ca_bundle: WebhookCaBundle;
    placeholder: Placeholder;
    missing_value: MissingValue;
    missing_mount: MissingMount;
    missing_volume: MissingVolume;
    plain_etcd: PlainEtcd;
    missing_variable: MissingVariable;
    cni_config: CniConfig;
    typha: TyphaIncomplete, TyphaOneSided, PlainTypha, TyphaIdentities, TyphaFiles;
    missing_object: MissingObject;
    certificates: Certificates;
    exposed_private_key: ExposedPrivateKey;
    committed_private_key: CommittedPrivateKey;
    other_product: OtherProduct;
    cannot_edit: CannotEdit;
    own: Unmet, Own;
    remark: VOLUME_CONFLICT, MOUNT_CONFLICT, PLAIN_MANAGER, MISSING_CONTAINER, UNEXPECTED_VALUE, PATH_MISMATCH,
        VARIABLE_MISMATCH, ENDPOINT_SCHEME, DISCOVERY_BESIDE_ENDPOINTS,
        ENDPOINTS_UNSET, ENDPOINT_MALFORMED, UNREADABLE_FILE, SECRET_FILE_MODE, ETCD_WITHOUT_TLS, STRING_DATA_CONFLICT, WIRING_CONFLICT;
}

pub(super) use plain_etcd::is_endpoint;

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
    let named = ALL.iter().filter(|rule| !rule.codes().is_empty());
    named.map(|rule| RuleInfo {
        codes: rule.codes(),
        channel: rule.channel(),
        fixable: rule.fixable(),
    })
}

pub(super) fn all() -> impl Iterator<Item = &'static dyn Rule> {
    ALL.iter().copied()
}
