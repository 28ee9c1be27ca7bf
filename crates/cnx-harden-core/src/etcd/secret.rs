//! The Secret `calico-etcd-secrets`: `etcd-key`, `etcd-cert` and `etcd-ca`.

use super::Etcd;
use super::files::FileOf;
use crate::edits::{set_config_data, set_secret_data};
use crate::finding::{Code, Finding};
use crate::transform::{Edit, Outcome, Target, Transform};

/// Uncomments one of the three and sets it to the base64 of its PEM file.
///
/// ```text
/// data:                       data:
///   # etcd-key: null            etcd-key: LS0tLS1CRUdJTi…
///   # etcd-cert: null   ->      # etcd-cert: null
///   # etcd-ca: null             # etcd-ca: null
/// ```
#[derive(Clone, Copy)]
pub(super) struct SecretEntry<'m> {
    pub(super) channel: &'m Etcd,
    pub(super) file: FileOf,
    /// Its name there.
    pub(super) key: &'m str,
}

impl Transform for SecretEntry<'_> {
    fn edit(&self) -> Edit {
        self.file.secret_edit()
    }

    fn plan(&self, target: &Target<'_, '_>) -> Result<Outcome, Finding> {
        let Self { channel, file, key } = *self;
        let old = target.resource.text(&["data", key]);
        let old = old.map_err(|e| target.yaml(&e))?.unwrap_or_default();
        let in_config_map = target.resource.id.kind == "ConfigMap";
        match file {
            FileOf::Ca if in_config_map => set_config_data(target, key, &channel.ca.text_over(old)),
            _ if in_config_map => Err(target.conflict(
                Code::UnexpectedValue,
                &target.resource.route(&["data", key]),
                format!("{key} is read as a client's certificate or key from a ConfigMap"),
                "keep it in a Secret, and make the volume one of that",
            )),
            FileOf::Ca => set_secret_data(target, key, &channel.ca.base64_over(old)),
            FileOf::Cert => set_secret_data(target, key, &channel.certificate.to_base64()),
            FileOf::Key => set_secret_data(target, key, &channel.key.to_base64()),
        }
    }
}
