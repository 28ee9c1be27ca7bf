//! The connections, each with its material. A certificate, a CA or a key is given
//! in one of three ways: by a file (`…File`, relative to the config), by an
//! environment variable that holds the PEM (`…FromEnv`), or as PEM in the config
//! itself (`…Inline`).

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

use crate::aggregated::{IssuerRef, Strategy};
use crate::names::{ApiServerNames, ApiServiceNames, EtcdNames, ManagerNames, TyphaNames};

/// A private key in the config itself. Erased from memory when dropped, and not
/// to be seen in `Debug`.
#[derive(Clone, PartialEq, Eq, JsonSchema)]
#[schemars(transparent)]
pub(super) struct InlineKey(#[schemars(with = "String")] pub(super) Zeroizing<String>);

impl fmt::Debug for InlineKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InlineKey([redacted])")
    }
}

impl<'de> Deserialize<'de> for InlineKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|pem| Self(Zeroizing::new(pem)))
    }
}

/// Between kube-apiserver and the CNX API server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schemars(extend("anyOf" = all_or_nothing(&["ca", "cert", "key"])))]
pub(super) struct ApiServer {
    /// What kube-apiserver verifies the API server with: a file of CA certificates.
    pub(super) ca_file: Option<String>,
    /// The same, from an environment variable that holds the PEM.
    pub(super) ca_from_env: Option<String>,
    /// The same, as PEM.
    pub(super) ca_inline: Option<String>,
    /// The API server's certificate, with its intermediates behind it: a file.
    pub(super) cert_file: Option<String>,
    /// The same, from an environment variable that holds the PEM.
    pub(super) cert_from_env: Option<String>,
    /// The same, as PEM.
    pub(super) cert_inline: Option<String>,
    /// The certificate's private key: a file.
    pub(super) key_file: Option<String>,
    /// The same, from an environment variable that holds the PEM.
    pub(super) key_from_env: Option<String>,
    /// The same, as PEM. Whoever can read the config has the key then: a warning
    /// says so each time.
    pub(super) key_inline: Option<InlineKey>,
    /// Add the Secret where all other objects are there and it is not.
    pub(super) add_secret: bool,
    /// Names of the objects, where they aren't the vendor's.
    pub(super) names: ApiServerNames,
}

/// An aggregated API server, by the name of its APIService. Its certificate comes from
/// files, or from cert-manager.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("oneOf" = [
    {"required": ["trust"]},
    {"anyOf": all_or_nothing(&["ca", "cert", "key"]), "not": {"required": ["trust"]}},
]))]
pub(super) struct ApiService {
    /// The APIService: `v1beta1.metrics.k8s.io`.
    pub(super) name: String,
    /// What kube-apiserver verifies the server with: a file of CA certificates.
    #[serde(default)]
    pub(super) ca_file: Option<String>,
    /// The same, from an environment variable that holds the PEM.
    #[serde(default)]
    pub(super) ca_from_env: Option<String>,
    /// The same, as PEM.
    #[serde(default)]
    pub(super) ca_inline: Option<String>,
    /// The server's certificate, with its intermediates behind it: a file.
    #[serde(default)]
    pub(super) cert_file: Option<String>,
    /// The same, from an environment variable that holds the PEM.
    #[serde(default)]
    pub(super) cert_from_env: Option<String>,
    /// The same, as PEM.
    #[serde(default)]
    pub(super) cert_inline: Option<String>,
    /// The certificate's private key: a file.
    #[serde(default)]
    pub(super) key_file: Option<String>,
    /// The same, from an environment variable that holds the PEM.
    #[serde(default)]
    pub(super) key_from_env: Option<String>,
    /// The same, as PEM. Whoever can read the config has the key then: a warning
    /// says so each time.
    #[serde(default)]
    pub(super) key_inline: Option<InlineKey>,
    /// Who makes the certificate, instead of files.
    #[serde(default)]
    pub(super) trust: Option<Trust>,
    /// How the server is told of its files; without it, as its manifest has it, or by
    /// flags.
    #[serde(default)]
    pub(super) strategy: Option<Strategy>,
    /// Names of the objects.
    #[serde(default)]
    pub(super) names: ApiServiceNames,
}

/// Who makes a certificate.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Trust {
    /// cert-manager, which writes the caBundle as well.
    pub(super) cert_manager: CertManager,
}

/// What cert-manager is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CertManager {
    /// The issuer of the certificate.
    pub(super) issuer_ref: IssuerRef,
}

/// Between etcd and all that talks to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schemars(extend("anyOf" = all_or_nothing(&["ca", "cert", "key"])))]
pub(super) struct Etcd {
    /// What etcd is verified with: a file of CA certificates.
    pub(super) ca_file: Option<String>,
    /// The same, from an environment variable that holds the PEM.
    pub(super) ca_from_env: Option<String>,
    /// The same, as PEM.
    pub(super) ca_inline: Option<String>,
    /// What the clients present, with its intermediates behind it: a file.
    pub(super) cert_file: Option<String>,
    /// The same, from an environment variable that holds the PEM.
    pub(super) cert_from_env: Option<String>,
    /// The same, as PEM.
    pub(super) cert_inline: Option<String>,
    /// The certificate's private key: a file.
    pub(super) key_file: Option<String>,
    /// The same, from an environment variable that holds the PEM.
    pub(super) key_from_env: Option<String>,
    /// The same, as PEM. Whoever can read the config has the key then: a warning
    /// says so each time.
    pub(super) key_inline: Option<InlineKey>,
    /// Where etcd is, each as `https://HOST:PORT`. Without this the manifests' own
    /// endpoints stay, with `https://`.
    pub(super) endpoints: Vec<String>,
    /// A Secret or ConfigMap that is in none of the inputs is in the cluster.
    pub(super) assume_secret: bool,
    /// Names of the objects, where they aren't the vendor's.
    pub(super) names: EtcdNames,
}

