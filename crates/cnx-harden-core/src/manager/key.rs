//! `key` of Secret `cnx-manager-tls`.

use crate::edits::set_secret_data;
use crate::finding::Finding;
use crate::material::PrivateKey;
use crate::transform::{Edit, Outcome, Target, Transform};

/// Sets `key` to the base64 of the key's PEM.
///
/// ```text
/// data:               data:
///   key: b2xk…   ->     key: LS0tLS1CRUdJTi…
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ManagerKey<'m> {
    /// The certificate's key.
    pub(crate) key: &'m PrivateKey,
    /// Its name in the Secret.
    pub(crate) field: &'m str,
}

impl ManagerKey<'_> {
    /// The key's name in the Secret.
    pub(crate) const FIELD: &'static str = "key";
}

impl Transform for ManagerKey<'_> {
    fn edit(&self) -> Edit {
        Edit::ManagerKey
    }

    fn plan(&self, target: &Target<'_, '_>) -> Result<Outcome, Finding> {
        set_secret_data(target, self.field, &self.key.to_base64())
    }
}
