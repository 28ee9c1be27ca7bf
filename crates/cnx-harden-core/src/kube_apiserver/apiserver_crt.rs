//! Edit 4: `apiserver.crt` of Secret `cnx-apiserver-certs`.

use crate::edits::set_secret_data;
use crate::finding::Finding;
use crate::material::Certificate;
use crate::transform::{Edit, Outcome, Target, Transform};

/// Uncomments `apiserver.crt:` and sets it to the base64 of the certificate's PEM.
///
/// ```text
/// data:                          data:
///   #apiserver.crt:      ->        apiserver.crt: LS0tLS1CRUdJTi…
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ApiserverCrt<'m> {
    /// The certificate that the API server presents.
    pub(crate) certificate: &'m Certificate,
}

impl ApiserverCrt<'_> {
    /// The certificate's name in the Secret.
    pub(crate) const FIELD: &'static str = "apiserver.crt";
}

impl Transform for ApiserverCrt<'_> {
    fn edit(&self) -> Edit {
        Edit::ApiserverCrt
    }

    fn plan(&self, target: &Target<'_, '_>) -> Result<Outcome, Finding> {
        set_secret_data(target, Self::FIELD, &self.certificate.to_base64())
    }
}
