//! Profiles: servers that do not take their certificate as others do, as rows of data.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a server is told where its certificate and key are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// By `--tls-cert-file` and `--tls-private-key-file`.
    Flags,
    /// By `--cert-dir`: a folder with `apiserver.crt` and `apiserver.key`.
    CertDir,
    /// It reads files that no argument names.
    #[default]
    FixedPath,
}

/// A server that reads its certificate and key in its own way.
///
/// ```yaml
/// profiles:
/// - group: visibility.kueue.x-k8s.io
///   folder: /visibility
///   certificate: tls.crt
///   key: tls.key
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Profile {
    /// The API group of its APIServices.
    pub group: String,
    /// The namespace of its Service; without it, any.
    #[serde(default)]
    pub namespace: Option<String>,
    /// How it is told of the files.
    #[serde(default)]
    pub strategy: Strategy,
    /// The folder that it reads them from.
    pub folder: String,
    /// The certificate's file in that folder.
    #[serde(default = "tls_crt")]
    pub certificate: String,
    /// The private key's file in that folder.
    #[serde(default = "tls_key")]
    pub key: String,
    /// The Secret, if it is not called like those of other servers.
    #[serde(default)]
    pub secret: Option<String>,
    /// The volume, if it is not called like those of other servers.
    #[serde(default)]
    pub volume: Option<String>,
}

fn tls_crt() -> String {
    "tls.crt".to_owned()
}

fn tls_key() -> String {
    "tls.key".to_owned()
}

/// A row of the table: group, namespace, folder, certificate, key, Secret, volume.
type Row = (
    &'static str,
    Option<&'static str>,
    &'static str,
    [&'static str; 2],
    Option<[&'static str; 2]>,
);

/// What `k8s.io/apiserver` calls its pair in a folder of certificates.
pub(crate) const PAIR: [&str; 2] = ["apiserver.crt", "apiserver.key"];

/// The profiles that are built in.
const BUILT_IN: [Row; 3] = [
    // Open-source Calico: the manifest mounts the Secret and leaves it to be made.
    (
        "projectcalico.org",
        Some("calico-apiserver"),
        "/code/apiserver.local.config/certificates",
        PAIR,
        Some(["calico-apiserver-certs", "calico-apiserver-certs"]),
    ),
    // Tigera CNX.
    (
        "projectcalico.org",
        None,
        "/code/apiserver.local.config/certificates",
        PAIR,
        Some(["cnx-apiserver-certs", "apiserver-certs"]),
    ),
    // kueue's visibility server.
    (
        "visibility.kueue.x-k8s.io",
        None,
        "/visibility",
        ["tls.crt", "tls.key"],
        None,
    ),
];

impl Profile {
    /// That of an APIService of this group, with a Service there: one of `own`, or else
    /// a built-in one.
    pub(crate) fn find(own: &[Self], group: &str, namespace: &str) -> Option<Self> {
        let mut all = own.iter().cloned().chain(Self::built_in());
        all.find(|profile| profile.is_of(group, namespace))
    }

    /// Its files, the certificate's first.
    pub(crate) fn paths(&self) -> [String; 2] {
        let folder = self.folder.trim_end_matches('/');
        [&self.certificate, &self.key].map(|file| format!("{folder}/{file}"))
    }

    /// The profiles that are built in.
    #[must_use]
    pub fn built_in() -> Vec<Self> {
        let profile = |(group, namespace, folder, [certificate, key], objects): Row| Self {
            group: group.to_owned(),
            namespace: namespace.map(str::to_owned),
            strategy: Strategy::FixedPath,
            folder: folder.to_owned(),
            certificate: certificate.to_owned(),
            key: key.to_owned(),
            secret: objects.map(|[secret, _]| secret.to_owned()),
            volume: objects.map(|[_, volume]| volume.to_owned()),
        };
        BUILT_IN.into_iter().map(profile).collect()
    }

    /// Whether it is that of an APIService of this group, with a Service there.
    fn is_of(&self, group: &str, namespace: &str) -> bool {
        self.group == group && self.namespace.as_deref().is_none_or(|own| own == namespace)
    }
}
