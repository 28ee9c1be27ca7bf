//! The three files that each client of etcd needs, by all the names they have.

use crate::transform::Edit;

/// One of the three files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum FileOf {
    /// What etcd is verified with.
    Ca,
    /// The client's key.
    Key,
    /// The client's certificate.
    Cert,
}

impl FileOf {
    /// In the order in which the vendor's manifests set them for a container.
    pub(crate) const ALL: [Self; 3] = [Self::Ca, Self::Key, Self::Cert];

    /// The key in the Secret, which is also the file's name.
    pub(crate) const fn secret_key(self) -> &'static str {
        match self {
            Self::Ca => "etcd-ca",
            Self::Key => "etcd-key",
            Self::Cert => "etcd-cert",
        }
    }

    /// The key in the ConfigMap, whose value is the file's path.
    pub(super) const fn config_key(self) -> &'static str {
        match self {
            Self::Ca => "etcd_ca",
            Self::Key => "etcd_key",
            Self::Cert => "etcd_cert",
        }
    }

    /// The field of the CNI plugin's configuration.
    pub(crate) const fn cni_field(self) -> &'static str {
        match self {
            Self::Ca => "etcd_ca_cert_file",
            Self::Key => "etcd_key_file",
            Self::Cert => "etcd_cert_file",
        }
    }

    pub(super) const fn config_edit(self) -> Edit {
        match self {
            Self::Ca => Edit::EtcdCaPath,
            Self::Key => Edit::EtcdKeyPath,
            Self::Cert => Edit::EtcdCertPath,
        }
    }
}
