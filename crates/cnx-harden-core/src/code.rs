//! The codes of findings: stable names, each with a page of documentation.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize, de};

macro_rules! codes {
    ($($name:ident $code:literal $summary:literal;)*) => {
        /// What is wrong. The name of each in kebab-case is stable.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $(#[doc = $summary] $name,)*
            /// Something is wrong with a certificate, a key or a file of them.
            Certificate(cnx_certs::Code),
            /// What a caller's own rule is about: see [`own`](crate::own). It has no page.
            Own(&'static str),
        }

        impl Code {
            /// The codes of manifests; those of certificates are
            /// [`cnx_certs::Code::ALL`].
            pub const MANIFEST: &'static [Self] = &[$(Self::$name,)*];

            /// The stable name, in kebab-case.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                    Self::Certificate(code) => code.as_str(),
                    Self::Own(code) => code,
                }
            }

            /// What it says, in one line.
            #[must_use]
            pub const fn summary(self) -> &'static str {
                match self {
                    $(Self::$name => $summary,)*
                    Self::Certificate(code) => code.summary(),
                    Self::Own(_) => "What a caller's own rule looks for.",
                }
            }

            /// Its page, as Markdown: the cause, how it fails in a cluster, the
            /// remedy. A code without a page does not compile.
            #[must_use]
            pub const fn page(self) -> &'static str {
                match self {
                    $(Self::$name => include_str!(concat!("codes/", $code, ".md")),)*
                    Self::Certificate(code) => code.page(),
                    Self::Own(_) => "",
                }
            }
        }
    };
}

codes! {
    NotYaml "not-yaml" "The text is not YAML.";
    CannotEdit "cannot-edit" "Valid YAML that cannot be edited, or not even read, with certainty.";
    MissingObject "missing-object" "Some of the objects that belong together are there, this one is not.";
    MissingContainer "missing-container" "The workload has no container of the name.";
    VolumeConflict "volume-conflict" "A volume of the name is there, and is not the Secret.";
    MountConflict "mount-conflict" "A mount of the name or at the path is there, and is another one.";
    StringDataConflict "string-data-conflict" "stringData has the key, and would win over data.";
    UnexpectedValue "unexpected-value" "A value has none of the forms that the edit knows.";
    OtherProduct "other-product" "An APIService of another product (operator or open-source Calico).";
    AssumedObject "assumed-object" "An object that others refer to is not in the input, and was said to be in the cluster.";
    PathMismatch "path-mismatch" "A path that does not match any of the Secret's mounted files.";
    VariableMismatch "variable-mismatch" "A variable or flag that takes another setting than its own.";
    EndpointScheme "endpoint-scheme" "etcd's endpoints are neither https:// nor http://.";
    EndpointMalformed "endpoint-malformed" "An endpoint of etcd that no client can use.";
    EndpointsUnset "endpoints-unset" "etcd's endpoints are empty or a placeholder.";
    DiscoveryBesideEndpoints "discovery-beside-endpoints" "Endpoints and their discovery by DNS exclude each other.";
    CniConfig "cni-config" "The CNI plugin's configuration has no place for the files.";
    SecretFileMode "secret-file-mode" "The private key's file can be read by every user in the pod.";
    UnreadableFile "unreadable-file" "A container cannot read a Secret's file that is mounted in it.";
    CaReplaced "ca-replaced" "A CA that a manifest trusts now is taken away.";
    EtcdWithoutTls "etcd-without-tls" "An etcd in the input listens without TLS.";
    EtcdRollOut "etcd-roll-out" "etcd's clients change to TLS: etcd has to accept it first.";
    WiringConflict "wiring-conflict" "A file's variable, mount or volume leads to no Secret or ConfigMap.";
    SwitchedOff "switched-off" "A workload with 0 replicas was hardened.";
    TyphaOff "typha-off" "Typha is switched off: nothing connects to it.";
    TyphaRollOut "typha-roll-out" "Typha and Felix change to TLS together: the order to roll out in.";
    ManagerAddress "manager-address" "How browsers reach the Manager, which its certificate has to match.";
    NotBase64 "not-base64" "A value of a Secret or a caBundle is not base64.";
    InvalidConfig "invalid-config" "The config is not one, or what it names is not there.";
    InlineKey "inline-key" "A private key stands in the config itself.";
    NotResourceList "not-resource-list" "The input of a KRM function is not a ResourceList.";
    MissingValue "missing-value" "Some of the values that a connection needs are set, this one is not.";
    InsecureSkipTlsVerify "insecure-skip-tls-verify" "An APIService whose TLS is not verified.";
    InsecureBesideCaBundle "insecure-beside-ca-bundle" "insecureSkipTLSVerify: true beside a caBundle.";
    MissingCaBundle "missing-ca-bundle" "An APIService without a caBundle.";
    ServerWithoutCertificate "server-without-certificate" "An aggregated API server does not present what its APIService is verified with.";
    KubeletInsecureTls "kubelet-insecure-tls" "metrics-server takes any certificate for the kubelets'.";
    WebhookCaBundle "webhook-ca-bundle" "A webhook's caBundle verifies nothing.";
    Placeholder "placeholder" "Words that ask to be replaced, where a value should be.";
    MissingMount "missing-mount" "The certificates' volume is not mounted.";
    MissingVolume "missing-volume" "The pod has no volume of the certificates.";
    PlainEtcd "plain-etcd" "etcd's endpoints are http://, without TLS.";
    MissingVariable "missing-variable" "A client of etcd is not told of a file.";
    TyphaIncomplete "typha-incomplete" "Typha or Felix has some of its five TLS settings, and not all that it needs.";
    TyphaOneSided "typha-one-sided" "One of Typha and Felix has TLS, the other has not.";
    PlainTypha "plain-typha" "Felix talks to Typha without TLS.";
    PlainManager "plain-manager" "The Manager serves browsers without TLS.";
    TyphaIdentities "typha-identities" "Typha and Felix expect the same name of each other.";
    UnmountedFile "unmounted-file" "A variable names a file where nothing is mounted.";
    ExposedPrivateKey "exposed-private-key" "A private key in a ConfigMap, an environment variable or an annotation.";
    CommittedPrivateKey "committed-private-key" "A private key in a Secret's manifest.";
    UnmetRequirement "unmet-requirement" "A requirement of a caller's own connection is not met.";
    UnusedAllowance "unused-allowance" "A comment or an option accepts a finding that is not there.";
    BadAllowance "bad-allowance" "A comment that was meant to accept a finding, and does not.";
}

impl Code {
    /// All codes, those of certificates behind those of manifests.
    pub fn all() -> impl Iterator<Item = Self> {
        let certificates = cnx_certs::Code::ALL.iter().copied();
        let manifests = Self::MANIFEST.iter().copied();
        manifests.chain(certificates.map(Self::Certificate))
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Code {
    type Err = cnx_certs::UnknownCode;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let found = Self::MANIFEST.iter().find(|code| code.as_str() == name);
        match found {
            Some(code) => Ok(*code),
            None => name.parse().map(Self::Certificate),
        }
    }
}

impl Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// One of the library's own: what a caller's [`Code::Own`] is called, is not known here.
impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        name.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Code {
    fn schema_name() -> Cow<'static, str> {
        "FindingCode".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let codes: Vec<_> = Self::all().map(Self::as_str).collect();
        json_schema!({
            "description": "The code of a finding; `cnx-harden explain` says what each means.",
            "enum": codes,
        })
    }
}
