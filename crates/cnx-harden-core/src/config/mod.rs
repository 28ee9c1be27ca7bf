//! The config: a file of kind `Hardening`, the same one for `--config`, for a KRM
//! function's `functionConfig`, for kustomize's plugin and for this library.
//!
//! It says where the material is, and holds none of it but what is inline. What
//! reads files and variables is given by the caller, see [`Materials`].
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use cnx_harden_core::Source;
//! use cnx_harden_core::config::ConfigText;
//! let text = "\
//! apiVersion: cnx-harden.dev/v1alpha1
//! kind: Hardening
//! metadata: {name: cnx}
//! spec:
//!   apiServer: {caFile: ca.crt, certFile: tls.crt, keyfile: tls.key}
//! ";
//! let source = Source { name: "hardening.yaml", text };
//! let error = ConfigText::parse(source).unwrap_err().to_string();
//! assert!(error.starts_with("hardening.yaml:5:50: error[invalid-config]: "));
//! assert!(error.contains("did you mean keyFile?"));
//! # Ok(()) }
//! ```

mod audit;
mod channels;
mod checks;
mod materials;
mod place;
mod read;
mod resolve;

use audit::Audit;
use channels::{ApiServer, ApiService, Etcd, Manager, Typha};
use checks::Checks;
pub use materials::{Fault, Loaded, Materials, WantedMaterial};
pub use place::ConfigText;
pub use resolve::ResolvedConfig;

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::{JsonSchema, Schema, generate::SchemaSettings};
use serde::Deserialize;

use crate::aggregated::Profile;
use crate::channel::Channel;

/// The `apiVersion` of a config.
pub const API_VERSION: &str = "cnx-harden.dev/v1alpha1";
/// The `kind` of a config.
pub const KIND: &str = "Hardening";

/// What to harden in Tigera CNX manifests, and with which certificates.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(title = "Hardening", inline)]
pub struct Config {
    /// The version of this form.
    api_version: ApiVersion,
    /// The name of this form.
    kind: Kind,
    /// What Kubernetes' tools want an object to have: a name.
    #[serde(default)]
    metadata: Metadata,
    /// The connections, and how they are hardened.
    spec: Spec,
}

/// `cnx-harden.dev/v1alpha1`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
pub(crate) enum ApiVersion {
    /// The only one.
    #[default]
    #[serde(rename = "cnx-harden.dev/v1alpha1")]
    V1Alpha1,
}

/// `Hardening`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
pub(crate) enum Kind {
    /// The only one.
    #[default]
    Hardening,
}

/// What Kubernetes' tools want an object to have. Fields that are not here are
/// passed over: tools write their own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Metadata {
    /// What the config is called.
    name: Option<String>,
    /// Annotations: a KRM host reads `config.kubernetes.io/function` here.
    annotations: BTreeMap<String, String>,
}

/// The connections that are to be hardened, and how. Each is optional; giving
/// its material asks for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Spec {
    /// A folder of material as `cnx-harden certs generate` writes it, relative to the config:
    /// for all connections that it has some for. What a connection gives by itself
    /// overrides it.
    pki: Option<String>,
    /// Connections that are left out, though there is material for them.
    except: Vec<Connection>,
    /// Between kube-apiserver and the CNX API server.
    api_server: Option<ApiServer>,
    /// Between kube-apiserver and other aggregated API servers, each by its APIService.
    api_services: Vec<ApiService>,
    /// API servers that read their certificate in their own way.
    profiles: Vec<Profile>,
    /// Between etcd and all that talks to it.
    etcd: Option<Etcd>,
    /// Between Felix and Typha.
    typha: Option<Typha>,
    /// Between browsers and the CNX Manager.
    manager: Option<Manager>,
    /// Put the certificate's hash on the pod templates as an annotation, so that
    /// a new certificate rolls out by itself.
    rollout_annotation: bool,
    /// Keep the CAs that the manifests have now, behind the new ones: for the
    /// rotation of a CA.
    ca_overlap: bool,
    /// How the certificates are checked before anything is written.
    checks: Checks,
    /// What `cnx-harden check` accepts.
    audit: Audit,
}

/// A connection of the vendor's page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
enum Connection {
    /// Between kube-apiserver and the CNX API server.
    #[serde(alias = "apiserver")]
    ApiServer,
    /// Between etcd and all that talks to it.
    Etcd,
    /// Between Felix and Typha.
    Typha,
    /// Between browsers and the CNX Manager.
    Manager,
}

impl Connection {
    const fn of(channel: Channel) -> Option<Self> {
        match channel {
            Channel::KubeApiserver => Some(Self::ApiServer),
            Channel::Etcd => Some(Self::Etcd),
            Channel::Typha => Some(Self::Typha),
            Channel::Manager => Some(Self::Manager),
            Channel::Own(_) => None,
        }
    }
}

impl Config {
    /// The JSON Schema of the config (draft 7, as editors read it).
    #[must_use]
    pub fn schema() -> Schema {
        let settings = SchemaSettings::draft07();
        settings.into_generator().into_root_schema_for::<Self>()
    }
}

impl Config {
    /// The connections, and how they are hardened.
    #[must_use]
    pub const fn spec(&self) -> &Spec {
        &self.spec
    }
}

impl Spec {
    /// How long certificates should last: less is a warning.
    #[must_use]
    pub fn expires_within(&self) -> Option<Duration> {
        self.checks.expires_within.map(|term| term.0)
    }

    /// Whether a connection is left out.
    fn leaves_out(&self, channel: Channel) -> bool {
        Connection::of(channel).is_some_and(|it| self.except.contains(&it))
    }
}
