//! The Secret `calico-etcd-secrets`: `etcd-key`, `etcd-cert` and `etcd-ca`.

use super::Etcd;
use super::files::FileOf;
use crate::edits::set_secret_data;
use crate::finding::Finding;
use crate::transform::{Edit, Outcome, Target, Transform};

/// Uncomments one of the three and sets it to the base64 of its PEM file.
///
/// ```text
/// data:                       data:
///   # etcd-key: null            etcd-key: LS0tLS1CRUdJTi…
///   # etcd-cert: null   ->      # etcd-cert: null
///   # etcd-ca: null             # etcd-ca: null
/// ```
pub(super) struct SecretEntry<'m> {
    pub(super) channel: &'m Etcd,
    pub(super) file: FileOf,
}

impl Transform for SecretEntry<'_> {
    fn edit(&self) -> Edit {
        self.file.secret_edit()
    }

    fn plan(&self, target: &Target<'_, '_>) -> Result<Outcome, Finding> {
        let key = self.file.secret_key();
        match self.file {
            FileOf::Ca => {
                let old = target.resource.text(&["data", key]);
                let old = old.map_err(|e| target.yaml(&e))?.unwrap_or_default();
                set_secret_data(target, key, &self.channel.ca.base64_over(old))
            }
            FileOf::Cert => set_secret_data(target, key, &self.channel.certificate.to_base64()),
            FileOf::Key => set_secret_data(target, key, &self.channel.key.to_base64()),
        }
    }
}
