//! The contract of an edit.

use cnx_certs::Help;
use schemars::JsonSchema;
use serde::Serialize;
use yaml_splice::Op;

use crate::finding::{Code, Finding};
use crate::inventory::Origin;
use crate::place::Place;
use crate::resource::Resource;
use crate::source::Source;

/// One edit of the vendor's page, on one object.
pub trait Transform {
    /// Which edit it is.
    fn edit(&self) -> Edit;

    /// Which part of the object it is about, where the edit alone doesn't say.
    fn part(&self) -> Option<String> {
        None
    }

    /// What it does on `target`, an object that it was made for.
    ///
    /// # Errors
    ///
    /// A conflict: the object has a form on which the edit would be a guess.
    fn plan(&self, target: &Target<'_, '_>) -> Result<Outcome, Finding>;
}

/// The edits that this crate makes, in the order of the vendor's page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Edit {
    /// Remove `insecureSkipTLSVerify: true` from the APIService.
    InsecureSkipTlsVerify,
    /// `caBundle` of the APIService.
    CaBundle,
    /// `apiserver.key` of the Secret.
    ApiserverKey,
    /// `apiserver.crt` of the Secret.
    ApiserverCrt,
    /// The certificate in the Secret of an aggregated API server.
    ServingCertificate,
    /// Its private key there.
    ServingKey,
    /// A flag that tells an aggregated API server where its files are.
    Arguments,
    /// The annotation by which cert-manager writes the caBundle.
    InjectAnnotation,
    /// cert-manager's Certificate.
    IssuedCertificate,
    /// The container's mount of the Secret.
    VolumeMount,
    /// The pod's volume of the Secret.
    Volume,
    /// `etcd-key` of the Secret.
    EtcdKey,
    /// `etcd-cert` of the Secret.
    EtcdCert,
    /// `etcd-ca` of the Secret.
    EtcdCa,
    /// `etcd_endpoints` of the ConfigMap.
    EtcdEndpoints,
    /// `etcd_ca` of the ConfigMap.
    EtcdCaPath,
    /// `etcd_cert` of the ConfigMap.
    EtcdCertPath,
    /// `etcd_key` of the ConfigMap.
    EtcdKeyPath,
    /// The etcd fields of `cni_network_config`.
    CniConfig,
    /// A container's environment variable.
    Environment,
    /// A flag of a container's command.
    CommandLine,
    /// The CA's certificates, which Typha and Felix verify each other with.
    TyphaCa,
    /// `typha.crt` of Typha's Secret.
    TyphaCrt,
    /// `typha.key` of Typha's Secret.
    TyphaKey,
    /// `calico-node.crt` of Felix's Secret.
    CalicoNodeCrt,
    /// `calico-node.key` of Felix's Secret.
    CalicoNodeKey,
    /// The five `TYPHA_…` variables.
    TyphaVariables,
    /// The five `FELIX_TYPHA…` variables.
    FelixVariables,
    /// `cert` of the Manager's Secret.
    ManagerCert,
    /// `key` of the Manager's Secret.
    ManagerKey,
    /// The Manager's mounts of its Secret, which are looked at only.
    ManagerMounts,
    /// The annotation of a pod template by which a new certificate rolls out.
    RolloutAnnotation,
    /// A requirement of a caller's own connection, by what it sets.
    #[serde(untagged)]
    Own(&'static str),
}

impl Edit {
    /// Whether it leads to files that are there already, and says nothing of where a
    /// server is or what it is verified with.
    pub(crate) const fn is_safe_without_material(self) -> bool {
        matches!(
            self,
            Self::Arguments
                | Self::VolumeMount
                | Self::Volume
                | Self::EtcdCaPath
                | Self::EtcdCertPath
                | Self::EtcdKeyPath
                | Self::Environment
                | Self::CommandLine
                | Self::Own(_)
        )
    }