/// Between Felix and Typha.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schemars(extend("anyOf" = all_or_nothing(&["ca"])))]
pub(super) struct Typha {
    /// What the two verify each other with: a file of CA certificates.
    pub(super) ca_file: Option<String>,
    /// The same, from an environment variable that holds the PEM.
    pub(super) ca_from_env: Option<String>,
    /// The same, as PEM.
    pub(super) ca_inline: Option<String>,
    /// What Typha presents.
    pub(super) server: Peer,
    /// What Felix presents.
    pub(super) client: Peer,
    /// Names of the objects, where they aren't the vendor's.
    pub(super) names: TyphaNames,
}

/// One side of the connection between Felix and Typha.
///
/// The names are what the other side accepts in the certificate, with both either
/// of them. Where neither is said, a manifest's own stays, or else it is the
/// vendor's: `typha-server` and `typha-client`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schemars(extend("anyOf" = all_or_nothing(&["cert", "key"])))]
pub(super) struct Peer {
    /// Its certificate, with its intermediates behind it: a file.
    pub(super) cert_file: Option<String>,
    /// The same, from an environment variable that holds the PEM.
    pub(super) cert_from_env: Option<String>,
    /// The same, as PEM.
    pub(super) cert_inline: Option<String>,
    /// The certificate's private key: a file.
    pub(super) key_file: Option<String>,
    /// The same, from an environment variable that holds the PEM.
    pub(super) key_from_env: Option<String>,
    /// The same, as PEM. Whoever can read the config has the key then: a warning
    /// says so each time.
    pub(super) key_inline: Option<InlineKey>,
    /// The Common Name of its certificate.
    pub(super) common_name: Option<String>,
    /// The URI among its certificate's subject alternative names, as SPIFFE has it.
    pub(super) uri_san: Option<String>,
}

/// Between browsers and the CNX Manager.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schemars(extend("anyOf" = all_or_nothing(&["cert", "key"])))]
pub(super) struct Manager {
    /// What browsers see, with its intermediates behind it: a file.
    pub(super) cert_file: Option<String>,
    /// The same, from an environment variable that holds the PEM.
    pub(super) cert_from_env: Option<String>,
    /// The same, as PEM.
    pub(super) cert_inline: Option<String>,
    /// The certificate's private key: a file.
    pub(super) key_file: Option<String>,
    /// The same, from an environment variable that holds the PEM.
    pub(super) key_from_env: Option<String>,
    /// The same, as PEM. Whoever can read the config has the key then: a warning
    /// says so each time.
    pub(super) key_inline: Option<InlineKey>,
    /// Host names and IP addresses in the address bar.
    pub(super) hosts: Vec<String>,
    /// Whether the Secret is added where it is in none of the inputs, as in the
    /// published manifests; `false` where it comes from somewhere else.
    pub(super) add_secret: Option<bool>,
    /// Names of the objects, where they aren't the vendor's.
    pub(super) names: ManagerNames,
}

macro_rules! gives_material {
    ($($type:ident: $($field:ident)*;)*) => {
        $(impl $type {
            /// Whether it gives some of its material by itself.
            pub(super) const fn gives_material(&self) -> bool {
                $(self.$field.is_some())||*
            }
        })*
    };
}

gives_material! {
    ApiServer: ca_file ca_from_env ca_inline cert_file cert_from_env cert_inline key_file
        key_from_env key_inline;
    ApiService: ca_file ca_from_env ca_inline cert_file cert_from_env cert_inline key_file
        key_from_env key_inline;
    Etcd: ca_file ca_from_env ca_inline cert_file cert_from_env cert_inline key_file
        key_from_env key_inline;
    Peer: cert_file cert_from_env cert_inline key_file key_from_env key_inline;
    Manager: cert_file cert_from_env cert_inline key_file key_from_env key_inline;
}

impl Typha {
    /// Whether it gives some of its material by itself.
    pub(super) const fn gives_material(&self) -> bool {
        self.ca_file.is_some()
            || self.ca_from_env.is_some()
            || self.ca_inline.is_some()
            || self.server.gives_material()
            || self.client.gives_material()
    }
}

/// For the schema: each of these in exactly one of the three ways, or none of them in any,
/// where they come from `spec.pki`.
fn all_or_nothing(what: &[&str]) -> Vec<schemars::Schema> {
    let ways = |what: &&str| {
        let ways = ["File", "FromEnv", "Inline"].into_iter();
        let ways = ways.map(|way| schemars::json_schema!({ "required": [format!("{what}{way}")] }));
        ways.collect::<Vec<_>>()
    };
    let each = what.iter().map(ways);
    let each: Vec<_> = each
        .map(|ways| schemars::json_schema!({ "oneOf": ways }))
        .collect();
    let any: Vec<_> = what.iter().flat_map(ways).collect();
    vec![
        schemars::json_schema!({ "allOf": each }),
        schemars::json_schema!({ "not": { "anyOf": any } }),
    ]
}
