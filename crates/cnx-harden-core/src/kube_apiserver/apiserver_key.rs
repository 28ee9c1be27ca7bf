//! Edit 3: `apiserver.key` of Secret `cnx-apiserver-certs`.

use crate::edits::set_secret_data;
use crate::finding::Finding;
use crate::material::PrivateKey;
use crate::transform::{Edit, Outcome, Target, Transform};

/// Uncomments `apiserver.key:` and sets it to the base64 of the key's PEM.
///
/// ```text
/// data:                          data:
///   #apiserver.key:      ->        apiserver.key: LS0tLS1CRUdJTi…
/// ```
///
/// The API server needs both the key and the certificate: with one of them it
/// stops ("certificate and key must be supplied as a pair", k8s.io/apiserver
/// `options/serving.go`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ApiserverKey<'m> {
    /// The key of the certificate in edit 4.
    pub(crate) key: &'m PrivateKey,
}

impl ApiserverKey<'_> {
    /// The key's name in the Secret.
    pub(crate) const FIELD: &'static str = "apiserver.key";
}

impl Transform for ApiserverKey<'_> {
    fn edit(&self) -> Edit {
        Edit::ApiserverKey
    }

    fn plan(&self, target: &Target<'_, '_>) -> Result<Outcome, Finding> {
        set_secret_data(target, Self::FIELD, &self.key.to_base64())
    }
}
