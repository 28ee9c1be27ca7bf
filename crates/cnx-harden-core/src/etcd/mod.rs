//! The channel between etcd and all that talks to it: each verifies etcd by the
//! CA, and presents a client certificate.

mod endpoints;

pub use endpoints::{Endpoints, EndpointsError};

use crate::channel::{Channel, Harden};
use crate::material;
use crate::objects::File;
use crate::plan::Plan;

/// The channel's material and names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Etcd {
    /// What etcd is verified with.
    pub ca: material::CaBundle,
    /// What the clients present.
    pub certificate: material::Certificate,
    /// Its key.
    pub key: material::PrivateKey,
    /// Where etcd is; none where the manifests' own endpoints stay, with TLS.
    pub endpoints: Option<Endpoints>,
    /// Which objects are meant.
    pub selectors: Selectors,
    /// What to do where the Secret is in none of the inputs.
    pub missing_secret: MissingSecret,
}

impl Etcd {
    /// The material, with the vendor's names; a missing Secret is an error.
    #[must_use]
    pub fn new(
        ca: material::CaBundle,
        certificate: material::Certificate,
        key: material::PrivateKey,
    ) -> Self {
        Self {
            ca,
            certificate,
            key,
            endpoints: None,
            selectors: Selectors::default(),
            missing_secret: MissingSecret::default(),
        }
    }
}

/// Names of the objects, the vendor's by default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selectors {
    /// The Secret.
    pub secret: String,
    /// The ConfigMaps that say where etcd and the files are. One that a consumer
    /// takes its endpoints from counts whatever its name is.
    pub config_maps: Vec<String>,
    /// The volume of the Secret, where a pod has none yet.
    pub volume: String,
    /// The folder in which the containers find the files.
    pub mount_path: String,
}

impl Default for Selectors {
    fn default() -> Self {
        Self {
            secret: "calico-etcd-secrets".to_owned(),
            config_maps: vec!["calico-config".to_owned(), "canal-config".to_owned()],
            volume: "etcd-certs".to_owned(),
            mount_path: "/calico-secrets".to_owned(),
        }
    }
}

/// What to do where objects refer to a Secret or a ConfigMap that is in none of
/// the inputs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissingSecret {
    /// Refuse: a pod without its Secret doesn't start.
    #[default]
    Refuse,
    /// It is in the cluster, or in another run: say so, and harden the rest.
    Assume,
}

impl Harden for Etcd {
    fn channel(&self) -> Channel {
        Channel::Etcd
    }

    fn needles(&self) -> Vec<&str> {
        Vec::new()
    }

    fn plan(&self, _files: &[File<'_>], _plan: &mut Plan) {}
}