    /// What the edit changes, for people.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::InsecureSkipTlsVerify => "insecureSkipTLSVerify",
            Self::CaBundle => "caBundle",
            Self::ApiserverKey => "apiserver.key",
            Self::ApiserverCrt => "apiserver.crt",
            Self::ServingCertificate => "certificate",
            Self::ServingKey => "key",
            Self::Arguments => "args",
            Self::InjectAnnotation => "inject-ca-from",
            Self::IssuedCertificate => "Certificate",
            Self::VolumeMount => "volumeMounts",
            Self::Volume => "volumes",
            Self::EtcdKey => "etcd-key",
            Self::EtcdCert => "etcd-cert",
            Self::EtcdCa => "etcd-ca",
            Self::EtcdEndpoints => "etcd_endpoints",
            Self::EtcdCaPath => "etcd_ca",
            Self::EtcdCertPath => "etcd_cert",
            Self::EtcdKeyPath => "etcd_key",
            Self::CniConfig => "cni_network_config",
            Self::Environment => "env",
            Self::CommandLine => "command",
            Self::TyphaCa => "CA of Typha and Felix",
            Self::TyphaCrt => "typha.crt",
            Self::TyphaKey => "typha.key",
            Self::CalicoNodeCrt => "calico-node.crt",
            Self::CalicoNodeKey => "calico-node.key",
            Self::TyphaVariables => "TYPHA_ variables",
            Self::FelixVariables => "FELIX_TYPHA variables",
            Self::ManagerCert => "cert",
            Self::ManagerKey => "key",
            Self::ManagerMounts => "mounts of the Secret",
            Self::RolloutAnnotation => "rollout annotation",
            Self::Own(what) => what,
        }
    }
}

/// What an edit has to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// These operations.
    Change(Vec<Op>),
    /// Nothing: the object has what the edit would give it.
    AlreadyHardened,
}

/// An object that is to be edited, and the text that it is from.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a, 't> {
    /// The object.
    pub(crate) resource: &'a Resource<'a, 't>,
    /// The text.
    pub(crate) source: Source<'t>,
    origin: Option<Origin<'a, 't>>,
}

impl<'a, 't> Target<'a, 't> {
    /// The object in its text.
    #[must_use]
    pub const fn new(resource: &'a Resource<'a, 't>, source: Source<'t>) -> Self {
        Self {
            resource,
            source,
            origin: None,
        }
    }

    /// The same, where the text is one of an inventory.
    pub(crate) const fn from(mut self, origin: Origin<'a, 't>) -> Self {
        self.origin = Some(origin);
        self
    }

    /// The object.
    #[must_use]
    pub const fn resource(&self) -> &Resource<'a, 't> {
        self.resource
    }

    /// An error of the YAML layer, said of this object.
    #[must_use]
    pub fn yaml(&self, error: &yaml_splice::Error) -> Finding {
        let finding = match self.origin {
            Some(origin) => origin.yaml(error),
            None => Finding::yaml(&self.source, error),
        };
        finding.about(&self.resource.id)
    }

    /// A finding at a field, or at the object where it has no such field. It is an error;
    /// see [`Finding::severity`].
    #[must_use]
    pub fn finding(
        &self,
        code: Code,
        at: &yaml_splice::Route,
        message: impl Into<String>,
        help: impl Into<Help>,
    ) -> Finding {
        self.conflict(code, at, message, help)
    }

    /// A conflict at the field `at` (or what of it is there).
    pub(crate) fn conflict(
        &self,
        code: Code,
        at: &yaml_splice::Route,
        message: impl Into<String>,
        help: impl Into<Help>,
    ) -> Finding {
        let found = self.resource.tree().find(at).ok().flatten();
        let span = match found {
            Some(id) => self.resource.tree().span(id),
            None => self.resource.span().unwrap_or(yaml_splice::Span::at(0)),
        };
        let place = match self.origin {
            Some(origin) => origin.place(span),
            None => Place::new(&self.source, span),
        };
        let place = place.with_route(at.clone());
        Finding::new(code, place, message, help)
            .within(self.resource.tree())
            .about(&self.resource.id)
    }
}
